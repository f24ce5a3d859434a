// Products of matrices whose elements functions give, in tiles: what matmul and the convolutions are made of.
//
// Macros: those of values.cuh, VALUE being the type of sums, and INDEX that of indices. ROWS, COLUMNS and DEPTH of the
// product of one matrix of a batch (or group of channels). TILE_ROWS and TILE_COLUMNS, multiples of 16; TILE_THREADS of a
// block, 256. LEFT_ALONG and RIGHT_ALONG: whether neighbouring elements of the left matrix's rows, and of the right one's,
// lie side by side. SPLITS: parts of the depth, each of PART, whose sums are kept apart until all are there. BIAS, RESIDUAL,
// SCALE, RELU: what follows.
namespace ibex_device {

typedef INDEX Index;

constexpr int kThreads = TILE_THREADS;
constexpr int kSide = 16;  // of them, along each side of a tile
constexpr int kTileDepth = 16;
constexpr int kMine = TILE_ROWS / kSide;         // rows of a thread
constexpr int kMineAcross = TILE_COLUMNS / kSide;  // and its columns
constexpr Index kRowTiles = (ROWS + TILE_ROWS - 1) / TILE_ROWS;
constexpr Index kColumnTiles = (COLUMNS + TILE_COLUMNS - 1) / TILE_COLUMNS;

IBEX_FN Value load(const Stored* from, Index at) { return Element<Stored, Value>::load(from[at]); }

struct Epilogue {
  Stored* out;
  Value* parts;  // of SPLITS sums, one array after another
  const Stored* scale;
  const Stored* bias;
  const Stored* residual;
};

// at: the element's place in the result; channel: along the result's last axis.
IBEX_FN void finish(const Epilogue& e, Value value, Index at, Index channel) {
  if (SCALE) value *= load(e.scale, channel);
  if (BIAS) value += load(e.bias, channel);
  if (RESIDUAL) value += load(e.residual, at);
  if (RELU) value = value < Value(0) ? Value(0) : value;
  e.out[at] = Element<Stored, Value>::store(value);
}

// Blocks along x: the tiles of a column of tiles, then the next column, then the next matrix.
IBEX_FN Index matrixOfBlock() { return Index(blockIdx.x) / (kRowTiles * kColumnTiles); }

// left(row, k) and right(k, column) are called within the matrices only; placed(row, column, sum) for each element of the
// tile that is in the result.
template <class Left, class Right, class Placed>
IBEX_FN void tileProduct(Left left, Right right, Placed placed) {
  __shared__ Value l[kTileDepth][TILE_ROWS + 1];
  __shared__ Value r[kTileDepth][TILE_COLUMNS + 1];
  const int thread = int(threadIdx.x);
  const int x = thread % kSide;
  const int y = thread / kSide;
  const Index row0 = Index(blockIdx.x) % kRowTiles * TILE_ROWS;
  const Index column0 = Index(blockIdx.x) / kRowTiles % kColumnTiles * TILE_COLUMNS;
  const Index begin = Index(blockIdx.z) * Index(PART);
  const Index end = begin + Index(PART) < Index(DEPTH) ? begin + Index(PART) : Index(DEPTH);
  Value sum[kMine][kMineAcross];
#pragma unroll
  for (int i = 0; i < kMine; ++i) {
#pragma unroll
    for (int j = 0; j < kMineAcross; ++j) sum[i][j] = Value(0);
  }
  for (Index k0 = begin; k0 < end; k0 += kTileDepth) {
#pragma unroll
    for (int i = thread; i < TILE_ROWS * kTileDepth; i += kThreads) {
      const int k = LEFT_ALONG ? i % kTileDepth : i / TILE_ROWS;
      const int row = LEFT_ALONG ? i / kTileDepth : i % TILE_ROWS;
      l[k][row] = k0 + k < end && row0 + row < Index(ROWS) ? left(row0 + row, k0 + k) : Value(0);
    }
#pragma unroll
    for (int i = thread; i < TILE_COLUMNS * kTileDepth; i += kThreads) {
      const int k = RIGHT_ALONG ? i / TILE_COLUMNS : i % kTileDepth;
      const int column = RIGHT_ALONG ? i % TILE_COLUMNS : i / kTileDepth;
      r[k][column] = k0 + k < end && column0 + column < Index(COLUMNS) ? right(k0 + k, column0 + column) : Value(0);
    }
    __syncthreads();
#pragma unroll
    for (int k = 0; k < kTileDepth; ++k) {
      Value a[kMine], b[kMineAcross];
#pragma unroll
      for (int i = 0; i < kMine; ++i) a[i] = l[k][y + i * kSide];
#pragma unroll
      for (int j = 0; j < kMineAcross; ++j) b[j] = r[k][x + j * kSide];
#pragma unroll
      for (int i = 0; i < kMine; ++i) {
#pragma unroll
        for (int j = 0; j < kMineAcross; ++j) sum[i][j] = multiplyAdd(a[i], b[j], sum[i][j]);
      }
    }
    __syncthreads();
  }
#pragma unroll
  for (int i = 0; i < kMine; ++i) {
    const Index row = row0 + y + i * kSide;
#pragma unroll
    for (int j = 0; j < kMineAcross; ++j) {
      const Index column = column0 + x + j * kSide;
      if (row < Index(ROWS) && column < Index(COLUMNS)) placed(row, column, sum[i][j]);
    }
  }
}

// Stores an element of the result, or of this split's part of it. size: of the whole result.
IBEX_FN void storeOrKeep(const Epilogue& e, Value sum, Index at, Index channel, Index size) {
  if (SPLITS > 1) {
    e.parts[Index(blockIdx.z) * size + at] = sum;
  } else {
    finish(e, sum, at, channel);
  }
}

// The parts' sums, one after another: a thread for each element of the result.
IBEX_FN void combineParts(const Epilogue& e, Index size, Index channels) {
  const Index at = Index(blockIdx.x) * kThreads + Index(threadIdx.x);
  if (at >= size) return;
  Value sum = e.parts[at];
  for (int split = 1; split < SPLITS; ++split) sum += e.parts[Index(split) * size + at];
  finish(e, sum, at, at % channels);
}

}  // namespace ibex_device
