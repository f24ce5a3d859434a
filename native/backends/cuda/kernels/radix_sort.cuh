// One pass of a stable sort of lines by digits of 8 bits of their keys, of type KEY (uint32_t or uint64_t), in three
// launches: how often each digit is in each tile, where each tile's begin, and the move. Keys come with their places
// in the line.
namespace ibex_device {

#define DIGITS 256
#define RADIX_ITEMS (sizeof(KEY) == 8 ? 8 : 16)
#define RADIX_TILE (256 * RADIX_ITEMS)  // as in radix_sort.cpp

struct RadixArguments {
  const KEY* keys;
  const uint32_t* places;  // null: they are in order
  KEY* toKeys;
  uint32_t* toPlaces;
  uint32_t* counts;  // [line, digit, tile]; then what comes before, of the same digit
  uint32_t* totals;  // [line, digit]
  int64_t lines;
  int64_t extent;
  int32_t tiles;
  int32_t shift;
};

IBEX_FN uint32_t digitOf(KEY key, int32_t shift) { return uint32_t(key >> shift) & (DIGITS - 1); }

extern "C" __global__ void __launch_bounds__(256) radixCount(RadixArguments arguments) {
  __shared__ uint32_t counts[DIGITS];
  const int64_t line = blockIdx.x / arguments.tiles;
  const int64_t tile = blockIdx.x % arguments.tiles;
  counts[threadIdx.x] = 0;
  __syncthreads();
  const KEY* keys = arguments.keys + line * arguments.extent;
#pragma unroll
  for (int item = 0; item < RADIX_ITEMS; ++item) {
    const int64_t at = tile * RADIX_TILE + item * 256 + threadIdx.x;
    if (at < arguments.extent) atomicAdd(&counts[digitOf(keys[at], arguments.shift)], 1u);
  }
  __syncthreads();
  arguments.counts[(line * DIGITS + threadIdx.x) * arguments.tiles + tile] = counts[threadIdx.x];
}

// A warp for each digit of a line.
extern "C" __global__ void __launch_bounds__(256) radixScan(RadixArguments arguments) {
  const int64_t row = int64_t(blockIdx.x) * 8 + threadIdx.x / 32;
  const int lane = threadIdx.x % 32;
  uint32_t* counts = arguments.counts + row * arguments.tiles;
  uint32_t before = 0;
  for (int32_t first = 0; first < arguments.tiles; first += 32) {
    const uint32_t count = first + lane < arguments.tiles ? counts[first + lane] : 0;
    uint32_t sum = count;
#pragma unroll
    for (int distance = 1; distance < 32; distance *= 2) {
      const uint32_t other = __shfl_up_sync(0xffffffffu, sum, distance);
      if (lane >= distance) sum += other;
    }
    if (first + lane < arguments.tiles) counts[first + lane] = before + sum - count;
    before += __shfl_sync(0xffffffffu, sum, 31);
  }
  if (lane == 0) arguments.totals[row] = before;
}

// The sum of what the threads before have, of 256 threads.
IBEX_FN uint32_t sumBefore(uint32_t value, uint32_t* warps) {
  const int lane = threadIdx.x % 32;
  uint32_t sum = value;
#pragma unroll
  for (int distance = 1; distance < 32; distance *= 2) {
    const uint32_t other = __shfl_up_sync(0xffffffffu, sum, distance);
    if (lane >= distance) sum += other;
  }
  __syncthreads();
  if (lane == 31) warps[threadIdx.x / 32] = sum;
  __syncthreads();
  for (int warp = 0; warp < int(threadIdx.x / 32); ++warp) sum += warps[warp];
  return sum - value;
}

extern "C" __global__ void __launch_bounds__(256) radixMove(RadixArguments arguments) {
  __shared__ uint32_t warpCounts[8][DIGITS];
  __shared__ uint32_t begins[DIGITS];  // of a digit in the tile
  __shared__ uint32_t targets[DIGITS];  // of a digit's first of the tile, in the line
  __shared__ uint32_t warps[8];
  __shared__ KEY sortedKeys[RADIX_TILE];
  __shared__ uint32_t sortedPlaces[RADIX_TILE];
  const int64_t line = blockIdx.x / arguments.tiles;
  const int64_t tile = blockIdx.x % arguments.tiles;
  const int warp = threadIdx.x / 32;
  const int lane = threadIdx.x % 32;
  const int64_t base = line * arguments.extent;
  const int64_t first = tile * RADIX_TILE;
  for (int w = 0; w < 8; ++w) warpCounts[w][threadIdx.x] = 0;
  __syncthreads();

  // How many of the same digit come before, in the warp.
  KEY keys[RADIX_ITEMS];
  uint32_t places[RADIX_ITEMS];
  uint32_t ranks[RADIX_ITEMS];
#pragma unroll
  for (int item = 0; item < RADIX_ITEMS; ++item) {
    const int64_t at = first + (warp * RADIX_ITEMS + item) * 32 + lane;
    if (at < arguments.extent) {
      keys[item] = arguments.keys[base + at];
      places[item] = arguments.places == nullptr ? uint32_t(at) : arguments.places[base + at];
    }
  }
#pragma unroll
  for (int item = 0; item < RADIX_ITEMS; ++item) {
    const bool inside = first + (warp * RADIX_ITEMS + item) * 32 + lane < arguments.extent;
    const uint32_t digit = inside ? digitOf(keys[item], arguments.shift) : 0;
    uint32_t peers = __ballot_sync(0xffffffffu, inside);
#pragma unroll
    for (int bit = 0; bit < 8; ++bit) {
      const bool set = (digit >> bit & 1) != 0;
      const uint32_t with = __ballot_sync(0xffffffffu, set);
      peers &= set ? with : ~with;
    }
    const uint32_t before = __popc(peers & ((1u << lane) - 1));
    if (inside) ranks[item] = warpCounts[warp][digit] + before;
    __syncwarp();
    if (inside && before == 0) warpCounts[warp][digit] += __popc(peers);
    __syncwarp();
  }
  __syncthreads();

  // A thread for each digit.
  const uint32_t digit = threadIdx.x;
  uint32_t count = 0;
  for (int w = 0; w < 8; ++w) {
    const uint32_t here = warpCounts[w][digit];
    warpCounts[w][digit] = count;
    count += here;
  }
  begins[digit] = sumBefore(count, warps);
  targets[digit] = sumBefore(arguments.totals[line * DIGITS + digit], warps) +
                   arguments.counts[(line * DIGITS + digit) * arguments.tiles + tile];
  __syncthreads();

  // Through shared memory, so that neighbours are written together.
#pragma unroll
  for (int item = 0; item < RADIX_ITEMS; ++item) {
    if (first + (warp * RADIX_ITEMS + item) * 32 + lane < arguments.extent) {
      const uint32_t d = digitOf(keys[item], arguments.shift);
      const uint32_t to = begins[d] + warpCounts[warp][d] + ranks[item];
      sortedKeys[to] = keys[item];
      sortedPlaces[to] = places[item];
    }
  }
  __syncthreads();
  const int64_t left = arguments.extent - first;
  const int size = left < RADIX_TILE ? int(left) : int(RADIX_TILE);
  for (int i = threadIdx.x; i < size; i += 256) {
    const KEY key = sortedKeys[i];
    const uint32_t d = digitOf(key, arguments.shift);
    const int64_t to = base + targets[d] + (i - begins[d]);
    arguments.toKeys[to] = key;
    arguments.toPlaces[to] = sortedPlaces[i];
  }
}

}  // namespace ibex_device
