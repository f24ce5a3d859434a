// y = x · w + bias + residual, then relu, where w is packed once for many products: what few rows, or a residual, ask
// for. The residual is added while the sums are in registers; it, the result's place and the next panel of w are asked
// of memory ahead of their use (measured: the library's own addition of a residual costs 25 to 35% of a product of few
// columns, its convolutions of few positions wait for their weights).
#pragma once

#include <cstddef>
#include <cstdint>

#include "backends/cpu/kernels/simd_table.h"

namespace ibex::cpu {

// k per pass. A residual may lie where the result goes when k is no greater.
inline constexpr int64_t kPackedProductDepth = 1024;

struct PackedProductOperands {
  const float* x;         // [m, k], rows xRow apart
  int64_t xRow;
  const float* packed;    // panels as GemmFunctionsOf<float>::pack makes them, of all k
  const float* bias;      // [n] or null
  const float* residual;  // [m, n] or null
  float* y;               // [m, n]
  int64_t yRow;           // of y and the residual
  int64_t m, n, k;        // n: a multiple of a panel's columns
  bool relu;
};

struct PackedProductFunctions {
  int64_t rows;     // of a register tile
  int64_t columns;  // of a panel
  // On the calling thread.
  void (*multiply)(const PackedProductOperands& operands);
};

IBEX_SIMD_TABLE(PackedProductFunctions, packedProductFunctions);

}  // namespace ibex::cpu
