// The index along an axis. Macros: STORED and VALUE, the types that elements are stored in and computed in; EXTENT,
// of the axis, INNER, elements behind it, ELEMENTS, of all; PACK, what a thread writes at once; Index (INDEX_BITS) is
// that of unit.cuh.
namespace ibex_device {

struct IotaArguments {
  STORED* to;
};

IBEX_FN STORED indexAt(Index at) {
  return Element<STORED, VALUE>::store(VALUE(at / Index(INNER) % Index(EXTENT)));
}

extern "C" __global__ void __launch_bounds__(256) iota(IotaArguments arguments) {
  const Index first = (Index(blockIdx.x) * 256 + threadIdx.x) * PACK;
  if (first + PACK <= ELEMENTS) {
    Pack<STORED, PACK> pack;
#pragma unroll
    for (int i = 0; i < PACK; ++i) pack.at[i] = indexAt(first + i);
    storePack(arguments.to + first, pack);
  } else {
    for (Index at = first; at < ELEMENTS; ++at) arguments.to[at] = indexAt(at);
  }
}

}  // namespace ibex_device
