#pragma once

#include <cstdint>

#include "backends/cpu/kernels/simd_table.h"

namespace ibex::cpu {

// Functions of one row of n elements (n >= 1). `out` may be one of the operands.
template <class T>
struct SoftmaxRows {
  void (*softmax)(T* out, const T* x, int64_t n);
  void (*logSoftmax)(T* out, const T* x, int64_t n);
  void (*softmaxGrad)(T* out, const T* dy, const T* y, int64_t n);
  void (*logSoftmaxGrad)(T* out, const T* dy, const T* y, int64_t n);
  // The row's largest element, and the logarithm of the sum of the exponentials under it.
  void (*logSum)(const T* x, int64_t n, T* maximum, T* logSum);
  // out = dy * softmax(x), from these two.
  void (*scaledSoftmax)(T* out, const T* x, T dy, T maximum, T logSum, int64_t n);
};

struct SoftmaxFunctions {
  SoftmaxRows<float> float32;
  SoftmaxRows<double> float64;
};

IBEX_SIMD_TABLE(SoftmaxFunctions, softmaxFunctions);

}  // namespace ibex::cpu
