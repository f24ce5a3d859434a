// What attention_grad begins with. After attention_arguments.cuh.
namespace ibex_device {

// A warp for each query of each head.
extern "C" __global__ void __launch_bounds__(256) attentionDelta(AttentionGradArguments a) {
  const AttentionSizes& s = a.sizes;
  const int64_t row = int64_t(blockIdx.x) * 8 + threadIdx.x / 32;  // [batch, queries, heads]
  if (row >= s.batch * s.queries * s.heads) return;
  Value sum = 0;
  for (int i = threadIdx.x % 32; i < VALUE_DEPTH; i += 32) {
    const int64_t at = row * VALUE_DEPTH + i;
    sum = multiplyAdd(Element<Stored, Value>::load(a.dout[at]), Element<Stored, Value>::load(a.out[at]), sum);
  }
#pragma unroll
  for (int distance = 16; distance > 0; distance /= 2) sum += __shfl_xor_sync(0xffffffffu, sum, distance);
  const int64_t h = row % s.heads, query = row / s.heads % s.queries, b = row / s.heads / s.queries;
  if (threadIdx.x % 32 == 0) a.delta[(b * s.heads + h) * s.queries + query] = sum;
}

}  // namespace ibex_device
