// What generated kernels start with: element types, casts, vector loads, and the element-wise functions that the CPU
// backend has too. Compiled by NVRTC, which has no headers, so the few names of the standard library that the shared
// functions want are defined here; and by a host compiler in tests.
//
// The generator puts ir/scalar_math.h and ir/scalar_ops.gen.h where this file says so.

namespace ibex_device {

typedef unsigned char uint8_t;
typedef signed char int8_t;
typedef short int16_t;
typedef unsigned short uint16_t;
typedef int int32_t;
typedef unsigned int uint32_t;
typedef long long int64_t;
typedef unsigned long long uint64_t;

#define IBEX_FN static __device__ inline
#define IBEX_SCALAR_FN IBEX_FN
#define IBEX_SCALAR_OWN_MATH

namespace std {

template <class A, class B>
inline constexpr bool is_same_v = false;
template <class A>
inline constexpr bool is_same_v<A, A> = true;
template <class T>
inline constexpr bool is_floating_point_v = is_same_v<T, float> || is_same_v<T, double>;
template <class T>
inline constexpr bool is_integral_v = !is_floating_point_v<T>;
template <class T>
inline constexpr bool is_signed_v = T(-1) < T(0);

template <class T>
struct numeric_limits {
  IBEX_FN T infinity() { return fromBits(0x7ff0000000000000ull); }
  IBEX_FN T quiet_NaN() { return fromBits(0x7ff8000000000000ull); }
  IBEX_FN T fromBits(uint64_t bits) {
    union {
      uint64_t bits;
      double value;
    } number = {bits};
    return T(number.value);
  }
  // Of integers.
  IBEX_FN constexpr T min() { return is_signed_v<T> ? T(uint64_t(1) << (sizeof(T) * 8 - 1)) : T(0); }
  IBEX_FN constexpr T max() { return T(~uint64_t(0) >> (64 - sizeof(T) * 8 + (is_signed_v<T> ? 1 : 0))); }
};

IBEX_FN float fmod(float a, float b) { return ::fmodf(a, b); }
IBEX_FN double fmod(double a, double b) { return ::fmod(a, b); }
IBEX_FN float copysign(float a, float b) { return ::copysignf(a, b); }
IBEX_FN double copysign(double a, double b) { return ::copysign(a, b); }

}  // namespace std

//@ ir/scalar_math.h
//@ ir/scalar_ops.gen.h

// 16-bit floats are stored as bits and computed with in float.
struct BFloat16 {
  uint16_t bits;
};
struct Float16 {
  uint16_t bits;
};

union FloatBits {
  float value;
  uint32_t bits;
};

IBEX_FN float widen(BFloat16 x) {
  FloatBits u;
  u.bits = uint32_t(x.bits) << 16;
  return u.value;
}

// Rounds to nearest even.
IBEX_FN void narrow(float x, BFloat16& to) {
  FloatBits u;
  u.value = x;
  to.bits = x != x ? uint16_t(u.bits >> 16 | 0x40) : uint16_t((u.bits + 0x7fffu + (u.bits >> 16 & 1u)) >> 16);
}

#ifdef __CUDA_ARCH__
IBEX_FN float widen(Float16 x) {
  float y;
  asm("cvt.f32.f16 %0, %1;" : "=f"(y) : "h"(x.bits));
  return y;
}
IBEX_FN void narrow(float x, Float16& to) { asm("cvt.rn.f16.f32 %0, %1;" : "=h"(to.bits) : "f"(x)); }
#else
IBEX_FN float widen(Float16 x) {
  const uint32_t sign = uint32_t(x.bits & 0x8000u) << 16;
  const uint32_t magnitude = x.bits & 0x7fffu;
  FloatBits u;
  if (magnitude >= 0x7c00u) {
    u.bits = sign | 0x7f800000u | (magnitude & 0x3ffu) << 13;
  } else {
    // The exponent's bias is put right by a multiplication, which also normalises.
    u.bits = magnitude << 13;
    FloatBits scale;
    scale.bits = 0x77800000u;  // 2^112
    u.value *= scale.value;
    u.bits |= sign;
  }
  return u.value;
}
IBEX_FN void narrow(float x, Float16& to) {
  FloatBits u;
  u.value = x;
  const uint32_t sign = u.bits >> 16 & 0x8000u;
  u.bits &= 0x7fffffffu;
  if (u.bits > 0x7f800000u) {
    to.bits = uint16_t(sign | 0x7e00u);
  } else if (u.bits >= 0x477ff000u) {  // from 65520 on
    to.bits = uint16_t(sign | 0x7c00u);
  } else if (u.bits < 0x38800000u) {  // below 2^-14: the addition rounds at the last place of a subnormal
    u.value += 0.5f;
    to.bits = uint16_t(sign | (u.bits - 0x3f000000u));
  } else {
    to.bits = uint16_t(sign | (u.bits + 0xc8000fffu + (u.bits >> 13 & 1u)) >> 13);
  }
}
#endif

// A stored element as a value to compute with, and back.
template <class Stored, class Value>
struct Element {
  IBEX_FN Value load(Stored x) { return x; }
  IBEX_FN Stored store(Value x) { return x; }
  IBEX_FN Value round(Value x) { return x; }
};
template <class Stored>
struct HalfElement {
  IBEX_FN float load(Stored x) { return widen(x); }
  IBEX_FN Stored store(float x) {
    Stored y;
    narrow(x, y);
    return y;
  }
  IBEX_FN float round(float x) { return load(store(x)); }
};
template <>
struct Element<BFloat16, float> : HalfElement<BFloat16> {};
template <>
struct Element<Float16, float> : HalfElement<Float16> {};

// Integers wrap; floats are cut towards 0 and saturate, NaN gives 0; to bool is "not 0".
template <class To, class From>
IBEX_FN To castTo(From x) {
  if constexpr (std::is_same_v<To, bool>) {
    return x != From(0);
  } else if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To>) {
    if (x != x) return To(0);
    const double wide = x;
    if (wide <= double(std::numeric_limits<To>::min())) return std::numeric_limits<To>::min();
    if (wide >= double(std::numeric_limits<To>::max())) return std::numeric_limits<To>::max();
    return To(wide);
  } else {
    return To(x);
  }
}

// Neighbours that a thread takes together, in accesses of 16 bytes where their size allows it.
template <class T, int N>
struct alignas(sizeof(T) * N) Pack {
  T at[N];
};

template <class T, int N>
IBEX_FN Pack<T, N> loadPack(const T* from) {
  return *reinterpret_cast<const Pack<T, N>*>(from);
}
template <class T, int N>
IBEX_FN Pack<T, N> gatherPack(const T* from, int64_t stride) {
  Pack<T, N> pack;
#pragma unroll
  for (int i = 0; i < N; ++i) pack.at[i] = from[i * stride];
  return pack;
}
template <class T, int N>
IBEX_FN void storePack(T* to, const Pack<T, N>& pack) {
  *reinterpret_cast<Pack<T, N>*>(to) = pack;
}

// The first index out of range that kernels found since the host last looked. `origin` is the number that the host gave
// the node; `at` is the index's place among the node's indices, in row-major order.
struct FaultSink {
  int32_t taken;
  int32_t origin;
  int64_t index;
  int64_t at;
  int64_t axis;
  int64_t extent;
};

IBEX_FN void noteFault(FaultSink* sink, int32_t origin, int64_t index, int64_t at, int64_t axis, int64_t extent) {
  if (atomicExch(&sink->taken, 1) != 0) return;
  sink->origin = origin;
  sink->index = index;
  sink->at = at;
  sink->axis = axis;
  sink->extent = extent;
}

}  // namespace ibex_device
