// Vectors of the widest registers of the instruction set a *.simd.cpp file is being compiled for, and a fused
// multiply-add on them (the build turns contraction off, so that it happens only where it is asked for).
// Included by *.simd.cpp files only.
#pragma once

#include <cstdint>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

#pragma GCC diagnostic ignored "-Wpsabi"  // vectors only pass between functions that are inlined

namespace ibex::cpu::IBEX_SIMD_NS {

#if defined(__AVX512F__)
inline constexpr int kVectorBytes = 64;
inline constexpr int kVectorRegisters = 32;
#elif defined(__AVX2__)
inline constexpr int kVectorBytes = 32;
inline constexpr int kVectorRegisters = 16;
#elif defined(__aarch64__)
inline constexpr int kVectorBytes = 16;
inline constexpr int kVectorRegisters = 32;
#else
inline constexpr int kVectorBytes = 16;
inline constexpr int kVectorRegisters = 16;
#endif

template <class T>
struct VectorOf {
  typedef T type __attribute__((vector_size(kVectorBytes)));
};
template <class T>
using Vector = typename VectorOf<T>::type;
template <class T>
inline constexpr int kLanes = kVectorBytes / static_cast<int>(sizeof(T));

#define IBEX_INLINE inline __attribute__((always_inline))
// After a lambda's parameters: vectors that it captures stay in registers.
#define IBEX_INLINE_LAMBDA __attribute__((always_inline))

template <class T>
IBEX_INLINE Vector<T> loadVector(const T* p) {
  Vector<T> v;
  std::memcpy(&v, p, sizeof v);
  return v;
}
template <class T>
IBEX_INLINE void storeVector(T* p, Vector<T> v) {
  std::memcpy(p, &v, sizeof v);
}
template <class T>
IBEX_INLINE Vector<T> splat(T x) {
  return x - Vector<T>{};  // x - 0 keeps -0.0
}

// a * b + c; one rounding where the instruction set has it.
template <class V>
IBEX_INLINE V multiplyAdd(V a, V b, V c) {
  return a * b + c;
}
#if defined(__AVX512F__)
IBEX_INLINE Vector<float> multiplyAdd(Vector<float> a, Vector<float> b, Vector<float> c) {
  return (Vector<float>)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c);
}
IBEX_INLINE Vector<double> multiplyAdd(Vector<double> a, Vector<double> b, Vector<double> c) {
  return (Vector<double>)_mm512_fmadd_pd((__m512d)a, (__m512d)b, (__m512d)c);
}
#elif defined(__AVX2__) && defined(__FMA__)
IBEX_INLINE Vector<float> multiplyAdd(Vector<float> a, Vector<float> b, Vector<float> c) {
  return (Vector<float>)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c);
}
IBEX_INLINE Vector<double> multiplyAdd(Vector<double> a, Vector<double> b, Vector<double> c) {
  return (Vector<double>)_mm256_fmadd_pd((__m256d)a, (__m256d)b, (__m256d)c);
}
#elif defined(__aarch64__)
IBEX_INLINE Vector<float> multiplyAdd(Vector<float> a, Vector<float> b, Vector<float> c) {
  return (Vector<float>)vfmaq_f32((float32x4_t)c, (float32x4_t)a, (float32x4_t)b);
}
IBEX_INLINE Vector<double> multiplyAdd(Vector<double> a, Vector<double> b, Vector<double> c) {
  return (Vector<double>)vfmaq_f64((float64x2_t)c, (float64x2_t)a, (float64x2_t)b);
}
#endif

}  // namespace ibex::cpu::IBEX_SIMD_NS
