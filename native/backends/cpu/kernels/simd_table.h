// How a kernel reaches its vectorised functions: files *.simd.cpp are compiled once per instruction set, each into its
// own namespace, where they define a table of functions; the table of the best set this machine has is picked once.
#pragma once

#include "backends/cpu/simd_dispatch.h"

// IBEX_SIMD_TABLE(PoolFunctions, poolFunctions): declares `const PoolFunctions& poolFunctions()`.
#if defined(__x86_64__)
#define IBEX_SIMD_TABLE(Table, name)                                 \
  namespace simd_baseline {                                          \
  const Table& name();                                               \
  }                                                                  \
  namespace simd_avx2 {                                              \
  const Table& name();                                               \
  }                                                                  \
  namespace simd_avx512 {                                            \
  const Table& name();                                               \
  }                                                                  \
  inline const Table& name() {                                       \
    switch (simdLevel()) {                                           \
      case SimdLevel::kAvx512: return simd_avx512::name();           \
      case SimdLevel::kAvx2: return simd_avx2::name();               \
      default: return simd_baseline::name();                         \
    }                                                                \
  }                                                                  \
  static_assert(true)
#else
#define IBEX_SIMD_TABLE(Table, name)                                 \
  namespace simd_baseline {                                          \
  const Table& name();                                               \
  }                                                                  \
  inline const Table& name() { return simd_baseline::name(); }       \
  static_assert(true)
#endif
