// gather (rows along one axis), gather_elements (one element each) and gather_nd (rows by index tuples).
#include <memory>

#include "backends/cuda/lowering.h"
#include "backends/cuda/lowerings/indices.h"
#include "backends/cuda/lowerings/kernel_macros.h"
#include "backends/cuda/lowerings/kernel_text.h"

namespace ibex::cuda {
namespace {

constexpr int64_t kThreads = 256;

struct Arguments {
  const void* from;
  const void* indices;
  void* to;
  FaultSink* faults;
  int32_t origin;
};

class GatherKernel final : public Kernel {
 public:
  GatherKernel(Context& context, const Graph& graph, const Node& node)
      : context_(context), origin_(context.addFaultOrigin(indexContext(graph, node))) {}

  // A thread for each unit.
  void prepare(const KernelText& text, const char* name, int64_t units) {
    if (units == 0) return;
    function_ = &context_.function(text, name);
    shape_ = {{divideUp(units, kThreads)}, {kThreads}, 0};
  }

  bool recordable() const override { return true; }

  void run(void* const* io) override {
    if (function_ == nullptr) return;
    context_.launch(*function_, shape_, Arguments{io[0], io[1], io[2], context_.faults(), origin_});
  }

 private:
  Context& context_;
  int32_t origin_;
  const Function* function_ = nullptr;
  LaunchShape shape_;
};

std::unique_ptr<Kernel> prepareRows(Context& context, const Graph& graph, const Node& node, const IndexTuples& tuples) {
  auto kernel = std::make_unique<GatherKernel>(context, graph, node);
  const auto size = static_cast<int64_t>(dtypeSize(outputType(graph, node, 0).dtype));
  const int64_t rows = tuples.outer * tuples.count;
  const int64_t wider = commonPower(16 / size, {tuples.inner});
  const int64_t width = tuples.inner / wider;
  Macros macros = unitMacros(static_cast<size_t>(size * wider), rows * width);
  for (auto& macro : tupleMacros(tuples, indexType(graph, node))) macros.push_back(macro);
  macros.insert(macros.end(), {{"ROWS", macroOf(rows)}, {"WIDTH", macroOf(width)}});
  kernel->prepare({textOf({kUnitText, kGatherText}), macros}, "gather", rows * width);
  return kernel;
}

std::unique_ptr<Kernel> prepareGather(Context& context, const Graph& graph, const Node& node) {
  return prepareRows(
      context, graph, node,
      tuplesAlong(inputType(graph, node, 0).shape, inputType(graph, node, 1).shape, attrsOf<AxisAttrs>(node).axis));
}

std::unique_ptr<Kernel> prepareGatherNd(Context& context, const Graph& graph, const Node& node) {
  return prepareRows(context, graph, node, tuplesOf(inputType(graph, node, 0).shape, inputType(graph, node, 1).shape));
}

std::unique_ptr<Kernel> prepareGatherElements(Context& context, const Graph& graph, const Node& node) {
  auto kernel = std::make_unique<GatherKernel>(context, graph, node);
  const Type& x = inputType(graph, node, 0);
  const Shape& out = outputType(graph, node, 0).shape;
  const auto axis = static_cast<size_t>(attrsOf<AxisAttrs>(node).axis);
  Macros macros = unitMacros(dtypeSize(x.dtype), product(out));
  macros.insert(macros.end(), {{"INDEX", storedType(indexType(graph, node))},
                               {"EXTENT", macroOf(x.shape[axis])},
                               {"AXIS", std::to_string(axis)},
                               {"ALONG", macroOf(out[axis])},
                               {"INNER", macroOf(productOf(out, axis + 1, out.size()))},
                               {"ELEMENTS", macroOf(product(out))}});
  kernel->prepare({textOf({kUnitText, kGatherElementsText}), macros}, "gatherElements", product(out));
  return kernel;
}

IBEX_CUDA_LOWERING(kGather, prepareGather);
IBEX_CUDA_LOWERING(kGatherNd, prepareGatherNd);
IBEX_CUDA_LOWERING(kGatherElements, prepareGatherElements);

}  // namespace
}  // namespace ibex::cuda
