// y += residual, then relu where it is asked for; on the calling thread.
#pragma once

#include <cstdint>

#include "backends/cpu/kernels/simd_table.h"

namespace ibex::cpu {

struct ResidualFunctions {
  void (*add)(float* y, const float* residual, int64_t n, bool relu);
};

IBEX_SIMD_TABLE(ResidualFunctions, residualFunctions);

}  // namespace ibex::cpu
