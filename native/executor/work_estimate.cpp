#include "executor/work_estimate.h"

namespace ibex {

namespace {

// An element-wise function, and the memory that its operands come from, count as much as a few multiplications.
constexpr int64_t kElementWork = 8;

int64_t elements(const Graph& graph, ValueId value) { return graph.type(value).elements(); }

int64_t lastExtent(const Graph& graph, ValueId value) {
  const Shape& shape = graph.type(value).shape;
  return shape.empty() ? 1 : shape.back();
}

// Each element of `activations` (the result, or its gradient) meets each weight of its output channel once.
int64_t convolution(const Graph& graph, ValueId activations, ValueId kernel) {
  const int64_t channels = lastExtent(graph, kernel);
  return channels == 0 ? 0 : 2 * elements(graph, activations) * (elements(graph, kernel) / channels);
}

int64_t nodeWork(const Graph& graph, const Node& node) {
  switch (node.op) {
    case Op::kMatmul: {
      const Shape& a = graph.type(node.inputs[0]).shape;
      const int64_t inner = std::get<MatmulAttrs>(node.attrs).transposeA ? a[a.size() - 2] : a.back();
      return 2 * elements(graph, node.outputs[0]) * inner;
    }
    case Op::kConv: return convolution(graph, node.outputs[0], node.inputs[1]);
    case Op::kConvInputGrad: return convolution(graph, node.inputs[0], node.inputs[1]);
    case Op::kConvFilterGrad: return convolution(graph, node.inputs[1], node.outputs[0]);
    case Op::kLstm:
    case Op::kGru: return 2 * elements(graph, node.inputs[0]) * graph.type(node.inputs[1]).shape[0];
    case Op::kLstmGrad:
    case Op::kGruGrad: return 4 * elements(graph, node.outputs[0]) * lastExtent(graph, node.inputs[0]);
    case Op::kAttention: return 4 * elements(graph, node.inputs[0]) * graph.type(node.inputs[1]).shape[1];
    case Op::kAttentionGrad: return 10 * elements(graph, node.inputs[1]) * graph.type(node.inputs[2]).shape[1];
    case Op::kParameter:
    case Op::kConstant:
    case Op::kReshape: return 0;
    case Op::kFused: {
      int64_t space = 1;
      for (const int64_t extent : node.region->space) space *= extent;
      const auto steps = static_cast<int64_t>(node.region->prologue.size() + node.region->reductions.size()) + 1;
      return space * (kElementWork + steps);
    }
    default: {
      int64_t touched = 0;
      for (const ValueId output : node.outputs) touched += elements(graph, output);
      return touched * kElementWork;
    }
  }
}

}  // namespace

int64_t estimateWork(const Graph& graph) {
  int64_t work = 0;
  for (const Node& node : graph.nodes) work += nodeWork(graph, node);
  return work;
}

}  // namespace ibex
