#include <cstring>

#include "ir/element_ops.h"
#include "passes/passes.h"
#include "passes/rewriter.h"
#include "passes/view.h"

namespace ibex {
namespace {

using Result = std::optional<ValueId>;

// Results of more elements are folded only when they are all equal.
constexpr int64_t kMaxElements = 16384;

const std::vector<uint8_t>& dataOf(const Node& constant) { return std::get<ConstantAttrs>(constant.attrs).data; }

bool isSplat(const Node& constant, const Type& type) { return dataOf(constant).size() == dtypeSize(type.dtype); }

Result emitData(Rewriter& rw, const Node& node, std::vector<uint8_t> data) {
  return rw.emit(Op::kConstant, ConstantAttrs{std::move(data)}, {}, rw.type(node.outputs[0]));
}

// Element-wise: one evaluation when all operands are uniform, else one an element.
Result elementwise(Rewriter& rw, const Node& node) {
  const Type& type = rw.type(node.outputs[0]);
  RegionImmediate operands[3];
  bool uniform = type.elements() > 0;
  for (size_t i = 0; i < node.inputs.size(); i++) {
    if (!rw.producerIf(node.inputs[i], Op::kConstant)) return std::nullopt;
    const auto number = rw.uniform(node.inputs[i]);
    if (number) operands[i] = *number;
    else uniform = false;
  }
  if (uniform) {
    const auto number = evaluate(node.op, type.dtype, operands);
    return number ? Result(rw.splat(*number, type.shape)) : std::nullopt;
  }
  if (type.elements() > kMaxElements) return std::nullopt;

  const size_t size = dtypeSize(type.dtype);
  std::vector<uint8_t> data(static_cast<size_t>(type.elements()) * size);
  std::vector<ViewWalker> walkers;
  for (ValueId v : node.inputs) walkers.emplace_back(broadcastView(View(rw.type(v).shape), type.shape));
  for (size_t e = 0; e < static_cast<size_t>(type.elements()); e++) {
    for (size_t i = 0; i < node.inputs.size(); i++) {
      const Node& constant = rw.producer(node.inputs[i]);
      const Type& from = rw.type(node.inputs[i]);
      const size_t at = isSplat(constant, from) ? 0 : static_cast<size_t>(walkers[i].next());
      operands[i] = loadScalar(from.dtype, &dataOf(constant)[at * dtypeSize(from.dtype)]);
    }
    const auto number = evaluate(node.op, type.dtype, operands);
    if (!number) return std::nullopt;
    storeScalar(*number, &data[e * size]);
  }
  return emitData(rw, node, std::move(data));
}

// Movement that only picks elements: reshape, broadcast, transpose, slice, reverse.
Result movement(Rewriter& rw, const Node& node) {
  const Node* constant = rw.producerIf(node.inputs[0], Op::kConstant);
  if (!constant) return std::nullopt;
  const Type& from = rw.type(node.inputs[0]);
  const Type& type = rw.type(node.outputs[0]);
  if (type.elements() == 0) return emitData(rw, node, {});
  if (const auto number = uniformConstant(*constant, from)) return rw.splat(*number, type.shape);
  if (type.elements() > kMaxElements) return std::nullopt;
  const auto view = movedView(node, View(from.shape), type.shape);
  if (!view) return std::nullopt;
  const size_t size = dtypeSize(type.dtype);
  std::vector<uint8_t> data(static_cast<size_t>(type.elements()) * size);
  ViewWalker walker(*view);
  for (size_t at = 0; at < data.size(); at += size) {
    std::memcpy(&data[at], &dataOf(*constant)[static_cast<size_t>(walker.next()) * size], size);
  }
  return emitData(rw, node, std::move(data));
}

// A reduction of equal elements.
Result reduction(Rewriter& rw, const Node& node) {
  const auto number = rw.uniform(node.inputs[0]);
  if (!number) return std::nullopt;
  const Type& type = rw.type(node.outputs[0]);
  if (node.op == Op::kReduceMax || node.op == Op::kReduceMin) return rw.splat(*number, type.shape);
  const int64_t count = type.elements() == 0 ? 0 : rw.type(node.inputs[0]).elements() / type.elements();
  if (node.op == Op::kReduceProd) {
    if (number->value == 1) return rw.splat(*number, type.shape);
    return std::nullopt;
  }
  if (isFloat(type.dtype))
    return rw.splat(floatScalar(type.dtype, number->value * static_cast<double>(count)), type.shape);
  uint8_t wrapped[8];
  storeScalar(integerScalar(type.dtype, static_cast<int64_t>(static_cast<uint64_t>(number->integer) *
                                                             static_cast<uint64_t>(count))),
              wrapped);
  return rw.splat(loadScalar(type.dtype, wrapped), type.shape);
}

Result rule(Rewriter& rw, Node& node) {
  switch (node.op) {
    case Op::kReshape:
    case Op::kBroadcast:
    case Op::kTranspose:
    case Op::kSlice:
    case Op::kReverse: return movement(rw, node);
    case Op::kIota:
      if (rw.type(node.outputs[0]).shape[std::get<IotaAttrs>(node.attrs).axis] != 1) return std::nullopt;
      return rw.splat(smallScalar(rw.type(node.outputs[0]).dtype, 0), rw.type(node.outputs[0]).shape);
    default: break;
  }
  switch (opInfo(node.op).kind) {
    case OpKind::kElementwise: return elementwise(rw, node);
    case OpKind::kReduction: return reduction(rw, node);
    default: return std::nullopt;
  }
}

}  // namespace

void foldConstants(Graph& graph) { Rewriter(graph).run(rule); }

}  // namespace ibex
