#include <cmath>
#include <utility>

#include "passes/passes.h"
#include "passes/rewriter.h"
#include "passes/simplify_linear.h"

namespace ibex {
namespace {

using Result = std::optional<ValueId>;

bool isNumber(const std::optional<RegionImmediate>& scalar, double number) { return scalar && scalar->value == number; }

// v in the shape of the node's output.
Result asOutput(Rewriter& rw, const Node& node, ValueId v) {
  return rw.broadcast(v, rw.type(node.outputs[0]).shape, node.scope);
}

Result unaryOf(Rewriter& rw, const Node& node, Op op, ValueId x) {
  return asOutput(rw, node, rw.emit(op, {}, {x}, rw.type(x), node.scope));
}

// 2^k within the normal range, so that dividing by it and multiplying by its inverse are both exact.
bool isPowerOfTwo(double v, DType dtype) {
  int exponent = 0;
  const double fraction = std::frexp(std::fabs(v), &exponent);
  const int limit = dtype == DType::kFloat16 ? 12 : 120;
  return fraction == 0.5 && exponent > -limit && exponent < limit;
}

Result add(Rewriter& rw, Node& node) {
  const auto c = rw.uniform(node.inputs[1]);
  if (isNumber(c, 0)) return asOutput(rw, node, node.inputs[0]);
  if (const Node* negated = rw.producerIf(node.inputs[1], Op::kNeg)) {
    node.op = Op::kSub;
    node.inputs[1] = negated->inputs[0];
  } else if (const Node* first = rw.producerIf(node.inputs[0], Op::kNeg)) {
    node.op = Op::kSub;
    const ValueId x = first->inputs[0];
    node.inputs = {node.inputs[1], x};
  }
  return std::nullopt;
}

Result subtract(Rewriter& rw, Node& node) {
  if (isNumber(rw.uniform(node.inputs[1]), 0)) return asOutput(rw, node, node.inputs[0]);
  const Type& type = rw.type(node.outputs[0]);
  // Not for floats: NaN - NaN and inf - inf are no zeros.
  if (node.inputs[0] == node.inputs[1] && !isFloat(type.dtype))
    return rw.splat(integerScalar(type.dtype, 0), type.shape);
  if (const Node* negated = rw.producerIf(node.inputs[1], Op::kNeg)) {
    node.op = Op::kAdd;
    node.inputs[1] = negated->inputs[0];
  }
  return std::nullopt;
}

Result multiply(Rewriter& rw, Node& node) {
  const Type& type = rw.type(node.outputs[0]);
  const auto c = rw.uniform(node.inputs[1]);
  if (isNumber(c, 1)) return asOutput(rw, node, node.inputs[0]);
  if (isNumber(c, 0) && !isFloat(type.dtype)) return rw.splat(*c, type.shape);
  if (type.dtype == DType::kBool) return std::nullopt;
  if (isNumber(c, -1)) return unaryOf(rw, node, Op::kNeg, node.inputs[0]);
  const Node* a = rw.producerIf(node.inputs[0], Op::kNeg);
  const Node* b = rw.producerIf(node.inputs[1], Op::kNeg);
  if (a && b) node.inputs = {a->inputs[0], b->inputs[0]};
  if (node.inputs[0] == node.inputs[1]) node.op = Op::kSquare, node.inputs.pop_back();
  return std::nullopt;
}

Result divide(Rewriter& rw, Node& node) {
  const auto c = rw.uniform(node.inputs[1]);
  if (isNumber(c, 1)) return asOutput(rw, node, node.inputs[0]);
  if (c && isPowerOfTwo(c->value, c->dtype)) {
    node.op = Op::kMul;
    node.inputs[1] = rw.splat(floatScalar(c->dtype, 1 / c->value), rw.type(node.inputs[1]).shape);
  } else if (isNumber(rw.uniform(node.inputs[0]), 1)) {
    return unaryOf(rw, node, Op::kReciprocal, node.inputs[1]);
  }
  return std::nullopt;
}

Result power(Rewriter& rw, Node& node) {
  const auto c = rw.uniform(node.inputs[1]);
  if (isNumber(c, 1)) return asOutput(rw, node, node.inputs[0]);
  if (isNumber(c, 2)) return unaryOf(rw, node, Op::kSquare, node.inputs[0]);
  const Type& type = rw.type(node.outputs[0]);
  if (isNumber(c, 0)) return rw.splat(smallScalar(type.dtype, 1), type.shape);
  return std::nullopt;
}

// and, or, xor of bools (logical or bitwise).
Result logical(Rewriter& rw, Node& node) {
  const bool isAnd = node.op == Op::kLogicalAnd || node.op == Op::kBitwiseAnd;
  const bool isXor = node.op == Op::kLogicalXor || node.op == Op::kBitwiseXor;
  if (node.inputs[0] == node.inputs[1] && !isXor) return node.inputs[0];
  const Type& type = rw.type(node.outputs[0]);
  const auto c = rw.uniform(node.inputs[1]);
  if (!c || type.dtype != DType::kBool) return std::nullopt;
  const bool value = c->integer != 0;
  if (isXor) {
    if (value) return unaryOf(rw, node, Op::kLogicalNot, node.inputs[0]);
    return asOutput(rw, node, node.inputs[0]);
  }
  if (value == isAnd) return asOutput(rw, node, node.inputs[0]);
  return rw.splat(*c, type.shape);
}

Result logicalNot(Rewriter& rw, const Node& node) {
  const Node& inner = rw.producer(node.inputs[0]);
  if (inner.op == Op::kLogicalNot) return inner.inputs[0];
  // The only comparisons that a NaN does not break.
  if (inner.op != Op::kEqual && inner.op != Op::kNotEqual) return std::nullopt;
  const std::vector<ValueId> inputs = inner.inputs;
  return rw.emit(inner.op == Op::kEqual ? Op::kNotEqual : Op::kEqual, {}, inputs, rw.type(node.outputs[0]), node.scope);
}

Result select(Rewriter& rw, Node& node) {
  if (const auto condition = rw.uniform(node.inputs[0])) {
    return asOutput(rw, node, node.inputs[condition->integer != 0 ? 1 : 2]);
  }
  if (node.inputs[1] == node.inputs[2]) return asOutput(rw, node, node.inputs[1]);
  if (const Node* negated = rw.producerIf(node.inputs[0], Op::kLogicalNot)) {
    node.inputs = {negated->inputs[0], node.inputs[2], node.inputs[1]};
  }
  return std::nullopt;
}

// Whether every number of `from` is one of `to`.
bool contains(DType to, DType from) {
  if (to == from || from == DType::kBool) return true;
  // Bits of whole numbers that are exact, with their sign.
  constexpr int whole[kDTypeCount] = {1, 8, 7, 15, 31, 32, 63, 11, 8, 24, 53};
  if (isFloat(from)) return to == DType::kFloat64 || (to == DType::kFloat32 && isHalf(from));
  if (to == DType::kBool) return false;
  const bool isSigned = from != DType::kUint8 && from != DType::kUint32;
  if (isSigned && (to == DType::kUint8 || to == DType::kUint32)) return false;
  return whole[static_cast<int>(to)] >= whole[static_cast<int>(from)];
}

// The 16-bit floats of which v is a float32 copy.
Result halfBefore(const Rewriter& rw, ValueId v) {
  const Node* widening = rw.producerIf(v, Op::kCast);
  if (!widening || rw.type(v).dtype != DType::kFloat32) return std::nullopt;
  const ValueId x = widening->inputs[0];
  return isHalf(rw.type(x).dtype) ? Result(x) : std::nullopt;
}

// Cross-entropy computes in float32 whatever it reads, so it needs no float32 copy of logits, which can be the largest
// tensor of a step.
Result crossentropy(Rewriter& rw, Node& node) {
  if (const Result half = halfBefore(rw, node.inputs[0])) node.inputs[0] = *half;
  return std::nullopt;
}

// Likewise the gradient, when it is rounded to the type of the logits.
Result crossentropyGrad(Rewriter& rw, const Node& rounding) {
  const ValueId wide = rounding.inputs[0];
  const Node* gradient = rw.producerIf(wide, Op::kSparseCrossentropyGrad);
  if (!gradient || rw.uses(wide) != 1) return std::nullopt;
  const Result half = halfBefore(rw, gradient->inputs[1]);
  if (!half || rw.type(*half) != rw.type(rounding.outputs[0])) return std::nullopt;
  Node narrow = *gradient;
  narrow.inputs[1] = *half;
  return rw.emit(narrow.op, narrow.attrs, narrow.inputs, rw.type(*half), narrow.scope);
}

Result cast(Rewriter& rw, Node& node) {
  if (const Result gradient = crossentropyGrad(rw, node)) return gradient;
  const Node* inner = rw.producerIf(node.inputs[0], Op::kCast);
  if (!inner) return std::nullopt;
  const ValueId x = inner->inputs[0];
  if (!contains(rw.type(node.inputs[0]).dtype, rw.type(x).dtype)) return std::nullopt;
  if (rw.type(x) == rw.type(node.outputs[0])) return x;
  node.inputs[0] = x;
  return std::nullopt;
}

// op(inner(x)) where the inner op makes no difference.
Result unary(Rewriter& rw, Node& node) {
  const Node& inner = rw.producer(node.inputs[0]);
  switch (node.op) {
    case Op::kNeg:
      if (inner.op == Op::kNeg) return inner.inputs[0];
      break;
    case Op::kAbs:
      if (inner.op == Op::kAbs || inner.op == Op::kRelu) return node.inputs[0];
      [[fallthrough]];
    case Op::kSquare:
      if (inner.op == Op::kNeg || inner.op == Op::kAbs) node.inputs[0] = inner.inputs[0];
      break;
    case Op::kRelu:
      if (inner.op == Op::kRelu) return node.inputs[0];
      break;
    case Op::kFloor:
    case Op::kCeil:
    case Op::kRound:
    case Op::kTrunc:
      if (inner.op >= Op::kFloor && inner.op <= Op::kTrunc) return node.inputs[0];
      break;
    default: break;
  }
  return std::nullopt;
}

Result rule(Rewriter& rw, Node& node) {
  switch (node.op) {
    case Op::kAdd: return add(rw, node);
    case Op::kSub: return subtract(rw, node);
    case Op::kMul: return multiply(rw, node);
    case Op::kDiv: return divide(rw, node);
    case Op::kPow: return power(rw, node);
    case Op::kMaximum:
    case Op::kMinimum: return node.inputs[0] == node.inputs[1] ? Result(node.inputs[0]) : std::nullopt;
    case Op::kLogicalAnd:
    case Op::kLogicalOr:
    case Op::kLogicalXor:
    case Op::kBitwiseAnd:
    case Op::kBitwiseOr:
    case Op::kBitwiseXor: return logical(rw, node);
    case Op::kLogicalNot: return logicalNot(rw, node);
    case Op::kSelect: return select(rw, node);
    case Op::kCast: return cast(rw, node);
    case Op::kSparseCrossentropy: return crossentropy(rw, node);
    case Op::kMatmul: return simplifyMatmul(rw, node);
    default: break;
  }
  if (opInfo(node.op).kind == OpKind::kReduction) return simplifyReduction(rw, node);
  return opInfo(node.op).kind == OpKind::kElementwise ? unary(rw, node) : std::nullopt;
}

}  // namespace

void simplify(Graph& graph) { Rewriter(graph).run(rule); }

}  // namespace ibex
