#include "backends/cpu/kernels/add_residual.h"

namespace ibex::cpu::IBEX_SIMD_NS {
namespace {

// The residual comes from memory: lines so far ahead are asked for. Found by measurement.
constexpr int64_t kAhead = 256;
constexpr int64_t kLine = 16;

template <bool kRelu>
void addTo(float* y, const float* residual, int64_t n) {
  int64_t i = 0;
  for (; i + kLine <= n; i += kLine) {
    __builtin_prefetch(residual + i + kAhead);
    for (int64_t k = 0; k < kLine; ++k) {
      const float sum = y[i + k] + residual[i + k];
      y[i + k] = kRelu && sum < 0 ? 0 : sum;
    }
  }
  for (; i < n; ++i) {
    const float sum = y[i] + residual[i];
    y[i] = kRelu && sum < 0 ? 0 : sum;
  }
}

void add(float* y, const float* residual, int64_t n, bool relu) {
  relu ? addTo<true>(y, residual, n) : addTo<false>(y, residual, n);
}

}  // namespace

const ResidualFunctions& residualFunctions() {
  static const ResidualFunctions table{add};
  return table;
}

}  // namespace ibex::cpu::IBEX_SIMD_NS
