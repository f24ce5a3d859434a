// Tiles of attention (Dao et al., "FlashAttention", 2022): scores exist for TILE rows and TILE columns at a time. 256 threads
// in 16 x 16: a thread has SIDE neighbouring rows, and of the columns each 16th, so what belongs to a row is with the lanes
// of half a warp. After attention_arguments.cuh. Macro: TILE (16, 32 or 64).
namespace ibex_device {

#define SIDE (TILE / 16)
#define TILE_STEP (TILE + 4)

// How numbers of a row lie in shared memory: zeros up to a multiple of 16; rows are 4 more than a multiple of 32 banks apart.
template <int WIDTH>
struct Layout {
  static constexpr int kPadded = (WIDTH + 15) / 16 * 16;
  static constexpr int kStep = kPadded + (36 - kPadded % 32) % 32;
  static constexpr int kVector = WIDTH * sizeof(Stored) % 16 == 0 ? 16 / sizeof(Stored) : 1;
};
typedef Layout<DEPTH> OfDepth;
typedef Layout<VALUE_DEPTH> OfValue;

IBEX_FN int tileRow() { return threadIdx.x / 16 * SIDE; }
IBEX_FN int tileColumn() { return threadIdx.x % 16; }

// Rows [first, first + TILE) of `from`, which lie `step` apart; those from `count` on are zeros.
template <int WIDTH>
IBEX_FN void loadTile(Value* to, const Stored* from, int64_t step, int64_t first, int64_t count, Value factor) {
  typedef Layout<WIDTH> L;
  constexpr int kVectors = L::kPadded / L::kVector;
  for (int i = threadIdx.x; i < TILE * kVectors; i += 256) {
    const int row = i / kVectors, column = i % kVectors * L::kVector;
    Pack<Stored, L::kVector> pack;
    const bool present = first + row < count && column < WIDTH;
    if (present) pack = loadPack<Stored, L::kVector>(from + (first + row) * step + column);
#pragma unroll
    for (int j = 0; j < L::kVector; ++j) {
      to[row * L::kStep + column + j] = present ? Element<Stored, Value>::load(pack.at[j]) * factor : Value(0);
    }
  }
}

// The products of this thread's rows of one tile and its columns, which are rows of the other.
template <int WIDTH>
IBEX_FN void tileProducts(const Value* rows, const Value* columns, Value (&products)[SIDE][SIDE]) {
  typedef Layout<WIDTH> L;
#pragma unroll
  for (int r = 0; r < SIDE; ++r) {
#pragma unroll
    for (int c = 0; c < SIDE; ++c) products[r][c] = 0;
  }
#pragma unroll 2
  for (int d = 0; d < L::kPadded; d += 4) {
    Pack<Value, 4> a[SIDE], b[SIDE];
#pragma unroll
    for (int i = 0; i < SIDE; ++i) {
      a[i] = loadPack<Value, 4>(rows + (tileRow() + i) * L::kStep + d);
      b[i] = loadPack<Value, 4>(columns + (tileColumn() + 16 * i) * L::kStep + d);
    }
#pragma unroll
    for (int r = 0; r < SIDE; ++r) {
#pragma unroll
      for (int c = 0; c < SIDE; ++c) {
#pragma unroll
        for (int i = 0; i < 4; ++i) products[r][c] = multiplyAdd(a[r].at[i], b[c].at[i], products[r][c]);
      }
    }
  }
}

// Sums of rows of a tile with weights: SIDE rows of the result, of which a thread has some columns.
template <int WIDTH>
struct RowSums {
  typedef Layout<WIDTH> L;
  static constexpr int kWide = WIDTH % 64 == 0 ? 4 : WIDTH % 32 == 0 ? 2 : 1;  // neighbouring columns
  static constexpr int kCount = L::kPadded / 16 / kWide;
  Value at[SIDE][kCount][kWide];

  __device__ void clear() {
    each([&](int r, int c, int i, int) { at[r][c][i] = 0; });
  }

  // visit(row, and where the column is in `at`, the column)
  template <class Visit>
  __device__ void each(Visit visit) {
#pragma unroll
    for (int r = 0; r < SIDE; ++r) {
#pragma unroll
      for (int c = 0; c < kCount; ++c) {
#pragma unroll
        for (int i = 0; i < kWide; ++i) visit(r, c, i, (c * 16 + tileColumn()) * kWide + i);
      }
    }
  }

  // weights: [TILE][TILE_STEP], a row for each row of the result.
  __device__ void add(const Value* weights, const Value* tile) {
#pragma unroll 1
    for (int j = 0; j < TILE; j += 4) {
      Pack<Value, 4> weight[SIDE];
#pragma unroll
      for (int r = 0; r < SIDE; ++r) weight[r] = loadPack<Value, 4>(weights + (tileRow() + r) * TILE_STEP + j);
#pragma unroll
      for (int k = 0; k < 4; ++k) {
#pragma unroll
        for (int c = 0; c < kCount; ++c) {
          const Pack<Value, kWide> x = loadPack<Value, kWide>(tile + (j + k) * L::kStep + (c * 16 + tileColumn()) * kWide);
#pragma unroll
          for (int r = 0; r < SIDE; ++r) {
#pragma unroll
            for (int i = 0; i < kWide; ++i) at[r][c][i] = multiplyAdd(weight[r].at[k], x.at[i], at[r][c][i]);
          }
        }
      }
    }
  }

  // To rows [first, count) of `to`, which lie `step` apart.
  __device__ void store(Stored* to, int64_t step, int64_t first, int64_t count, Value factor) {
    each([&](int r, int c, int i, int column) {
      const int64_t row = first + tileRow() + r;
      if (row < count && column < WIDTH) to[row * step + column] = Element<Stored, Value>::store(at[r][c][i] * factor);
    });
  }
};

}  // namespace ibex_device
