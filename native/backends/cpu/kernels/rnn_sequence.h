// What LSTM and GRU kernels share: sizes, the order of the steps, the mask, and the packed recurrent weights. Rows of
// the batch are independent over all steps, so a thread takes some rows through the whole sequence without barriers.
#pragma once

#include <algorithm>
#include <cstdint>

#include "backends/cpu/kernels/gemm.h"
#include "backends/node_util.h"
#include "backends/cpu/parallel.h"

namespace ibex::cpu {

struct RnnSequence {
  int64_t batch, steps, units;
  bool reverse, masked;

  // hs: shape [N, T, H] of the outputs.
  RnnSequence(const Shape& hs, const RnnAttrs& attrs)
      : batch(hs[0]), steps(hs[1]), units(hs[2]), reverse(attrs.reverse), masked(attrs.mask) {}

  // The s-th step in the order of the recurrence.
  int64_t time(int64_t s) const { return reverse ? steps - 1 - s : s; }
  bool skips(const void* mask, int64_t n, int64_t t) const {
    return masked && static_cast<const uint8_t*>(mask)[n * steps + t] == 0;
  }
  // Rows of the batch that are worth a thread, for a step that multiplies by a [units, width] matrix.
  int64_t grain(int64_t width) const {
    return std::max<int64_t>(1, 200000 / std::max<int64_t>(1, steps * units * width));
  }
};

// Packs weights[k, n] (element steps given) in parallel.
template <class T>
void packInParallel(const GemmFunctionsOf<T>& gemm, const T* weights, int64_t rowStep, int64_t columnStep, int64_t k,
                    int64_t n, T* packed) {
  const int64_t panels = (n + gemm.columns - 1) / gemm.columns;
  const int64_t grain = std::max<int64_t>(1, 32768 / std::max<int64_t>(1, k * gemm.columns));
  parallelFor(panels, grain, [&](int64_t begin, int64_t end) {
    const int64_t j = begin * gemm.columns;
    gemm.pack(weights + j * columnStep, rowStep, columnStep, k, std::min(n, end * gemm.columns) - j, packed + j * k);
  });
}

}  // namespace ibex::cpu
