// attention of large heads: a block for each query of each head. After attention_arguments.cuh and attention_rows.cuh.
namespace ibex_device {

extern "C" __global__ void __launch_bounds__(THREADS) attention(AttentionArguments a) {
  extern __shared__ __align__(16) Value sums[];  // [VALUE_DEPTH]
  __shared__ Value weights[THREADS];
  const AttentionSizes& s = a.sizes;
  const int64_t head = int64_t(blockIdx.x) / s.queries, query = int64_t(blockIdx.x) % s.queries;
  const int64_t b = head / s.heads, h = head % s.heads, keyHead = h / (s.heads / s.keyHeads);
  const Stored* q = a.q + s.queryOf(b, h, DEPTH) + query * s.heads * DEPTH;
  const Stored* k = a.k + s.keyOf(b, keyHead, DEPTH);
  const Stored* v = a.v + s.keyOf(b, keyHead, VALUE_DEPTH);
  const bool* mask = s.maskOf(a.mask, b, h);
  const int64_t valueStep = s.keyHeads * VALUE_DEPTH;
  const int64_t seen = CAUSAL && query + 1 < s.keys ? query + 1 : s.keys;
  clearRow(sums, VALUE_DEPTH);
  Value maximum = lowest(), total = 0;
  for (int64_t first = 0; first < seen; first += THREADS) {
    __syncthreads();
    eachByWarp([&](int j) {
      const bool sees = s.sees(mask, query, first + j);
      const Value score = sees ? product(q, k + (first + j) * s.keyHeads * DEPTH, DEPTH) * Value(s.scale) : lowest();
      if (threadIdx.x % 32 == 0) weights[j] = score;
    });
    __syncthreads();
    const Value score = weights[threadIdx.x];
    const Value top = overBlock(largerOrNaN(score, maximum), [](Value x, Value y) { return largerOrNaN(x, y); });
    if (top == lowest()) continue;
    const Value weight = score == lowest() ? Value(0) : exp(score - top);
    const Value factor = exp(maximum - top);
    weights[threadIdx.x] = weight;
    total = total * factor + overBlock(weight, [](Value x, Value y) { return x + y; });
    maximum = top;
    addRows(sums, VALUE_DEPTH, factor, weights, v + first * valueStep, valueStep, countOf(first, s.keys));
  }
  if (maximum == lowest()) {
    // The mean of all values.
    __syncthreads();
    weights[threadIdx.x] = 1;
    __syncthreads();
    for (int64_t first = 0; first < s.keys; first += THREADS) {
      addRows(sums, VALUE_DEPTH, 1, weights, v + first * valueStep, valueStep, countOf(first, s.keys));
    }
    total = Value(s.keys);
  }
  storeRow(a.out + s.queryOf(b, h, VALUE_DEPTH) + query * s.heads * VALUE_DEPTH, sums, VALUE_DEPTH, 1 / total);
  if (threadIdx.x == 0) a.logSum[head * s.queries + query] = maximum == lowest() ? lowest() : maximum + log(total);
}

}  // namespace ibex_device
