// Element types. The numbers are shared with TypeScript (packages/tensor/src/core/dtype.ts).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ibex {

enum class DType : uint8_t {
  kBool = 0,
  kUint8 = 1,
  kInt8 = 2,
  kInt16 = 3,
  kInt32 = 4,
  kUint32 = 5,
  kInt64 = 6,
  kFloat16 = 7,
  kBFloat16 = 8,
  kFloat32 = 9,
  kFloat64 = 10,
};

inline constexpr int kDTypeCount = 11;

constexpr size_t dtypeSize(DType t) {
  constexpr size_t sizes[kDTypeCount] = {1, 1, 1, 2, 4, 4, 8, 2, 2, 4, 8};
  return sizes[static_cast<int>(t)];
}

constexpr std::string_view dtypeName(DType t) {
  constexpr std::string_view names[kDTypeCount] = {"bool",  "uint8",   "int8",     "int16",   "int32",  "uint32",
                                                   "int64", "float16", "bfloat16", "float32", "float64"};
  return names[static_cast<int>(t)];
}

constexpr bool isFloat(DType t) { return t >= DType::kFloat16; }
constexpr bool isHalf(DType t) { return t == DType::kFloat16 || t == DType::kBFloat16; }
constexpr bool isInteger(DType t) { return t >= DType::kUint8 && t <= DType::kInt64; }

}  // namespace ibex
