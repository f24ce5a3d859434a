// Vectorised conversion between 16-bit floats and float32.
#pragma once

#include <cstdint>

#include "backends/cpu/kernels/simd_table.h"

namespace ibex::cpu {

struct Convert16Functions {
  void (*fromFloat16)(const uint16_t* in, float* out, int64_t n);
  void (*toFloat16)(const float* in, uint16_t* out, int64_t n);
  void (*fromBFloat16)(const uint16_t* in, float* out, int64_t n);
  void (*toBFloat16)(const float* in, uint16_t* out, int64_t n);
};

IBEX_SIMD_TABLE(Convert16Functions, convert16Functions);

}  // namespace ibex::cpu
