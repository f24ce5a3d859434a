// attention_grad: scores are computed again from the logarithms of the sums, once in blocks of keys for dk and dv, once in
// blocks of queries for dq. So all sums are of one block, in one order. After attention_tile.cuh.
namespace ibex_device {

// A score with the gradient at its weight, as the weight and the gradient at the score.
IBEX_FN void weigh(Value& score, Value& gradient, bool seen, Value logSum, Value delta) {
  score = seen ? exp(score - logSum) : Value(0);
  gradient = seen ? score * (gradient - delta) : Value(0);
}

// A block has TILE keys, and walks over the queries of all heads that see them.
extern "C" __global__ void __launch_bounds__(256) attentionGradKeys(AttentionGradArguments a) {
  extern __shared__ __align__(32) Value memory[];
  Value* keys = memory;
  Value* values = keys + TILE * OfDepth::kStep;
  Value* queries = values + TILE * OfValue::kStep;
  Value* douts = queries + TILE * OfDepth::kStep;
  Value* weights = douts + TILE * OfValue::kStep;  // [keys][queries], as are the gradients of the scores
  Value* gradients = weights + TILE * TILE_STEP;
  const AttentionSizes& s = a.sizes;
  const int64_t tiles = (s.keys + TILE - 1) / TILE;
  const int64_t b = int64_t(blockIdx.x) / tiles / s.keyHeads, keyHead = int64_t(blockIdx.x) / tiles % s.keyHeads;
  const int64_t first = int64_t(blockIdx.x) % tiles * TILE;
  loadTile<DEPTH>(keys, a.k + s.keyOf(b, keyHead, DEPTH), s.keyHeads * DEPTH, first, s.keys, Value(1));
  loadTile<VALUE_DEPTH>(values, a.v + s.keyOf(b, keyHead, VALUE_DEPTH), s.keyHeads * VALUE_DEPTH, first, s.keys, Value(1));
  RowSums<DEPTH> dk;
  RowSums<VALUE_DEPTH> dv;
  dk.clear();
  dv.clear();
  const int64_t group = s.heads / s.keyHeads;
  for (int64_t h = keyHead * group; h < (keyHead + 1) * group; ++h) {
    const bool* mask = s.maskOf(a.mask, b, h);
    const Value* logSums = a.logSum + (b * s.heads + h) * s.queries;
    const Value* deltas = a.delta + (b * s.heads + h) * s.queries;
    for (int64_t query = CAUSAL && !MASK ? first : 0; query < s.queries; query += TILE) {
      if (CAUSAL && query + TILE <= first) {
        // None of these sees the keys; but one that sees no key at all has the mean of all values.
        const int64_t mine = query + threadIdx.x;
        if (!__syncthreads_or(threadIdx.x < TILE && mine < s.queries && logSums[mine] == lowest())) continue;
      }
      __syncthreads();
      loadTile<DEPTH>(queries, a.q + s.queryOf(b, h, DEPTH), s.heads * DEPTH, query, s.queries, Value(s.scale));
      loadTile<VALUE_DEPTH>(douts, a.dout + s.queryOf(b, h, VALUE_DEPTH), s.heads * VALUE_DEPTH, query, s.queries, Value(1));
      __syncthreads();
      Value weight[SIDE][SIDE], gradient[SIDE][SIDE];
      tileProducts<DEPTH>(keys, queries, weight);
      tileProducts<VALUE_DEPTH>(values, douts, gradient);
#pragma unroll
      for (int c = 0; c < SIDE; ++c) {
        const int64_t to = query + tileColumn() + 16 * c;
        const Value logSum = to < s.queries ? logSums[to] : Value(0);
        const Value delta = to < s.queries ? deltas[to] : Value(0);
        const bool blind = to < s.queries && logSum == lowest();
#pragma unroll
        for (int r = 0; r < SIDE; ++r) {
          const int64_t from = first + tileRow() + r;
          weigh(weight[r][c], gradient[r][c], !blind && s.sees(mask, to, from), logSum, delta);
          if (blind && from < s.keys) weight[r][c] = Value(1) / Value(s.keys);
          const int at = (tileRow() + r) * TILE_STEP + tileColumn() + 16 * c;
          weights[at] = weight[r][c];
          gradients[at] = gradient[r][c];
        }
      }
      __syncwarp();
      dv.add(weights, douts);
      dk.add(gradients, queries);
    }
  }
  dk.store(a.dk + s.keyOf(b, keyHead, DEPTH), s.keyHeads * DEPTH, first, s.keys, Value(1));
  dv.store(a.dv + s.keyOf(b, keyHead, VALUE_DEPTH), s.keyHeads * VALUE_DEPTH, first, s.keys, Value(1));
}

// A block has TILE queries of a head, and walks over the keys.
extern "C" __global__ void __launch_bounds__(256) attentionGradQueries(AttentionGradArguments a) {
  extern __shared__ __align__(32) Value memory[];
  Value* queries = memory;
  Value* douts = queries + TILE * OfDepth::kStep;
  Value* keys = douts + TILE * OfValue::kStep;
  Value* values = keys + TILE * OfDepth::kStep;
  Value* gradients = values + TILE * OfValue::kStep;
  const AttentionSizes& s = a.sizes;
  const int64_t tiles = (s.queries + TILE - 1) / TILE;
  const int64_t head = int64_t(blockIdx.x) / tiles;
  const int64_t b = head / s.heads, h = head % s.heads, keyHead = h / (s.heads / s.keyHeads);
  const int64_t first = (tiles - 1 - int64_t(blockIdx.x) % tiles) * TILE;
  const bool* mask = s.maskOf(a.mask, b, h);
  const int64_t last = first + TILE < s.queries ? first + TILE : s.queries;
  const int64_t seen = CAUSAL && last < s.keys ? last : s.keys;
  loadTile<DEPTH>(queries, a.q + s.queryOf(b, h, DEPTH), s.heads * DEPTH, first, s.queries, Value(s.scale));
  loadTile<VALUE_DEPTH>(douts, a.dout + s.queryOf(b, h, VALUE_DEPTH), s.heads * VALUE_DEPTH, first, s.queries, Value(1));
  Value logSum[SIDE], delta[SIDE];
#pragma unroll
  for (int r = 0; r < SIDE; ++r) {
    const int64_t query = first + tileRow() + r;
    logSum[r] = query < s.queries ? a.logSum[head * s.queries + query] : lowest();
    delta[r] = query < s.queries ? a.delta[head * s.queries + query] : Value(0);
  }
  RowSums<DEPTH> dq;
  dq.clear();
  for (int64_t key = 0; key < seen; key += TILE) {
    __syncthreads();
    loadTile<DEPTH>(keys, a.k + s.keyOf(b, keyHead, DEPTH), s.keyHeads * DEPTH, key, s.keys, Value(1));
    loadTile<VALUE_DEPTH>(values, a.v + s.keyOf(b, keyHead, VALUE_DEPTH), s.keyHeads * VALUE_DEPTH, key, s.keys, Value(1));
    __syncthreads();
    Value weight[SIDE][SIDE], gradient[SIDE][SIDE];
    tileProducts<DEPTH>(queries, keys, weight);
    tileProducts<VALUE_DEPTH>(douts, values, gradient);
#pragma unroll
    for (int r = 0; r < SIDE; ++r) {
#pragma unroll
      for (int c = 0; c < SIDE; ++c) {
        const bool sees = logSum[r] != lowest() && s.sees(mask, first + tileRow() + r, key + tileColumn() + 16 * c);
        weigh(weight[r][c], gradient[r][c], sees, logSum[r], delta[r]);
        gradients[(tileRow() + r) * TILE_STEP + tileColumn() + 16 * c] = gradient[r][c];
      }
    }
    __syncwarp();
    dq.add(gradients, keys);
  }
  dq.store(a.dq + s.queryOf(b, h, DEPTH), s.heads * DEPTH, first, s.queries, Value(s.scale));
}

}  // namespace ibex_device
