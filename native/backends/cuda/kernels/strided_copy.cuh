// An n-dimensional box between two strided layouts, after unit.cuh. A thread takes ITEMS times PACK neighbours along
// the last axis; with PACK above 1 they are neighbours in the target. Macros: RANK (from 1), EXTENTS, FROM and TO
// (strides, in units).
//
// Where the box lies in one of the two may be data: DYNAMIC is 1 for the source and 2 for the target. For
// each of its STARTS axes, ROOM is the largest, and STEP the units between two of them.
namespace ibex_device {

struct StridedCopyArguments {
  const Unit* from;
  Unit* to;
  const int32_t* starts;
};

IBEX_FN void placeOf(Index at, int64_t& from, int64_t& to) {
  constexpr int64_t kExtents[] = EXTENTS;
  constexpr int64_t kFrom[] = FROM;
  constexpr int64_t kTo[] = TO;
  from = 0;
  to = 0;
#pragma unroll
  for (int axis = RANK - 1; axis >= 0; --axis) {
    const Index extent = Index(kExtents[axis]);
    const int64_t i = axis == 0 ? at : at % extent;
    at /= extent;
    from += i * kFrom[axis];
    to += i * kTo[axis];
  }
}

#if DYNAMIC
IBEX_FN int64_t windowStart(const int32_t* starts) {
  constexpr int64_t kRoom[] = ROOM;
  constexpr int64_t kStep[] = STEP;
  int64_t first = 0;
#pragma unroll
  for (int axis = 0; axis < STARTS; ++axis) {
    const int64_t start = starts[axis];
    first += (start < 0 ? 0 : start > kRoom[axis] ? kRoom[axis] : start) * kStep[axis];
  }
  return first;
}
#endif

extern "C" __global__ void __launch_bounds__(256) stridedCopy(StridedCopyArguments arguments) {
  constexpr int64_t kFrom[] = FROM;
  constexpr Index kPacks = UNITS / PACK;
  const Unit* source = arguments.from;
  Unit* target = arguments.to;
#if DYNAMIC == 1
  source += windowStart(arguments.starts);
#elif DYNAMIC == 2
  target += windowStart(arguments.starts);
#endif
  const Index first = Index(blockIdx.x) * (ITEMS * 256) + threadIdx.x;
  Pack<Unit, PACK> packs[ITEMS];
  int64_t places[ITEMS];
#pragma unroll
  for (int item = 0; item < ITEMS; ++item) {
    const Index at = first + item * 256;
    if (at >= kPacks) continue;
    int64_t from;
    placeOf(at * PACK, from, places[item]);
#pragma unroll
    for (int i = 0; i < PACK; ++i) packs[item].at[i] = source[from + i * kFrom[RANK - 1]];
  }
#pragma unroll
  for (int item = 0; item < ITEMS; ++item) {
    if (first + item * 256 < kPacks) storePack(target + places[item], packs[item]);
  }
}

}  // namespace ibex_device
