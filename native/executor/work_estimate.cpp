#include "executor/work_estimate.h"

#include <algorithm>
#include <optional>

#include "ir/epilogue.h"

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

// Multiplications and additions of an op that a library does; nothing for the others.
std::optional<int64_t> libraryFlops(const Graph& graph, const Node& node) {
  if (hasEpilogue(node.op)) return libraryFlops(graph, productOf(node));
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
    default: return std::nullopt;
  }
}

int64_t outputElements(const Graph& graph, const Node& node) {
  int64_t count = 0;
  for (const ValueId output : node.outputs) count += elements(graph, output);
  return count;
}

int64_t spaceOf(const Region& region) {
  int64_t space = 1;
  for (const int64_t extent : region.space) space *= extent;
  return space;
}

// Of a table only what is asked for is read.
bool readsPart(Op op) {
  switch (op) {
    case Op::kGather:
    case Op::kGatherElements:
    case Op::kGatherNd:
    case Op::kSlice:
    case Op::kDynamicSlice: return true;
    default: return false;
  }
}

int64_t nodeWork(const Graph& graph, const Node& node) {
  if (const auto flops = libraryFlops(graph, node)) return *flops;
  switch (node.op) {
    case Op::kParameter:
    case Op::kConstant:
    case Op::kReshape: return 0;
    case Op::kFused: {
      const auto steps = static_cast<int64_t>(node.region->prologue.size() + node.region->reductions.size()) + 1;
      return spaceOf(*node.region) * (kElementWork + steps);
    }
    default: {
      int64_t touched = outputElements(graph, node);
      if (!node.inputs.empty() && !readsPart(node.op)) touched = std::max(touched, elements(graph, node.inputs[0]));
      return touched * kElementWork;
    }
  }
}

int64_t nodeFlops(const Graph& graph, const Node& node) {
  if (const auto flops = libraryFlops(graph, node)) return *flops;
  if (node.op != Op::kFused) return outputElements(graph, node);
  const Region& region = *node.region;
  int64_t kept = 1;
  for (size_t axis = 0; axis < region.space.size(); ++axis) {
    if (!region.reduceAxis[axis]) kept *= region.space[axis];
  }
  return spaceOf(region) * static_cast<int64_t>(region.prologue.size() + region.reductions.size()) +
         kept * static_cast<int64_t>(region.epilogue.size());
}

}  // namespace

NodeCost nodeCost(const Graph& graph, const Node& node) {
  NodeCost cost{nodeFlops(graph, node), 0};
  for (const ValueId output : node.outputs) cost.bytes += static_cast<int64_t>(graph.type(output).bytes());
  const int64_t written = cost.bytes;
  for (size_t i = 0; i < node.inputs.size(); ++i) {
    const auto bytes = static_cast<int64_t>(graph.type(node.inputs[i]).bytes());
    cost.bytes += i == 0 && readsPart(node.op) ? std::min(bytes, written) : bytes;
  }
  return cost;
}

int64_t estimateWork(const Graph& graph) {
  int64_t work = 0;
  for (const Node& node : graph.nodes) work += nodeWork(graph, node);
  return work;
}

}  // namespace ibex
