// Sums, products, maxima or minima of what comes before along an axis, after fold.cuh. x is [lines / inner, extent,
// inner]. Macros: FOLD, one of its functions, and IDENTITY; REVERSE (from the other end), EXCLUSIVE (without the element
// itself). Few long lines are split into chunks: the folds of chunks first, then the rest.
namespace ibex_device {

#define SCAN_ITEMS 7  // odd, so that threads don't share banks
#define SCAN_TILE (256 * SCAN_ITEMS)  // as in cumulative.cpp

struct CumulativeArguments {
  const STORED* from;
  STORED* to;
  VALUE* folds;  // of chunks: [line, chunk], or for columns [chunk, line]
  int64_t lines;
  int64_t inner;
  int64_t extent;
  int64_t chunk;  // elements of a chunk
  int32_t chunks;
};

IBEX_FN VALUE lowest() {
  if constexpr (std::is_integral_v<VALUE>) return std::numeric_limits<VALUE>::min();
  return -std::numeric_limits<VALUE>::infinity();
}
IBEX_FN VALUE highest() {
  if constexpr (std::is_integral_v<VALUE>) return std::numeric_limits<VALUE>::max();
  return std::numeric_limits<VALUE>::infinity();
}

IBEX_FN VALUE fromLaneBefore(VALUE value, int distance) {
  if constexpr (sizeof(VALUE) < 4) {
    return VALUE(__shfl_up_sync(0xffffffffu, int32_t(value), distance));
  } else {
    return __shfl_up_sync(0xffffffffu, value, distance);
  }
}

// The fold of what the threads before have, of 256 threads, and of all.
IBEX_FN VALUE foldBefore(VALUE value, VALUE& all) {
  __shared__ VALUE warps[8];
  const int lane = threadIdx.x % 32;
  const int warp = threadIdx.x / 32;
#pragma unroll
  for (int distance = 1; distance < 32; distance *= 2) {
    const VALUE other = fromLaneBefore(value, distance);
    if (lane >= distance) value = FOLD(other, value);
  }
  __syncthreads();  // what was left there before has been read
  if (lane == 31) warps[warp] = value;
  __syncthreads();
  VALUE before = IDENTITY;
  for (int w = 0; w < warp; ++w) before = FOLD(before, warps[w]);
  all = before;
  for (int w = warp; w < 8; ++w) all = FOLD(all, warps[w]);
  const VALUE own = fromLaneBefore(value, 1);
  return lane == 0 ? before : FOLD(before, own);
}

// Where the i-th element from the end that is begun at is.
IBEX_FN int64_t placeAlong(const CumulativeArguments& arguments, int64_t i) {
  return REVERSE ? arguments.extent - 1 - i : i;
}

// inner is 1: a block for each chunk of a line.
extern "C" __global__ void __launch_bounds__(256) cumulativeRowFolds(CumulativeArguments arguments) {
  __shared__ STORED tile[SCAN_TILE];
  const int64_t line = blockIdx.x / arguments.chunks;
  const int64_t begin = blockIdx.x % arguments.chunks * arguments.chunk;
  const int64_t end = begin + arguments.chunk < arguments.extent ? begin + arguments.chunk : arguments.extent;
  const STORED* from = arguments.from + line * arguments.extent;
  VALUE total = IDENTITY;
  for (int64_t first = begin; first < end; first += SCAN_TILE) {
    __syncthreads();
#pragma unroll
    for (int item = 0; item < SCAN_ITEMS; ++item) {
      const int64_t i = first + item * 256 + threadIdx.x;
      if (i < end) tile[item * 256 + threadIdx.x] = from[placeAlong(arguments, i)];
    }
    __syncthreads();
    VALUE mine = IDENTITY;
#pragma unroll
    for (int item = 0; item < SCAN_ITEMS; ++item) {
      const int at = threadIdx.x * SCAN_ITEMS + item;
      if (first + at < end) mine = FOLD(mine, Stored::load(tile[at]));
    }
    VALUE all;
    foldBefore(mine, all);
    total = FOLD(total, all);
  }
  if (threadIdx.x == 0) arguments.folds[blockIdx.x] = total;
}

extern "C" __global__ void __launch_bounds__(256) cumulativeRows(CumulativeArguments arguments) {
  __shared__ STORED tile[SCAN_TILE];
  const int64_t line = blockIdx.x / arguments.chunks;
  const int32_t chunk = blockIdx.x % arguments.chunks;
  const int64_t begin = chunk * arguments.chunk;
  const int64_t end = begin + arguments.chunk < arguments.extent ? begin + arguments.chunk : arguments.extent;
  const STORED* from = arguments.from + line * arguments.extent;
  STORED* to = arguments.to + line * arguments.extent;
  VALUE total = IDENTITY;
  if (arguments.chunks > 1) {
    // There are at most as many chunks as threads.
    foldBefore(int(threadIdx.x) < chunk ? arguments.folds[line * arguments.chunks + threadIdx.x] : VALUE(IDENTITY), total);
  }
  for (int64_t first = begin; first < end; first += SCAN_TILE) {
#pragma unroll
    for (int item = 0; item < SCAN_ITEMS; ++item) {
      const int64_t i = first + item * 256 + threadIdx.x;
      if (i < end) tile[item * 256 + threadIdx.x] = from[placeAlong(arguments, i)];
    }
    __syncthreads();
    VALUE values[SCAN_ITEMS];
    VALUE mine = IDENTITY;
#pragma unroll
    for (int item = 0; item < SCAN_ITEMS; ++item) {
      const int at = threadIdx.x * SCAN_ITEMS + item;
      values[item] = first + at < end ? Stored::load(tile[at]) : VALUE(IDENTITY);
      mine = FOLD(mine, values[item]);
    }
    VALUE all;
    VALUE running = FOLD(total, foldBefore(mine, all));
#pragma unroll
    for (int item = 0; item < SCAN_ITEMS; ++item) {
      const VALUE next = FOLD(running, values[item]);
      tile[threadIdx.x * SCAN_ITEMS + item] = Stored::store(EXCLUSIVE ? running : next);
      running = next;
    }
    total = FOLD(total, all);
    __syncthreads();
#pragma unroll
    for (int item = 0; item < SCAN_ITEMS; ++item) {
      const int64_t i = first + item * 256 + threadIdx.x;
      if (i < end) to[placeAlong(arguments, i)] = tile[item * 256 + threadIdx.x];
    }
    __syncthreads();
  }
}

// A thread for each chunk of a line, beside its neighbours.
struct Column {
  int64_t line;
  int64_t chunk;
  int64_t begin;
  int64_t end;
  int64_t base;
};

IBEX_FN Column columnOfThread(const CumulativeArguments& arguments) {
  const int64_t thread = int64_t(blockIdx.x) * 256 + threadIdx.x;
  const int64_t line = thread % arguments.lines;
  const int64_t chunk = thread / arguments.lines;
  const int64_t begin = chunk * arguments.chunk;
  const int64_t end = begin + arguments.chunk;
  return {line, chunk, begin, end < arguments.extent ? end : arguments.extent,
          line / arguments.inner * arguments.extent * arguments.inner + line % arguments.inner};
}

extern "C" __global__ void __launch_bounds__(256) cumulativeColumnFolds(CumulativeArguments arguments) {
  const Column column = columnOfThread(arguments);
  if (column.chunk >= arguments.chunks) return;
  VALUE total = IDENTITY;
#pragma unroll 4
  for (int64_t i = column.begin; i < column.end; ++i) {
    total = FOLD(total, Stored::load(arguments.from[column.base + placeAlong(arguments, i) * arguments.inner]));
  }
  arguments.folds[column.chunk * arguments.lines + column.line] = total;
}

extern "C" __global__ void __launch_bounds__(256) cumulativeColumns(CumulativeArguments arguments) {
  constexpr int kAhead = 4;
  const Column column = columnOfThread(arguments);
  if (column.chunk >= arguments.chunks) return;
  VALUE total = IDENTITY;
  for (int64_t chunk = 0; chunk < column.chunk; ++chunk) {
    total = FOLD(total, arguments.folds[chunk * arguments.lines + column.line]);
  }
  const int64_t inner = arguments.inner;
  for (int64_t first = column.begin; first < column.end; first += kAhead) {
    VALUE values[kAhead];
#pragma unroll
    for (int i = 0; i < kAhead; ++i) {
      if (first + i < column.end) {
        values[i] = Stored::load(arguments.from[column.base + placeAlong(arguments, first + i) * inner]);
      }
    }
#pragma unroll
    for (int i = 0; i < kAhead; ++i) {
      if (first + i >= column.end) break;
      const VALUE next = FOLD(total, values[i]);
      arguments.to[column.base + placeAlong(arguments, first + i) * inner] = Stored::store(EXCLUSIVE ? total : next);
      total = next;
    }
  }
}

}  // namespace ibex_device
