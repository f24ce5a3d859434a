// Parallel loops on the OpenMP pool, which oneDNN uses too.
#pragma once

#include <omp.h>

#include <algorithm>
#include <cstdint>
#include <exception>

namespace ibex::cpu {

// How many threads a parallel loop started by the calling thread uses at most.
inline int numThreads() { return omp_get_max_threads(); }

// Calls body(begin, end) for parts of [0, n) that cover it once: one part, on the calling thread, when n <= grain; else
// at most numThreads() contiguous parts of about equal size, none much smaller than grain. An exception of a part is
// thrown again after all have ended.
template <class F>
void parallelFor(int64_t n, int64_t grain, F&& body) {
  if (n <= 0) return;
  const int64_t parts = std::min<int64_t>(numThreads(), (n + grain - 1) / std::max<int64_t>(grain, 1));
  if (parts <= 1 || omp_in_parallel()) {
    body(int64_t{0}, n);
    return;
  }
  std::exception_ptr failure;
#pragma omp parallel num_threads(static_cast<int>(parts))
  {
    // The runtime may give fewer threads than asked for: each takes every so-many-th part.
    const int64_t team = omp_get_num_threads();
    for (int64_t part = omp_get_thread_num(); part < parts; part += team) {
      try {
        body(n * part / parts, n * (part + 1) / parts);
      } catch (...) {
#pragma omp critical(ibex_parallel_failure)
        if (!failure) failure = std::current_exception();
      }
    }
  }
  if (failure) std::rethrow_exception(failure);
}

}  // namespace ibex::cpu
