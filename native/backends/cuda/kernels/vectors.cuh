// Elements that a thread takes at once, as values to compute with. Macros: STORED and VALUE, the types that elements are
// stored in and computed in, and VECTOR, how many they are.
namespace ibex_device {

typedef STORED Stored;
typedef VALUE Value;

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

IBEX_FN float multiplyAdd(float a, float b, float c) {
#ifdef __CUDA_ARCH__
  return fmaf(a, b, c);
#else
  return a * b + c;
#endif
}
IBEX_FN double multiplyAdd(double a, double b, double c) {
#ifdef __CUDA_ARCH__
  return fma(a, b, c);
#else
  return a * b + c;
#endif
}

}  // namespace ibex_device
