// attention: a block has TILE queries of a head, and walks over the keys. After attention_tile.cuh.
namespace ibex_device {

template <class Combine>
IBEX_FN Value overRow(Value x, Combine combine) {
#pragma unroll
  for (int distance = 8; distance > 0; distance /= 2) x = combine(x, __shfl_xor_sync(0xffffffffu, x, distance, 16));
  return x;
}

extern "C" __global__ void __launch_bounds__(256) attention(AttentionArguments a) {
  extern __shared__ __align__(32) Value memory[];
  Value* queries = memory;
  Value* keys = queries + TILE * OfDepth::kStep;
  Value* values = keys + TILE * OfDepth::kStep;
  Value* weights = values + TILE * OfValue::kStep;
  const AttentionSizes& s = a.sizes;
  const int64_t tiles = (s.queries + TILE - 1) / TILE;
  const int64_t head = int64_t(blockIdx.x) / tiles;
  const int64_t b = head / s.heads, h = head % s.heads, keyHead = h / (s.heads / s.keyHeads);
  // The last come first: where each sees the keys up to its own place they have most to do.
  const int64_t first = (tiles - 1 - int64_t(blockIdx.x) % tiles) * TILE;
  const Stored* k = a.k + s.keyOf(b, keyHead, DEPTH);
  const Stored* v = a.v + s.keyOf(b, keyHead, VALUE_DEPTH);
  const bool* mask = s.maskOf(a.mask, b, h);
  const int64_t last = first + TILE < s.queries ? first + TILE : s.queries;
  const int64_t seen = CAUSAL && last < s.keys ? last : s.keys;

  loadTile<DEPTH>(queries, a.q + s.queryOf(b, h, DEPTH), s.heads * DEPTH, first, s.queries, Value(s.scale));
  RowSums<VALUE_DEPTH> sums;
  sums.clear();
  Value maximum[SIDE], total[SIDE];
#pragma unroll
  for (int r = 0; r < SIDE; ++r) {
    maximum[r] = lowest();
    total[r] = 0;
  }
  for (int64_t key = 0; key < seen; key += TILE) {
    __syncthreads();
    loadTile<DEPTH>(keys, k, s.keyHeads * DEPTH, key, s.keys, Value(1));
    loadTile<VALUE_DEPTH>(values, v, s.keyHeads * VALUE_DEPTH, key, s.keys, Value(1));
    __syncthreads();
    Value scores[SIDE][SIDE];
    tileProducts<DEPTH>(queries, keys, scores);
    Value factor[SIDE];
#pragma unroll
    for (int r = 0; r < SIDE; ++r) {
      Value top = maximum[r];
#pragma unroll
      for (int c = 0; c < SIDE; ++c) {
        if (!s.sees(mask, first + tileRow() + r, key + tileColumn() + 16 * c)) scores[r][c] = lowest();
        top = largerOrNaN(scores[r][c], top);
      }
      top = overRow(top, [](Value x, Value y) { return largerOrNaN(x, y); });
      const bool none = top == lowest();  // no key seen yet
      factor[r] = none ? Value(1) : exp(maximum[r] - top);
      Value added = 0;
#pragma unroll
      for (int c = 0; c < SIDE; ++c) {
        const Value weight = none || scores[r][c] == lowest() ? Value(0) : exp(scores[r][c] - top);
        weights[(tileRow() + r) * TILE_STEP + tileColumn() + 16 * c] = weight;
        added += weight;
      }
      added = overRow(added, [](Value x, Value y) { return x + y; });
      total[r] = total[r] * factor[r] + added;
      maximum[r] = top;
    }
    __syncwarp();  // a row's weights are of the lanes that use them
    sums.each([&](int r, int c, int i, int) { sums.at[r][c][i] *= factor[r]; });
    sums.add(weights, values);
  }

  // A query that sees no key gets the mean of all values.
  sums.each([&](int r, int c, int i, int column) {
    if (maximum[r] != lowest()) {
      sums.at[r][c][i] /= total[r];
    } else if (first + tileRow() + r < s.queries && column < VALUE_DEPTH) {
      Value sum = 0;
      for (int64_t key = 0; key < s.keys; ++key) {
        sum += Element<Stored, Value>::load(v[key * s.keyHeads * VALUE_DEPTH + column]);
      }
      sums.at[r][c][i] = sum / Value(s.keys);
    }
  });
  sums.store(a.out + s.queryOf(b, h, VALUE_DEPTH), s.heads * VALUE_DEPTH, first, s.queries, Value(1));
  if (tileColumn() != 0) return;
#pragma unroll
  for (int r = 0; r < SIDE; ++r) {
    const int64_t query = first + tileRow() + r;
    if (query >= s.queries) continue;
    a.logSum[head * s.queries + query] = maximum[r] == lowest() ? lowest() : maximum[r] + log(total[r]);
  }
}

}  // namespace ibex_device
