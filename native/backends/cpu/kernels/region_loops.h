// What the files region_*.simd.cpp share: the scalar expressions of all ops, the loops over them, and the functions
// that fill the table. Included only by files *.simd.cpp.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>

#include "backends/cpu/kernels/region_functions.h"
#include "backends/cpu/math/vector_float.h"

#define IBEX_SCALAR_FN static inline __attribute__((always_inline))

namespace ibex::cpu::IBEX_SIMD_NS {

// <cmath> functions, for float64 and the types without functions.
namespace exact {
#include "ir/scalar_math.h"
#include "ir/scalar_ops.gen.h"
}  // namespace exact

// The vectorisable functions, for float32.
namespace fast {
#define IBEX_SCALAR_OWN_MATH
#include "ir/scalar_math.h"
#include "ir/scalar_ops.gen.h"
#undef IBEX_SCALAR_OWN_MATH
}  // namespace fast

template <class T>
constexpr DType dtypeOf() {
  if constexpr (std::is_same_v<T, bool>) return DType::kBool;
  if constexpr (std::is_same_v<T, uint8_t>) return DType::kUint8;
  if constexpr (std::is_same_v<T, int8_t>) return DType::kInt8;
  if constexpr (std::is_same_v<T, int16_t>) return DType::kInt16;
  if constexpr (std::is_same_v<T, int32_t>) return DType::kInt32;
  if constexpr (std::is_same_v<T, uint32_t>) return DType::kUint32;
  if constexpr (std::is_same_v<T, int64_t>) return DType::kInt64;
  if constexpr (std::is_same_v<T, float>) return DType::kFloat32;
  return DType::kFloat64;
}

template <class F, class T>
void unaryLoop(void* dst, const void* a, const void*, const void*, int64_t n) {
  using R = decltype(F::template apply<T>(T()));
  R* d = static_cast<R*>(dst);
  const T* x = static_cast<const T*>(a);
#pragma GCC ivdep
  for (int64_t i = 0; i < n; ++i) d[i] = F::template apply<T>(x[i]);
}

template <class F, class T, OperandKinds kKinds>
void binaryLoop(void* dst, const void* a, const void* b, const void*, int64_t n) {
  using R = decltype(F::template apply<T>(T(), T()));
  R* d = static_cast<R*>(dst);
  const T* x = static_cast<const T*>(a);
  const T* y = static_cast<const T*>(b);
  if constexpr (kKinds == OperandKinds::kVectorVector) {
#pragma GCC ivdep
    for (int64_t i = 0; i < n; ++i) d[i] = F::template apply<T>(x[i], y[i]);
  } else if constexpr (kKinds == OperandKinds::kVectorScalar) {
    const T s = *y;
#pragma GCC ivdep
    for (int64_t i = 0; i < n; ++i) d[i] = F::template apply<T>(x[i], s);
  } else {
    const T s = *x;
#pragma GCC ivdep
    for (int64_t i = 0; i < n; ++i) d[i] = F::template apply<T>(s, y[i]);
  }
}

template <class F, class T>
void setUnary(RegionFunctions& table, Op op) {
  table.unary[static_cast<int>(op)][static_cast<int>(dtypeOf<T>())] = unaryLoop<F, T>;
}

template <class F, class T, bool kScalarKinds>
void setBinary(RegionFunctions& table, Op op) {
  const int o = static_cast<int>(op);
  const int t = static_cast<int>(dtypeOf<T>());
  table.binary[0][o][t] = binaryLoop<F, T, OperandKinds::kVectorVector>;
  if constexpr (kScalarKinds) {
    table.binary[1][o][t] = binaryLoop<F, T, OperandKinds::kVectorScalar>;
    table.binary[2][o][t] = binaryLoop<F, T, OperandKinds::kScalarVector>;
  }
}

// Each in its own file.
void fillFloatFunctions(RegionFunctions& table);
void fillExactFunctions(RegionFunctions& table);
void fillMoveFunctions(RegionFunctions& table);
void fillPairFunctions(RegionFunctions& table);
void fillReduceFunctions(RegionFunctions& table);

}  // namespace ibex::cpu::IBEX_SIMD_NS
