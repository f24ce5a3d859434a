// The first k <= 32 of long lines, after sort_key.cuh. A warp reads along and keeps the best 32 sorted, one a lane:
// almost all elements are behind the k-th, and cost one comparison. Lines may be shared by several blocks, whose best
// are put together by a second launch.
namespace ibex_device {

struct TopKArguments {
  const STORED* from;
  STORED* values;
  int32_t* places;
  Entry* best;  // [line, part, 32], where lines are split
  int64_t extent;
  int64_t part;  // elements of a part
  int32_t parts;
  int32_t k;
};

#if KEY_BITS == 64
IBEX_FN Entry fromLane(const Entry& entry, int lane) {
  return {__shfl_sync(0xffffffffu, entry.key, lane), __shfl_sync(0xffffffffu, entry.place, lane)};
}
#else
IBEX_FN Entry fromLane(Entry entry, int lane) { return __shfl_sync(0xffffffffu, entry, lane); }
#endif

// Compares with the lane across, and keeps what comes first, or last.
IBEX_FN Entry exchanged(const Entry& mine, int across, bool first) {
  const Entry other = fromLane(mine, int(threadIdx.x % 32) ^ across);
  return before(other, mine) == first ? other : mine;
}

IBEX_FN Entry sortLanes(Entry entry) {
  const int lane = threadIdx.x % 32;
#pragma unroll
  for (int size = 2; size <= 32; size *= 2) {
#pragma unroll
    for (int stride = size / 2; stride > 0; stride /= 2) {
      const bool rising = (lane & size) == 0 || size == 32;
      entry = exchanged(entry, stride, ((lane & stride) == 0) == rising);
    }
  }
  return entry;
}

// The best 32 of two lists that are sorted.
IBEX_FN Entry merged(const Entry& kept, const Entry& more) {
  const int lane = threadIdx.x % 32;
  const Entry other = fromLane(more, 31 - lane);
  Entry entry = before(other, kept) ? other : kept;
#pragma unroll
  for (int stride = 16; stride > 0; stride /= 2) entry = exchanged(entry, stride, (lane & stride) == 0);
  return entry;
}

// The best of the block's 8 warps, in the first of them.
IBEX_FN Entry blockBest(Entry kept) {
  __shared__ Entry warps[8][32];
  const int lane = threadIdx.x % 32;
  warps[threadIdx.x / 32][lane] = kept;
  __syncthreads();
  if (threadIdx.x < 32) {
    for (int warp = 1; warp < 8; ++warp) kept = merged(kept, warps[warp][lane]);
  }
  return kept;
}

IBEX_FN void emit(const TopKArguments& arguments, int64_t line, const Entry& kept) {
  const int lane = threadIdx.x;
  if (lane >= arguments.k) return;
  const uint32_t place = placeIn(kept);
  arguments.values[line * arguments.k + lane] = arguments.from[line * arguments.extent + place];
  arguments.places[line * arguments.k + lane] = int32_t(place);
}

extern "C" __global__ void __launch_bounds__(256) topK(TopKArguments arguments) {
  constexpr int kAhead = 4;
  const int64_t line = blockIdx.x / arguments.parts;
  const int64_t begin = blockIdx.x % arguments.parts * arguments.part;
  const int64_t end = begin + arguments.part < arguments.extent ? begin + arguments.part : arguments.extent;
  const int lane = threadIdx.x % 32;
  const STORED* from = arguments.from + line * arguments.extent;
  Entry kept = noEntry();
  Entry worst = noEntry();
  // The same for all lanes of a warp, which come to each exchange.
  for (int64_t first = begin + threadIdx.x / 32 * (32 * kAhead); first < end; first += 256 * kAhead) {
    Entry entries[kAhead];
#pragma unroll
    for (int i = 0; i < kAhead; ++i) {
      const int64_t at = first + i * 32 + lane;
      entries[i] = at < end ? entryOf(from[at], uint32_t(at), true) : noEntry();
    }
#pragma unroll
    for (int i = 0; i < kAhead; ++i) {
      if (!__any_sync(0xffffffffu, before(entries[i], worst))) continue;
      kept = merged(kept, sortLanes(entries[i]));
      worst = fromLane(kept, arguments.k - 1);
    }
  }
  kept = blockBest(kept);
  if (threadIdx.x >= 32) return;
  if (arguments.parts > 1) {
    arguments.best[int64_t(blockIdx.x) * 32 + lane] = kept;
  } else {
    emit(arguments, line, kept);
  }
}

extern "C" __global__ void __launch_bounds__(256) topKOfParts(TopKArguments arguments) {
  const int64_t line = blockIdx.x;
  const Entry* lists = arguments.best + line * arguments.parts * 32 + threadIdx.x % 32;
  Entry kept = noEntry();
  for (int part = threadIdx.x / 32; part < arguments.parts; part += 8) kept = merged(kept, lists[part * 32]);
  kept = blockBest(kept);
  if (threadIdx.x < 32) emit(arguments, line, kept);
}

}  // namespace ibex_device
