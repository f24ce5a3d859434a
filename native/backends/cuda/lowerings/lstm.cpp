// lstm and lstm_grad. The input products x·W + b come in as `xw`; the gradient of U is a product made outside.
#include <memory>

#include "backends/cuda/lowering.h"
#include "backends/cuda/lowerings/kernel_text.h"
#include "backends/cuda/lowerings/rnn_kernel.h"

namespace ibex::cuda {
namespace {

struct Arguments {
  const void* xw;
  const void* u;
  const void* h0;
  const void* c0;
  const void* mask;
  void* hs;
  void* cs;
  void* gates;
  void* work;
  int64_t batch;
  int64_t steps;
  int64_t step;
};

struct GradArguments {
  const void* dhs;
  const void* dcs;
  const void* u;
  const void* c0;
  const void* cs;
  const void* gates;
  const void* mask;
  void* dxw;
  void* dh0;
  void* dc0;
  void* work;
  int64_t batch;
  int64_t steps;
  int64_t step;
};

// (xw[N,T,4H], U[H,4H], h0[N,H], c0[N,H], mask?) -> (hs[N,T,H], cs[N,T,H], gates[N,T,4H])
class LstmKernel final : public RnnKernel {
 public:
  LstmKernel(Context& context, const Graph& graph, const Node& node)
      : RnnKernel(context, graph, node, {context.traits(), outputType(graph, node, 0), attrsOf<RnnAttrs>(node), 1, 8}) {
    if (plan_.empty()) return;
    if (plan_.rowsOfBlock > 0) {
      function_ = compile({kValuesText, kRnnCellText, kRnnRowsText, kLstmRowsText}, "lstmRows");
    } else {
      function_ = compile({kValuesText, kRnnCellText, kRnnStepsText, kLstmStepsText}, "lstmStep");
      widen_ = compile({kValuesText, kRnnCellText, kRnnStepsText, kLstmStepsText}, "widenStates");
    }
  }

  size_t scratchBytes() const override {
    return plan_.rowsOfBlock > 0 ? 0 : static_cast<size_t>(3 * plan_.states()) * plan_.valueBytes;
  }
  int inPlaceInput(int output) const override { return output == 2 ? 0 : -1; }

  void run(void* const* io) override {
    if (plan_.empty()) return clearOutputs(io);
    void* const* out = io + inputs_;
    Arguments arguments{io[0], io[1],   io[2],        io[3],       plan_.masked ? io[4] : nullptr, out[0], out[1],
                        out[2], out[3], plan_.batch, plan_.steps, 0};
    if (plan_.rowsOfBlock > 0) return context_.launch(*function_, plan_.rowShape(), arguments);
    widen(*widen_, io[2], out[3], plan_.states());
    widen(*widen_, io[3], values(out[3], 2 * plan_.states()), plan_.states());
    for (arguments.step = 0; arguments.step < plan_.steps; ++arguments.step) {
      context_.launch(*function_, plan_.stepShape(8), arguments);
    }
  }

 private:
  const Function* function_ = nullptr;
  const Function* widen_ = nullptr;
};

// (dhs, dcs, U, h0, c0, hs, cs, gates, mask?) -> (dxw[N,T,4H], dh0[N,H], dc0[N,H])
class LstmGradKernel final : public RnnKernel {
 public:
  LstmGradKernel(Context& context, const Graph& graph, const Node& node)
      : RnnKernel(context, graph, node, {context.traits(), inputType(graph, node, 0), attrsOf<RnnAttrs>(node), 4, 32}) {
    if (plan_.empty()) return;
    if (plan_.rowsOfBlock > 0) {
      function_ = compile({kValuesText, kRnnCellText, kRnnRowsText, kLstmRowsText}, "lstmGradRows");
    } else {
      function_ = compile({kValuesText, kRnnCellText, kRnnStepsText, kLstmStepsText}, "lstmGradStep");
      transpose_ = compile({kValuesText, kRnnCellText, kRnnStepsText, kLstmStepsText}, "transposeWeights");
    }
  }

  // What goes from step to step, then the transpose of U.
  size_t scratchBytes() const override {
    if (plan_.rowsOfBlock > 0) return 0;
    return static_cast<size_t>(10 * plan_.states()) * plan_.valueBytes +
           static_cast<size_t>(4 * plan_.units * plan_.units) * plan_.storedBytes;
  }

  void run(void* const* io) override {
    if (plan_.empty()) return clearOutputs(io);
    void* const* out = io + inputs_;
    GradArguments arguments{io[0], io[1],  io[2],  io[4],  io[6],       io[7],       plan_.masked ? io[8] : nullptr,
                            out[0], out[1], out[2], out[3], plan_.batch, plan_.steps, 0};
    if (plan_.rowsOfBlock > 0) return context_.launch(*function_, plan_.rowShape(), arguments);
    void* transposed = values(out[3], 10 * plan_.states());
    transpose(*transpose_, io[2], transposed, plan_.units, 4 * plan_.units);
    arguments.u = transposed;
    context_.clear(values(out[3], 8 * plan_.states()), static_cast<size_t>(2 * plan_.states()) * plan_.valueBytes);
    for (arguments.step = plan_.steps - 1; arguments.step >= -1; --arguments.step) {
      context_.launch(*function_, plan_.stepShape(32), arguments);
    }
  }

 private:
  const Function* function_ = nullptr;
  const Function* transpose_ = nullptr;
};

template <class K>
std::unique_ptr<Kernel> prepare(Context& context, const Graph& graph, const Node& node) {
  return std::make_unique<K>(context, graph, node);
}

IBEX_CUDA_LOWERING(kLstm, prepare<LstmKernel>);
IBEX_CUDA_LOWERING(kLstmGrad, prepare<LstmGradKernel>);

}  // namespace
}  // namespace ibex::cuda
