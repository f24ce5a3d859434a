// layer_norm and layer_norm_grad over the last axis.
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
  void* rstd;
  int64_t rows;
  int64_t columns;
  double epsilon;
};

struct GradArguments {
  const void* dy;
  const void* x;
  const void* gamma;
  const void* mean;
  const void* rstd;
  void* dx;
  int64_t rows;
  int64_t columns;
};

struct SumsArguments {
  const void* dy;
  const void* x;
  const void* mean;
  const void* rstd;
  void* partial;
  int64_t rows;
  int64_t columns;
  int64_t rowsOfBlock;
};

struct MergeArguments {
  const void* partial;
  void* first;
  void* second;
  int64_t columns;
  int64_t parts;
};

RowPlan rowsOf(const Type& x, int kept) {
  return {x.dtype, productOf(x.shape, 0, x.shape.size() - 1), x.shape.back(), kept};
}

const Function& rowFunction(Context& context, const RowPlan& plan, const char* name) {
  const std::string text = textOf({kValuesText, kVectorsText, kRowGroupText, kLayerNormText});
  return context.function({text, plan.macros()}, name);
}

class LayerNormKernel final : public Kernel {
 public:
  LayerNormKernel(Context& context, const Graph& graph, const Node& node)
      : context_(context),
        plan_(rowsOf(inputType(graph, node, 0), 16)),
        function_(rowFunction(context, plan_, "layerNorm")),
        epsilon_(attrsOf<NormAttrs>(node).epsilon) {}

  int inPlaceInput(int output) const override { return output == 0 ? 0 : -1; }
  bool recordable() const override { return true; }

  void run(void* const* io) override {
    if (plan_.rows == 0) return;
    context_.launch(function_, plan_.shape(),
                    Arguments{io[0], io[1], io[2], io[3], io[4], io[5], plan_.rows, plan_.columns, epsilon_});
  }

 private:
  Context& context_;
  RowPlan plan_;
  const Function& function_;
  double epsilon_;
};

// dx by rows; dgamma and dbeta down the columns, in one order, whatever runs when.
class LayerNormGradKernel final : public Kernel {
 public:
  LayerNormGradKernel(Context& context, const Graph& graph, const Node& node)
      : context_(context),
        rows_(rowsOf(inputType(graph, node, 1), 8)),
        columns_(context.traits(), rows_.dtype, rows_.rows, rows_.columns),
        function_(rowFunction(context, rows_, "layerNormGrad")) {
    auto macros = columns_.macros();
    macros.emplace_back("RESULT", valueType(rows_.dtype));
    const std::string text = textOf({kValuesText, kVectorsText, kColumnBlockText, kColumnSumsText});
    sums_ = &context.function({text, macros}, "layerNormGradSums");
    merge_ = &context.function({text, macros}, "mergeColumnSums");
  }

  size_t scratchBytes() const override {
    return static_cast<size_t>(2 * columns_.parts * columns_.columns) * (rows_.dtype == DType::kFloat64 ? 8 : 4);
  }
  bool recordable() const override { return true; }

  void run(void* const* io) override {
    if (rows_.columns == 0) return;
    if (rows_.rows > 0) {
      context_.launch(*sums_, columns_.sumShape(),
                      SumsArguments{io[0], io[1], io[3], io[4], io[8], rows_.rows, rows_.columns, columns_.rowsOfBlock});
      context_.launch(function_, rows_.shape(),
                      GradArguments{io[0], io[1], io[2], io[3], io[4], io[5], rows_.rows, rows_.columns});
    }
    context_.launch(*merge_, columns_.mergeShape(),
                    MergeArguments{io[8], io[7], io[6], rows_.columns, columns_.parts});
  }

 private:
  Context& context_;
  RowPlan rows_;
  ColumnPlan columns_;
  const Function& function_;
  const Function* sums_;
  const Function* merge_;
};

template <class K>
std::unique_ptr<Kernel> prepare(Context& context, const Graph& graph, const Node& node) {
  return std::make_unique<K>(context, graph, node);
}

IBEX_CUDA_LOWERING(kLayerNorm, prepare<LayerNormKernel>);
IBEX_CUDA_LOWERING(kLayerNormGrad, prepare<LayerNormGradKernel>);

}  // namespace
}  // namespace ibex::cuda
