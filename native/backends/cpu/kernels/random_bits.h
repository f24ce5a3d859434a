#pragma once

#include <cstdint>

#include "backends/cpu/kernels/simd_table.h"

namespace ibex::cpu {

struct RandomFunctions {
  // Words of `blocks` successive blocks of four from block `first` on; the counter of block b is (low b, high b, 0, 0).
  void (*bits)(uint32_t* out, uint64_t first, int64_t blocks, uint32_t key0, uint32_t key1);
};

IBEX_SIMD_TABLE(RandomFunctions, randomFunctions);

}  // namespace ibex::cpu
