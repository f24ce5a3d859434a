// Transposing 4-byte elements in 8 x 8 blocks: two-source interleaves that compilers turn into unpack instructions.
#include "backends/cpu/kernels/transpose_tile.h"

#pragma GCC diagnostic ignored "-Wpsabi"  // vectors only pass between functions that are inlined

namespace ibex::cpu::IBEX_SIMD_NS {
namespace {

typedef uint32_t V8 __attribute__((vector_size(32)));

inline V8 load(const char* p) {
  V8 v;
  std::memcpy(&v, p, sizeof v);
  return v;
}
inline void store(char* p, V8 v) { std::memcpy(p, &v, sizeof v); }

#define IBEX_LOW_PAIRS(a, b) __builtin_shufflevector(a, b, 0, 8, 1, 9, 4, 12, 5, 13)
#define IBEX_HIGH_PAIRS(a, b) __builtin_shufflevector(a, b, 2, 10, 3, 11, 6, 14, 7, 15)
#define IBEX_LOW_QUADS(a, b) __builtin_shufflevector(a, b, 0, 1, 8, 9, 4, 5, 12, 13)
#define IBEX_HIGH_QUADS(a, b) __builtin_shufflevector(a, b, 2, 3, 10, 11, 6, 7, 14, 15)
#define IBEX_LOW_HALVES(a, b) __builtin_shufflevector(a, b, 0, 1, 2, 3, 8, 9, 10, 11)
#define IBEX_HIGH_HALVES(a, b) __builtin_shufflevector(a, b, 4, 5, 6, 7, 12, 13, 14, 15)

inline void block8x8(const char* src, int64_t srcStep, char* dst, int64_t dstStep) {
  const V8 r0 = load(src), r1 = load(src + srcStep), r2 = load(src + 2 * srcStep), r3 = load(src + 3 * srcStep);
  const V8 r4 = load(src + 4 * srcStep), r5 = load(src + 5 * srcStep), r6 = load(src + 6 * srcStep),
           r7 = load(src + 7 * srcStep);
  const V8 a0 = IBEX_LOW_PAIRS(r0, r1), a1 = IBEX_HIGH_PAIRS(r0, r1), a2 = IBEX_LOW_PAIRS(r2, r3),
           a3 = IBEX_HIGH_PAIRS(r2, r3), a4 = IBEX_LOW_PAIRS(r4, r5), a5 = IBEX_HIGH_PAIRS(r4, r5),
           a6 = IBEX_LOW_PAIRS(r6, r7), a7 = IBEX_HIGH_PAIRS(r6, r7);
  const V8 b0 = IBEX_LOW_QUADS(a0, a2), b1 = IBEX_HIGH_QUADS(a0, a2), b2 = IBEX_LOW_QUADS(a1, a3),
           b3 = IBEX_HIGH_QUADS(a1, a3), b4 = IBEX_LOW_QUADS(a4, a6), b5 = IBEX_HIGH_QUADS(a4, a6),
           b6 = IBEX_LOW_QUADS(a5, a7), b7 = IBEX_HIGH_QUADS(a5, a7);
  store(dst, IBEX_LOW_HALVES(b0, b4));
  store(dst + dstStep, IBEX_LOW_HALVES(b1, b5));
  store(dst + 2 * dstStep, IBEX_LOW_HALVES(b2, b6));
  store(dst + 3 * dstStep, IBEX_LOW_HALVES(b3, b7));
  store(dst + 4 * dstStep, IBEX_HIGH_HALVES(b0, b4));
  store(dst + 5 * dstStep, IBEX_HIGH_HALVES(b1, b5));
  store(dst + 6 * dstStep, IBEX_HIGH_HALVES(b2, b6));
  store(dst + 7 * dstStep, IBEX_HIGH_HALVES(b3, b7));
}

inline void plain(const char* src, int64_t srcStep, char* dst, int64_t dstStep, int64_t across, int64_t along) {
  for (int64_t i = 0; i < across; ++i) {
    for (int64_t j = 0; j < along; ++j) std::memcpy(dst + i * dstStep + j * 4, src + i * 4 + j * srcStep, 4);
  }
}

void transposeTile4(const char* src, int64_t srcStep, char* dst, int64_t dstStep, int64_t across, int64_t along) {
  const int64_t a = across & ~int64_t{7};
  const int64_t l = along & ~int64_t{7};
  for (int64_t i = 0; i < a; i += 8) {
    for (int64_t j = 0; j < l; j += 8) block8x8(src + i * 4 + j * srcStep, srcStep, dst + i * dstStep + j * 4, dstStep);
  }
  if (l < along) plain(src + l * srcStep, srcStep, dst + l * 4, dstStep, a, along - l);
  if (a < across) plain(src + a * 4, srcStep, dst + a * dstStep, dstStep, across - a, along);
}

}  // namespace

const TransposeFunctions& transposeFunctions() {
  static constexpr TransposeFunctions kTable{transposeTile4};
  return kTable;
}

}  // namespace ibex::cpu::IBEX_SIMD_NS
