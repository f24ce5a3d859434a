// scatter (rows along one axis), scatter_elements and scatter_nd: set, add, max, min or multiply updates into a copy
// of x (or into x itself when it dies here). Nothing depends on which thread comes first: updates of a row are made
// in the order of the indices. So there is an owner for each row:
//
// - Set: the last update of a row writes it; it is found by an atomic maximum, which has no order. Two cheap
//   launches.
// - Others: rows are sorted together with their updates (up to 4096 by one block, more of them by radix passes: 3
//   launches for each 8 bits of the number of rows, which for embeddings of 50 thousand rows moves 16 bytes an index
//   twice, little beside the gradients' rows); then the first update of each row makes all of them, a thread for each
//   16 bytes of columns, reading 8 updates ahead: the CPU's results to the bit. An index that is much of a batch, as
//   padding is, would be one long chain; so no chain is longer than 256 sorted updates, and of those that go on, the
//   parts are put together in their order.
// - Elements, when there are many lines along the axis: a thread for each line.
#include <bit>
#include <memory>

#include "backends/cuda/lowering.h"
#include "backends/cuda/lowerings/indices.h"
#include "backends/cuda/lowerings/kernel_macros.h"
#include "backends/cuda/lowerings/kernel_text.h"
#include "backends/cuda/lowerings/radix_sort.h"

namespace ibex::cuda {
namespace {

constexpr int64_t kThreads = 256;
constexpr int64_t kBlockSorts = 4096;
constexpr int64_t kChunk = 256;  // sorted updates that are one chain at most
constexpr int64_t kManyLines = 8192;
constexpr int64_t kMostRows = (int64_t{1} << 32) - 2;
constexpr const char* kNoRow = "0xffffffffu";

enum Mode : int64_t { kSet, kAdd, kMax, kMin, kMul };

Mode modeOf(const Graph& graph, const Node& node, DType t) {
  const int64_t mode = attrsOf<ScatterAttrs>(node).mode;
  if (mode < kSet || mode > kMul) refuse(graph, node, "unknown mode " + std::to_string(mode));
  // Bool: add and max are "or", multiply and min are "and".
  if (t == DType::kBool && mode == kAdd) return kMax;
  if (t == DType::kBool && mode == kMul) return kMin;
  return static_cast<Mode>(mode);
}

Macros combineMacros(DType t, Mode mode) {
  constexpr const char* kNames[] = {"foldLast", "foldSum", "foldMax", "foldMin", "foldProd"};
  Macros macros = elementMacros(t == DType::kBool ? DType::kUint8 : t);
  macros.emplace_back("COMBINE", kNames[mode]);
  return macros;
}

class ScatterBase : public Kernel {
 public:
  ScatterBase(Context& context, const Graph& graph, const Node& node)
      : context_(context),
        bytes_(inputType(graph, node, 0).bytes()),
        origin_(context.addFaultOrigin(indexContext(graph, node))) {}
  int inPlaceInput(int) const override { return 0; }
  bool recordable() const override { return true; }

 protected:
  void copyX(void* const* io) {
    if (io[0] != io[3]) context_.copy(io[3], io[0], bytes_);
  }

  Context& context_;
  size_t bytes_;
  int32_t origin_;
};

// Only the copy, where there are no updates.
class NoUpdates final : public ScatterBase {
 public:
  using ScatterBase::ScatterBase;
  void run(void* const* io) override { copyX(io); }
};

struct LinesArguments {
  void* x;
  const void* indices;
  const void* updates;
  FaultSink* faults;
  int32_t origin;
};

class ScatterLinesKernel final : public ScatterBase {
 public:
  ScatterLinesKernel(Context& context, const Graph& graph, const Node& node, const Macros& macros, int64_t lines)
      : ScatterBase(context, graph, node),
        function_(&context.function({textOf({kFoldText, kScatterLinesText}), macros}, "scatterLines")),
        shape_{{divideUp(lines, kThreads)}, {kThreads}, 0} {}

  void run(void* const* io) override {
    copyX(io);
    context_.launch(*function_, shape_, LinesArguments{io[3], io[1], io[2], context_.faults(), origin_});
  }

 private:
  const Function* function_;
  LaunchShape shape_;
};

// x as [outer, rows, inner], and the updates as [outer, count, inner].
struct Sizes {
  int64_t outer;
  int64_t rows;
  int64_t inner;
  int64_t count;
};

struct RowsArguments {
  const void* indices;
  uint32_t* rows;
  uint32_t* last;
  FaultSink* faults;
  int32_t origin;
};
struct ApplyArguments {
  void* x;
  const void* updates;
  const uint32_t* rows;
  const uint32_t* places;
  const uint32_t* last;
  void* partials;
};
struct BlockSortArguments {
  const void* from;
  void* values;
  uint32_t* places;
  int64_t lines;
  int64_t inner;
  int32_t extent;
  int32_t keep;
  int32_t descending;
};

class ScatterRowsKernel final : public ScatterBase {
 public:
  // rowMacros: of scatter_rows.cuh, besides COUNT.
  ScatterRowsKernel(Context& context, const Graph& graph, const Node& node, const Sizes& sizes, Macros rowMacros)
      : ScatterBase(context, graph, node), sizes_(sizes) {
    const DType t = inputType(graph, node, 0).dtype;
    const Mode mode = modeOf(graph, node, t);
    rowMacros.emplace_back("NO_ROW", kNoRow);
    rows_ = &context.function({kScatterRowsText, rowMacros}, "scatterRows");
    // Where there are many more rows than updates, their owners cost more to clear than the updates to sort.
    lastWins_ = mode == kSet && sizes.rows / 4 <= sizes.count + 16384;
    const int64_t pack = commonPower(16 / static_cast<int64_t>(dtypeSize(t)), {sizes.inner});
    Macros macros = combineMacros(t, mode);
    macros.insert(macros.end(), {{"OUTER", macroOf(sizes.outer)},
                                 {"ROWS", macroOf(sizes.rows)},
                                 {"INNER", macroOf(sizes.inner)},
                                 {"COUNT", macroOf(sizes.count)},
                                 {"PACK", std::to_string(pack)},
                                 {"CHUNK", macroOf(kChunk)},
                                 {"NO_ROW", kNoRow}});
    const std::string text = textOf({kFoldText, kScatterApplyText});
    apply_ = &context.function({text, macros}, lastWins_ ? "scatterLast" : "scatterSorted");
    const int64_t columns = sizes.outer * (sizes.inner / pack);
    applyBlocks_ = divideUp(columns * sizes.count, kThreads);
    if (lastWins_) return;
    chunks_ = divideUp(sizes.count, kChunk);
    if (chunks_ > 1) {
      continue_ = &context.function({text, macros}, "scatterContinued");
      continueBlocks_ = divideUp(columns * (chunks_ - 1), kThreads);
    }
    if (sizes.count <= kBlockSorts) {
      prepareBlockSort();
    } else {
      // A row that there is not is all ones, also in these bits.
      const int bits = std::bit_width(static_cast<uint64_t>(sizes.rows));
      sort_ = std::make_unique<RadixSort>(context, sizeof(uint32_t), bits, 1, sizes.count);
    }
  }

  size_t scratchBytes() const override {
    return partialsAt() + static_cast<size_t>(chunks_ > 1 ? sizes_.outer * chunks_ * sizes_.inner : 0) * sizeof(double);
  }

  void run(void* const* io) override {
    copyX(io);
    auto* rows = static_cast<uint32_t*>(io[4]);
    uint32_t* after = rows + sizes_.count;
    if (lastWins_) context_.clear(after, static_cast<size_t>(sizes_.rows) * sizeof(uint32_t));
    context_.launch(*rows_, {{divideUp(sizes_.count, kThreads)}, {kThreads}, 0},
                    RowsArguments{io[1], rows, lastWins_ ? after : nullptr, context_.faults(), origin_});
    ApplyArguments arguments{io[3], io[2], rows, nullptr, after, static_cast<char*>(io[4]) + partialsAt()};
    if (sort_ != nullptr) {
      const RadixSort::Sorted sorted = sort_->run(rows);
      arguments.rows = static_cast<const uint32_t*>(sorted.keys);
      arguments.places = sorted.places;
    } else if (blockSort_ != nullptr) {
      uint32_t* places = after + sizes_.count;
      const auto count = static_cast<int32_t>(sizes_.count);
      context_.launch(*blockSort_, blockSortShape_, BlockSortArguments{rows, after, places, 1, 1, count, count, 0});
      arguments.rows = after;
      arguments.places = places;
    }
    context_.launch(*apply_, {{applyBlocks_}, {kThreads}, 0}, arguments);
    if (continue_ != nullptr) context_.launch(*continue_, {{continueBlocks_}, {kThreads}, 0}, arguments);
  }

 private:
  // Where the scratch has what rows have in the chunks after their first.
  size_t partialsAt() const {
    const size_t words = static_cast<size_t>(lastWins_ ? sizes_.count + sizes_.rows : 3 * sizes_.count);
    const size_t bytes = sort_ != nullptr ? sort_->scratchBytes() : words * sizeof(uint32_t);
    return (bytes + 15) / 16 * 16;
  }

  void prepareBlockSort() {
    const auto length = static_cast<int64_t>(std::bit_ceil(static_cast<uint64_t>(sizes_.count)));
    const int64_t threads = std::max<int64_t>(32, length / 4);
    blockSort_ = &context_.function({textOf({kSortKeyText, kBlockSortText}),
                                     {{"STORED", "uint32_t"},
                                      {"KEY", "uint32_t"},
                                      {"KEY_BITS", "32"},
                                      {"LENGTH", std::to_string(length)},
                                      {"LINES", "1"},
                                      {"THREADS", std::to_string(threads)}}},
                                    "blockSort");
    blockSortShape_ = {{1}, {threads}, static_cast<size_t>(length) * sizeof(uint64_t)};
  }

  Sizes sizes_;
  bool lastWins_ = false;
  const Function* rows_;
  const Function* apply_;
  int64_t applyBlocks_ = 0;
  int64_t chunks_ = 0;
  const Function* continue_ = nullptr;
  int64_t continueBlocks_ = 0;
  const Function* blockSort_ = nullptr;
  LaunchShape blockSortShape_;
  std::unique_ptr<RadixSort> sort_;
};

std::unique_ptr<Kernel> prepareRows(Context& context, const Graph& graph, const Node& node, const IndexTuples& tuples) {
  Macros macros = tupleMacros(tuples, indexType(graph, node));
  const Sizes sizes{tuples.outer, tuples.rows(), tuples.inner, tuples.count};
  if (sizes.outer * sizes.count * sizes.inner == 0) return std::make_unique<NoUpdates>(context, graph, node);
  if (sizes.rows > kMostRows || sizes.count >= int64_t{1} << 31) refuse(graph, node, "there are too many rows");
  return std::make_unique<ScatterRowsKernel>(context, graph, node, sizes, std::move(macros));
}

std::unique_ptr<Kernel> prepareScatter(Context& context, const Graph& graph, const Node& node) {
  return prepareRows(
      context, graph, node,
      tuplesAlong(inputType(graph, node, 0).shape, inputType(graph, node, 1).shape, attrsOf<ScatterAttrs>(node).axis));
}

std::unique_ptr<Kernel> prepareScatterNd(Context& context, const Graph& graph, const Node& node) {
  return prepareRows(context, graph, node, tuplesOf(inputType(graph, node, 0).shape, inputType(graph, node, 1).shape));
}

std::unique_ptr<Kernel> prepareScatterElements(Context& context, const Graph& graph, const Node& node) {
  const Type& x = inputType(graph, node, 0);
  const Shape& updates = inputType(graph, node, 1).shape;
  const auto axis = static_cast<size_t>(attrsOf<ScatterAttrs>(node).axis);
  const int64_t outer = productOf(x.shape, 0, axis);
  const int64_t inner = productOf(x.shape, axis + 1, x.shape.size());
  const int64_t lines = outer * inner;
  const int64_t along = updates[axis];
  const DType index = indexType(graph, node);
  const Mode mode = modeOf(graph, node, x.dtype);
  if (lines * along == 0) return std::make_unique<NoUpdates>(context, graph, node);
  Macros macros = {{"INDEX", storedType(index)},
                   {"AXIS", std::to_string(axis)},
                   {"EXTENT", macroOf(x.shape[axis])},
                   {"ALONG", macroOf(along)},
                   {"INNER", macroOf(inner)}};
  const bool tooMany = x.elements() > kMostRows || lines * along >= int64_t{1} << 31;
  if (lines >= kManyLines || along <= 32 || tooMany) {
    macros.emplace_back("OUTER", macroOf(outer));
    for (auto& macro : combineMacros(x.dtype, mode)) macros.push_back(macro);
    return std::make_unique<ScatterLinesKernel>(context, graph, node, macros, lines);
  }
  macros.emplace_back("ELEMENTS", "1");
  macros.emplace_back("COUNT", macroOf(lines * along));
  return std::make_unique<ScatterRowsKernel>(context, graph, node, Sizes{1, x.elements(), 1, lines * along}, macros);
}

IBEX_CUDA_LOWERING(kScatter, prepareScatter);
IBEX_CUDA_LOWERING(kScatterNd, prepareScatterNd);
IBEX_CUDA_LOWERING(kScatterElements, prepareScatterElements);

}  // namespace
}  // namespace ibex::cuda
