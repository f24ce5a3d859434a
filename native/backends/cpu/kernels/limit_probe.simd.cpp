#include "backends/cpu/kernels/limit_probe.h"

#include "backends/cpu/kernels/vector_fma.h"

namespace ibex::cpu::IBEX_SIMD_NS {
namespace {

IBEX_INLINE void streamVector(float* p, Vector<float> v) {
#if defined(__AVX512F__)
  _mm512_stream_ps(p, (__m512)v);
#elif defined(__AVX2__)
  _mm256_stream_ps(p, (__m256)v);
#elif defined(__x86_64__)
  _mm_stream_ps(p, (__m128)v);
#else
  storeVector(p, v);
#endif
}

void triad(float* out, const float* x, const float* y, float scale, int64_t n) {
  const Vector<float> factor = splat<float>(scale);
  for (int64_t i = 0; i < n; i += kLanes<float>) {
    streamVector(out + i, loadVector(x + i) + factor * loadVector(y + i));
  }
#if defined(__x86_64__)
  _mm_sfence();
#endif
}

// As many chains as hide the latency of an addition, each in a register.
constexpr int kChains = kVectorRegisters >= 32 ? 20 : 12;

int64_t multiplyAdds(int64_t rounds, float* sink) {
  Vector<float> chains[kChains];
#pragma GCC unroll 32
  for (int i = 0; i < kChains; ++i) chains[i] = splat<float>(static_cast<float>(i));
  const Vector<float> factor = splat<float>(*sink);
  const Vector<float> term = splat<float>(0.5f);
  for (int64_t round = 0; round < rounds; ++round) {
#pragma GCC unroll 32
    for (int i = 0; i < kChains; ++i) chains[i] = multiplyAdd(chains[i], factor, term);
  }
  Vector<float> sum = chains[0];
#pragma GCC unroll 32
  for (int i = 1; i < kChains; ++i) sum += chains[i];
  *sink = sum[0];
  return rounds * kChains * kLanes<float> * 2;
}

}  // namespace

const LimitProbes& limitProbes() {
  static const LimitProbes table{triad, multiplyAdds};
  return table;
}

}  // namespace ibex::cpu::IBEX_SIMD_NS
