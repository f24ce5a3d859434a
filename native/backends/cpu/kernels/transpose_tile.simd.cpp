#include "backends/cpu/kernels/transpose_tile.h"

#include "backends/cpu/kernels/transpose_block.h"

namespace ibex::cpu::IBEX_SIMD_NS {
namespace {

inline void plain(const char* src, int64_t srcStep, char* dst, int64_t dstStep, int64_t across, int64_t along) {
  for (int64_t i = 0; i < across; ++i) {
    for (int64_t j = 0; j < along; ++j) std::memcpy(dst + i * dstStep + j * 4, src + i * 4 + j * srcStep, 4);
  }
}

void transposeTile4(const char* src, int64_t srcStep, char* dst, int64_t dstStep, int64_t across, int64_t along) {
  const int64_t a = across & ~int64_t{7};
  const int64_t l = along & ~int64_t{7};
  for (int64_t i = 0; i < a; i += 8) {
    for (int64_t j = 0; j < l; j += 8) transpose_block::block8x8(src + i * 4 + j * srcStep, srcStep, dst + i * dstStep + j * 4, dstStep);
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
