// Pooling over channels-last tensors: the geometry, and the vectorised functions behind the five pooling ops. The
// gradients gather (each input position adds up the windows that it lies in), so work splits over input rows with no
// two threads adding to one place, and sums come in one order.
#pragma once

#include <cstdint>

#include "backends/cpu/kernels/simd_table.h"

namespace ibex::cpu {

// One window that an input index lies in, along one axis.
struct PoolHit {
  int32_t window;  // its place inside the window
  int32_t output;  // the output index
  int32_t count;   // input positions that the window covers along this axis (with padding, if that counts)
};

// Always three spatial axes; those that the op lacks come first and have extent 1.
struct PoolGeometry {
  int64_t batch = 0, channels = 0;
  int64_t in[3] = {1, 1, 1}, out[3] = {1, 1, 1}, window[3] = {1, 1, 1}, stride[3] = {1, 1, 1}, pad[3] = {0, 0, 0},
          dilation[3] = {1, 1, 1};
  // Per axis: hits[axis][first[axis][i]] .. hits[axis][first[axis][i + 1]] are those of input index i.
  const PoolHit* hits[3] = {};
  const int32_t* first[3] = {};
  // Per axis and output index: input positions that its window covers.
  const int32_t* counts[3] = {};
};

// Functions over rows: output rows are numbered over [batch, out 0, out 1], input rows over [batch, in 0, in 1].
template <class T>
struct PoolFunctionsOf {
  void (*max)(const PoolGeometry&, const T* x, T* y, int32_t* at, int64_t begin, int64_t end);      // output rows
  void (*maxGrad)(const PoolGeometry&, const T* dy, const int32_t* at, T* dx, int64_t begin, int64_t end);  // input rows
  void (*maxGather)(const PoolGeometry&, const T* x, const int32_t* at, T* y, int64_t begin, int64_t end);  // output rows
  void (*average)(const PoolGeometry&, const T* x, T* y, int64_t begin, int64_t end);       // output rows; floats only
  void (*averageGrad)(const PoolGeometry&, const T* dy, T* dx, int64_t begin, int64_t end);  // input rows; floats only
};

struct PoolFunctions {
  PoolFunctionsOf<uint8_t> u8;
  PoolFunctionsOf<int8_t> i8;
  PoolFunctionsOf<int16_t> i16;
  PoolFunctionsOf<int32_t> i32;
  PoolFunctionsOf<uint32_t> u32;
  PoolFunctionsOf<int64_t> i64;
  PoolFunctionsOf<float> f32;
  PoolFunctionsOf<double> f64;
};

IBEX_SIMD_TABLE(PoolFunctions, poolFunctions);

}  // namespace ibex::cpu
