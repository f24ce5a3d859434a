// scatter_elements where there are many lines along the axis: a thread for each, in the order of the updates; after
// fold.cuh. Macros: COMBINE, of the old and the new, one of its functions; INDEX, the type of the indices; OUTER, EXTENT and INNER of x; ALONG, the axis's extent
// in the updates; AXIS.
namespace ibex_device {

struct ScatterLinesArguments {
  STORED* x;
  const INDEX* indices;
  const STORED* updates;
  FaultSink* faults;
  int32_t origin;
};

extern "C" __global__ void __launch_bounds__(256) scatterLines(ScatterLinesArguments arguments) {
  const int64_t line = int64_t(blockIdx.x) * 256 + threadIdx.x;
  if (line >= OUTER * INNER) return;
  STORED* x = arguments.x + line / INNER * (EXTENT * INNER) + line % INNER;
  int64_t at = line / INNER * (ALONG * INNER) + line % INNER;
  for (int64_t a = 0; a < ALONG; ++a, at += INNER) {
    const int64_t index = arguments.indices[at];
    if (index < 0 || index >= EXTENT) {
      noteFault(arguments.faults, arguments.origin, index, at, AXIS, EXTENT);
      continue;
    }
    STORED* to = x + index * INNER;
    *to = Stored::store(COMBINE(Stored::load(*to), Stored::load(arguments.updates[at])));
  }
}

}  // namespace ibex_device
