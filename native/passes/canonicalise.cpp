#include <algorithm>
#include <numeric>

#include "ir/type_rules.h"
#include "passes/passes.h"
#include "passes/rewriter.h"

namespace ibex {
namespace {

using Result = std::optional<ValueId>;

Result reshape(Rewriter& rw, Node& node) {
  if (const Node* inner = rw.producerIf(node.inputs[0], Op::kReshape)) node.inputs[0] = inner->inputs[0];
  if (rw.type(node.inputs[0]) == rw.type(node.outputs[0])) return node.inputs[0];
  return std::nullopt;
}

// Whether `longer` is `shorter` with axes of extent 1 in front.
bool onlyLeadingOnes(const Shape& longer, const Shape& shorter) {
  if (longer.size() < shorter.size()) return false;
  const auto middle = longer.begin() + static_cast<ptrdiff_t>(longer.size() - shorter.size());
  return std::all_of(longer.begin(), middle, [](int64_t d) { return d == 1; }) &&
         std::equal(middle, longer.end(), shorter.begin());
}

Result broadcast(Rewriter& rw, Node& node) {
  ValueId& x = node.inputs[0];
  if (const Node* inner = rw.producerIf(x, Op::kBroadcast)) x = inner->inputs[0];
  if (const Node* inner = rw.producerIf(x, Op::kReshape)) {
    if (onlyLeadingOnes(rw.type(x).shape, rw.type(inner->inputs[0]).shape)) x = inner->inputs[0];
  }
  const Type& to = rw.type(node.outputs[0]);
  if (rw.type(x) == to) return x;
  if (rw.type(x).elements() == to.elements()) return rw.reshape(x, to.shape, node.scope);
  return std::nullopt;
}

Result transpose(Rewriter& rw, Node& node) {
  auto& perm = std::get<TransposeAttrs>(node.attrs).perm;
  if (const Node* inner = rw.producerIf(node.inputs[0], Op::kTranspose)) {
    const auto& first = std::get<TransposeAttrs>(inner->attrs).perm;
    for (int64_t& axis : perm) axis = first[axis];
    node.inputs[0] = inner->inputs[0];
  }
  // Axes of extent 1 may move freely; when the others keep their order no element moves.
  const Shape& from = rw.type(node.inputs[0]).shape;
  int64_t last = -1;
  for (int64_t axis : perm) {
    if (from[axis] == 1) continue;
    if (axis < last) return std::nullopt;
    last = axis;
  }
  return rw.reshape(node.inputs[0], rw.type(node.outputs[0]).shape, node.scope);
}

Result slice(Rewriter& rw, Node& node) {
  auto& attrs = std::get<SliceAttrs>(node.attrs);
  if (const Node* inner = rw.producerIf(node.inputs[0], Op::kSlice)) {
    const auto& first = std::get<SliceAttrs>(inner->attrs);
    const Shape& to = rw.type(node.outputs[0]).shape;
    for (size_t i = 0; i < to.size(); i++) {
      if (to[i] == 0) {  // the range may start beyond the end
        attrs.starts[i] = attrs.limits[i] = 0;
        attrs.strides[i] = 1;
        continue;
      }
      attrs.starts[i] = first.starts[i] + attrs.starts[i] * first.strides[i];
      // A stride that is never taken may be too large to multiply with.
      attrs.strides[i] = to[i] == 1 ? 1 : attrs.strides[i] * first.strides[i];
      attrs.limits[i] = attrs.starts[i] + (to[i] - 1) * attrs.strides[i] + 1;
    }
    node.inputs[0] = inner->inputs[0];
  }
  // Strides are positive: equal types mean that everything is kept in place.
  if (rw.type(node.inputs[0]) == rw.type(node.outputs[0])) return node.inputs[0];
  return std::nullopt;
}

Result reverse(Rewriter& rw, Node& node) {
  auto& axes = std::get<AxesAttrs>(node.attrs).axes;
  const Shape& shape = rw.type(node.inputs[0]).shape;
  std::erase_if(axes, [&](int64_t axis) { return shape[axis] <= 1; });
  std::sort(axes.begin(), axes.end());
  if (axes.empty()) return node.inputs[0];
  const Node* inner = rw.producerIf(node.inputs[0], Op::kReverse);
  if (inner && std::get<AxesAttrs>(inner->attrs).axes == axes) return inner->inputs[0];
  return std::nullopt;
}

Result pad(Rewriter& rw, Node& node) {
  const auto& attrs = std::get<PadAttrs>(node.attrs);
  const Shape& shape = rw.type(node.inputs[0]).shape;
  for (size_t i = 0; i < shape.size(); i++) {
    if (attrs.low[i] != 0 || attrs.high[i] != 0 || (attrs.interior[i] != 0 && shape[i] > 1)) return std::nullopt;
  }
  return node.inputs[0];
}

Result concat(Rewriter& rw, Node& node) {
  const int64_t axis = std::get<AxisAttrs>(node.attrs).axis;
  const auto empty = [&](ValueId v) { return rw.type(v).shape[axis] == 0; };
  if (node.inputs.size() > 1 && !std::all_of(node.inputs.begin(), node.inputs.end(), empty)) {
    std::erase_if(node.inputs, empty);
  }
  if (node.inputs.size() == 1) return node.inputs[0];
  return std::nullopt;
}

// A window as large as its array starts at 0, whatever the starts say.
Result dynamicSlice(Rewriter& rw, Node& node) {
  if (rw.type(node.inputs[0]) == rw.type(node.outputs[0])) return node.inputs[0];
  return std::nullopt;
}
Result dynamicUpdateSlice(Rewriter& rw, Node& node) {
  if (rw.type(node.inputs[1]) == rw.type(node.outputs[0])) return node.inputs[1];
  if (rw.type(node.inputs[1]).elements() == 0) return node.inputs[0];
  return std::nullopt;
}

Result reduction(Rewriter& rw, Node& node) {
  auto& attrs = std::get<ReduceAttrs>(node.attrs);
  std::sort(attrs.axes.begin(), attrs.axes.end());
  const Shape& shape = rw.type(node.inputs[0]).shape;
  for (int64_t axis : attrs.axes) {
    if (shape[axis] != 1) return std::nullopt;
  }
  return rw.reshape(node.inputs[0], rw.type(node.outputs[0]).shape, node.scope);
}

bool isCommutative(Op op) {
  switch (op) {
    case Op::kAdd:
    case Op::kMul:
    case Op::kEqual:
    case Op::kNotEqual:
    case Op::kLogicalAnd:
    case Op::kLogicalOr:
    case Op::kLogicalXor:
    case Op::kBitwiseAnd:
    case Op::kBitwiseOr:
    case Op::kBitwiseXor: return true;
    default: return false;
  }
}

Op mirrored(Op op) {
  switch (op) {
    case Op::kLess: return Op::kGreater;
    case Op::kLessEqual: return Op::kGreaterEqual;
    case Op::kGreater: return Op::kLess;
    case Op::kGreaterEqual: return Op::kLessEqual;
    default: return op;
  }
}

// Constants come second; else the older value comes first.
Result elementwise(Rewriter& rw, Node& node) {
  if (node.op == Op::kCast && rw.type(node.inputs[0]) == rw.type(node.outputs[0])) return node.inputs[0];
  const bool comparison = mirrored(node.op) != node.op;
  if (node.inputs.size() != 2 || (!isCommutative(node.op) && !comparison)) return std::nullopt;
  const bool firstConstant = rw.producerIf(node.inputs[0], Op::kConstant) != nullptr;
  const bool secondConstant = rw.producerIf(node.inputs[1], Op::kConstant) != nullptr;
  if (firstConstant != secondConstant ? firstConstant : node.inputs[0] > node.inputs[1]) {
    std::swap(node.inputs[0], node.inputs[1]);
    node.op = mirrored(node.op);
  }
  return std::nullopt;
}

Result rule(Rewriter& rw, Node& node) {
  switch (node.op) {
    case Op::kReshape: return reshape(rw, node);
    case Op::kBroadcast: return broadcast(rw, node);
    case Op::kTranspose: return transpose(rw, node);
    case Op::kSlice: return slice(rw, node);
    case Op::kReverse: return reverse(rw, node);
    case Op::kPad: return pad(rw, node);
    case Op::kConcat: return concat(rw, node);
    case Op::kDynamicSlice: return dynamicSlice(rw, node);
    case Op::kDynamicUpdateSlice: return dynamicUpdateSlice(rw, node);
    default: break;
  }
  switch (opInfo(node.op).kind) {
    case OpKind::kElementwise: return elementwise(rw, node);
    case OpKind::kReduction: return reduction(rw, node);
    default: return std::nullopt;
  }
}

}  // namespace

void canonicalise(Graph& graph) {
  Rewriter(graph).run(rule);
  // Updating a state with its own old value is no update.
  std::erase_if(graph.updates, [&](const StateUpdate& update) {
    const auto* attrs = std::get_if<ParameterAttrs>(&graph.nodes[graph.values[update.value].producer].attrs);
    return attrs && attrs->state && attrs->index == update.parameter;
  });
}

}  // namespace ibex
