// Which row of x each of the updates is for, and the updates in that order. Macros: as gather.cuh: INDEX, DEPTH,
// EXTENTS, AXIS, COUNT (tuples of indices); or, with ELEMENTS, one index for each element: EXTENT of the axis in x,
// ALONG in the updates, INNER.
//
// A row that there is not is noted, and NO_ROW, which is behind all others.
namespace ibex_device {

struct ScatterRowsArguments {
  const INDEX* indices;
  uint32_t* rows;  // of each update
  uint32_t* last;  // of each row: 1 more than the last update of it; or null
  FaultSink* faults;
  int32_t origin;
};

extern "C" __global__ void __launch_bounds__(256) scatterRows(ScatterRowsArguments arguments) {
  const int64_t at = int64_t(blockIdx.x) * 256 + threadIdx.x;
  if (at >= COUNT) return;
  uint32_t row = 0;
#ifdef ELEMENTS
  const int64_t index = arguments.indices[at];
  if (index < 0 || index >= EXTENT) {
    noteFault(arguments.faults, arguments.origin, index, at, AXIS, EXTENT);
    row = NO_ROW;
  } else {
    row = uint32_t((at / (ALONG * INNER) * EXTENT + index) * INNER + at % INNER);
  }
#else
  constexpr int64_t kExtents[] = EXTENTS;
#pragma unroll
  for (int k = 0; k < DEPTH; ++k) {
    const int64_t index = arguments.indices[at * DEPTH + k];
    if (index < 0 || index >= kExtents[k]) {
      noteFault(arguments.faults, arguments.origin, index, at * DEPTH + k, AXIS + k, kExtents[k]);
      row = NO_ROW;
      break;
    }
    row = uint32_t(row * kExtents[k] + index);
  }
#endif
  arguments.rows[at] = row;
  if (arguments.last != nullptr && row != NO_ROW) atomicMax(&arguments.last[row], uint32_t(at) + 1);
}

}  // namespace ibex_device
