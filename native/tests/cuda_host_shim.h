// Enough of CUDA to compile kernels with a host compiler, to be run by an engine (cuda_host_engine.h) that lets the threads of a
// block take turns, one block at a time. Included before the kernels' text by what compiles it, so standard names only.
//
// There are no tensor cores and no inline assembly. `extern __shared__` arrays are made pointers by who compiles
// (mock_cuda/nvrtc.cpp), since there is no such declaration in C++.
#pragma once

#include <math.h>

#include "tests/cuda_host_engine.h"
#ifdef __SANITIZE_THREAD__
#include "tests/cuda_host_accesses.h"
#else
#define IBEX_HOST_UNSEEN
namespace host {
inline Engine* engine = nullptr;
}
#endif

#define __device__
#define __host__
#define __global__
#define __constant__ static
#define __shared__ static
#define __forceinline__ inline
#define __noinline__
#define __launch_bounds__(...)
#define __align__(n) alignas(n)

namespace host {

template <class T>
unsigned long long toBits(T value) {
  static_assert(sizeof(T) <= 8);
  unsigned long long bits = 0;
  __builtin_memcpy(&bits, &value, sizeof(T));
  return bits;
}
template <class T>
T fromBits(unsigned long long bits) {
  T value;
  __builtin_memcpy(&value, &bits, sizeof(T));
  return value;
}

// A thread is only left where it waits, so nothing comes between.
template <class T, class Step>
IBEX_HOST_UNSEEN inline T update(T* at, Step step) {
#ifdef __SANITIZE_THREAD__
  engine->access(at, sizeof(T), Access::kAtomic);
#endif
  const T before = *at;
  *at = step(before);
  return before;
}

template <class Arguments, void (*kernel)(Arguments)>
void runThread(const void* arguments) {
  kernel(*static_cast<const Arguments*>(arguments));
}
inline constexpr unsigned kThreadsWithoutBounds = 256;
constexpr unsigned boundOf(unsigned threads = kThreadsWithoutBounds, unsigned = 0, unsigned = 0) { return threads; }
template <class Arguments>
Arguments argumentsOf(void (*)(Arguments));

}  // namespace host

// ...: the arguments of __launch_bounds__; none where the kernel has none.
#define IBEX_HOST_KERNEL(name, ...)                                                                               \
  extern "C" __attribute__((visibility("default"))) const host::Kernel ibex_host_##name = {                        \
      host::runThread<decltype(host::argumentsOf(&ibex_device::name)), &ibex_device::name>,                        \
      sizeof(decltype(host::argumentsOf(&ibex_device::name))), host::boundOf(__VA_ARGS__)};
// Once in each library.
#define IBEX_HOST_LIBRARY \
  extern "C" __attribute__((visibility("default"))) void ibex_host_bind(host::Engine* engine) { host::engine = engine; }

#define threadIdx host::engine->threadIndex
#define blockIdx host::engine->blockIndex
#define gridDim host::engine->gridSize
#define blockDim host::engine->blockSize
#define warpSize 32

inline void __syncthreads() { host::engine->meet(0); }
inline int __syncthreads_count(int predicate) { return host::engine->meet(predicate); }
inline int __syncthreads_or(int predicate) { return host::engine->meet(predicate) != 0; }
inline int __syncthreads_and(int predicate) { return host::engine->meet(predicate == 0) == 0; }
inline void __threadfence() { host::engine->fence(); }
inline void __threadfence_block() {}
inline void __nanosleep(unsigned) {}
inline void __trap() { __builtin_trap(); }

inline unsigned __activemask() { return host::engine->lanes(); }
inline void __syncwarp(unsigned mask = 0xffffffffu) { host::engine->meetWarp(mask); }
inline unsigned __ballot_sync(unsigned mask, int predicate) { return host::engine->ballot(mask, predicate); }
inline int __any_sync(unsigned mask, int predicate) { return host::engine->ballot(mask, predicate) != 0; }
inline int __all_sync(unsigned mask, int predicate) { return host::engine->ballot(mask, predicate == 0) == 0; }
template <class T>
inline T __shfl_sync(unsigned mask, T value, int source, int width = 32) {
  const unsigned from = (host::engine->lane & ~unsigned(width - 1)) | (unsigned(source) & unsigned(width - 1));
  return host::fromBits<T>(host::engine->exchange(mask, host::toBits(value), from));
}
template <class T>
inline T __shfl_xor_sync(unsigned mask, T value, int with, int width = 32) {
  const unsigned lane = host::engine->lane;
  const unsigned from = lane ^ unsigned(with);
  const bool inside = from < (lane & ~unsigned(width - 1)) + unsigned(width);
  return host::fromBits<T>(host::engine->exchange(mask, host::toBits(value), inside ? from : lane));
}
template <class T>
inline T __shfl_up_sync(unsigned mask, T value, unsigned delta, int width = 32) {
  const unsigned lane = host::engine->lane;
  const bool inside = (lane & unsigned(width - 1)) >= delta;
  return host::fromBits<T>(host::engine->exchange(mask, host::toBits(value), inside ? lane - delta : lane));
}
template <class T>
inline T __shfl_down_sync(unsigned mask, T value, unsigned delta, int width = 32) {
  const unsigned lane = host::engine->lane;
  const bool inside = (lane & unsigned(width - 1)) + delta < unsigned(width);
  return host::fromBits<T>(host::engine->exchange(mask, host::toBits(value), inside ? lane + delta : lane));
}

template <class T>
inline T atomicAdd(T* at, T value) {
  return host::update(at, [&](T old) { return T(old + value); });
}
template <class T>
inline T atomicSub(T* at, T value) {
  return host::update(at, [&](T old) { return T(old - value); });
}
template <class T>
inline T atomicMax(T* at, T value) {
  return host::update(at, [&](T old) { return old < value ? value : old; });
}
template <class T>
inline T atomicMin(T* at, T value) {
  return host::update(at, [&](T old) { return value < old ? value : old; });
}
template <class T>
inline T atomicAnd(T* at, T value) {
  return host::update(at, [&](T old) { return T(old & value); });
}
template <class T>
inline T atomicOr(T* at, T value) {
  return host::update(at, [&](T old) { return T(old | value); });
}
template <class T>
inline T atomicXor(T* at, T value) {
  return host::update(at, [&](T old) { return T(old ^ value); });
}
template <class T>
inline T atomicExch(T* at, T value) {
  return host::update(at, [&](T) { return value; });
}
template <class T>
inline T atomicCAS(T* at, T expected, T value) {
  return host::update(at, [&](T old) { return old == expected ? value : old; });
}
// 32 bits count up to `last`, then begin at 0 again.
inline unsigned atomicInc(unsigned* at, unsigned last) {
  return host::update(at, [&](unsigned old) { return old >= last ? 0 : old + 1; });
}

template <class T>
inline T __ldg(const T* from) {
  return *from;
}
template <class T>
inline T __ldcs(const T* from) {
  return *from;
}
template <class T>
inline T __ldcg(const T* from) {
  return *from;
}
template <class T>
inline void __stcs(T* to, T value) {
  *to = value;
}

inline int __popc(unsigned x) { return __builtin_popcount(x); }
inline int __popcll(unsigned long long x) { return __builtin_popcountll(x); }
inline int __clz(int x) { return x == 0 ? 32 : __builtin_clz(unsigned(x)); }
inline int __clzll(long long x) { return x == 0 ? 64 : __builtin_clzll((unsigned long long)(x)); }
inline int __ffs(int x) { return __builtin_ffs(x); }
inline int __ffsll(long long x) { return __builtin_ffsll(x); }
inline unsigned __umulhi(unsigned a, unsigned b) { return unsigned((unsigned long long)(a)*b >> 32); }
inline int __mulhi(int a, int b) { return int((long long)(a)*b >> 32); }
inline unsigned long long __umul64hi(unsigned long long a, unsigned long long b) {
  return (unsigned long long)((unsigned __int128)(a)*b >> 64);
}

inline int __float_as_int(float x) { return host::fromBits<int>(host::toBits(x)); }
inline unsigned __float_as_uint(float x) { return unsigned(host::toBits(x)); }
inline float __int_as_float(int x) { return host::fromBits<float>(host::toBits(x)); }
inline float __uint_as_float(unsigned x) { return host::fromBits<float>(x); }
inline long long __double_as_longlong(double x) { return (long long)(host::toBits(x)); }
inline double __longlong_as_double(long long x) { return host::fromBits<double>((unsigned long long)(x)); }

inline float rsqrtf(float x) { return 1 / sqrtf(x); }
inline double rsqrt(double x) { return 1 / sqrt(x); }
inline float __expf(float x) { return expf(x); }
inline float __logf(float x) { return logf(x); }
inline float __fdividef(float a, float b) { return a / b; }
inline float __frcp_rn(float x) { return 1 / x; }
inline float __fmaf_rn(float a, float b, float c) { return fmaf(a, b, c); }
inline float __fadd_rn(float a, float b) { return a + b; }
inline float __fmul_rn(float a, float b) { return a * b; }

template <class T>
inline T min(T a, T b) {
  return b < a ? b : a;
}
template <class T>
inline T max(T a, T b) {
  return a < b ? b : a;
}
inline float min(float a, float b) { return fminf(a, b); }
inline float max(float a, float b) { return fmaxf(a, b); }
inline double min(double a, double b) { return fmin(a, b); }
inline double max(double a, double b) { return fmax(a, b); }
