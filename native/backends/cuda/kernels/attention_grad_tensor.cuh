// attention_grad of 16-bit floats on tensor cores, as attention_grad.cuh has it: for dk and dv the warps' rows are keys, for
// dq queries. After attention_arguments.cuh and attention_fragments.cuh.
namespace ibex_device {

extern "C" __global__ void __launch_bounds__(128) attentionGradKeys(AttentionGradArguments a) {
  extern __shared__ __align__(16) Stored memory[];
  Stored* keys = memory;
  Stored* values = keys + OfDepth::kElements;
  Stored* queries = values + OfValue::kElements;  // of this tile and of the next
  Stored* douts = queries + 2 * OfDepth::kElements;
  __shared__ float logSums[2][TILE];
  __shared__ float deltas[2][TILE];
  const AttentionSizes& s = a.sizes;
  const int64_t tiles = (s.keys + TILE - 1) / TILE;
  const int64_t b = int64_t(blockIdx.x) / tiles / s.keyHeads, keyHead = int64_t(blockIdx.x) / tiles % s.keyHeads;
  const int64_t first = int64_t(blockIdx.x) % tiles * TILE;
  // Queries before the keys do not see them; but with a mask there may be some that see no key, and so have all values.
  const int64_t start = CAUSAL && !MASK ? first : 0;
  const int64_t perHead = start < s.queries ? (s.queries - start + TILE - 1) / TILE : 0;
  const int64_t group = s.heads / s.keyHeads, count = group * perHead;
  const auto copyQueries = [&](int64_t step, int buffer) {
    const int64_t h = keyHead * group + step / perHead, query = start + step % perHead * TILE;
    copyTile<DEPTH>(queries + buffer * OfDepth::kElements, a.q + s.queryOf(b, h, DEPTH), s.heads * DEPTH, query, s.queries);
    copyTile<VALUE_DEPTH>(douts + buffer * OfValue::kElements, a.dout + s.queryOf(b, h, VALUE_DEPTH),
                          s.heads * VALUE_DEPTH, query, s.queries);
    if (threadIdx.x < TILE) {
      const int64_t mine = query + threadIdx.x, at = (b * s.heads + h) * s.queries + mine;
      logSums[buffer][threadIdx.x] = mine < s.queries ? a.logSum[at] : 0.0f;
      deltas[buffer][threadIdx.x] = mine < s.queries ? a.delta[at] : 0.0f;
    }
  };

  const int64_t row = first + warpOfBlock() * 16 + laneOfWarp() / 4;
  const float scale = float(s.scale);
  RowSums<DEPTH> dk;
  RowSums<VALUE_DEPTH> dv;
  dk.clear();
  dv.clear();
  copyTile<DEPTH>(keys, a.k + s.keyOf(b, keyHead, DEPTH), s.keyHeads * DEPTH, first, s.keys);
  copyTile<VALUE_DEPTH>(values, a.v + s.keyOf(b, keyHead, VALUE_DEPTH), s.keyHeads * VALUE_DEPTH, first, s.keys);
  if (count > 0) copyQueries(0, 0);
  endCopies();
  int buffer = 0;
  for (int64_t step = 0; step < count; ++step, buffer ^= 1) {
    if (step + 1 < count) copyQueries(step + 1, buffer ^ 1);
    endCopies();
    awaitCopies<1>();
    __syncthreads();
    const int64_t query = start + step % perHead * TILE;
    const bool* mask = s.maskOf(a.mask, b, keyHead * group + step / perHead);
    const bool whole = !MASK && query + TILE <= s.queries && (!CAUSAL || first + TILE <= query + 1);
    Scores weights, gradients;
    weights.products<DEPTH>(keys, queries + buffer * OfDepth::kElements);
    gradients.products<VALUE_DEPTH>(values, douts + buffer * OfValue::kElements);
#pragma unroll
    for (int j = 0; j < 8; ++j) {
#pragma unroll
      for (int i = 0; i < 4; ++i) {
        const int column = j * 8 + laneOfWarp() % 4 * 2 + i % 2;
        const int64_t key = row + i / 2 * 8;
        const float logSum = logSums[buffer][column];
        const bool blind = logSum == lowest();
        const bool sees = !blind && (whole || s.sees(mask, query + column, key));
        const float weight = sees ? exp(weights.at[j][i] * scale - logSum) : 0.0f;
        gradients.at[j][i] = sees ? weight * (gradients.at[j][i] - deltas[buffer][column]) : 0.0f;
        weights.at[j][i] = blind ? 1 / float(s.keys) : weight;
      }
    }
    dv.add(weights, douts + buffer * OfValue::kElements);
    dk.add(gradients, queries + buffer * OfDepth::kElements);
    __syncthreads();
  }
  awaitCopies<0>();
  dk.store(a.dk + s.keyOf(b, keyHead, DEPTH), s.keyHeads * DEPTH, first, s.keys, scale, scale);
  dv.store(a.dv + s.keyOf(b, keyHead, VALUE_DEPTH), s.keyHeads * VALUE_DEPTH, first, s.keys, 1, 1);
}

extern "C" __global__ void __launch_bounds__(128) attentionGradQueries(AttentionGradArguments a) {
  extern __shared__ __align__(16) Stored memory[];
  Stored* queries = memory;
  Stored* douts = queries + OfDepth::kElements;
  Stored* keys = douts + OfValue::kElements;  // of this tile and of the next
  Stored* values = keys + 2 * OfDepth::kElements;
  const AttentionSizes& s = a.sizes;
  const int64_t tiles = (s.queries + TILE - 1) / TILE;
  const int64_t head = int64_t(blockIdx.x) / tiles;
  const int64_t b = head / s.heads, h = head % s.heads, keyHead = h / (s.heads / s.keyHeads);
  const int64_t first = (tiles - 1 - int64_t(blockIdx.x) % tiles) * TILE;
  const Stored* k = a.k + s.keyOf(b, keyHead, DEPTH);
  const Stored* v = a.v + s.keyOf(b, keyHead, VALUE_DEPTH);
  const bool* mask = s.maskOf(a.mask, b, h);
  const int64_t last = first + TILE < s.queries ? first + TILE : s.queries;
  const int64_t seen = CAUSAL && last < s.keys ? last : s.keys;
  const auto copyKeys = [&](int64_t key, int buffer) {
    copyTile<DEPTH>(keys + buffer * OfDepth::kElements, k, s.keyHeads * DEPTH, key, s.keys);
    copyTile<VALUE_DEPTH>(values + buffer * OfValue::kElements, v, s.keyHeads * VALUE_DEPTH, key, s.keys);
  };

  const int64_t row = first + warpOfBlock() * 16 + laneOfWarp() / 4;
  const float scale = float(s.scale);
  float logSum[2], delta[2];
#pragma unroll
  for (int r = 0; r < 2; ++r) {
    const int64_t query = row + 8 * r;
    logSum[r] = query < s.queries ? a.logSum[head * s.queries + query] : lowest();
    delta[r] = query < s.queries ? a.delta[head * s.queries + query] : 0.0f;
  }
  RowSums<DEPTH> dq;
  dq.clear();
  copyTile<DEPTH>(queries, a.q + s.queryOf(b, h, DEPTH), s.heads * DEPTH, first, s.queries);
  copyTile<VALUE_DEPTH>(douts, a.dout + s.queryOf(b, h, VALUE_DEPTH), s.heads * VALUE_DEPTH, first, s.queries);
  if (seen > 0) copyKeys(0, 0);
  endCopies();
  int buffer = 0;
  for (int64_t key = 0; key < seen; key += TILE, buffer ^= 1) {
    if (key + TILE < seen) copyKeys(key + TILE, buffer ^ 1);
    endCopies();
    awaitCopies<1>();
    __syncthreads();
    const bool whole = !MASK && key + TILE <= s.keys && (!CAUSAL || key + TILE <= first + 1);
    Scores weights, gradients;
    weights.products<DEPTH>(queries, keys + buffer * OfDepth::kElements);
    gradients.products<VALUE_DEPTH>(douts, values + buffer * OfValue::kElements);
#pragma unroll
    for (int j = 0; j < 8; ++j) {
#pragma unroll
      for (int i = 0; i < 4; ++i) {
        const int r = i / 2, column = j * 8 + laneOfWarp() % 4 * 2 + i % 2;
        const bool sees = logSum[r] != lowest() && (whole || s.sees(mask, row + 8 * r, key + column));
        const float weight = sees ? exp(weights.at[j][i] * scale - logSum[r]) : 0.0f;
        gradients.at[j][i] = sees ? weight * (gradients.at[j][i] - delta[r]) : 0.0f;
      }
    }
    dq.add(gradients, keys + buffer * OfDepth::kElements);
    __syncthreads();
  }
  awaitCopies<0>();
  dq.store(a.dq + s.queryOf(b, h, DEPTH), s.heads * DEPTH, first, s.queries, scale, scale);
}

}  // namespace ibex_device
