#include "backends/cpu/simd_dispatch.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>

namespace ibex::cpu {
namespace {

std::vector<SimdLevel> detect() {
  std::vector<SimdLevel> levels{SimdLevel::kBaseline};
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi") &&
      __builtin_cpu_supports("bmi2")) {
    levels.push_back(SimdLevel::kAvx2);
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512cd") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")) {
      levels.push_back(SimdLevel::kAvx512);
    }
  }
#endif
  return levels;
}

SimdLevel preferred() {
  const auto& levels = availableSimdLevels();
  if (const char* wanted = std::getenv("IBEX_SIMD")) {
    for (SimdLevel level : levels) {
      if (simdLevelName(level) == wanted) return level;
    }
  }
  return levels.back();
}

constexpr int kNoOverride = -1;
std::atomic<int> overridden{kNoOverride};

}  // namespace

std::string_view simdLevelName(SimdLevel level) {
  switch (level) {
    case SimdLevel::kAvx2: return "avx2";
    case SimdLevel::kAvx512: return "avx512";
    case SimdLevel::kBaseline: break;
  }
  return "baseline";
}

const std::vector<SimdLevel>& availableSimdLevels() {
  static const std::vector<SimdLevel> levels = detect();
  return levels;
}

SimdLevel simdLevel() {
  static const SimdLevel level = preferred();
  const int forced = overridden.load(std::memory_order_relaxed);
  return forced == kNoOverride ? level : static_cast<SimdLevel>(forced);
}

void overrideSimdLevel(std::optional<SimdLevel> level) {
  const auto& levels = availableSimdLevels();
  if (level && std::find(levels.begin(), levels.end(), *level) == levels.end()) return;
  overridden.store(level ? static_cast<int>(*level) : kNoOverride, std::memory_order_relaxed);
}

}  // namespace ibex::cpu
