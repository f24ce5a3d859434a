#include "backends/region_of_node.h"

#include <algorithm>

#include "backends/node_util.h"

namespace ibex {
namespace {

using Kind = RegionOperand::Kind;

// Strides of a dense value of shape `from`, broadcast to `to`.
std::vector<int64_t> broadcastStrides(const Shape& from, const Shape& to) {
  std::vector<int64_t> strides(to.size(), 0);
  const Shape dense = stridesOf(from);
  const size_t added = to.size() - from.size();
  for (size_t a = 0; a < from.size(); ++a) strides[added + a] = from[a] == 1 ? 0 : dense[a];
  return strides;
}

Region elementwiseRegion(const Graph& graph, const Node& node) {
  const Type& out = outputType(graph, node, 0);
  Region region;
  region.space = out.shape;
  region.reduceAxis.assign(out.shape.size(), 0);
  RegionInstr instr;
  instr.op = node.op;
  instr.dtype = out.dtype;
  instr.operandCount = static_cast<uint8_t>(node.inputs.size());
  for (size_t i = 0; i < node.inputs.size(); ++i) {
    const Type& in = inputType(graph, node, i);
    region.inputs.push_back({in.dtype, broadcastStrides(in.shape, out.shape), 0});
    instr.operands[i] = {Kind::kInput, static_cast<uint32_t>(i)};
    instr.operandDtype = in.dtype;
  }
  region.prologue.push_back(instr);
  region.outputs.push_back({{Kind::kInstr, 0}, false, out.dtype});
  return region;
}

ReduceKind reduceKindOf(Op op) {
  switch (op) {
    case Op::kReduceSum: return ReduceKind::kSum;
    case Op::kReduceProd: return ReduceKind::kProd;
    case Op::kReduceMax: return ReduceKind::kMax;
    default: return ReduceKind::kMin;
  }
}

Region reductionRegion(const Graph& graph, const Node& node) {
  const Type& in = inputType(graph, node, 0);
  Region region;
  region.space = in.shape;
  region.reduceAxis.assign(in.shape.size(), 0);
  for (int64_t a : attrsOf<ReduceAttrs>(node).axes) region.reduceAxis.at(static_cast<size_t>(a)) = 1;
  region.inputs.push_back({in.dtype, stridesOf(in.shape), 0});
  region.reductions.push_back({reduceKindOf(node.op), {Kind::kInput, 0}, in.dtype});
  region.outputs.push_back({{Kind::kReduction, 0}, true, in.dtype});
  return region;
}

}  // namespace

Region regionOfNode(const Graph& graph, const Node& node) {
  return opInfo(node.op).kind == OpKind::kReduction ? reductionRegion(graph, node) : elementwiseRegion(graph, node);
}

std::vector<int> homesOf(const Graph& graph, const Node& node) {
  std::vector<int> homes(node.outputs.size(), -1);
  for (const StateUpdate& update : graph.updates) {
    const auto output = std::find(node.outputs.begin(), node.outputs.end(), update.value);
    if (output == node.outputs.end()) continue;
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      const NodeId producer = graph.values[node.inputs[i]].producer;
      if (producer == kNone || graph.nodes[producer].op != Op::kParameter) continue;
      const auto& parameter = std::get<ParameterAttrs>(graph.nodes[producer].attrs);
      if (parameter.state && parameter.index == update.parameter) homes[output - node.outputs.begin()] = static_cast<int>(i);
    }
  }
  return homes;
}

}  // namespace ibex
