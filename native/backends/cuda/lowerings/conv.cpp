// conv (alone and with an epilogue), conv_input_grad, conv_filter_grad: 1 to 3 spatial axes, groups, any padding.
#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "backends/conv_geometry.h"
#include "backends/cuda/lowering.h"
#include "backends/cuda/lowerings/kernel_text.h"
#include "backends/cuda/lowerings/no_work.h"
#include "backends/cuda/lowerings/tile_plan.h"
#include "backends/node_util.h"

namespace ibex::cuda {
namespace {

struct Arguments {
  const void* first;
  const void* second;
  EpilogueArguments epilogue;
};

enum class Part { kForward, kInputGrad, kFilterGrad };

TilePlan planOf(const DeviceTraits& traits, const ConvGeometry& g, DType dtype, Part part) {
  const int64_t window = g.kernelPositions() * g.inPerGroup();
  const int64_t outputs = g.batch * g.outPositions();
  switch (part) {
    case Part::kForward: return {traits, dtype, g.groups, outputs, g.outPerGroup(), window};
    case Part::kInputGrad:
      return {traits, dtype, g.groups, g.batch * g.inPositions(), g.inPerGroup(), g.kernelPositions() * g.outPerGroup()};
    case Part::kFilterGrad: break;
  }
  return {traits, dtype, g.groups, window, g.outPerGroup(), outputs};
}

Macros macrosOf(const ConvGeometry& g, const TilePlan& plan, Part part, const Epilogue& epilogue) {
  const int64_t largest = std::max({g.batch * g.inPositions() * g.inChannels, g.batch * g.outPositions() * g.outChannels,
                                    g.kernelPositions() * g.inPerGroup() * g.outChannels});
  // Of the weights, input gradients take what is a column in memory as a row.
  Macros macros = plan.macros(largest, part != Part::kFilterGrad, part != Part::kInputGrad, epilogue);
  const auto add = [&](const std::string& name, int64_t value) { macros.emplace_back(name, std::to_string(value)); };
  for (size_t i = 0; i < 3; ++i) {
    const std::string axis = std::to_string(i);
    if (i > 0) add("OUT_" + axis, std::max<int64_t>(1, g.out[i]));
    if (i > 0) add("KERNEL_" + axis, g.kernel[i]);
    add("IN_" + axis, g.in[i]);
    add("STRIDE_" + axis, g.stride[i]);
    macros.emplace_back("PAD_" + axis, "(" + std::to_string(g.padLow[i]) + ")");
    add("DILATION_" + axis, g.dilation[i]);
  }
  add("GROUPS", g.groups);
  add("IN_PER_GROUP", g.inPerGroup());
  add("OUT_PER_GROUP", g.outPerGroup());
  add("OUT_POSITIONS", std::max<int64_t>(1, g.outPositions()));
  add("IN_POSITIONS", g.inPositions());
  return macros;
}

const char* functionName(Part part, bool combine) {
  switch (part) {
    case Part::kForward: return combine ? "convForwardParts" : "convForward";
    case Part::kInputGrad: return combine ? "convInputGradParts" : "convInputGrad";
    case Part::kFilterGrad: break;
  }
  return combine ? "convFilterGradParts" : "convFilterGrad";
}

class ConvKernel final : public Kernel {
 public:
  ConvKernel(Context& context, const ConvGeometry& g, DType dtype, Part part, const Epilogue& epilogue)
      : context_(context), epilogue_(epilogue), plan_(planOf(context.traits(), g, dtype, part)) {
    const std::string text = textOf({kTileProductText, kConvText});
    const KernelText kernel{text, macrosOf(g, plan_, part, epilogue)};
    product_ = &context.function(kernel, functionName(part, false));
    if (plan_.splits()) combine_ = &context.function(kernel, functionName(part, true));
  }

  size_t scratchBytes() const override { return plan_.scratchBytes(); }
  int inPlaceInput(int) const override { return epilogue_.residual; }
  bool recordable() const override { return true; }

  void run(void* const* io) override {
    const Arguments arguments{io[0], io[1], EpilogueArguments(epilogue_, io)};
    context_.launch(*product_, plan_.shape(), arguments);
    if (combine_ != nullptr) context_.launch(*combine_, plan_.combineShape(), arguments);
  }

 private:
  Context& context_;
  Epilogue epilogue_;
  TilePlan plan_;
  const Function* product_ = nullptr;
  const Function* combine_ = nullptr;
};

template <Part part>
std::unique_ptr<Kernel> prepareConv(Context& context, const Graph& graph, const Node& node) {
  const Type& type = outputType(graph, node, 0);
  if (!isFloat(type.dtype)) refuseDType(graph, node, type.dtype);
  if (type.elements() == 0) return std::make_unique<NoWork>();
  const Node product = hasEpilogue(node.op) ? productOf(node) : node;
  const auto& attrs = attrsOf<ConvAttrs>(product);
  const Shape& in0 = inputType(graph, node, 0).shape;
  const Shape& in1 = inputType(graph, node, 1).shape;
  const ConvGeometry g = part == Part::kForward     ? convGeometry(in0, in1, type.shape, attrs)
                         : part == Part::kInputGrad ? convGeometry(type.shape, in1, in0, attrs)
                                                    : convGeometry(in0, type.shape, in1, attrs);
  return std::make_unique<ConvKernel>(context, g, type.dtype, part, epilogueOf(node));
}

IBEX_CUDA_LOWERING(kConv, prepareConv<Part::kForward>);
IBEX_CUDA_LOWERING(kConvEpilogue, prepareConv<Part::kForward>);
IBEX_CUDA_LOWERING(kConvInputGrad, prepareConv<Part::kInputGrad>);
IBEX_CUDA_LOWERING(kConvFilterGrad, prepareConv<Part::kFilterGrad>);

}  // namespace
}  // namespace ibex::cuda
