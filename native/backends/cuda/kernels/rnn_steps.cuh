// Recurrent layers whose weights are too large for one multiprocessor: a kernel for each step, whose blocks take some rows
// of the batch and some units. What goes from step to step is in memory, as values. After rnn_cell.cuh. Macro: TILE_ROWS
// (8, 16 or 32).
namespace ibex_device {

#define WARPS 8
#define TILE_COLUMNS 32
#define CHUNK (sizeof(Value) == 8 ? 16 : 32)           // numbers of a row that a warp takes at once
#define MERGED_ROWS (TILE_ROWS < 16 ? TILE_ROWS : 16)  // rows whose parts of the warps are added up at once

struct WidenArguments {
  const Stored* from;
  Value* to;
  int64_t count;
};

struct TransposeArguments {
  const Stored* from;
  Stored* to;
  int64_t rows;
  int64_t columns;
};

extern "C" __global__ void __launch_bounds__(256) widenStates(WidenArguments a) {
  const int64_t i = int64_t(blockIdx.x) * 256 + threadIdx.x;
  if (i < a.count) a.to[i] = Element<Stored, Value>::load(a.from[i]);
}

extern "C" __global__ void __launch_bounds__(256) transposeWeights(TransposeArguments a) {
  __shared__ Stored tile[32][33];
  const int64_t row = int64_t(blockIdx.y) * 32, column = int64_t(blockIdx.x) * 32;
  for (int i = threadIdx.y; i < 32; i += 8) {
    if (row + i < a.rows && column + threadIdx.x < a.columns) {
      tile[i][threadIdx.x] = a.from[(row + i) * a.columns + column + threadIdx.x];
    }
  }
  __syncthreads();
  for (int i = threadIdx.y; i < 32; i += 8) {
    if (column + i < a.columns && row + threadIdx.x < a.rows) {
      a.to[(column + i) * a.rows + row + threadIdx.x] = tile[threadIdx.x][i];
    }
  }
}

struct Totals {
  Value at[TILE_ROWS][TILE_COLUMNS + 1];
};

// The product of rows of vectors[rows, inner] and a column of weights for each lane (nullptr: none), whose elements lie
// `weightStep` apart. The warps each take a part of the inner extent. For all threads of the block.
IBEX_FN void tileProduct(const Value* vectors, int64_t rows, int inner, const Stored* weights, int64_t weightStep,
                         Totals& totals) {
  constexpr int kSlab = CHUNK * (TILE_ROWS + 4);
  constexpr int kMerged = MERGED_ROWS * (TILE_COLUMNS + 1);
  alignas(32) __shared__ Value memory[WARPS * (kSlab > kMerged ? kSlab : kMerged)];
  const int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
  const int part = (inner + WARPS - 1) / WARPS;
  const int end = (warp + 1) * part < inner ? (warp + 1) * part : inner;
  Value* slab = memory + warp * kSlab;
  Value sum[TILE_ROWS] = {};
  for (int first = warp * part; first < end; first += CHUNK) {
    // All that the warp has to wait for is on its way at once.
    Stored weight[CHUNK];
#pragma unroll
    for (int k = 0; k < CHUNK; ++k) {
      if (weights != nullptr && first + k < end) weight[k] = weights[(first + k) * weightStep];
      else weight[k] = Element<Stored, Value>::store(Value(0));
    }
    __syncwarp();
#pragma unroll
    for (int i = 0; i < CHUNK * TILE_ROWS / 32; ++i) {
      const int k = (i * 32 + lane) % CHUNK, r = (i * 32 + lane) / CHUNK;
      const bool inside = first + k < end && r < rows;
      slab[k * (TILE_ROWS + 4) + r] = inside ? vectors[int64_t(r) * inner + first + k] : Value(0);
    }
    __syncwarp();
#pragma unroll
    for (int k = 0; k < CHUNK; ++k) {
      const Value factor = Element<Stored, Value>::load(weight[k]);
#pragma unroll
      for (int r = 0; r < TILE_ROWS; r += 4) {
        const Pack<Value, 4> x = loadPack<Value, 4>(slab + k * (TILE_ROWS + 4) + r);
#pragma unroll
        for (int i = 0; i < 4; ++i) sum[r + i] = multiplyAdd(x.at[i], factor, sum[r + i]);
      }
    }
  }
#pragma unroll
  for (int r = 0; r < TILE_ROWS; r += MERGED_ROWS) {
    __syncthreads();
#pragma unroll
    for (int i = 0; i < MERGED_ROWS; ++i) memory[(warp * MERGED_ROWS + i) * (TILE_COLUMNS + 1) + lane] = sum[r + i];
    __syncthreads();
    for (int i = warp; i < MERGED_ROWS; i += WARPS) {
      Value total = 0;
      for (int w = 0; w < WARPS; ++w) total += memory[(w * MERGED_ROWS + i) * (TILE_COLUMNS + 1) + lane];
      totals.at[r + i][lane] = total;
    }
  }
  __syncthreads();
}

// A row of the tile with a unit of it: of a tile of UNITS_OF_TILE units, the one at `index`.
template <int UNITS_OF_TILE>
struct Item {
  int row, unit;
  bool present;

  __device__ Item(int index, int64_t batch) : row(index / UNITS_OF_TILE), unit(index % UNITS_OF_TILE) {
    present = row < TILE_ROWS && int64_t(blockIdx.y) * TILE_ROWS + row < batch &&
              int(blockIdx.x) * UNITS_OF_TILE + unit < UNITS;
  }
};

}  // namespace ibex_device
