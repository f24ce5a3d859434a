// cumsum, cumprod, cummax, cummin along an axis, from either end, with or without the element itself.
#include <memory>

#include "backends/cuda/lowering.h"
#include "backends/cuda/lowerings/kernel_macros.h"
#include "backends/cuda/lowerings/kernel_text.h"
#include "backends/node_util.h"

namespace ibex::cuda {
namespace {

constexpr int64_t kThreads = 256;
constexpr int64_t kTile = 7 * kThreads;  // of cumulative.cuh
constexpr int64_t kMostRowChunks = kThreads;
constexpr int64_t kMostColumnChunks = 64;
constexpr int64_t kLeastColumnChunk = 64;

struct Arguments {
  const void* from;
  void* to;
  void* folds;
  int64_t lines;
  int64_t inner;
  int64_t extent;
  int64_t chunk;
  int32_t chunks;
};

class CumulativeKernel final : public Kernel {
 public:
  CumulativeKernel(Context& context, const Type& x, const CumulativeAttrs& attrs, const char* fold, const char* identity)
      : context_(context) {
    const auto axis = static_cast<size_t>(attrs.axis);
    inner_ = productOf(x.shape, axis + 1, x.shape.size());
    lines_ = productOf(x.shape, 0, axis) * inner_;
    extent_ = x.shape[axis];
    if (lines_ * extent_ == 0) return;
    const bool rows = inner_ == 1;
    // As many chunks as keep the device busy.
    if (rows) {
      const int64_t wanted = divideUp(4 * context.traits().multiprocessors, lines_);
      const int64_t tiles = divideUp(extent_, kTile);
      chunk_ = kTile * divideUp(tiles, std::clamp<int64_t>(std::min(wanted, tiles), 1, kMostRowChunks));
    } else {
      const int64_t wanted = divideUp(4 * kThreads * context.traits().multiprocessors, lines_);
      chunk_ = divideUp(extent_, std::clamp<int64_t>(std::min(wanted, extent_ / kLeastColumnChunk), 1, kMostColumnChunks));
    }
    chunks_ = divideUp(extent_, chunk_);
    blocks_ = rows ? lines_ * chunks_ : divideUp(lines_ * chunks_, kThreads);
    Macros macros = elementMacros(x.dtype == DType::kBool ? DType::kUint8 : x.dtype);
    macros.insert(macros.end(), {{"FOLD", fold},
                                 {"IDENTITY", identity},
                                 {"REVERSE", attrs.reverse ? "1" : "0"},
                                 {"EXCLUSIVE", attrs.exclusive ? "1" : "0"}});
    scan_ = &context.function({textOf({kFoldText, kCumulativeText}), macros}, rows ? "cumulativeRows" : "cumulativeColumns");
    if (chunks_ > 1) {
      folds_ = &context.function({textOf({kFoldText, kCumulativeText}), macros}, rows ? "cumulativeRowFolds" : "cumulativeColumnFolds");
    }
  }

  size_t scratchBytes() const override {
    return chunks_ > 1 ? static_cast<size_t>(lines_ * chunks_) * sizeof(double) : 0;
  }
  int inPlaceInput(int) const override { return 0; }
  bool recordable() const override { return true; }

  void run(void* const* io) override {
    if (scan_ == nullptr) return;
    const Arguments arguments{io[0], io[1], io[2], lines_, inner_, extent_, chunk_, static_cast<int32_t>(chunks_)};
    if (folds_ != nullptr) context_.launch(*folds_, {{blocks_}, {kThreads}, 0}, arguments);
    context_.launch(*scan_, {{blocks_}, {kThreads}, 0}, arguments);
  }

 private:
  Context& context_;
  int64_t inner_ = 1;
  int64_t lines_ = 0;
  int64_t extent_ = 0;
  int64_t chunk_ = 1;
  int64_t chunks_ = 1;
  int64_t blocks_ = 0;
  const Function* folds_ = nullptr;
  const Function* scan_ = nullptr;
};

std::unique_ptr<Kernel> prepare(Context& context, const Graph& graph, const Node& node, const char* fold,
                                const char* identity) {
  return std::make_unique<CumulativeKernel>(context, outputType(graph, node, 0), attrsOf<CumulativeAttrs>(node), fold,
                                            identity);
}

std::unique_ptr<Kernel> prepareSum(Context& context, const Graph& graph, const Node& node) {
  return prepare(context, graph, node, "foldSum", "0");
}
std::unique_ptr<Kernel> prepareProd(Context& context, const Graph& graph, const Node& node) {
  return prepare(context, graph, node, "foldProd", "1");
}
std::unique_ptr<Kernel> prepareMax(Context& context, const Graph& graph, const Node& node) {
  return prepare(context, graph, node, "foldMax", "lowest()");
}
std::unique_ptr<Kernel> prepareMin(Context& context, const Graph& graph, const Node& node) {
  return prepare(context, graph, node, "foldMin", "highest()");
}

IBEX_CUDA_LOWERING(kCumsum, prepareSum);
IBEX_CUDA_LOWERING(kCumprod, prepareProd);
IBEX_CUDA_LOWERING(kCummax, prepareMax);
IBEX_CUDA_LOWERING(kCummin, prepareMin);

}  // namespace
}  // namespace ibex::cuda
