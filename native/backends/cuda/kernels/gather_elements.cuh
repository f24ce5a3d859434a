// One element an index, along an axis, after unit.cuh. Macros: INDEX, their type; EXTENT, of the axis, AXIS, in x,
// ALONG, in the result, INNER, elements behind it, and ELEMENTS, of the result.
namespace ibex_device {

struct GatherElementsArguments {
  const Unit* from;
  const INDEX* indices;
  Unit* to;
  FaultSink* faults;
  int32_t origin;
};

extern "C" __global__ void __launch_bounds__(256) gatherElements(GatherElementsArguments arguments) {
  const Index at = Index(blockIdx.x) * 256 + threadIdx.x;
  if (at >= Index(ELEMENTS)) return;
  const int64_t index = arguments.indices[at];
  if (index < 0 || index >= EXTENT) {
    noteFault(arguments.faults, arguments.origin, index, at, AXIS, EXTENT);
    return;
  }
  const int64_t outer = at / Index(ALONG * INNER);
  arguments.to[at] = arguments.from[(outer * EXTENT + index) * INNER + at % Index(INNER)];
}

}  // namespace ibex_device
