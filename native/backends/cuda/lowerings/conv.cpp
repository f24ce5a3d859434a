// conv (alone and with an epilogue), conv_input_grad, conv_filter_grad: 1 to 3 spatial axes, groups, any padding.
#include "backends/cuda/lowerings/conv.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "backends/cuda/lowering.h"
#include "backends/cuda/lowerings/dnn_conv.h"
#include "backends/cuda/lowerings/kernel_text.h"
#include "backends/cuda/lowerings/lt_matmul.h"
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

TilePlan planOf(const DeviceTraits& traits, const ConvGeometry& g, DType dtype, ConvPart part) {
  const int64_t window = g.kernelPositions() * g.inPerGroup();
  const int64_t outputs = g.batch * g.outPositions();
  switch (part) {
    case ConvPart::kForward: return {traits, dtype, g.groups, outputs, g.outPerGroup(), window};
    case ConvPart::kInputGrad:
      return {traits, dtype, g.groups, g.batch * g.inPositions(), g.inPerGroup(),
              g.kernelPositions() * g.outPerGroup()};
    case ConvPart::kFilterGrad: break;
  }
  return {traits, dtype, g.groups, window, g.outPerGroup(), outputs};
}

Macros macrosOf(const ConvGeometry& g, const TilePlan& plan, ConvPart part, const Epilogue& epilogue) {
  const int64_t largest =
      std::max({g.batch * g.inPositions() * g.inChannels, g.batch * g.outPositions() * g.outChannels,
                g.kernelPositions() * g.inPerGroup() * g.outChannels});
  // Of the weights, input gradients take what is a column in memory as a row.
  Macros macros = plan.macros(largest, part != ConvPart::kFilterGrad, part != ConvPart::kInputGrad, epilogue);
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

const char* functionName(ConvPart part, bool combine) {
  switch (part) {
    case ConvPart::kForward: return combine ? "convForwardParts" : "convForward";
    case ConvPart::kInputGrad: return combine ? "convInputGradParts" : "convInputGrad";
    case ConvPart::kFilterGrad: break;
  }
  return combine ? "convFilterGradParts" : "convFilterGrad";
}

class ConvKernel final : public Kernel {
 public:
  ConvKernel(Context& context, const ConvGeometry& g, DType dtype, ConvPart part, const Epilogue& epilogue)
      : context_(context), epilogue_(epilogue), plan_(planOf(context.traits(), g, dtype, part)) {
    const std::string text = textOf({kValuesText, kTileProductText, kConvText});
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

// A convolution of single positions: a product of matrices, on all of them.
MatmulProblem productOf(const ConvGeometry& g, ConvPart part) {
  const int64_t positions = g.batch * g.outPositions(), in = g.inChannels, out = g.outChannels;
  MatmulProblem p{};
  p.aColumn = p.bColumn = 1;
  if (part == ConvPart::kFilterGrad) {
    p.m = in, p.n = out, p.k = positions;
    p.aRow = 1, p.aColumn = in, p.bRow = out;
  } else if (part == ConvPart::kInputGrad) {
    p.m = positions, p.n = in, p.k = out;
    p.aRow = out, p.bRow = 1, p.bColumn = out;
  } else {
    p.m = positions, p.n = out, p.k = in;
    p.aRow = in, p.bRow = out;
  }
  return p;
}

ConvPart partOf(Op op) {
  if (op == Op::kConvInputGrad) return ConvPart::kInputGrad;
  return op == Op::kConvFilterGrad ? ConvPart::kFilterGrad : ConvPart::kForward;
}

ConvProblem problemOf(const Graph& graph, const Node& node) {
  const Node convolution = hasEpilogue(node.op) ? ibex::productOf(node) : node;
  const auto& attrs = attrsOf<ConvAttrs>(convolution);
  const ConvPart part = partOf(node.op);
  const Type& type = outputType(graph, node, 0);
  const Shape& in0 = inputType(graph, node, 0).shape;
  const Shape& in1 = inputType(graph, node, 1).shape;
  const ConvGeometry g = part == ConvPart::kForward     ? convGeometry(in0, in1, type.shape, attrs)
                         : part == ConvPart::kInputGrad ? convGeometry(type.shape, in1, in0, attrs)
                                                        : convGeometry(in0, type.shape, in1, attrs);
  return {g, part, type.dtype, epilogueOf(node), graph.numerics};
}

OwnConv ownConv(Context& context, const ConvProblem& p) {
  return {planOf(context.traits(), p.geometry, p.dtype, p.part).scratchBytes(), [&context, p] {
            return std::make_unique<ConvKernel>(context, p.geometry, p.dtype, p.part, p.epilogue);
          }};
}

std::unique_ptr<Kernel> prepare(Context& context, const Graph& graph, const Node& node) {
  return prepareConv(context, graph, node, {CublasLt::find(), Cudnn::find()});
}

IBEX_CUDA_LOWERING(kConv, prepare);
IBEX_CUDA_LOWERING(kConvEpilogue, prepare);
IBEX_CUDA_LOWERING(kConvInputGrad, prepare);
IBEX_CUDA_LOWERING(kConvFilterGrad, prepare);

}  // namespace

std::unique_ptr<Kernel> prepareConv(Context& context, const Graph& graph, const Node& node,
                                    const ConvLibraries& libraries) {
  const Type& type = outputType(graph, node, 0);
  if (!isFloat(type.dtype)) refuseDType(graph, node, type.dtype);
  if (type.elements() == 0) return std::make_unique<NoWork>();
  const ConvProblem problem = problemOf(graph, node);
  const ConvGeometry& g = problem.geometry;
  if (libraries.products != nullptr && g.isPointwise() && !g.empty() && problem.epilogue.scale < 0) {
    const MatmulProblem product = productOf(g, problem.part);
    if (auto kernel = makeLtMatmul(context, *libraries.products, product, type.dtype, problem.epilogue, problem.numerics)) {
      return kernel;
    }
  }
  const OwnConv own = ownConv(context, problem);
  if (libraries.convolutions != nullptr) {
    if (auto kernel = makeDnnConv(context, *libraries.convolutions, problem, own)) return kernel;
  }
  return own.make();
}

}  // namespace ibex::cuda
