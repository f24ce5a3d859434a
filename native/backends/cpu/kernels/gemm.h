// The core's own matrix product, for the types and sizes that the library does badly or not at all: float64, integers,
// tiny float32 matrices, and products with a matrix that is packed once and used many times (recurrent layers).
// All functions run on the calling thread; the sum over k is done in the same order whatever the split.
#pragma once

#include <cstdint>

#include "backends/cpu/kernels/simd_table.h"

namespace ibex::cpu {

template <class T>
struct GemmFunctionsOf {
  int64_t rows;     // of a register tile
  int64_t columns;  // of a register tile: the width of a packed panel

  // Packs b[k, n] (element steps `rowStep`, `columnStep`) as ceil(n / columns) panels of [k][columns], padded with 0.
  void (*pack)(const T* b, int64_t rowStep, int64_t columnStep, int64_t k, int64_t n, T* packed);

  // c[m, n] = (accumulate ? c : 0) + a[m, k] * packed; rows of c are `ldc` elements apart, its columns adjacent.
  void (*multiplyPacked)(const T* a, int64_t rowStep, int64_t columnStep, const T* packed, T* c, int64_t ldc, int64_t m,
                         int64_t n, int64_t k, bool accumulate);

  // The same for a plain b; packs panels into a small buffer on the stack where that pays.
  void (*multiply)(const T* a, int64_t aRowStep, int64_t aColumnStep, const T* b, int64_t bRowStep, int64_t bColumnStep,
                   T* c, int64_t ldc, int64_t m, int64_t n, int64_t k, bool accumulate);

  int64_t packedElements(int64_t k, int64_t n) const { return (n + columns - 1) / columns * columns * k; }
};

struct GemmFunctions {
  GemmFunctionsOf<float> f32;
  GemmFunctionsOf<double> f64;
  GemmFunctionsOf<uint32_t> u32;  // signed integers too: products wrap
  GemmFunctionsOf<uint64_t> u64;
};

IBEX_SIMD_TABLE(GemmFunctions, gemmFunctions);

template <class T>
const GemmFunctionsOf<T>& gemmFor() {
  if constexpr (sizeof(T) == 4) {
    if constexpr (static_cast<T>(0.5) != 0) {
      return gemmFunctions().f32;
    } else {
      return gemmFunctions().u32;
    }
  } else if constexpr (static_cast<T>(0.5) != 0) {
    return gemmFunctions().f64;
  } else {
    return gemmFunctions().u64;
  }
}

}  // namespace ibex::cpu
