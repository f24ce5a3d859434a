// max_pool, max_pool_grad, max_pool_gather, avg_pool, avg_pool_grad.
#include <limits>
#include <memory>

#include "backends/cuda/lowering.h"
#include "backends/cuda/lowerings/kernel_text.h"
#include "backends/cuda/lowerings/row_plan.h"
#include "backends/node_util.h"

namespace ibex::cuda {
namespace {

struct Arguments {
  const void* x = nullptr;
  const void* at = nullptr;
  void* y = nullptr;
  void* places = nullptr;
  int64_t batch = 0;
  int64_t in[3] = {1, 1, 1};
  int64_t out[3] = {1, 1, 1};
  int64_t channels = 0;
};

// Always three spatial axes; those that the op lacks come first and have extent 1.
class PoolKernel final : public Kernel {
 public:
  PoolKernel(Context& context, const Graph& graph, const Node& node) : context_(context), op_(node.op) {
    const Type& first = inputType(graph, node, 0);
    const Type& result = outputType(graph, node, 0);
    const bool gradient = op_ == Op::kMaxPoolGrad || op_ == Op::kAvgPoolGrad;
    const Shape& x = gradient ? result.shape : first.shape;
    const Shape& y = gradient ? first.shape : result.shape;
    arguments_.batch = x.front();
    arguments_.channels = x.back();
    elements_ = result.elements();
    vector_ = vectorFor(result.dtype, x.back());
    // Index computations go beyond the tensors by a window and a block.
    const bool small = std::max(first.elements(), result.elements()) < std::numeric_limits<int32_t>::max() / 2;
    const auto& attrs = attrsOf<PoolAttrs>(node);
    KernelText text{{}, {{"STORED", storedType(result.dtype)},
                         {"VALUE", valueType(result.dtype)},
                         {"VECTOR", std::to_string(vector_)},
                         {"INDEX", small ? "int" : "int64_t"},
                         {"COUNT_PADDING", attrs.countPadding ? "1" : "0"}}};
    const size_t rank = x.size() - 2;
    for (size_t axis = 0; axis < 3; ++axis) {
      const bool present = axis + rank >= 3;
      const size_t i = axis + rank - 3;
      if (present) {
        arguments_.in[axis] = x[i + 1];
        arguments_.out[axis] = y[i + 1];
      }
      const auto macro = [&](const char* name, int64_t value) {
        text.macros.emplace_back(name + ("_" + std::to_string(axis)), std::to_string(value));
      };
      macro("WINDOW", present ? attrs.window[i] : 1);
      macro("STRIDE", present ? attrs.strides[i] : 1);
      macro("PAD", present ? attrs.padLow[i] : 0);
      macro("DILATION", present && !attrs.dilation.empty() ? attrs.dilation[i] : 1);
    }
    const std::string code = textOf({kValuesText, kVectorsText, kPoolText});
    text.text = code;
    function_ = &context.function(text, functionName());
  }

  bool recordable() const override { return true; }

  void run(void* const* io) override {
    if (elements_ == 0) return;
    const bool picks = op_ == Op::kMaxPoolGrad || op_ == Op::kMaxPoolGather;
    Arguments arguments = arguments_;
    arguments.x = io[0];
    arguments.at = picks ? io[1] : nullptr;
    arguments.y = picks ? io[2] : io[1];
    arguments.places = op_ == Op::kMaxPool ? io[2] : nullptr;
    const int64_t vectors = elements_ / vector_;
    context_.launch(*function_, {{(vectors + 255) / 256, 1, 1}, {256, 1, 1}, 0}, arguments);
  }

 private:
  const char* functionName() const {
    switch (op_) {
      case Op::kMaxPool: return "maxPool";
      case Op::kMaxPoolGrad: return "maxPoolGrad";
      case Op::kMaxPoolGather: return "maxPoolGather";
      case Op::kAvgPool: return "averagePool";
      default: return "averagePoolGrad";
    }
  }

  Context& context_;
  Op op_;
  Arguments arguments_;
  int64_t elements_;
  int vector_;
  const Function* function_;
};

std::unique_ptr<Kernel> preparePool(Context& context, const Graph& graph, const Node& node) {
  const DType dtype = outputType(graph, node, 0).dtype;
  if (!isFloat(dtype)) refuseDType(graph, node, dtype);
  return std::make_unique<PoolKernel>(context, graph, node);
}

IBEX_CUDA_LOWERING(kMaxPool, preparePool);
IBEX_CUDA_LOWERING(kMaxPoolGrad, preparePool);
IBEX_CUDA_LOWERING(kMaxPoolGather, preparePool);
IBEX_CUDA_LOWERING(kAvgPool, preparePool);
IBEX_CUDA_LOWERING(kAvgPoolGrad, preparePool);

}  // namespace
}  // namespace ibex::cuda
