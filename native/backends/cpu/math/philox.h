// Philox-4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3"): a counter and a key to four words.
#pragma once

#include <cstdint>

namespace ibex::cpu {

struct PhiloxConstants {
  static constexpr uint32_t kMultiplier0 = 0xd2511f53u;
  static constexpr uint32_t kMultiplier1 = 0xcd9e8d57u;
  static constexpr uint32_t kWeyl0 = 0x9e3779b9u;
  static constexpr uint32_t kWeyl1 = 0xbb67ae85u;
  static constexpr int kRounds = 10;
};

// `kLanes` blocks side by side: word w of block j is counter[w][j], which becomes the result.
template <int kLanes>
[[gnu::always_inline]] inline void philoxBlocks(uint32_t (&counter)[4][kLanes], uint32_t key0, uint32_t key1) {
  using C = PhiloxConstants;
  for (int round = 0; round < C::kRounds; ++round) {
    for (int j = 0; j < kLanes; ++j) {
      const uint64_t product0 = static_cast<uint64_t>(C::kMultiplier0) * counter[0][j];
      const uint64_t product1 = static_cast<uint64_t>(C::kMultiplier1) * counter[2][j];
      counter[0][j] = static_cast<uint32_t>(product1 >> 32) ^ counter[1][j] ^ key0;
      counter[1][j] = static_cast<uint32_t>(product1);
      counter[2][j] = static_cast<uint32_t>(product0 >> 32) ^ counter[3][j] ^ key1;
      counter[3][j] = static_cast<uint32_t>(product0);
    }
    key0 += C::kWeyl0;
    key1 += C::kWeyl1;
  }
}

}  // namespace ibex::cpu
