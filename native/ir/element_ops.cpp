#include "ir/element_ops.h"

#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "ir/scalar.h"

namespace ibex {
namespace {

#include "ir/scalar_math.h"
// After its helpers:
#include "ir/scalar_ops.gen.h"

enum class Operands { kAny, kNumber, kFloat, kBool, kBits, kInt };

constexpr Operands operandsOf(Op op) {
  switch (op) {
#define IBEX_CASE(name, accepts, result) \
  case Op::k##name: return Operands::k##accepts;
    IBEX_UNARY_OPS(IBEX_CASE)
    IBEX_BINARY_OPS(IBEX_CASE)
#undef IBEX_CASE
    default: return Operands::kAny;
  }
}

enum class Result { kSame, kBool };

template <class T>
T numberAs(const RegionImmediate& scalar) {
  if constexpr (std::is_floating_point_v<T>) return static_cast<T>(scalar.value);
  else return static_cast<T>(scalar.integer);
}

template <class T>
RegionImmediate numberOf(DType dtype, T number) {
  if constexpr (std::is_floating_point_v<T>) return floatScalar(dtype, number);
  else return integerScalar(dtype, static_cast<int64_t>(number));
}

template <class T>
std::optional<RegionImmediate> apply(Op op, DType dtype, const RegionImmediate* operands) {
  const T x = numberAs<T>(operands[0]);
  switch (op) {
#define IBEX_CASE(name, accepts, result) \
  case Op::k##name: \
    if constexpr (kAccepts##accepts<T>) return numberOf(dtype, name##Op::template apply<T>(x)); \
    return std::nullopt;
    IBEX_UNARY_OPS(IBEX_CASE)
#undef IBEX_CASE
#define IBEX_CASE(name, accepts, result)                                                \
  case Op::k##name:                                                                     \
    if constexpr (kAccepts##accepts<T>)                                                 \
      return numberOf(dtype, name##Op::template apply<T>(x, numberAs<T>(operands[1]))); \
    return std::nullopt;
    IBEX_BINARY_OPS(IBEX_CASE)
#undef IBEX_CASE
    default: return std::nullopt;
  }
}

// Whether the whole part of v is a number of the integer dtype.
bool fitsInteger(DType dtype, double v) {
  double low = 0;
  double high = 0;  // exclusive
  switch (dtype) {
    case DType::kUint8: high = 0x1p8; break;
    case DType::kInt8: low = -0x1p7, high = 0x1p7; break;
    case DType::kInt16: low = -0x1p15, high = 0x1p15; break;
    case DType::kInt32: low = -0x1p31, high = 0x1p31; break;
    case DType::kUint32: high = 0x1p32; break;
    default: low = -0x1p63, high = 0x1p63; break;
  }
  const double whole = std::trunc(v);
  return whole >= low && whole < high;
}

std::optional<RegionImmediate> cast(DType to, const RegionImmediate& x) {
  const bool fromFloat = isFloat(x.dtype);
  if (isFloat(to)) {
    // A 64-bit integer rounds once: through double it would round twice on its way to float.
    if (fromFloat) return floatScalar(to, x.value);
    return floatScalar(to, to == DType::kFloat64 ? static_cast<double>(x.integer) : static_cast<float>(x.integer));
  }
  if (to == DType::kBool) return integerScalar(to, fromFloat ? x.value != 0 : x.integer != 0);
  if (fromFloat && !fitsInteger(to, x.value)) return std::nullopt;
  uint8_t wrapped[8];
  storeScalar(integerScalar(to, fromFloat ? static_cast<int64_t>(x.value) : x.integer), wrapped);
  return loadScalar(to, wrapped);
}

}  // namespace

bool acceptsOperand(Op op, DType dtype) {
  switch (operandsOf(op)) {
    case Operands::kAny: return true;
    case Operands::kNumber: return dtype != DType::kBool;
    case Operands::kFloat: return isFloat(dtype);
    case Operands::kBool: return dtype == DType::kBool;
    case Operands::kBits: return !isFloat(dtype);
    case Operands::kInt: break;
  }
  return isInteger(dtype);
}

bool isPredicate(Op op) {
  switch (op) {
#define IBEX_CASE(name, accepts, result) \
  case Op::k##name: return Result::k##result == Result::kBool;
    IBEX_UNARY_OPS(IBEX_CASE)
    IBEX_BINARY_OPS(IBEX_CASE)
#undef IBEX_CASE
    default: return false;
  }
}

std::optional<RegionImmediate> evaluate(Op op, DType result, const RegionImmediate* operands) {
  if (op == Op::kCast) return cast(result, operands[0]);
  if (op == Op::kSelect) return operands[operands[0].integer != 0 ? 1 : 2];
  switch (operands[0].dtype) {
    case DType::kBool: return apply<bool>(op, result, operands);
    case DType::kUint8: return apply<uint8_t>(op, result, operands);
    case DType::kInt8: return apply<int8_t>(op, result, operands);
    case DType::kInt16: return apply<int16_t>(op, result, operands);
    case DType::kInt32: return apply<int32_t>(op, result, operands);
    case DType::kUint32: return apply<uint32_t>(op, result, operands);
    case DType::kInt64: return apply<int64_t>(op, result, operands);
    case DType::kFloat64: return apply<double>(op, result, operands);
    default: return apply<float>(op, result, operands);
  }
}

}  // namespace ibex
