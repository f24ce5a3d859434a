// An 8 x 8 block of 4-byte elements turned over in registers: two-source interleaves that compilers turn into unpack
// instructions. Included by *.simd.cpp files only.
#pragma once

#include <cstdint>
#include <cstring>

#pragma GCC diagnostic ignored "-Wpsabi"  // vectors only pass between functions that are inlined

namespace ibex::cpu::IBEX_SIMD_NS::transpose_block {

typedef uint32_t V8 __attribute__((vector_size(32)));

static inline __attribute__((always_inline)) V8 load(const char* p) {
  V8 v;
  std::memcpy(&v, p, sizeof v);
  return v;
}
static inline __attribute__((always_inline)) void store(char* p, V8 v) { std::memcpy(p, &v, sizeof v); }

#define IBEX_LOW_PAIRS(a, b) __builtin_shufflevector(a, b, 0, 8, 1, 9, 4, 12, 5, 13)
#define IBEX_HIGH_PAIRS(a, b) __builtin_shufflevector(a, b, 2, 10, 3, 11, 6, 14, 7, 15)
#define IBEX_LOW_QUADS(a, b) __builtin_shufflevector(a, b, 0, 1, 8, 9, 4, 5, 12, 13)
#define IBEX_HIGH_QUADS(a, b) __builtin_shufflevector(a, b, 2, 3, 10, 11, 6, 7, 14, 15)
#define IBEX_LOW_HALVES(a, b) __builtin_shufflevector(a, b, 0, 1, 2, 3, 8, 9, 10, 11)
#define IBEX_HIGH_HALVES(a, b) __builtin_shufflevector(a, b, 4, 5, 6, 7, 12, 13, 14, 15)

// Steps between rows, in bytes.
static inline __attribute__((always_inline)) void block8x8(const char* src, int64_t srcStep, char* dst, int64_t dstStep) {
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

#undef IBEX_LOW_PAIRS
#undef IBEX_HIGH_PAIRS
#undef IBEX_LOW_QUADS
#undef IBEX_HIGH_QUADS
#undef IBEX_LOW_HALVES
#undef IBEX_HIGH_HALVES

}  // namespace ibex::cpu::IBEX_SIMD_NS::transpose_block
