// attention and attention_grad.
#include <algorithm>
#include <memory>

#include "backends/cuda/codegen/element_code.h"
#include "backends/cuda/lowering.h"
#include "backends/cuda/lowerings/kernel_text.h"
#include "backends/node_util.h"

namespace ibex::cuda {
namespace {

struct Sizes {
  int64_t batch, queries, heads, keys, keyHeads;
  int64_t maskBatch = 0, maskHead = 0, maskQuery = 0;
  double scale;
};

struct Arguments {
  const void* q;
  const void* k;
  const void* v;
  const void* mask;
  void* out;
  void* logSum;
  Sizes sizes;
};

struct GradArguments {
  const void* dout;
  const void* q;
  const void* k;
  const void* v;
  const void* out;
  const void* logSum;
  const void* mask;
  void* dq;
  void* dk;
  void* dv;
  void* delta;
  Sizes sizes;
};

// Numbers between rows of a tile in shared memory: see Layout in kernels/attention_tile.cuh.
int64_t rowStep(int64_t width) {
  const int64_t padded = (width + 15) / 16 * 16;
  return padded + (36 - padded % 32) % 32;
}

// q [B, queries, heads, depth], k [B, keys, keyHeads, depth], v [B, keys, keyHeads, valueDepth].
class AttentionBase : public Kernel {
 public:
  AttentionBase(Context& context, const Graph& graph, const Node& node, size_t firstInput)
      : context_(context), inputs_(node.inputs.size()) {
    const auto& attrs = attrsOf<AttentionAttrs>(node);
    const Type& q = inputType(graph, node, firstInput);
    const Shape& v = inputType(graph, node, firstInput + 2).shape;
    dtype_ = q.dtype, depth_ = q.shape[3], valueDepth_ = v[3];
    causal_ = attrs.causal, masked_ = attrs.mask;
    sizes_.batch = q.shape[0], sizes_.queries = q.shape[1], sizes_.heads = q.shape[2];
    sizes_.keys = v[1], sizes_.keyHeads = v[2];
    sizes_.scale = attrs.scale;
    if (!masked_) return;
    const Shape& mask = graph.type(node.inputs.back()).shape;
    const Shape strides = stridesOf(mask);
    const auto step = [&](size_t axis) { return mask[axis] == 1 ? 0 : strides[axis]; };
    sizes_.maskBatch = step(0), sizes_.maskHead = step(1), sizes_.maskQuery = step(2);
  }

  bool recordable() const override { return true; }

 protected:
  static constexpr size_t kOwnBytes = 4096;  // most that a kernel has of shared memory besides

  size_t valueBytes() const { return dtype_ == DType::kFloat64 ? 8 : 4; }
  int64_t queryRows() const { return sizes_.batch * sizes_.heads * sizes_.queries; }

  // How many tiles of rows lie in shared memory: of `depth` and of `valueDepth` numbers, and of scores.
  struct Tiles {
    int64_t depth, value, scores;
  };

  // Which kernels: on tensor cores where they are for these numbers (kernels/attention_fragments.cuh: 64 rows a tile; of
  // heads up to `widest` the sums fit registers), in plain tiles, or row by row, which needs room for `rowNumbers` numbers. Of plain tiles the largest that fits and with
  // which there are blocks for the whole device. Of each of `heads`, `rows` are split into tiles.
  enum class Way { kTensorCores, kTiles, kRows };
  void plan(const Graph& graph, const Node& node, int64_t widest, Tiles onTensorCores, Tiles plain, int64_t rowNumbers,
            int64_t heads, int64_t rows) {
    const auto suits = [=](int64_t width) { return width % 16 == 0 && width > 0 && width <= widest; };
    const size_t limit = context_.traits().sharedBytesPerBlock;
    if (isHalf(dtype_) && context_.traits().capability >= 80 && suits(depth_) && suits(valueDepth_)) {
      sharedBytes_ = static_cast<size_t>(64 * (onTensorCores.depth * (depth_ + 8) + onTensorCores.value * (valueDepth_ + 8))) * 2;
      way_ = Way::kTensorCores;
      tile_ = 64;
      if (sharedBytes_ + kOwnBytes <= limit) return;
    }
    way_ = Way::kTiles;
    tile_ = 0;
    for (const int64_t tile : {16, 32, 64}) {
      const int64_t numbers =
          tile * (plain.depth * rowStep(depth_) + plain.value * rowStep(valueDepth_) + plain.scores * (tile + 4));
      const size_t bytes = static_cast<size_t>(numbers) * valueBytes();
      if (bytes > limit || depth_ == 0 || valueDepth_ == 0) break;
      if (tile_ != 0 && heads * ((rows + tile - 1) / tile) < context_.traits().multiprocessors) break;
      tile_ = tile;
      sharedBytes_ = bytes;
    }
    if (tile_ != 0) return;
    way_ = Way::kRows;
    tile_ = 1;
    sharedBytes_ = static_cast<size_t>(rowNumbers) * valueBytes();
    if (sharedBytes_ + kOwnBytes > limit) refuse(graph, node, "its heads do not fit the device's shared memory");
  }

  // The text that is for all, then that of the way chosen.
  using Texts = std::initializer_list<std::string_view>;
  const Function* function(Texts all, Texts tensorCores, Texts tiles, Texts rows, const char* name) {
    std::vector<std::pair<std::string, std::string>> macros = {{"STORED", storedType(dtype_)},
                                                               {"VALUE", valueType(dtype_)},
                                                               {"DEPTH", std::to_string(depth_)},
                                                               {"VALUE_DEPTH", std::to_string(valueDepth_)},
                                                               {"CAUSAL", causal_ ? "1" : "0"},
                                                               {"MASK", masked_ ? "1" : "0"}};
    if (way_ == Way::kTiles) macros.emplace_back("TILE", std::to_string(tile_));
    const Texts way = way_ == Way::kTensorCores ? tensorCores : way_ == Way::kTiles ? tiles : rows;
    const std::string text = textOf(all) + textOf(way);
    return &context_.function({text, macros}, name);
  }

  LaunchShape shape(int64_t heads, int64_t rows) const {
    return {{heads * ((rows + tile_ - 1) / tile_), 1, 1}, {way_ == Way::kTiles ? 256 : 128, 1, 1}, sharedBytes_};
  }

  Context& context_;
  size_t inputs_;
  DType dtype_;
  int64_t depth_, valueDepth_;
  bool causal_, masked_;
  Sizes sizes_{};
  Way way_ = Way::kTiles;
  int64_t tile_ = 0;
  size_t sharedBytes_ = 0;
};

// (q, k, v, mask?) -> (out, logSum)
class AttentionKernel final : public AttentionBase {
 public:
  AttentionKernel(Context& context, const Graph& graph, const Node& node) : AttentionBase(context, graph, node, 0) {
    if (queryRows() == 0) return;
    plan(graph, node, 256, {3, 2, 0}, {2, 1, 1}, valueDepth_, sizes_.batch * sizes_.heads, sizes_.queries);
    function_ = function({kValuesText, kAttentionArgumentsText}, {kAttentionFragmentsText, kAttentionTensorText},
                         {kAttentionTileText, kAttentionText}, {kAttentionRowsText, kAttentionLongText}, "attention");
  }

  void run(void* const* io) override {
    if (queryRows() == 0) return;
    context_.launch(*function_, shape(sizes_.batch * sizes_.heads, sizes_.queries),
                    Arguments{io[0], io[1], io[2], masked_ ? io[3] : nullptr, io[inputs_], io[inputs_ + 1], sizes_});
  }

 private:
  const Function* function_ = nullptr;
};

// (dout, q, k, v, out, logSum, mask?) -> (dq, dk, dv)
class AttentionGradKernel final : public AttentionBase {
 public:
  AttentionGradKernel(Context& context, const Graph& graph, const Node& node) : AttentionBase(context, graph, node, 1) {
    for (size_t i = 0; i < 3; ++i) outputBytes_[i] = outputType(graph, node, i).bytes();
    if (empty()) return;
    plan(graph, node, 128, {3, 3, 0}, {2, 2, 2}, depth_ + valueDepth_, sizes_.batch * sizes_.keyHeads, sizes_.keys);
    const auto compiled = [&](const char* name) {
      return function({kValuesText, kAttentionArgumentsText, kAttentionDeltaText}, {kAttentionFragmentsText, kAttentionGradTensorText},
                      {kAttentionTileText, kAttentionGradText}, {kAttentionRowsText, kAttentionGradLongText}, name);
    };
    delta_ = compiled("attentionDelta");
    keys_ = compiled("attentionGradKeys");
    queries_ = compiled("attentionGradQueries");
  }

  size_t scratchBytes() const override { return empty() ? 0 : static_cast<size_t>(queryRows()) * valueBytes(); }

  void run(void* const* io) override {
    void* const* out = io + inputs_;
    if (empty()) {
      for (size_t i = 0; i < 3; ++i) {
        if (outputBytes_[i] > 0) context_.clear(out[i], outputBytes_[i]);
      }
      return;
    }
    const GradArguments arguments{io[0],  io[1],  io[2],  io[3],  io[4], io[5], masked_ ? io[6] : nullptr,
                                  out[0], out[1], out[2], out[3], sizes_};
    context_.launch(*delta_, {{(queryRows() + 7) / 8, 1, 1}, {256, 1, 1}, 0}, arguments);
    context_.launch(*keys_, shape(sizes_.batch * sizes_.keyHeads, sizes_.keys), arguments);
    context_.launch(*queries_, shape(sizes_.batch * sizes_.heads, sizes_.queries), arguments);
  }

 private:
  bool empty() const { return queryRows() == 0 || sizes_.keys == 0; }

  size_t outputBytes_[3];
  const Function* delta_ = nullptr;
  const Function* keys_ = nullptr;
  const Function* queries_ = nullptr;
};

template <class K>
std::unique_ptr<Kernel> prepare(Context& context, const Graph& graph, const Node& node) {
  return std::make_unique<K>(context, graph, node);
}

IBEX_CUDA_LOWERING(kAttention, prepare<AttentionKernel>);
IBEX_CUDA_LOWERING(kAttentionGrad, prepare<AttentionGradKernel>);

}  // namespace
}  // namespace ibex::cuda
