// attention_grad of large heads: a block for each key of each head of keys, then one for each query of each head. After
// attention_arguments.cuh and attention_rows.cuh.
namespace ibex_device {

extern "C" __global__ void __launch_bounds__(THREADS) attentionGradKeys(AttentionGradArguments a) {
  extern __shared__ __align__(16) Value sums[];  // [DEPTH], [VALUE_DEPTH]
  __shared__ Value weights[THREADS];
  __shared__ Value gradients[THREADS];
  Value* dk = sums;
  Value* dv = sums + DEPTH;
  const AttentionSizes& s = a.sizes;
  const int64_t b = int64_t(blockIdx.x) / s.keys / s.keyHeads, keyHead = int64_t(blockIdx.x) / s.keys % s.keyHeads;
  const int64_t key = int64_t(blockIdx.x) % s.keys;
  const int64_t keyAt = s.keyOf(b, keyHead, DEPTH) + key * s.keyHeads * DEPTH;
  const int64_t valueAt = s.keyOf(b, keyHead, VALUE_DEPTH) + key * s.keyHeads * VALUE_DEPTH;
  const int64_t group = s.heads / s.keyHeads;
  clearRow(sums, DEPTH + VALUE_DEPTH);
  for (int64_t h = keyHead * group; h < (keyHead + 1) * group; ++h) {
    const bool* mask = s.maskOf(a.mask, b, h);
    const Stored* q = a.q + s.queryOf(b, h, DEPTH);
    const Stored* dout = a.dout + s.queryOf(b, h, VALUE_DEPTH);
    const int64_t row = (b * s.heads + h) * s.queries;
    for (int64_t first = 0; first < s.queries; first += THREADS) {
      __syncthreads();
      eachByWarp([&](int j) {
        const int64_t query = first + j;
        const Value logSum = query < s.queries ? a.logSum[row + query] : Value(0);
        const bool blind = query < s.queries && logSum == lowest();  // has the mean of all values
        Value weight = blind ? 1 / Value(s.keys) : Value(0), gradient = 0;
        if (!blind && s.sees(mask, query, key)) {
          weight = exp(product(q + query * s.heads * DEPTH, a.k + keyAt, DEPTH) * Value(s.scale) - logSum);
          gradient = weight * (product(dout + query * s.heads * VALUE_DEPTH, a.v + valueAt, VALUE_DEPTH) - a.delta[row + query]);
        }
        if (threadIdx.x % 32 != 0) return;
        weights[j] = weight;
        gradients[j] = gradient;
      });
      __syncthreads();
      const int64_t count = countOf(first, s.queries);
      addRows(dk, DEPTH, 1, gradients, q + first * s.heads * DEPTH, s.heads * DEPTH, count);
      addRows(dv, VALUE_DEPTH, 1, weights, dout + first * s.heads * VALUE_DEPTH, s.heads * VALUE_DEPTH, count);
    }
  }
  storeRow(a.dk + keyAt, dk, DEPTH, Value(s.scale));
  storeRow(a.dv + valueAt, dv, VALUE_DEPTH, 1);
}

extern "C" __global__ void __launch_bounds__(THREADS) attentionGradQueries(AttentionGradArguments a) {
  extern __shared__ __align__(16) Value sums[];  // [DEPTH]
  __shared__ Value gradients[THREADS];
  const AttentionSizes& s = a.sizes;
  const int64_t head = int64_t(blockIdx.x) / s.queries, query = int64_t(blockIdx.x) % s.queries;
  const int64_t b = head / s.heads, h = head % s.heads, keyHead = h / (s.heads / s.keyHeads);
  const int64_t queryAt = s.queryOf(b, h, DEPTH) + query * s.heads * DEPTH;
  const Stored* dout = a.dout + s.queryOf(b, h, VALUE_DEPTH) + query * s.heads * VALUE_DEPTH;
  const Stored* k = a.k + s.keyOf(b, keyHead, DEPTH);
  const Stored* v = a.v + s.keyOf(b, keyHead, VALUE_DEPTH);
  const bool* mask = s.maskOf(a.mask, b, h);
  const Value logSum = a.logSum[head * s.queries + query], delta = a.delta[head * s.queries + query];
  const int64_t seen = logSum == lowest() ? 0 : CAUSAL && query + 1 < s.keys ? query + 1 : s.keys;
  clearRow(sums, DEPTH);
  for (int64_t first = 0; first < seen; first += THREADS) {
    __syncthreads();
    eachByWarp([&](int j) {
      Value gradient = 0;
      if (s.sees(mask, query, first + j)) {
        const int64_t row = (first + j) * s.keyHeads;
        const Value weight = exp(product(a.q + queryAt, k + row * DEPTH, DEPTH) * Value(s.scale) - logSum);
        gradient = weight * (product(dout, v + row * VALUE_DEPTH, VALUE_DEPTH) - delta);
      }
      if (threadIdx.x % 32 == 0) gradients[j] = gradient;
    });
    __syncthreads();
    addRows(sums, DEPTH, 1, gradients, k + first * s.keyHeads * DEPTH, s.keyHeads * DEPTH, countOf(first, s.keys));
  }
  storeRow(a.dq + queryAt, sums, DEPTH, Value(s.scale));
}

}  // namespace ibex_device
