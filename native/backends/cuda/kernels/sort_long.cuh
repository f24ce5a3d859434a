// What comes before and after radix_sort.cuh, and after sort_key.cuh: keys of lines, one line behind another, and the
// elements by the places that were sorted. Macros: none of its own.
namespace ibex_device {

struct SortLongArguments {
  const STORED* from;
  KEY* keys;
  const uint32_t* sorted;  // places
  STORED* values;          // or null
  int32_t* places;         // or null
  int64_t lines;
  int64_t inner;
  int64_t extent;
  int64_t keep;
  int32_t descending;
};

extern "C" __global__ void __launch_bounds__(256) sortKeys(SortLongArguments arguments) {
  const int64_t at = int64_t(blockIdx.x) * 256 + threadIdx.x;
  if (at >= arguments.lines * arguments.extent) return;
  const int64_t inner = at % arguments.inner;
  const int64_t row = at / arguments.inner;
  const int64_t line = row / arguments.extent * arguments.inner + inner;
  arguments.keys[line * arguments.extent + row % arguments.extent] =
      KeyOf<STORED>::apply(arguments.from[at], arguments.descending != 0);
}

extern "C" __global__ void __launch_bounds__(256) sortEmit(SortLongArguments arguments) {
  const int64_t at = int64_t(blockIdx.x) * 256 + threadIdx.x;
  if (at >= arguments.lines * arguments.keep) return;
  const int64_t inner = at % arguments.inner;
  const int64_t row = at / arguments.inner;
  const int64_t outer = row / arguments.keep;
  const int64_t line = outer * arguments.inner + inner;
  const uint32_t place = arguments.sorted[line * arguments.extent + row % arguments.keep];
  if (arguments.places != nullptr) arguments.places[at] = int32_t(place);
  if (arguments.values != nullptr) {
    arguments.values[at] = arguments.from[(outer * arguments.extent + place) * arguments.inner + inner];
  }
}

}  // namespace ibex_device
