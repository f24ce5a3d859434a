// Reductions of contiguous floats in vector registers. The order of operations depends on the length alone, for one
// instruction set. Included only by files *.simd.cpp; each has its own copies.
#pragma once

#include <cstdint>
#include <cstring>
#include <utility>

#ifndef IBEX_VECTOR_FN
#define IBEX_VECTOR_FN static inline __attribute__((always_inline))
#endif

#pragma GCC diagnostic ignored "-Wpsabi"  // vectors only pass between functions that are inlined

namespace ibex::cpu::IBEX_SIMD_NS {

#if defined(__AVX512F__)
constexpr int kVectorBytes = 64;
#elif defined(__AVX__)
constexpr int kVectorBytes = 32;
#else
constexpr int kVectorBytes = 16;
#endif

template <class T, int kWidth>
using Vector __attribute__((vector_size(kWidth * sizeof(T)))) = T;

template <class T>
IBEX_VECTOR_FN Vector<T, kVectorBytes / sizeof(T)> loadVector(const T* p) {
  Vector<T, kVectorBytes / sizeof(T)> v;
  std::memcpy(&v, p, sizeof v);
  return v;
}

// op over the elements of `v`: halves onto each other.
template <class T, int kWidth, class Op, int... kIndex>
IBEX_VECTOR_FN T foldHalves(Vector<T, kWidth> v, Op op, std::integer_sequence<int, kIndex...>) {
  if constexpr (kWidth == 2) {
    return op(static_cast<T>(v[0]), static_cast<T>(v[1]));
  } else {
    constexpr int kHalf = kWidth / 2;
    const Vector<T, kHalf> low = __builtin_shufflevector(v, v, kIndex...);
    const Vector<T, kHalf> high = __builtin_shufflevector(v, v, (kIndex + kHalf)...);
    return foldHalves<T, kHalf>(op(low, high), op, std::make_integer_sequence<int, kHalf / 2>{});
  }
}

// start op x[0] op … op x[n-1], with op on scalars and on vectors. Four independent chains.
template <class T, class Op>
IBEX_VECTOR_FN T foldFloats(const T* x, int64_t n, T start, Op op) {
  constexpr int kWidth = kVectorBytes / static_cast<int>(sizeof(T));
  constexpr int kChains = 4;
  T result = start;
  int64_t i = 0;
  if (n >= kWidth) {
    Vector<T, kWidth> sum = loadVector(x);
    i = kWidth;
    if (n >= kChains * kWidth) {
      Vector<T, kWidth> s1 = loadVector(x + kWidth), s2 = loadVector(x + 2 * kWidth), s3 = loadVector(x + 3 * kWidth);
      for (i = kChains * kWidth; i + kChains * kWidth <= n; i += kChains * kWidth) {
        sum = op(sum, loadVector(x + i));
        s1 = op(s1, loadVector(x + i + kWidth));
        s2 = op(s2, loadVector(x + i + 2 * kWidth));
        s3 = op(s3, loadVector(x + i + 3 * kWidth));
      }
      sum = op(op(sum, s1), op(s2, s3));
    }
    for (; i + kWidth <= n; i += kWidth) sum = op(sum, loadVector(x + i));
    result = op(result, foldHalves<T, kWidth>(sum, op, std::make_integer_sequence<int, kWidth / 2>{}));
  }
  for (; i < n; ++i) result = op(result, x[i]);
  return result;
}

struct AddOf {
  template <class V>
  __attribute__((always_inline)) V operator()(V a, V b) const {
    return a + b;
  }
};
struct ProductOf {
  template <class V>
  __attribute__((always_inline)) V operator()(V a, V b) const {
    return a * b;
  }
};
// NaN if either is.
struct LargerOf {
  template <class V>
  __attribute__((always_inline)) V operator()(V a, V b) const {
    return ((a > b) | (a != a)) ? a : b;
  }
};
struct SmallerOf {
  template <class V>
  __attribute__((always_inline)) V operator()(V a, V b) const {
    return ((a < b) | (a != a)) ? a : b;
  }
};
// Any of the two if one is NaN.
struct LargerNumber {
  template <class V>
  __attribute__((always_inline)) V operator()(V a, V b) const {
    return a > b ? a : b;
  }
};

}  // namespace ibex::cpu::IBEX_SIMD_NS
