// The vectorised passes of batch and layer normalisation. All run on the calling thread over a block of rows.
#pragma once

#include <cstdint>

#include "backends/cpu/kernels/simd_table.h"

namespace ibex::cpu {

template <class T>
struct NormFunctionsOf {
  // Over rows of x[rows, channels]: the mean and the sum of squared distances from it, per channel.
  void (*channelStats)(const T* x, int64_t rows, int64_t channels, T* mean, T* squares);
  // y = (x - mean) * scale + shift, all per channel.
  void (*channelAffine)(const T* x, const T* mean, const T* scale, const T* shift, T* y, int64_t rows,
                        int64_t channels);
  // Per channel: sums of dy and of dy * (x - mean).
  void (*channelGradSums)(const T* dy, const T* x, const T* mean, int64_t rows, int64_t channels, T* sums,
                          T* products);
  // dx = dy * scale - (x - mean) * slope - offset, all per channel.
  void (*channelGrad)(const T* dy, const T* x, const T* mean, const T* scale, const T* slope, const T* offset, T* dx,
                      int64_t rows, int64_t channels);
  // Each row of x on its own: y = (x - mean) * rstd * gamma + beta; mean and rstd per row.
  void (*rowNorm)(const T* x, const T* gamma, const T* beta, T epsilon, T* y, T* mean, T* rstd, int64_t rows,
                  int64_t columns);
  // dx of rowNorm; adds to dgamma and dbeta [columns].
  void (*rowNormGrad)(const T* dy, const T* x, const T* gamma, const T* mean, const T* rstd, T* dx, T* dgamma, T* dbeta,
                      int64_t rows, int64_t columns);
};

struct NormFunctions {
  NormFunctionsOf<float> f32;
  NormFunctionsOf<double> f64;
};

IBEX_SIMD_TABLE(NormFunctions, normFunctions);

template <class T>
const NormFunctionsOf<T>& normFunctionsFor() {
  if constexpr (sizeof(T) == 4) {
    return normFunctions().f32;
  } else {
    return normFunctions().f64;
  }
}

}  // namespace ibex::cpu
