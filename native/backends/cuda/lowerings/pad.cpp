// pad: a constant border (negative: cropping) and the same constant between elements (`interior`).
#include <memory>
#include <vector>

#include "backends/cuda/lowering.h"
#include "backends/cuda/lowerings/kernel_macros.h"
#include "backends/cuda/lowerings/kernel_text.h"
#include "backends/node_util.h"

namespace ibex::cuda {
namespace {

constexpr int64_t kThreads = 256;

struct Axis {
  int64_t in;
  int64_t out;
  int64_t low;   // where element 0 of the input lies
  int64_t step;  // how far apart elements lie

  bool whole() const { return in == out && low == 0 && step == 1; }
};

// Axes that are padded, with what lies behind them.
std::vector<Axis> axesOf(const Shape& in, const Shape& out, const PadAttrs& attrs) {
  std::vector<Axis> axes;
  for (size_t i = 0; i < in.size(); ++i) {
    const Axis axis{in[i], out[i], attrs.low[i], attrs.interior[i] + 1};
    if (!axes.empty() && axis.whole() && axes.back().step == 1) {
      axes.back() = {axes.back().in * axis.in, axes.back().out * axis.out, axes.back().low * axis.out, 1};
    } else {
      axes.push_back(axis);
    }
  }
  return axes;
}

struct Arguments {
  const void* from;
  void* to;
  double value;
};

class PadKernel final : public Kernel {
 public:
  PadKernel(Context& context, const Type& in, const Type& out, const PadAttrs& attrs)
      : context_(context), value_(attrs.value) {
    const auto size = static_cast<int64_t>(dtypeSize(out.dtype));
    std::vector<Axis> axes = axesOf(in.shape, out.shape, attrs);
    if (axes.empty()) axes.push_back({1, 1, 0, 1});
    Axis& last = axes.back();
    const int64_t wider = last.step == 1 ? commonPower(16 / size, {last.in, last.out, last.low}) : 1;
    last = {last.in / wider, last.out / wider, last.low / wider, last.step};
    const int64_t units = out.elements() / wider;
    if (units == 0) return;
    std::vector<int64_t> extents, input, low, step, from(axes.size());
    int64_t stride = 1;
    for (size_t i = axes.size(); i-- > 0; stride *= axes[i].in) from[i] = stride;
    for (const Axis& axis : axes) {
      extents.push_back(axis.out);
      input.push_back(axis.in);
      low.push_back(axis.low);
      step.push_back(axis.step);
    }
    const int64_t pack = 16 / (size * wider);
    Macros macros = unitMacros(static_cast<size_t>(size * wider), units);
    for (auto& macro : elementMacros(out.dtype)) macros.push_back(macro);
    macros.insert(macros.end(), {{"UNITS", macroOf(units)},
                                 {"PACK", std::to_string(pack)},
                                 {"RANK", std::to_string(axes.size())},
                                 {"EXTENTS", macroOf(extents)},
                                 {"INPUT", macroOf(input)},
                                 {"LOW", macroOf(low)},
                                 {"STEP", macroOf(step)},
                                 {"FROM", macroOf(from)}});
    function_ = &context.function({textOf({kUnitText, kPadText}), macros}, "pad");
    shape_ = {{divideUp(units, pack * kThreads)}, {kThreads}, 0};
  }

  bool recordable() const override { return true; }

  void run(void* const* io) override {
    if (function_ != nullptr) context_.launch(*function_, shape_, Arguments{io[0], io[1], value_});
  }

 private:
  Context& context_;
  double value_;
  const Function* function_ = nullptr;
  LaunchShape shape_;
};

std::unique_ptr<Kernel> preparePad(Context& context, const Graph& graph, const Node& node) {
  return std::make_unique<PadKernel>(context, inputType(graph, node, 0), outputType(graph, node, 0),
                                     attrsOf<PadAttrs>(node));
}

IBEX_CUDA_LOWERING(kPad, preparePad);

}  // namespace
}  // namespace ibex::cuda
