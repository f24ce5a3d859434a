// Element-wise ops and reductions that were not fused: regions of one operation.
#include <algorithm>

#include "backends/node_util.h"
#include "backends/cpu/kernels/region_kernel.h"
#include "backends/cpu/lowering.h"

namespace ibex::cpu {
namespace {

using Kind = RegionOperand::Kind;

std::unique_ptr<Kernel> prepare(const Graph& graph, const Node& node, const Region& region) {
  try {
    return makeRegionKernel(region, node.inputs);
  } catch (const Error& e) {
    throw Error(e.code(), e.what(), graph.scopeOf(node));
  }
}

// Strides of a dense value of shape `from`, broadcast to `to`.
std::vector<int64_t> broadcastStrides(const Shape& from, const Shape& to) {
  std::vector<int64_t> strides(to.size(), 0);
  const Shape dense = stridesOf(from);
  const size_t added = to.size() - from.size();
  for (size_t a = 0; a < from.size(); ++a) strides[added + a] = from[a] == 1 ? 0 : dense[a];
  return strides;
}

std::unique_ptr<Kernel> prepareElementwise(const Graph& graph, const Node& node) {
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
  return prepare(graph, node, region);
}

ReduceKind reduceKindOf(Op op) {
  switch (op) {
    case Op::kReduceSum: return ReduceKind::kSum;
    case Op::kReduceProd: return ReduceKind::kProd;
    case Op::kReduceMax: return ReduceKind::kMax;
    default: return ReduceKind::kMin;
  }
}

std::unique_ptr<Kernel> prepareReduce(const Graph& graph, const Node& node) {
  const Type& in = inputType(graph, node, 0);
  Region region;
  region.space = in.shape;
  region.reduceAxis.assign(in.shape.size(), 0);
  for (int64_t a : attrsOf<ReduceAttrs>(node).axes) region.reduceAxis.at(static_cast<size_t>(a)) = 1;
  region.inputs.push_back({in.dtype, stridesOf(in.shape), 0});
  region.reductions.push_back({reduceKindOf(node.op), {Kind::kInput, 0}, in.dtype});
  region.outputs.push_back({{Kind::kReduction, 0}, true, in.dtype});
  return prepare(graph, node, region);
}

[[maybe_unused]] const bool kRegistered = [] {
  for (int i = 0; i < kOpCount; ++i) {
    const Op op = static_cast<Op>(i);
    if (opInfo(op).kind == OpKind::kElementwise) registerLowering(op, prepareElementwise);
    if (opInfo(op).kind == OpKind::kReduction) registerLowering(op, prepareReduce);
  }
  return true;
}();

}  // namespace
}  // namespace ibex::cpu
