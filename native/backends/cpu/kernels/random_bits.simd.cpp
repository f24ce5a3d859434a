#include "backends/cpu/kernels/random_bits.h"

#include "backends/cpu/math/philox.h"

namespace ibex::cpu::IBEX_SIMD_NS {
namespace {

constexpr int kLanes = 16;

void randomBits(uint32_t* out, uint64_t first, int64_t blocks, uint32_t key0, uint32_t key1) {
  alignas(64) uint32_t words[4][kLanes];
  for (int64_t b = 0; b < blocks; b += kLanes) {
    for (int j = 0; j < kLanes; ++j) {
      const uint64_t block = first + static_cast<uint64_t>(b) + static_cast<uint64_t>(j);
      words[0][j] = static_cast<uint32_t>(block);
      words[1][j] = static_cast<uint32_t>(block >> 32);
      words[2][j] = 0;
      words[3][j] = 0;
    }
    philoxBlocks<kLanes>(words, key0, key1);
    const int count = static_cast<int>(blocks - b < kLanes ? blocks - b : kLanes);
    uint32_t* o = out + b * 4;
    for (int j = 0; j < count; ++j) {
      for (int w = 0; w < 4; ++w) o[j * 4 + w] = words[w][j];
    }
  }
}

}  // namespace

const RandomFunctions& randomFunctions() {
  static constexpr RandomFunctions kTable{randomBits};
  return kTable;
}

}  // namespace ibex::cpu::IBEX_SIMD_NS
