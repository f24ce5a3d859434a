// float16 and bfloat16 <-> float over arrays, rounding to nearest, ties to even. Included only by files *.simd.cpp.
#pragma once

#include <bit>
#include <cstdint>

#if defined(__F16C__)
#include <immintrin.h>
#endif

#ifndef IBEX_VECTOR_FN
#define IBEX_VECTOR_FN static inline __attribute__((always_inline))
#endif

namespace ibex::cpu::IBEX_SIMD_NS {

IBEX_VECTOR_FN float bfloatToFloat(uint16_t b) { return std::bit_cast<float>(static_cast<uint32_t>(b) << 16); }

IBEX_VECTOR_FN uint32_t roundedBfloatBits(float f) {
  const uint32_t bits = std::bit_cast<uint32_t>(f);
  const uint32_t rounded = bits + 0x7fffu + ((bits >> 16) & 1u);
  return (bits & 0x7fffffffu) > 0x7f800000u ? bits | 0x400000u : rounded;
}
IBEX_VECTOR_FN uint16_t floatToBfloat(float f) { return static_cast<uint16_t>(roundedBfloatBits(f) >> 16); }
IBEX_VECTOR_FN float roundToBfloat(float f) { return std::bit_cast<float>(roundedBfloatBits(f) & 0xffff0000u); }

// Branch-free: the exponent is moved by a multiplication, which subnormals survive.
IBEX_VECTOR_FN float halfToFloat(uint16_t h) {
  const uint32_t magnitude = h & 0x7fffu;
  const float scaled = std::bit_cast<float>(magnitude << 13) * 0x1p112f;
  const uint32_t special = (magnitude << 13) | 0x7f800000u;
  const uint32_t bits = magnitude >= 0x7c00u ? special : std::bit_cast<uint32_t>(scaled);
  return std::bit_cast<float>(bits | (static_cast<uint32_t>(h & 0x8000u) << 16));
}
IBEX_VECTOR_FN uint16_t floatToHalf(float f) {
  const uint32_t bits = std::bit_cast<uint32_t>(f);
  const uint32_t magnitude = bits & 0x7fffffffu;
  // Subnormal results: adding 0.5 makes the float unit round at the right bit.
  const uint32_t subnormal = std::bit_cast<uint32_t>(std::bit_cast<float>(magnitude) + 0.5f) - 0x3f000000u;
  const uint32_t normal = (magnitude - 0x38000000u + 0xfffu + ((magnitude >> 13) & 1u)) >> 13;
  uint32_t h = magnitude < 0x38800000u ? subnormal : normal;
  h = magnitude >= 0x477ff000u ? 0x7c00u : h;
  h = magnitude > 0x7f800000u ? 0x7e00u : h;
  return static_cast<uint16_t>(h | ((bits >> 16) & 0x8000u));
}

static inline void halfToFloatArray(const uint16_t* in, float* out, int64_t n) {
  int64_t i = 0;
#if defined(__F16C__)
  for (; i + 8 <= n; i += 8) {
    _mm256_storeu_ps(out + i, _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(in + i))));
  }
#endif
  for (; i < n; ++i) out[i] = halfToFloat(in[i]);
}
static inline void floatToHalfArray(const float* in, uint16_t* out, int64_t n) {
  int64_t i = 0;
#if defined(__F16C__)
  for (; i + 8 <= n; i += 8) {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out + i),
                     _mm256_cvtps_ph(_mm256_loadu_ps(in + i), _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
  }
#endif
  for (; i < n; ++i) out[i] = floatToHalf(in[i]);
}
static inline void roundToHalfArray(float* x, int64_t n) {
  int64_t i = 0;
#if defined(__F16C__)
  for (; i + 8 <= n; i += 8) {
    const __m128i h = _mm256_cvtps_ph(_mm256_loadu_ps(x + i), _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    _mm256_storeu_ps(x + i, _mm256_cvtph_ps(h));
  }
#endif
  for (; i < n; ++i) x[i] = halfToFloat(floatToHalf(x[i]));
}
static inline void bfloatToFloatArray(const uint16_t* in, float* out, int64_t n) {
  for (int64_t i = 0; i < n; ++i) out[i] = bfloatToFloat(in[i]);
}
static inline void floatToBfloatArray(const float* in, uint16_t* out, int64_t n) {
  for (int64_t i = 0; i < n; ++i) out[i] = floatToBfloat(in[i]);
}
static inline void roundToBfloatArray(float* x, int64_t n) {
  for (int64_t i = 0; i < n; ++i) x[i] = roundToBfloat(x[i]);
}

}  // namespace ibex::cpu::IBEX_SIMD_NS
