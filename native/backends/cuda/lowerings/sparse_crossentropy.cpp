// sparse_crossentropy and its gradient: a row of logits is read once each way.
#include <memory>

#include "backends/cuda/lowering.h"
#include "backends/cuda/lowerings/kernel_text.h"
#include "backends/cuda/lowerings/row_plan.h"
#include "backends/node_util.h"

namespace ibex::cuda {
namespace {

struct Arguments {
  const void* logits;
  const void* labels;
  void* loss;
  void* maximum;
  void* logSum;
  int64_t rows;
  int64_t columns;
  FaultSink* faults;
  int64_t axis;
  int32_t origin;
};

struct GradArguments {
  const void* dloss;
  const void* logits;
  const void* labels;
  const void* maximum;
  const void* logSum;
  void* out;
  int64_t rows;
  int64_t columns;
};

const Function& compile(Context& context, const RowPlan& plan, DType label, const char* name) {
  auto macros = plan.macros();
  macros.emplace_back("LABEL", storedType(label));
  const std::string text = textOf({kValuesText, kVectorsText, kRowGroupText, kSoftmaxRowText, kSparseCrossentropyText});
  return context.function({text, macros}, name);
}

RowPlan planOf(const Type& logits) {
  return {logits.dtype, productOf(logits.shape, 0, logits.shape.size() - 1), logits.shape.back(), 16};
}

class SparseCrossentropyKernel final : public Kernel {
 public:
  SparseCrossentropyKernel(Context& context, const Graph& graph, const Node& node)
      : context_(context),
        plan_(planOf(inputType(graph, node, 0))),
        function_(compile(context, plan_, inputType(graph, node, 1).dtype, "sparseCrossentropy")),
        origin_(context.addFaultOrigin(indexContext(graph, node))),
        axis_(static_cast<int64_t>(inputType(graph, node, 0).shape.size()) - 1) {}

  bool recordable() const override { return true; }

  void run(void* const* io) override {
    if (plan_.rows == 0) return;
    context_.launch(function_, plan_.shape(),
                    Arguments{io[0], io[1], io[2], io[3], io[4], plan_.rows, plan_.columns, context_.faults(), axis_,
                              origin_});
  }

 private:
  Context& context_;
  RowPlan plan_;
  const Function& function_;
  int32_t origin_;
  int64_t axis_;
};

// The labels are those that the forward op has checked; one that is out of range is no column.
class SparseCrossentropyGradKernel final : public Kernel {
 public:
  SparseCrossentropyGradKernel(Context& context, const Graph& graph, const Node& node)
      : context_(context),
        plan_(planOf(inputType(graph, node, 1))),
        function_(compile(context, plan_, inputType(graph, node, 2).dtype, "sparseCrossentropyGrad")) {}

  int inPlaceInput(int) const override { return 1; }
  bool recordable() const override { return true; }

  void run(void* const* io) override {
    if (plan_.rows == 0 || plan_.columns == 0) return;
    context_.launch(function_, plan_.shape(),
                    GradArguments{io[0], io[1], io[2], io[3], io[4], io[5], plan_.rows, plan_.columns});
  }

 private:
  Context& context_;
  RowPlan plan_;
  const Function& function_;
};

template <class K>
std::unique_ptr<Kernel> prepare(Context& context, const Graph& graph, const Node& node) {
  return std::make_unique<K>(context, graph, node);
}

IBEX_CUDA_LOWERING(kSparseCrossentropy, prepare<SparseCrossentropyKernel>);
IBEX_CUDA_LOWERING(kSparseCrossentropyGrad, prepare<SparseCrossentropyGradKernel>);

}  // namespace
}  // namespace ibex::cuda
