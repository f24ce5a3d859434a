// One tile of a transpose: source rows run along the destination's columns.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "backends/cpu/kernels/simd_table.h"

namespace ibex::cpu {

struct TransposeFunctions {
  // 4-byte elements, in blocks of 8 x 8 by vector shuffles.
  void (*tile4)(const char* src, int64_t srcStep, char* dst, int64_t dstStep, int64_t across, int64_t along);
};
IBEX_SIMD_TABLE(TransposeFunctions, transposeFunctions);

// dst[i * dstStep + j * kSize] = src[i * kSize + j * srcStep] for i < across, j < along; steps in bytes.
template <size_t kSize>
inline void transposeTile(const char* src, int64_t srcStep, char* dst, int64_t dstStep, int64_t across, int64_t along) {
  if constexpr (kSize == 4) {
    transposeFunctions().tile4(src, srcStep, dst, dstStep, across, along);
  } else {
    for (int64_t i = 0; i < across; ++i) {
      const char* s = src + i * static_cast<int64_t>(kSize);
      char* d = dst + i * dstStep;
      for (int64_t j = 0; j < along; ++j) std::memcpy(d + j * static_cast<int64_t>(kSize), s + j * srcStep, kSize);
    }
  }
}

}  // namespace ibex::cpu
