// Macros: STORED and VALUE, the types that elements are stored in and computed in.
namespace ibex_device {

typedef STORED Stored;
typedef VALUE Value;

// Of floats rounded once; on a host that runs kernels in tests twice.
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
IBEX_FN uint32_t multiplyAdd(uint32_t a, uint32_t b, uint32_t c) { return a * b + c; }
IBEX_FN uint64_t multiplyAdd(uint64_t a, uint64_t b, uint64_t c) { return a * b + c; }

}  // namespace ibex_device
