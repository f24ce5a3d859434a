// softmax, log_softmax and their gradients over the last axis.
#include <memory>

#include "backends/cuda/lowering.h"
#include "backends/cuda/lowerings/kernel_text.h"
#include "backends/cuda/lowerings/row_plan.h"
#include "backends/node_util.h"

namespace ibex::cuda {
namespace {

struct Arguments {
  const void* first;
  const void* second;
  void* out;
  int64_t rows;
  int64_t columns;
};

const char* functionName(Op op) {
  switch (op) {
    case Op::kSoftmax: return "softmax";
    case Op::kLogSoftmax: return "logSoftmax";
    case Op::kSoftmaxGrad: return "softmaxGrad";
    default: return "logSoftmaxGrad";
  }
}

class SoftmaxKernel final : public Kernel {
 public:
  SoftmaxKernel(Context& context, const Node& node, const RowPlan& plan)
      : context_(context), plan_(plan), inputs_(node.inputs.size()) {
    const std::string text = textOf({kValuesText, kVectorsText, kRowGroupText, kSoftmaxRowText, kSoftmaxText});
    function_ = &context.function({text, plan.macros()}, functionName(node.op));
  }

  int inPlaceInput(int) const override { return 0; }
  bool recordable() const override { return true; }

  void run(void* const* io) override {
    if (plan_.rows == 0) return;
    context_.launch(*function_, plan_.shape(),
                    Arguments{io[0], inputs_ == 2 ? io[1] : nullptr, io[inputs_], plan_.rows, plan_.columns});
  }

 private:
  Context& context_;
  RowPlan plan_;
  size_t inputs_;
  const Function* function_;
};

std::unique_ptr<Kernel> prepareSoftmax(Context& context, const Graph& graph, const Node& node) {
  const Type& type = outputType(graph, node, 0);
  if (!isFloat(type.dtype)) refuseDType(graph, node, type.dtype);
  const int64_t columns = type.shape.empty() ? 1 : type.shape.back();
  const int64_t rows = columns == 0 ? 0 : type.elements() / columns;
  return std::make_unique<SoftmaxKernel>(context, node, RowPlan(type.dtype, rows, columns, 16));
}

IBEX_CUDA_LOWERING(kSoftmax, prepareSoftmax);
IBEX_CUDA_LOWERING(kLogSoftmax, prepareSoftmax);
IBEX_CUDA_LOWERING(kSoftmaxGrad, prepareSoftmax);
IBEX_CUDA_LOWERING(kLogSoftmaxGrad, prepareSoftmax);

}  // namespace
}  // namespace ibex::cuda
