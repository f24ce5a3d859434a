// Rows of a tensor by tuples of indices, after unit.cuh: row r of the result is row (o, flat index) of x, with o = r
// / COUNT, from the DEPTH indices at r % COUNT. Macros: INDEX, their type; EXTENTS, of the axes that they count
// along, the first of which is axis AXIS; ROWS; WIDTH, units of a row.
namespace ibex_device {

struct GatherArguments {
  const Unit* from;
  const INDEX* indices;
  Unit* to;
  FaultSink* faults;
  int32_t origin;
};

extern "C" __global__ void __launch_bounds__(256) gather(GatherArguments arguments) {
  constexpr int64_t kExtents[] = EXTENTS;
  const Index at = Index(blockIdx.x) * 256 + threadIdx.x;
  if (at >= Index(ROWS * WIDTH)) return;
  const Index row = at / Index(WIDTH);
  const Index column = at % Index(WIDTH);
  const Index tuple = row % Index(COUNT);
  int64_t flat = row / Index(COUNT);
#pragma unroll
  for (int k = 0; k < DEPTH; ++k) {
    const int64_t place = int64_t(tuple) * DEPTH + k;
    const int64_t index = arguments.indices[place];
    if (index < 0 || index >= kExtents[k]) {
      if (column == 0) noteFault(arguments.faults, arguments.origin, index, place, AXIS + k, kExtents[k]);
      return;
    }
    flat = flat * kExtents[k] + index;
  }
  arguments.to[at] = arguments.from[flat * WIDTH + column];
}

}  // namespace ibex_device
