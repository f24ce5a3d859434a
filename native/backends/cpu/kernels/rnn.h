// The element-wise halves of a recurrent step, one row of the batch at a time; the products are in gemm.h.
#pragma once

#include <cstdint>

#include "backends/cpu/kernels/simd_table.h"

namespace ibex::cpu {

template <class T>
struct RnnFunctionsOf {
  // gates[4h]: i, f, c, o before activation in, after it out. Writes the new cell and output.
  void (*lstmStep)(T* gates, const T* cellBefore, T* cell, T* output, int64_t h);

  // dOutput: gradient at this step's output. dCell: gradient at this step's cell in, at the cell before out. Writes
  // dGates[4h], the gradient before activation.
  void (*lstmGradStep)(const T* gates, const T* cellBefore, const T* cell, const T* dOutput, T* dCell, T* dGates,
                       int64_t h);

  // x[3h]: input part of z, r, hh; recurrent[3h]: recurrent part. Writes gates[4h]: z, r, hh after activation and the
  // recurrent part of hh; and the new output.
  void (*gruStep)(const T* x, const T* recurrent, const T* before, T* gates, T* output, int64_t h);

  // dOutput: gradient at the output. Writes dx[3h], dRecurrent[3h] and the part of the gradient at the output before
  // that does not go through the product.
  void (*gruGradStep)(const T* gates, const T* before, const T* dOutput, T* dx, T* dRecurrent, T* dBefore, int64_t h);
};

struct RnnFunctions {
  RnnFunctionsOf<float> f32;
  RnnFunctionsOf<double> f64;
};

IBEX_SIMD_TABLE(RnnFunctions, rnnFunctions);

template <class T>
const RnnFunctionsOf<T>& rnnFunctionsFor() {
  if constexpr (sizeof(T) == 4) {
    return rnnFunctions().f32;
  } else {
    return rnnFunctions().f64;
  }
}

}  // namespace ibex::cpu
