// Sums down the columns of a row-major matrix. A block of 256 threads takes LANES vectors of columns side by side, and
// some of the rows; blocks of one part of the columns are numbered by blockIdx.y, and their results are partial. After
// vectors.cuh. Macro: LANES, a power of two up to 32.
namespace ibex_device {

#define ROW_LANES (256 / LANES)

// Rows [begin, end) of the block, and the first column of the thread. Columns that are not there have no rows.
struct ColumnSpan {
  int64_t column;
  int64_t begin;
  int64_t end;
};

IBEX_FN ColumnSpan columnSpan(int64_t rows, int64_t columns, int64_t rowsOfBlock) {
  const int64_t column = (int64_t(blockIdx.x) * LANES + threadIdx.x) * VECTOR;
  const int64_t begin = blockIdx.y * rowsOfBlock;
  const int64_t end = begin + rowsOfBlock < rows ? begin + rowsOfBlock : rows;
  return {column, begin + threadIdx.y, column < columns ? end : 0};
}

// Adds up both over the block's rows; the sums are those of the threads with threadIdx.y == 0. All threads come.
IBEX_FN void addRows(Value* first, Value* second) {
  __shared__ Value sums[2][ROW_LANES][LANES * VECTOR];
  const int column = threadIdx.x * VECTOR;
#pragma unroll
  for (int i = 0; i < VECTOR; ++i) {
    sums[0][threadIdx.y][column + i] = first[i];
    sums[1][threadIdx.y][column + i] = second[i];
  }
  for (int step = ROW_LANES / 2; step > 0; step /= 2) {
    __syncthreads();
    if (threadIdx.y >= step) continue;
#pragma unroll
    for (int i = 0; i < VECTOR; ++i) {
      sums[0][threadIdx.y][column + i] += sums[0][threadIdx.y + step][column + i];
      sums[1][threadIdx.y][column + i] += sums[1][threadIdx.y + step][column + i];
    }
  }
#pragma unroll
  for (int i = 0; i < VECTOR; ++i) {
    first[i] = sums[0][threadIdx.y][column + i];
    second[i] = sums[1][threadIdx.y][column + i];
  }
}

// The sum over i < n of term(i) for a column, by a block of 32 x 8 threads with a column for each x: for all of them.
template <class Term>
IBEX_FN double addParts(int64_t n, Term term) {
  __shared__ double sums[8][33];
  double sum = 0;
  for (int64_t i = threadIdx.y; i < n; i += 8) sum += term(i);
  __syncthreads();
  sums[threadIdx.y][threadIdx.x] = sum;
  __syncthreads();
  sum = 0;
  for (int y = 0; y < 8; ++y) sum += sums[y][threadIdx.x];
  return sum;
}

}  // namespace ibex_device
