// batch_norm and batch_norm_grad over all axes but the last. Sums are made in one order, whatever runs when.
#include <memory>

#include "backends/cuda/lowering.h"
#include "backends/cuda/lowerings/column_plan.h"
#include "backends/cuda/lowerings/kernel_text.h"
#include "backends/node_util.h"

namespace ibex::cuda {
namespace {

struct Arguments {
  const void* x;
  const void* gamma;
  const void* beta;
  void* y;
  void* mean;
  void* variance;
  void* partial;
  void* scale;
  int64_t rows;
  int64_t channels;
  int64_t rowsOfBlock;
  int64_t parts;
  double epsilon;
};

struct GradArguments {
  const void* dy;
  const void* x;
  const void* gamma;
  const void* mean;
  const void* variance;
  void* dx;
  void* dgamma;
  void* dbeta;
  void* partial;
  void* factors;
  int64_t rows;
  int64_t channels;
  int64_t rowsOfBlock;
  int64_t parts;
  double epsilon;
};

class BatchNormBase : public Kernel {
 public:
  BatchNormBase(Context& context, const Shape& x, DType dtype, double epsilon)
      : context_(context),
        plan_(context.traits(), dtype, productOf(x, 0, x.size() - 1), x.back()),
        epsilon_(epsilon),
        valueBytes_(dtype == DType::kFloat64 ? 8 : 4) {}

  // The partial sums, then up to three numbers a channel.
  size_t scratchBytes() const override {
    return static_cast<size_t>((2 * plan_.parts + 3) * plan_.columns) * valueBytes_;
  }
  int inPlaceInput(int output) const override { return output == 0 ? 0 : -1; }
  bool recordable() const override { return true; }

 protected:
  const Function& function(const char* name) {
    const std::string text = textOf({kValuesText, kVectorsText, kColumnBlockText, kBatchNormText});
    return context_.function({text, plan_.macros()}, name);
  }
  void* afterPartial(void* scratch) const {
    return static_cast<char*>(scratch) + static_cast<size_t>(2 * plan_.parts * plan_.columns) * valueBytes_;
  }
  template <class A>
  void runAll(A arguments, const Function& sums, const Function& merge, const Function& apply) {
    if (plan_.columns == 0) return;
    if (plan_.parts > 0) context_.launch(sums, plan_.sumShape(), arguments);
    context_.launch(merge, plan_.mergeShape(), arguments);
    arguments.rowsOfBlock = plan_.applyRows();
    if (plan_.parts > 0) context_.launch(apply, plan_.applyShape(), arguments);
  }

  Context& context_;
  ColumnPlan plan_;
  double epsilon_;
  size_t valueBytes_;
};

class BatchNormKernel final : public BatchNormBase {
 public:
  BatchNormKernel(Context& context, const Graph& graph, const Node& node)
      : BatchNormBase(context, inputType(graph, node, 0).shape, inputType(graph, node, 0).dtype,
                      attrsOf<NormAttrs>(node).epsilon) {}

  void run(void* const* io) override {
    runAll(Arguments{io[0], io[1], io[2], io[3], io[4], io[5], io[6], afterPartial(io[6]), plan_.rows, plan_.columns,
                     plan_.rowsOfBlock, plan_.parts, epsilon_},
           statistics_, merge_, apply_);
  }

 private:
  const Function& statistics_ = function("batchNormStatistics");
  const Function& merge_ = function("batchNormMerge");
  const Function& apply_ = function("batchNormApply");
};

class BatchNormGradKernel final : public BatchNormBase {
 public:
  BatchNormGradKernel(Context& context, const Graph& graph, const Node& node)
      : BatchNormBase(context, inputType(graph, node, 1).shape, inputType(graph, node, 1).dtype,
                      attrsOf<NormAttrs>(node).epsilon) {}

  void run(void* const* io) override {
    runAll(GradArguments{io[0], io[1], io[2], io[3], io[4], io[5], io[6], io[7], io[8], afterPartial(io[8]), plan_.rows,
                         plan_.columns, plan_.rowsOfBlock, plan_.parts, epsilon_},
           sums_, merge_, apply_);
  }

 private:
  const Function& sums_ = function("batchNormGradSums");
  const Function& merge_ = function("batchNormGradMerge");
  const Function& apply_ = function("batchNormGradApply");
};

template <class K>
std::unique_ptr<Kernel> prepare(Context& context, const Graph& graph, const Node& node) {
  return std::make_unique<K>(context, graph, node);
}

IBEX_CUDA_LOWERING(kBatchNorm, prepare<BatchNormKernel>);
IBEX_CUDA_LOWERING(kBatchNormGrad, prepare<BatchNormGradKernel>);

}  // namespace
}  // namespace ibex::cuda
