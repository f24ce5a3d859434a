#include "backends/cuda/codegen/element_code.h"

#include <cmath>
#include <cstdio>

#include "ir/element_ops.h"
#include "ir/error.h"

namespace ibex::cuda {
namespace {

// The functor of an op: "floor_div" to FloorDivOp.
std::string functor(Op op) {
  std::string name;
  bool upper = true;
  for (const char c : opInfo(op).name) {
    if (c == '_') {
      upper = true;
      continue;
    }
    name += upper && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    upper = false;
  }
  return name + "Op";
}

std::string apply(Op op, DType operands, const std::string& arguments) {
  return functor(op) + "::apply<" + valueType(operands) + ">(" + arguments + ")";
}

std::string element(DType dtype) { return "Element<" + storedType(dtype) + ", " + valueType(dtype) + ">"; }

}  // namespace

std::string storedType(DType dtype) {
  switch (dtype) {
    case DType::kBool: return "bool";
    case DType::kUint8: return "uint8_t";
    case DType::kInt8: return "int8_t";
    case DType::kInt16: return "int16_t";
    case DType::kInt32: return "int32_t";
    case DType::kUint32: return "uint32_t";
    case DType::kInt64: return "int64_t";
    case DType::kFloat16: return "Float16";
    case DType::kBFloat16: return "BFloat16";
    case DType::kFloat32: return "float";
    case DType::kFloat64: break;
  }
  return "double";
}

std::string valueType(DType dtype) { return isHalf(dtype) ? "float" : storedType(dtype); }

std::string loaded(DType dtype, const std::string& e) { return isHalf(dtype) ? element(dtype) + "::load(" + e + ")" : e; }

std::string stored(DType dtype, const std::string& v) { return isHalf(dtype) ? element(dtype) + "::store(" + v + ")" : v; }

std::string rounded(DType dtype, const std::string& v) {
  return isHalf(dtype) ? element(dtype) + "::round(" + v + ")" : v;
}

std::string immediateCode(const RegionImmediate& immediate) {
  const std::string type = valueType(immediate.dtype);
  if (!isFloat(immediate.dtype)) {
    if (immediate.dtype == DType::kBool) return immediate.integer != 0 ? "true" : "false";
    // As unsigned, so that the least of all has a literal.
    char text[48];
    std::snprintf(text, sizeof text, "%s(0x%llxull)", type.c_str(), static_cast<unsigned long long>(immediate.integer));
    return text;
  }
  if (std::isnan(immediate.value)) return "std::numeric_limits<" + type + ">::quiet_NaN()";
  if (std::isinf(immediate.value)) return (immediate.value < 0 ? "-infinity<" : "infinity<") + type + ">()";
  char text[48];
  std::snprintf(text, sizeof text, "%s(%a)", type.c_str(), immediate.value);
  return text;
}

std::string instructionCode(const RegionInstr& instr, const std::vector<std::string>& operands) {
  if (instr.op == Op::kSelect) return operands[0] + " ? " + operands[1] + " : " + operands[2];
  if (instr.op == Op::kCast) {
    const std::string cast =
        "castTo<" + valueType(instr.dtype) + ", " + valueType(instr.operandDtype) + ">(" + operands[0] + ")";
    return rounded(instr.dtype, cast);
  }
  if (!acceptsOperand(instr.op, instr.operandDtype)) {
    throw Error(ErrorCode::kUnsupported, "'" + std::string(opInfo(instr.op).name) + "' is not defined for " +
                                             std::string(dtypeName(instr.operandDtype)) + ".");
  }
  std::string arguments = operands[0];
  for (size_t i = 1; i < operands.size(); ++i) arguments += ", " + operands[i];
  return rounded(instr.dtype, apply(instr.op, instr.operandDtype, arguments));
}

std::string reductionStart(const RegionReduction& reduction) {
  const std::string type = valueType(reduction.dtype);
  switch (reduction.kind) {
    case ReduceKind::kSum: return type + "(0)";
    case ReduceKind::kProd: return type + "(1)";
    case ReduceKind::kMax:
      if (isFloat(reduction.dtype)) return "-infinity<" + type + ">()";
      return reduction.dtype == DType::kBool ? "false" : "std::numeric_limits<" + type + ">::min()";
    case ReduceKind::kMin: break;
  }
  if (isFloat(reduction.dtype)) return "infinity<" + type + ">()";
  return reduction.dtype == DType::kBool ? "true" : "std::numeric_limits<" + type + ">::max()";
}

std::string reductionStep(const RegionReduction& reduction, const std::string& a, const std::string& b) {
  constexpr Op kOps[] = {Op::kAdd, Op::kMul, Op::kMaximum, Op::kMinimum};
  return apply(kOps[static_cast<int>(reduction.kind)], reduction.dtype, a + ", " + b);
}

}  // namespace ibex::cuda
