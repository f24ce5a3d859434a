// A constant border (negative: cropping), and the same constant between elements, after unit.cuh. A thread writes
// PACK neighbours. Macros: UNITS, of the result; RANK; for each axis EXTENTS of the result, INPUT, the extent of the
// input, LOW, where its first element lies, STEP, how far apart they lie, and FROM, its stride. STORED and VALUE are
// the types that elements are stored in and computed in: a unit is one or more of them.
namespace ibex_device {

struct PadArguments {
  const Unit* from;
  Unit* to;
  double value;
};

IBEX_FN Unit unitOf(double value) {
  union {
    STORED elements[sizeof(Unit) / sizeof(STORED)];
    Unit unit;
  } fill;
  const STORED element = Element<STORED, VALUE>::store(castTo<VALUE>(value));
#pragma unroll
  for (int i = 0; i < int(sizeof(Unit) / sizeof(STORED)); ++i) fill.elements[i] = element;
  return fill.unit;
}

IBEX_FN Unit padded(const Unit* from, Unit value, Index at) {
  constexpr int64_t kExtents[] = EXTENTS;
  constexpr int64_t kInput[] = INPUT;
  constexpr int64_t kLow[] = LOW;
  constexpr int64_t kStep[] = STEP;
  constexpr int64_t kFrom[] = FROM;
  int64_t place = 0;
  bool inside = true;
#pragma unroll
  for (int axis = RANK - 1; axis >= 0; --axis) {
    const Index extent = Index(kExtents[axis]);
    int64_t i = int64_t(axis == 0 ? at : at % extent) - kLow[axis];
    at /= extent;
    inside = inside && i >= 0 && i % kStep[axis] == 0;
    i /= kStep[axis];
    inside = inside && i < kInput[axis];
    place += i * kFrom[axis];
  }
  return inside ? from[place] : value;
}

extern "C" __global__ void __launch_bounds__(256) pad(PadArguments arguments) {
  const Unit value = unitOf(arguments.value);
  const Index first = (Index(blockIdx.x) * 256 + threadIdx.x) * PACK;
  if (first + PACK <= UNITS) {
    Pack<Unit, PACK> pack;
#pragma unroll
    for (int i = 0; i < PACK; ++i) pack.at[i] = padded(arguments.from, value, first + i);
    storePack(arguments.to + first, pack);
  } else {
    for (Index at = first; at < UNITS; ++at) arguments.to[at] = padded(arguments.from, value, at);
  }
}

}  // namespace ibex_device
