// Elements that a thread takes at once, as values to compute with. After values.cuh. Macro: VECTOR, how many they are.
namespace ibex_device {

IBEX_FN void readVector(const Stored* from, Value* to) {
  const Pack<Stored, VECTOR> pack = loadPack<Stored, VECTOR>(from);
#pragma unroll
  for (int i = 0; i < VECTOR; ++i) to[i] = Element<Stored, Value>::load(pack.at[i]);
}
IBEX_FN void writeVector(Stored* to, const Value* from) {
  Pack<Stored, VECTOR> pack;
#pragma unroll
  for (int i = 0; i < VECTOR; ++i) pack.at[i] = Element<Stored, Value>::store(from[i]);
  storePack(to, pack);
}
}  // namespace ibex_device
