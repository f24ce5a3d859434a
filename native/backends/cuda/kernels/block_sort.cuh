// Lines that are sorted in shared memory, some of them by one block, after sort_key.cuh. Macros: LENGTH, a power of
// two that lines don't exceed; LINES, of a block; THREADS. What is written: the first `keep` of each line, as values,
// as places, or both.
namespace ibex_device {

struct BlockSortArguments {
  const STORED* from;
  STORED* values;   // or null
  int32_t* places;  // or null
  int64_t lines;
  int64_t inner;  // elements between those of a line
  int32_t extent;
  int32_t keep;
  int32_t descending;
};

extern "C" __global__ void __launch_bounds__(THREADS) blockSort(BlockSortArguments arguments) {
  extern __shared__ Entry entries[];
  const int64_t firstLine = int64_t(blockIdx.x) * LINES;
  const int64_t inner = arguments.inner;
  for (int i = threadIdx.x; i < LINES * LENGTH; i += THREADS) {
    // Lines that lie side by side are read together.
    const int slot = inner == 1 ? i / LENGTH : i % LINES;
    const int place = inner == 1 ? i % LENGTH : i / LINES;
    const int64_t line = firstLine + slot;
    Entry entry = noEntry();
    if (line < arguments.lines && place < arguments.extent) {
      entry = entryOf(arguments.from[(line / inner * arguments.extent + place) * inner + line % inner], place,
                      arguments.descending != 0);
    }
    entries[slot * LENGTH + place] = entry;
  }
  for (int size = 2; size <= LENGTH; size *= 2) {
    for (int stride = size / 2; stride > 0; stride /= 2) {
      __syncthreads();
      for (int pair = threadIdx.x; pair < LINES * LENGTH / 2; pair += THREADS) {
        const int low = 2 * pair - (pair & (stride - 1));
        const Entry a = entries[low];
        const Entry b = entries[low + stride];
        // Runs are rising and falling by turns; the last is the whole line.
        const bool falling = (low & (LENGTH - 1) & size) != 0;
        if (before(a, b) == falling) {
          entries[low] = b;
          entries[low + stride] = a;
        }
      }
    }
  }
  __syncthreads();
  const int keep = arguments.keep;
  for (int i = threadIdx.x; i < LINES * keep; i += THREADS) {
    const int slot = inner == 1 ? i / keep : i % LINES;
    const int rank = inner == 1 ? i % keep : i / LINES;
    const int64_t line = firstLine + slot;
    if (line >= arguments.lines) continue;
    const uint32_t place = placeIn(entries[slot * LENGTH + rank]);
    const int64_t to = (line / inner * keep + rank) * inner + line % inner;
    if (arguments.places != nullptr) arguments.places[to] = int32_t(place);
    if (arguments.values != nullptr) {
      arguments.values[to] = arguments.from[(line / inner * arguments.extent + place) * inner + line % inner];
    }
  }
}

}  // namespace ibex_device
