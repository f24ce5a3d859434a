// Select, copies, fills and casts.
#include "backends/cpu/kernels/region_loops.h"
#include "backends/cpu/math/vector_half.h"

#if defined(__SSE2__)
#include <immintrin.h>
#endif

namespace ibex::cpu::IBEX_SIMD_NS {
namespace {

// On unsigned integers of the elements' size: only bits move.
template <class T, bool kScalarB, bool kScalarC>
void selectLoop(void* dst, const void* a, const void* b, const void* c, int64_t n) {
  T* d = static_cast<T*>(dst);
  const bool* p = static_cast<const bool*>(a);
  const T* x = static_cast<const T*>(b);
  const T* y = static_cast<const T*>(c);
  const T sx = kScalarB ? *x : T();
  const T sy = kScalarC ? *y : T();
#pragma GCC ivdep
  for (int64_t i = 0; i < n; ++i) {
    const T whenTrue = kScalarB ? sx : x[i];
    const T whenFalse = kScalarC ? sy : y[i];
    d[i] = p[i] ? whenTrue : whenFalse;
  }
}

template <class Compare, class T, bool kScalarB, bool kScalarX, bool kScalarY>
void compareSelectLoop(void* dst, const void* a, const void* b, const void* x, const void* y, int64_t n) {
  uint32_t* d = static_cast<uint32_t*>(dst);
  const T* p = static_cast<const T*>(a);
  const T* q = static_cast<const T*>(b);
  const uint32_t* u = static_cast<const uint32_t*>(x);
  const uint32_t* v = static_cast<const uint32_t*>(y);
  const T sq = kScalarB ? *q : T();
  const uint32_t su = kScalarX ? *u : 0;
  const uint32_t sv = kScalarY ? *v : 0;
#pragma GCC ivdep
  for (int64_t i = 0; i < n; ++i) {
    const uint32_t whenTrue = kScalarX ? su : u[i];
    const uint32_t whenFalse = kScalarY ? sv : v[i];
    d[i] = Compare::template apply<T>(p[i], kScalarB ? sq : q[i]) ? whenTrue : whenFalse;
  }
}

template <class Compare, class T, bool kScalarB>
void setCompareSelect(RegionFunctions& table, Op op) {
  auto& f = table.compareSelect[comparisonIndex(op)][static_cast<int>(dtypeOf<T>())][kScalarB];
  f[0] = compareSelectLoop<Compare, T, kScalarB, false, false>;
  f[1] = compareSelectLoop<Compare, T, kScalarB, true, false>;
  f[2] = compareSelectLoop<Compare, T, kScalarB, false, true>;
  f[3] = compareSelectLoop<Compare, T, kScalarB, true, true>;
}

template <class T>
void setCompareSelects(RegionFunctions& table) {
#define IBEX_SET(Name)                                             \
  setCompareSelect<exact::Name##Op, T, false>(table, Op::k##Name); \
  setCompareSelect<exact::Name##Op, T, true>(table, Op::k##Name);
  IBEX_SET(Equal)
  IBEX_SET(NotEqual)
  IBEX_SET(Less)
  IBEX_SET(LessEqual)
  IBEX_SET(Greater)
  IBEX_SET(GreaterEqual)
#undef IBEX_SET
}

template <class T>
void copyLoop(void* dst, const void* a, const void*, const void*, int64_t n) {
  if (dst != a) std::memcpy(dst, a, static_cast<size_t>(n) * sizeof(T));
}

template <class T>
void fillLoop(void* dst, const void* a, const void*, const void*, int64_t n) {
  T* d = static_cast<T*>(dst);
  const T s = *static_cast<const T*>(a);
  for (int64_t i = 0; i < n; ++i) d[i] = s;
}

// Stores that go around the caches; the caller fences when it is done.
void streamBytes(char* d, const char* s, int64_t bytes) {
#if defined(__SSE2__)
  constexpr int64_t kLine = 64;
  int64_t head = static_cast<int64_t>(-reinterpret_cast<uintptr_t>(d) & (kLine - 1));
  if (head > bytes) head = bytes;
  std::memcpy(d, s, static_cast<size_t>(head));
  int64_t i = head;
  for (; i + kLine <= bytes; i += kLine) {
#if defined(__AVX512F__)
    _mm512_stream_si512(reinterpret_cast<__m512i*>(d + i), _mm512_loadu_si512(s + i));
#elif defined(__AVX__)
    const __m256i v0 = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(s + i));
    const __m256i v1 = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(s + i + 32));
    _mm256_stream_si256(reinterpret_cast<__m256i*>(d + i), v0);
    _mm256_stream_si256(reinterpret_cast<__m256i*>(d + i + 32), v1);
#else
    for (int64_t j = 0; j < kLine; j += 16) {
      _mm_stream_si128(reinterpret_cast<__m128i*>(d + i + j),
                       _mm_loadu_si128(reinterpret_cast<const __m128i*>(s + i + j)));
    }
#endif
  }
  d += i;
  s += i;
  bytes -= i;
#endif
  std::memcpy(d, s, static_cast<size_t>(bytes));
}

template <class T>
void streamLoop(void* dst, const void* a, const void*, const void*, int64_t n) {
  streamBytes(static_cast<char*>(dst), static_cast<const char*>(a), n * static_cast<int64_t>(sizeof(T)));
}

template <class T>
void setMoves(RegionFunctions& table) {
  constexpr int s = log2Size(sizeof(T));
  table.select[s][0] = selectLoop<T, false, false>;
  table.select[s][1] = selectLoop<T, true, false>;
  table.select[s][2] = selectLoop<T, false, true>;
  table.select[s][3] = selectLoop<T, true, true>;
  table.copy[s] = copyLoop<T>;
  table.stream[s] = streamLoop<T>;
  table.fill[s] = fillLoop<T>;
}

// Integers wrap; floats are cut towards 0 and saturate, NaN gives 0; to bool is "not 0".
template <class From, class To>
IBEX_VECTOR_FN To castElement(From x) {
  if constexpr (std::is_same_v<To, bool>) {
    return x != From(0);
  } else if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To>) {
    // Through a type that holds all of To exactly, where there is one: the bounds are then exact.
    using Wide = std::conditional_t<sizeof(To) < 4, float, double>;
    using Middle = std::conditional_t<sizeof(To) < 4, int32_t, int64_t>;
    constexpr auto kLow = static_cast<Wide>(std::numeric_limits<To>::min());
    constexpr auto kHigh = static_cast<Wide>(std::numeric_limits<To>::max());
    if constexpr (sizeof(To) == 8) {
      const double d = x;
      const double inside = d >= kHigh || d != d ? 0.0 : d < kLow ? kLow : d;
      const To r = static_cast<To>(inside);
      return d >= kHigh ? std::numeric_limits<To>::max() : r;
    } else if constexpr (std::is_same_v<To, int32_t>) {
      // In the source's own type, which vectorises best: values up to below 2^31 convert exactly.
      const bool over = x >= From(0x1p31);
      const From bounded = over || x != x ? From(0) : x < From(-0x1p31) ? From(-0x1p31) : x;
      const int32_t r = static_cast<int32_t>(bounded);
      return over ? std::numeric_limits<int32_t>::max() : r;
    } else {
      const Wide w = static_cast<Wide>(x);
      const Wide bounded = w != w ? Wide(0) : w < kLow ? kLow : w > kHigh ? kHigh : w;
      return static_cast<To>(static_cast<Middle>(bounded));
    }
  } else {
    return static_cast<To>(x);
  }
}

template <class From, class To>
void castLoop(void* dst, const void* a, const void*, const void*, int64_t n) {
  To* d = static_cast<To*>(dst);
  const From* x = static_cast<const From*>(a);
#pragma GCC ivdep
  for (int64_t i = 0; i < n; ++i) d[i] = castElement<From, To>(x[i]);
}

template <class From, class... To>
void setCastsFrom(RegionFunctions& table) {
  ((table.cast[static_cast<int>(dtypeOf<From>())][static_cast<int>(dtypeOf<To>())] = castLoop<From, To>), ...);
}
template <class... T>
void setCasts(RegionFunctions& table) {
  (setCastsFrom<T, T...>(table), ...);
}

// To float, odd in the last place where digits are lost: a second rounding to 16 bits is then the right one.
IBEX_VECTOR_FN float toFloatOdd(double x) {
  const float nearest = static_cast<float>(x);
  const double back = nearest;
  uint32_t bits = std::bit_cast<uint32_t>(nearest);
  // Cut towards zero, then set the last bit.
  bits -= std::fabs(back) > std::fabs(x) ? 1u : 0u;
  bits |= back != x && x == x ? 1u : 0u;
  return std::bit_cast<float>(bits);
}

// Goes through blocks of floats on the stack.
template <class Step>
void inBlocks(int64_t n, Step&& step) {
  constexpr int64_t kBlock = 256;
  alignas(64) float block[kBlock];
  for (int64_t i = 0; i < n; i += kBlock) step(block, i, n - i < kBlock ? n - i : kBlock);
}

template <void (*kRound)(const float*, uint16_t*, int64_t)>
void fromFloat(void* dst, const void* a, const void*, const void*, int64_t n) {
  kRound(static_cast<const float*>(a), static_cast<uint16_t*>(dst), n);
}
template <void (*kWiden)(const uint16_t*, float*, int64_t)>
void toFloat(void* dst, const void* a, const void*, const void*, int64_t n) {
  kWiden(static_cast<const uint16_t*>(a), static_cast<float*>(dst), n);
}
template <void (*kRound)(const float*, uint16_t*, int64_t)>
void fromDouble(void* dst, const void* a, const void*, const void*, int64_t n) {
  const double* x = static_cast<const double*>(a);
  inBlocks(n, [&](float* block, int64_t at, int64_t count) {
    for (int64_t i = 0; i < count; ++i) block[i] = toFloatOdd(x[at + i]);
    kRound(block, static_cast<uint16_t*>(dst) + at, count);
  });
}

template <void (*kRound)(float*, int64_t)>
void roundLoop(void* dst, const void* a, const void*, const void*, int64_t n) {
  if (dst != a) std::memcpy(dst, a, static_cast<size_t>(n) * sizeof(float));
  kRound(static_cast<float*>(dst), n);
}

}  // namespace

void fillMoveFunctions(RegionFunctions& table) {
  setMoves<uint8_t>(table);
  setMoves<uint16_t>(table);
  setMoves<uint32_t>(table);
  setMoves<uint64_t>(table);
  setCompareSelects<float>(table);
  setCompareSelects<int32_t>(table);
  setCompareSelects<uint32_t>(table);
  setCasts<bool, uint8_t, int8_t, int16_t, int32_t, uint32_t, int64_t, float, double>(table);
  constexpr int kF16 = static_cast<int>(DType::kFloat16);
  constexpr int kBf16 = static_cast<int>(DType::kBFloat16);
  constexpr int kF32 = static_cast<int>(DType::kFloat32);
  constexpr int kF64 = static_cast<int>(DType::kFloat64);
  table.cast[kF16][kF32] = toFloat<halfToFloatArray>;
  table.cast[kBf16][kF32] = toFloat<bfloatToFloatArray>;
  table.cast[kF32][kF16] = fromFloat<floatToHalfArray>;
  table.cast[kF32][kBf16] = fromFloat<floatToBfloatArray>;
  table.cast[kF64][kF16] = fromDouble<floatToHalfArray>;
  table.cast[kF64][kBf16] = fromDouble<floatToBfloatArray>;
  table.roundHalf = roundLoop<roundToHalfArray>;
  table.roundBfloat = roundLoop<roundToBfloatArray>;
}

}  // namespace ibex::cpu::IBEX_SIMD_NS
