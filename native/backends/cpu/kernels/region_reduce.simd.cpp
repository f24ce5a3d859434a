// Reductions of tiles. The order of operations depends on the extents alone, so results do not depend on threads.
#include "backends/cpu/kernels/region_loops.h"
#include "backends/cpu/math/vector_lanes.h"

namespace ibex::cpu::IBEX_SIMD_NS {
namespace {

template <ReduceKind kKind>
struct Combine;
#define IBEX_COMBINE(kind, Name)                                     \
  template <>                                                        \
  struct Combine<ReduceKind::kind> {                                 \
    template <class T>                                               \
    static inline __attribute__((always_inline)) T apply(T a, T b) { \
      return exact::Name##Op::apply<T>(a, b);                        \
    }                                                                \
  };
IBEX_COMBINE(kSum, Add)
IBEX_COMBINE(kProd, Mul)
IBEX_COMBINE(kMax, Maximum)
IBEX_COMBINE(kMin, Minimum)
#undef IBEX_COMBINE

template <ReduceKind kKind, class T>
constexpr T identity() {
  using L = std::numeric_limits<T>;
  if constexpr (kKind == ReduceKind::kSum) return T(0);
  if constexpr (kKind == ReduceKind::kProd) return T(1);
  if constexpr (kKind == ReduceKind::kMax) return L::has_infinity ? -L::infinity() : L::lowest();
  return L::has_infinity ? L::infinity() : L::max();
}

template <ReduceKind kKind, class T>
using Accumulator =
    std::conditional_t<std::is_floating_point_v<T> && (kKind == ReduceKind::kSum || kKind == ReduceKind::kProd), double,
                       T>;

template <ReduceKind kKind>
using VectorCombine =
    std::conditional_t<kKind == ReduceKind::kSum, AddOf,
                       std::conditional_t<kKind == ReduceKind::kProd, ProductOf,
                                          std::conditional_t<kKind == ReduceKind::kMax, LargerOf, SmallerOf>>>;

// A whole tile. Integers: independent lanes, folded in halves at the end.
template <ReduceKind kKind, class T>
inline Accumulator<kKind, T> reduceTile(const T* x, int64_t n) {
  using C = Combine<kKind>;
  using A = Accumulator<kKind, T>;
  if constexpr (std::is_floating_point_v<T>) {
    // Blocks in T, together in A.
    constexpr int64_t kBlock = 1024;
    A r = identity<kKind, A>();
    for (int64_t i = 0; i < n; i += kBlock) {
      const int64_t count = n - i < kBlock ? n - i : kBlock;
      r = C::template apply<A>(r,
                               static_cast<A>(foldFloats(x + i, count, identity<kKind, T>(), VectorCombine<kKind>{})));
    }
    return r;
  }
  constexpr int kLanes = sizeof(T) == 8 ? 32 : 64;
  if (n < kLanes) {
    A r = identity<kKind, A>();
    for (int64_t i = 0; i < n; ++i) r = C::template apply<A>(r, static_cast<A>(x[i]));
    return r;
  }
  alignas(64) T lane[kLanes];
  for (int j = 0; j < kLanes; ++j) lane[j] = x[j];
  int64_t i = kLanes;
  for (; i + kLanes <= n; i += kLanes) {
#pragma GCC ivdep
    for (int j = 0; j < kLanes; ++j) lane[j] = C::template apply<T>(lane[j], x[i + j]);
  }
  const int rest = static_cast<int>(n - i);
  for (int j = 0; j < rest; ++j) lane[j] = C::template apply<T>(lane[j], x[i + j]);
  for (int width = kLanes / 2; width >= 8; width /= 2) {
#pragma GCC ivdep
    for (int j = 0; j < width; ++j) lane[j] = C::template apply<T>(lane[j], lane[j + width]);
  }
  A r = static_cast<A>(lane[0]);
  for (int j = 1; j < 8; ++j) r = C::template apply<A>(r, static_cast<A>(lane[j]));
  return r;
}

template <ReduceKind kKind, class T>
void reduceLoop(void* acc, const void* x, int64_t n) {
  using A = Accumulator<kKind, T>;
  A* a = static_cast<A*>(acc);
  *a = Combine<kKind>::template apply<A>(*a, reduceTile<kKind, T>(static_cast<const T*>(x), n));
}

// Short rows side by side, eight at a time, so that the chains of additions overlap.
template <ReduceKind kKind, class T>
inline void foldShortRows(Accumulator<kKind, T>* out, const T* x, int64_t rows, int64_t extent) {
  using A = Accumulator<kKind, T>;
  constexpr int kRows = 8;
  int64_t o = 0;
  for (; o + kRows <= rows; o += kRows) {
    A r[kRows];
    for (int k = 0; k < kRows; ++k) r[k] = identity<kKind, A>();
    const T* base = x + o * extent;
    for (int64_t i = 0; i < extent; ++i) {
      for (int k = 0; k < kRows; ++k)
        r[k] = Combine<kKind>::template apply<A>(r[k], static_cast<A>(base[k * extent + i]));
    }
    for (int k = 0; k < kRows; ++k) out[o + k] = r[k];
  }
  for (; o < rows; ++o) out[o] = reduceTile<kKind, T>(x + o * extent, extent);
}

template <ReduceKind kKind, class T>
void foldLoop(void* out, const void* in, int64_t outer, int64_t extent, int64_t inner) {
  using A = Accumulator<kKind, T>;
  using C = Combine<kKind>;
  A* r = static_cast<A*>(out);
  const T* x = static_cast<const T*>(in);
  if (extent == 1) {
    for (int64_t i = 0; i < outer * inner; ++i) r[i] = static_cast<A>(x[i]);
    return;
  }
  if (inner == 1) {
    if (extent < 32) return foldShortRows<kKind, T>(r, x, outer, extent);
    for (int64_t o = 0; o < outer; ++o) r[o] = reduceTile<kKind, T>(x + o * extent, extent);
    return;
  }
  for (int64_t o = 0; o < outer; ++o, r += inner) {
    for (int64_t i = 0; i < inner; ++i) r[i] = static_cast<A>(x[i]);
    x += inner;
    for (int64_t e = 1; e < extent; ++e, x += inner) {
#pragma GCC ivdep
      for (int64_t i = 0; i < inner; ++i) r[i] = C::template apply<A>(r[i], static_cast<A>(x[i]));
    }
  }
}

template <ReduceKind kKind, class T>
void combineLoop(void* dst, const void* a, const void*, const void*, int64_t n) {
  T* d = static_cast<T*>(dst);
  const T* x = static_cast<const T*>(a);
#pragma GCC ivdep
  for (int64_t i = 0; i < n; ++i) d[i] = Combine<kKind>::template apply<T>(d[i], x[i]);
}

template <ReduceKind kKind, class T>
void setReduce(RegionFunctions& table) {
  table.reduce[static_cast<int>(kKind)][static_cast<int>(dtypeOf<T>())] = {
      reduceLoop<kKind, T>, foldLoop<kKind, T>, combineLoop<kKind, T>, combineLoop<kKind, Accumulator<kKind, T>>};
}

template <class... T>
void setReduces(RegionFunctions& table) {
  (setReduce<ReduceKind::kSum, T>(table), ...);
  (setReduce<ReduceKind::kProd, T>(table), ...);
  (setReduce<ReduceKind::kMax, T>(table), ...);
  (setReduce<ReduceKind::kMin, T>(table), ...);
}

}  // namespace

void fillReduceFunctions(RegionFunctions& table) {
  setReduces<bool, uint8_t, int8_t, int16_t, int32_t, uint32_t, int64_t, float, double>(table);
}

}  // namespace ibex::cpu::IBEX_SIMD_NS
