// Which of the compiled instruction sets is used on this machine.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace ibex::cpu {

// kBaseline is x86-64-v2, or what the compiler assumes elsewhere; kAvx2 is x86-64-v3 (with FMA and F16C); kAvx512 is
// x86-64-v4.
enum class SimdLevel : uint8_t { kBaseline, kAvx2, kAvx512 };

std::string_view simdLevelName(SimdLevel level);

// The levels that this machine can run, ascending.
const std::vector<SimdLevel>& availableSimdLevels();

// The best available level, or the one that the environment variable IBEX_SIMD (baseline, avx2, avx512) names when the
// machine has it. Kernels ask when they are prepared.
SimdLevel simdLevel();

// For tests: a level of availableSimdLevels() that simdLevel() gives from now on; nullopt for the default again.
void overrideSimdLevel(std::optional<SimdLevel> level);

}  // namespace ibex::cpu
