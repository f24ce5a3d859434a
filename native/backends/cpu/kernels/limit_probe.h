// Loops that run at the machine's limits, to measure them.
#pragma once

#include <cstdint>

#include "backends/cpu/kernels/simd_table.h"

namespace ibex::cpu {

struct LimitProbes {
  // out = x + scale * y, past the caches; n is a multiple of 16 and the arrays are 64-byte aligned.
  void (*triad)(float* out, const float* x, const float* y, float scale, int64_t n);
  // So many rounds of independent multiply-adds in registers; gives the floating-point operations made. `sink` keeps
  // the compiler from leaving them out.
  int64_t (*multiplyAdds)(int64_t rounds, float* sink);
};

IBEX_SIMD_TABLE(LimitProbes, limitProbes);

}  // namespace ibex::cpu
