// The register tile of matrix products: kRows x 2 vectors of the result are held in registers while k runs. Included by
// *.simd.cpp files only.
#pragma once

#include "backends/cpu/kernels/vector_fma.h"

namespace ibex::cpu::IBEX_SIMD_NS {

inline constexpr int kTileRows = kVectorRegisters == 32 ? 14 : 6;

template <class T>
inline constexpr int64_t kTileColumns = 2 * kLanes<T>;

// What a product may do besides in a tile.
struct NothingElse {
  IBEX_INLINE void step() {}
  template <class V, int R>
  IBEX_INLINE void finish(V (&)[R][2]) const {}
};

// c[R, 2 vectors] (+)= a[R, k] * b[k, 2 vectors]. other.step() is called for each k, other.finish() with the sums before
// they are stored.
template <class T, int R, class Else = NothingElse>
IBEX_INLINE void tile(const T* a, int64_t aRow, int64_t aColumn, const T* b, int64_t bRow, T* c, int64_t ldc, int64_t k,
                      bool accumulate, Else other = {}) {
  Vector<T> sum[R][2];
#pragma GCC unroll 16
  for (int r = 0; r < R; ++r) {
    sum[r][0] = accumulate ? loadVector(c + r * ldc) : Vector<T>{};
    sum[r][1] = accumulate ? loadVector(c + r * ldc + kLanes<T>) : Vector<T>{};
  }
  // A pointer for every three rows, with the others at one and two steps from it: an offset for each row would not fit
  // into registers, and loading it costs as much as the element.
  constexpr int kGroups = (R + 2) / 3;
  const T* group[kGroups];
#pragma GCC unroll 16
  for (int g = 0; g < kGroups; ++g) group[g] = a + 3 * g * aRow;
  for (int64_t p = 0; p < k; ++p) {
    const Vector<T> b0 = loadVector(b);
    const Vector<T> b1 = loadVector(b + kLanes<T>);
#pragma GCC unroll 16
    for (int r = 0; r < R; ++r) {
      const Vector<T> x = splat(group[r / 3][r % 3 * aRow]);
      sum[r][0] = multiplyAdd(x, b0, sum[r][0]);
      sum[r][1] = multiplyAdd(x, b1, sum[r][1]);
    }
#pragma GCC unroll 16
    for (int g = 0; g < kGroups; ++g) {
      group[g] += aColumn;
      asm("" : "+r"(group[g]));  // a pointer of its own: the compiler would have them all follow from one
    }
    b += bRow;
    other.step();
  }
  other.finish(sum);
#pragma GCC unroll 16
  for (int r = 0; r < R; ++r) {
    storeVector(c + r * ldc, sum[r][0]);
    storeVector(c + r * ldc + kLanes<T>, sum[r][1]);
  }
}

}  // namespace ibex::cpu::IBEX_SIMD_NS
