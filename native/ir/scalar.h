// Single elements as numbers: read from and written to a constant's bytes. RegionImmediate is the number with its type.
#pragma once

#include <cstdint>
#include <cstring>

#include "ir/dtype.h"
#include "ir/half.h"
#include "ir/region.h"

namespace ibex {

// An integer or bool of any width; `value` repeats it as a double.
inline RegionImmediate integerScalar(DType dtype, int64_t integer) {
  return {dtype, static_cast<double>(integer), integer};
}

// A float; rounded to the dtype's precision.
inline RegionImmediate floatScalar(DType dtype, double value) {
  switch (dtype) {
    case DType::kFloat16: value = float16ToFloat(floatToFloat16(static_cast<float>(value))); break;
    case DType::kBFloat16: value = bfloat16ToFloat(floatToBfloat16(static_cast<float>(value))); break;
    case DType::kFloat32: value = static_cast<float>(value); break;
    default: break;
  }
  return {dtype, value, 0};
}

// A small number that every dtype can hold.
inline RegionImmediate smallScalar(DType dtype, int value) {
  return isFloat(dtype) ? floatScalar(dtype, value) : integerScalar(dtype, value);
}

namespace detail {
template <class T>
T loadAs(const uint8_t* from) {
  T element;
  std::memcpy(&element, from, sizeof(T));
  return element;
}
template <class T>
void storeAs(T element, uint8_t* to) {
  std::memcpy(to, &element, sizeof(T));
}
}  // namespace detail

inline RegionImmediate loadScalar(DType dtype, const uint8_t* from) {
  using detail::loadAs;
  switch (dtype) {
    case DType::kBool: return integerScalar(dtype, from[0] != 0);
    case DType::kUint8: return integerScalar(dtype, from[0]);
    case DType::kInt8: return integerScalar(dtype, loadAs<int8_t>(from));
    case DType::kInt16: return integerScalar(dtype, loadAs<int16_t>(from));
    case DType::kInt32: return integerScalar(dtype, loadAs<int32_t>(from));
    case DType::kUint32: return integerScalar(dtype, loadAs<uint32_t>(from));
    case DType::kInt64: return integerScalar(dtype, loadAs<int64_t>(from));
    case DType::kFloat16: return {dtype, float16ToFloat(loadAs<uint16_t>(from)), 0};
    case DType::kBFloat16: return {dtype, bfloat16ToFloat(loadAs<uint16_t>(from)), 0};
    case DType::kFloat32: return {dtype, loadAs<float>(from), 0};
    case DType::kFloat64: break;
  }
  return {dtype, loadAs<double>(from), 0};
}

// Integers keep their low bits, floats round to nearest even.
inline void storeScalar(const RegionImmediate& scalar, uint8_t* to) {
  using detail::storeAs;
  switch (scalar.dtype) {
    case DType::kBool: to[0] = scalar.integer != 0; return;
    case DType::kUint8:
    case DType::kInt8: to[0] = static_cast<uint8_t>(scalar.integer); return;
    case DType::kInt16: storeAs(static_cast<int16_t>(scalar.integer), to); return;
    case DType::kInt32:
    case DType::kUint32: storeAs(static_cast<uint32_t>(scalar.integer), to); return;
    case DType::kInt64: storeAs(scalar.integer, to); return;
    case DType::kFloat16: storeAs(floatToFloat16(static_cast<float>(scalar.value)), to); return;
    case DType::kBFloat16: storeAs(floatToBfloat16(static_cast<float>(scalar.value)), to); return;
    case DType::kFloat32: storeAs(static_cast<float>(scalar.value), to); return;
    case DType::kFloat64: break;
  }
  storeAs(scalar.value, to);
}

}  // namespace ibex
