// attention of 16-bit floats on tensor cores: a block has 64 queries of a head, and walks over the keys, the next of which
// are read meanwhile. After attention_arguments.cuh and attention_fragments.cuh.
namespace ibex_device {

extern "C" __global__ void __launch_bounds__(128) attention(AttentionArguments a) {
  extern __shared__ __align__(16) Stored memory[];
  Stored* queries = memory;
  Stored* keys = queries + OfDepth::kElements;   // of this tile and of the next
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

  const int64_t row = first + warpOfBlock() * 16 + laneOfWarp() / 4;  // and the one 8 further
  const float scale = float(s.scale * 1.4426950408889634);            // for powers of 2
  RowSums<VALUE_DEPTH> sums;
  sums.clear();
  float maximum[2] = {lowest(), lowest()}, total[2] = {0, 0};  // total: of the lane's columns
  copyTile<DEPTH>(queries, a.q + s.queryOf(b, h, DEPTH), s.heads * DEPTH, first, s.queries);
  if (seen > 0) copyKeys(0, 0);
  endCopies();
  int buffer = 0;
  for (int64_t key = 0; key < seen; key += TILE, buffer ^= 1) {
    if (key + TILE < seen) copyKeys(key + TILE, buffer ^ 1);
    endCopies();
    awaitCopies<1>();
    __syncthreads();
    Scores scores;
    scores.products<DEPTH>(queries, keys + buffer * OfDepth::kElements);
    const bool whole = !MASK && key + TILE <= s.keys && (!CAUSAL || key + TILE <= first + 1);
    float top[2] = {maximum[0], maximum[1]};
    scores.each([&](float& score, int r, int column) {
      score = whole || s.sees(mask, row + 8 * r, key + column) ? score * scale : lowest();
      top[r] = largerOrNaN(score, top[r]);
    });
    float factor[2], under[2];
#pragma unroll
    for (int r = 0; r < 2; ++r) {
      top[r] = overRow(top[r], [](float x, float y) { return largerOrNaN(x, y); });
      under[r] = top[r] == lowest() ? 0.0f : top[r];  // no key seen yet
      factor[r] = exp2f(maximum[r] - under[r]);
      maximum[r] = top[r];
      total[r] *= factor[r];
    }
    scores.each([&](float& score, int r, int) {
      score = score == lowest() ? 0.0f : exp2f(score - under[r]);
      total[r] += score;
    });
#pragma unroll
    for (int n = 0; n < VALUE_DEPTH / 8; ++n) {
#pragma unroll
      for (int i = 0; i < 4; ++i) sums.at[n][i] *= factor[i / 2];
    }
    sums.add(scores, values + buffer * OfValue::kElements);
    __syncthreads();  // before the copies of the tile after the next
  }

  float factor[2];
#pragma unroll
  for (int r = 0; r < 2; ++r) {
    total[r] = overRow(total[r], [](float x, float y) { return x + y; });
    factor[r] = 1 / total[r];
    if (maximum[r] != lowest() || row + 8 * r >= s.queries) continue;
    // A query that sees no key gets the mean of all values.
    factor[r] = 1 / float(s.keys);
#pragma unroll
    for (int n = 0; n < VALUE_DEPTH / 8; ++n) {
#pragma unroll
      for (int i = 0; i < 2; ++i) {
        const Stored* from = v + n * 8 + laneOfWarp() % 4 * 2 + i;
        float sum = 0;
#pragma unroll 1
        for (int64_t key = 0; key < s.keys; ++key) {
          sum += Element<Stored, Value>::load(from[key * s.keyHeads * VALUE_DEPTH]);
        }
        sums.at[n][2 * r + i] = sum;
      }
    }
  }
  sums.store(a.out + s.queryOf(b, h, VALUE_DEPTH), s.heads * VALUE_DEPTH, first, s.queries, factor[0], factor[1]);
  if (laneOfWarp() % 4 != 0) return;
#pragma unroll
  for (int r = 0; r < 2; ++r) {
    const int64_t query = row + 8 * r;
    if (query >= s.queries) continue;
    a.logSum[head * s.queries + query] =
        maximum[r] == lowest() ? lowest() : maximum[r] * 0.6931471805599453f + log(total[r]);
  }
}

}  // namespace ibex_device
