// gru and gru_grad, with the reset gate after the recurrent product. The input products come in as `xw`; the gradient of U
// is a product made outside.
#include <memory>

#include "backends/cuda/lowering.h"
#include "backends/cuda/lowerings/column_plan.h"
#include "backends/cuda/lowerings/kernel_text.h"
#include "backends/cuda/lowerings/rnn_kernel.h"

namespace ibex::cuda {
namespace {

struct Arguments {
  const void* xw;
  const void* u;
  const void* bias;
  const void* h0;
  const void* mask;
  void* hs;
  void* gates;
  void* work;
  int64_t batch;
  int64_t steps;
  int64_t step;
};

struct GradArguments {
  const void* dhs;
  const void* u;
  const void* h0;
  const void* hs;
  const void* gates;
  const void* mask;
  void* dxw;
  void* dru;
  void* dh0;
  void* work;
  int64_t batch;
  int64_t steps;
  int64_t step;
};

struct SumsArguments {
  const void* x;
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

// (xw[N,T,3H], U[H,3H], rb[3H], h0[N,H], mask?) -> (hs[N,T,H], gates[N,T,4H])
class GruKernel final : public RnnKernel {
 public:
  GruKernel(Context& context, const Graph& graph, const Node& node)
      : RnnKernel(context, graph, node, {context.traits(), outputType(graph, node, 0), attrsOf<RnnAttrs>(node), 1, 8}) {
    if (plan_.empty()) return;
    if (plan_.rowsOfBlock > 0) {
      function_ = compile({kValuesText, kRnnCellText, kRnnRowsText, kGruRowsText}, "gruRows");
    } else {
      function_ = compile({kValuesText, kRnnCellText, kRnnStepsText, kGruStepsText}, "gruStep");
      widen_ = compile({kValuesText, kRnnCellText, kRnnStepsText, kGruStepsText}, "widenStates");
    }
  }

  size_t scratchBytes() const override {
    return plan_.rowsOfBlock > 0 ? 0 : static_cast<size_t>(2 * plan_.states()) * plan_.valueBytes;
  }

  void run(void* const* io) override {
    if (plan_.empty()) return clearOutputs(io);
    void* const* out = io + inputs_;
    Arguments arguments{io[0],  io[1],  io[2],       io[3],       plan_.masked ? io[4] : nullptr, out[0], out[1],
                        out[2], plan_.batch, plan_.steps, 0};
    if (plan_.rowsOfBlock > 0) return context_.launch(*function_, plan_.rowShape(), arguments);
    widen(*widen_, io[3], out[2], plan_.states());
    for (arguments.step = 0; arguments.step < plan_.steps; ++arguments.step) {
      context_.launch(*function_, plan_.stepShape(8), arguments);
    }
  }

 private:
  const Function* function_ = nullptr;
  const Function* widen_ = nullptr;
};

// (dhs, U, h0, hs, gates, mask?) -> (dxw[N,T,3H], dru[N,T,3H], dh0[N,H], drb[3H])
class GruGradKernel final : public RnnKernel {
 public:
  GruGradKernel(Context& context, const Graph& graph, const Node& node)
      : RnnKernel(context, graph, node, {context.traits(), inputType(graph, node, 0), attrsOf<RnnAttrs>(node), 4, 32}),
        columns_(context.traits(), plan_.dtype, plan_.batch * plan_.steps, 3 * plan_.units) {
    if (plan_.empty()) return;
    if (plan_.rowsOfBlock > 0) {
      function_ = compile({kValuesText, kRnnCellText, kRnnRowsText, kGruRowsText}, "gruGradRows");
    } else {
      function_ = compile({kValuesText, kRnnCellText, kRnnStepsText, kGruStepsText}, "gruGradStep");
      transpose_ = compile({kValuesText, kRnnCellText, kRnnStepsText, kGruStepsText}, "transposeWeights");
    }
    auto macros = columns_.macros();
    macros.emplace_back("RESULT", storedType(plan_.dtype));
    const std::string text = textOf({kValuesText, kVectorsText, kColumnBlockText, kColumnSumsText});
    sums_ = &context.function({text, macros}, "columnSums");
    merge_ = &context.function({text, macros}, "mergeColumnSums");
  }

  // What goes from step to step with the transpose of U; at the end, when those are done with, partial sums of dru.
  size_t scratchBytes() const override {
    const size_t sums = static_cast<size_t>(2 * columns_.parts * columns_.columns) * plan_.valueBytes;
    if (plan_.rowsOfBlock > 0) return sums;
    return std::max(sums, static_cast<size_t>(7 * plan_.states()) * plan_.valueBytes +
                              static_cast<size_t>(3 * plan_.units * plan_.units) * plan_.storedBytes);
  }

  void run(void* const* io) override {
    if (plan_.empty()) return clearOutputs(io);
    void* const* out = io + inputs_;
    GradArguments arguments{io[0],  io[1],  io[2],  io[3],       io[4],       plan_.masked ? io[5] : nullptr, out[0],
                            out[1], out[2], out[4], plan_.batch, plan_.steps, 0};
    if (plan_.rowsOfBlock > 0) {
      context_.launch(*function_, plan_.rowShape(), arguments);
    } else {
      void* transposed = values(out[4], 7 * plan_.states());
      transpose(*transpose_, io[1], transposed, plan_.units, 3 * plan_.units);
      arguments.u = transposed;
      context_.clear(values(out[4], 6 * plan_.states()), static_cast<size_t>(plan_.states()) * plan_.valueBytes);
      for (arguments.step = plan_.steps - 1; arguments.step >= -1; --arguments.step) {
        context_.launch(*function_, plan_.stepShape(32), arguments);
      }
    }
    context_.launch(*sums_, columns_.sumShape(),
                    SumsArguments{out[1], out[4], columns_.rows, columns_.columns, columns_.rowsOfBlock});
    context_.launch(*merge_, columns_.mergeShape(),
                    MergeArguments{out[4], out[3], nullptr, columns_.columns, columns_.parts});
  }

 private:
  ColumnPlan columns_;
  const Function* function_ = nullptr;
  const Function* transpose_ = nullptr;
  const Function* sums_ = nullptr;
  const Function* merge_ = nullptr;
};

template <class K>
std::unique_ptr<Kernel> prepare(Context& context, const Graph& graph, const Node& node) {
  return std::make_unique<K>(context, graph, node);
}

IBEX_CUDA_LOWERING(kGru, prepare<GruKernel>);
IBEX_CUDA_LOWERING(kGruGrad, prepare<GruGradKernel>);

}  // namespace
}  // namespace ibex::cuda
