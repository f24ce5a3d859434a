// What follows a product, in place and on all of its elements: a factor and an addend for each channel (the last axis), a
// tensor added, relu. After values.cuh and vectors.cuh. Macros: Index (INDEX), ELEMENTS and CHANNELS, of which VECTOR is a
// divisor, and whether there is SCALE, BIAS, RESIDUAL, RELU.
namespace ibex_device {

typedef INDEX Index;

struct EpilogueArguments {
  Stored* out;
  const void* unused;
  const Stored* scale;
  const Stored* bias;
  const Stored* residual;
};

extern "C" __global__ void __launch_bounds__(256) channelEpilogue(EpilogueArguments e) {
  const Index at = (Index(blockIdx.x) * 256 + Index(threadIdx.x)) * VECTOR;
  if (at >= Index(ELEMENTS)) return;
  const Index channel = at % Index(CHANNELS);
  Value value[VECTOR], operand[VECTOR];
  readVector(e.out + at, value);
  if (SCALE) {
    readVector(e.scale + channel, operand);
#pragma unroll
    for (int i = 0; i < VECTOR; ++i) value[i] *= operand[i];
  }
  if (BIAS) {
    readVector(e.bias + channel, operand);
#pragma unroll
    for (int i = 0; i < VECTOR; ++i) value[i] += operand[i];
  }
  if (RESIDUAL) {
    readVector(e.residual + at, operand);
#pragma unroll
    for (int i = 0; i < VECTOR; ++i) value[i] += operand[i];
  }
  if (RELU) {
#pragma unroll
    for (int i = 0; i < VECTOR; ++i) value[i] = value[i] < Value(0) ? Value(0) : value[i];
  }
  writeVector(e.out + at, value);
}

}  // namespace ibex_device
