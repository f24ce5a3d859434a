#include "ir/type_rules.h"

#include <algorithm>

#include "ir/element_ops.h"
#include "ir/epilogue.h"
#include "ir/error.h"
#include "ir/printer.h"

namespace ibex {
namespace rules {

void Context::fail(const std::string& what) { throw Error(ErrorCode::kInvalidGraph, what); }

void Context::requireAxis(int64_t axis, int rank) {
  if (axis < 0 || axis >= rank) {
    fail("axis " + std::to_string(axis) + " is out of range for rank " + std::to_string(rank));
  }
}

void Context::requireLength(const std::vector<int64_t>& list, size_t length, const char* what) {
  if (list.size() != length) {
    fail(std::string(what) + " needs " + std::to_string(length) + " numbers, has " + std::to_string(list.size()));
  }
}

void Context::requireType(const Type& type, const Type& expected, const char* what) {
  if (type != expected) fail(std::string(what) + " must be " + printType(expected) + ", is " + printType(type));
}

void Context::requireInputs(size_t count) const {
  if (inputs() != count) {
    fail("expected " + std::to_string(count) + " inputs, has " + std::to_string(inputs()));
  }
}

void Context::requireSameDType(size_t first, size_t end) const {
  for (size_t i = first + 1; i < end; i++) {
    if (in(i).dtype != in(first).dtype) {
      fail("inputs must have one dtype, are " + printType(in(first)) + " and " + printType(in(i)));
    }
  }
}

Shape broadcastShapes(const Shape& a, const Shape& b) {
  const Shape& longer = a.size() >= b.size() ? a : b;
  const Shape& shorter = a.size() >= b.size() ? b : a;
  Shape out = longer;
  const size_t skip = longer.size() - shorter.size();
  for (size_t i = 0; i < shorter.size(); i++) {
    int64_t& extent = out[skip + i];
    if (extent == 1) extent = shorter[i];
    if (shorter[i] != 1 && shorter[i] != extent) {
      Context::fail("shapes " + printType({DType::kBool, a}).substr(4) + " and " +
                    printType({DType::kBool, b}).substr(4) + " don't broadcast");
    }
  }
  return out;
}

namespace {

std::vector<Type> elementwise(const Context& c) {
  const Op op = c.node().op;
  size_t first = 0;
  if (op == Op::kSelect) {
    Context::require(c.in(0).dtype == DType::kBool, "the condition must be bool");
    first = 1;
  }
  c.requireSameDType(first, c.inputs());
  const DType dtype = c.in(first).dtype;
  if (!acceptsOperand(op, dtype)) Context::fail("does not take " + std::string(dtypeName(dtype)));
  Shape shape = c.in(0).shape;
  for (size_t i = 1; i < c.inputs(); i++) shape = broadcastShapes(shape, c.in(i).shape);
  DType result = isPredicate(op) ? DType::kBool : dtype;
  if (op == Op::kCast) result = c.out(0).dtype;
  return {{result, std::move(shape)}};
}

std::vector<Type> source(const Context& c) {
  const Type& out = c.out(0);
  switch (c.node().op) {
    case Op::kParameter: {
      const int64_t index = c.attrs<ParameterAttrs>().index;
      Context::require(index >= 0 && index < kMaxParameters, "index is out of range");
      break;
    }
    case Op::kConstant: {
      const size_t bytes = c.attrs<ConstantAttrs>().data.size();
      if (bytes != out.bytes() && bytes != dtypeSize(out.dtype)) {
        Context::fail("data has " + std::to_string(bytes) + " bytes for " + printType(out));
      }
      break;
    }
    case Op::kIota:
      Context::requireAxis(c.attrs<IotaAttrs>().axis, out.rank());
      Context::require(isFloat(out.dtype) || out.dtype == DType::kInt32 || out.dtype == DType::kInt64,
                       "the dtype must be int32, int64 or floating point");
      break;
    default:  // random_bits
      Context::requireType(c.in(0), {DType::kUint32, {2}}, "the key");
      Context::require(out.dtype == DType::kUint32, "the result must be uint32");
      break;
  }
  return {out};
}

void checkEpilogue(const Context& c, const Epilogue& epilogue, const Type& result) {
  Context::require(result.dtype == DType::kFloat32 || isHalf(result.dtype), "the dtype must be float32 or of 16 bits");
  const Type channels{result.dtype, {result.shape.back()}};
  if (epilogue.scale >= 0) Context::requireType(c.in(static_cast<size_t>(epilogue.scale)), channels, "the scale");
  if (epilogue.bias >= 0) Context::requireType(c.in(static_cast<size_t>(epilogue.bias)), channels, "the bias");
  if (epilogue.residual >= 0) {
    Context::requireType(c.in(static_cast<size_t>(epilogue.residual)), result, "the residual");
  }
}

}  // namespace
}  // namespace rules

std::vector<Type> resultTypes(const Graph& graph, const Node& node) {
  const rules::Context c(graph, node);
  if (hasEpilogue(node.op)) {
    const Epilogue epilogue = epilogueOf(node);
    c.requireInputs(static_cast<size_t>(epilogue.end()));
    std::vector<Type> result = resultTypes(graph, productOf(node));
    rules::checkEpilogue(c, epilogue, result[0]);
    return result;
  }
  switch (opInfo(node.op).kind) {
    case OpKind::kSource: return rules::source(c);
    case OpKind::kElementwise: return rules::elementwise(c);
    case OpKind::kMovement: return rules::movement(c);
    case OpKind::kReduction: return rules::library(c);
    case OpKind::kLibrary:
      return node.op >= Op::kConv && node.op <= Op::kAvgPoolGrad ? rules::windowed(c) : rules::library(c);
    case OpKind::kFused: break;
  }
  rules::Context::fail("has no rule");
}

}  // namespace ibex
