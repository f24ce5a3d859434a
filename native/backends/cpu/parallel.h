// Parallel loops.
#pragma once

#include <algorithm>
#include <cstdint>
#include <exception>
#include <mutex>

#include "backends/cpu/thread_pool.h"

namespace ibex::cpu {

// Calls body(begin, end) for parts of [0, n) that cover it once: one part, on the calling thread, when n <= grain; else
// at most numThreads() contiguous parts of about equal size, none much smaller than grain. An exception of a part is
// thrown again after all have ended.
template <class F>
void parallelFor(int64_t n, int64_t grain, F&& body) {
  if (n <= 0) return;
  const int64_t parts = std::min<int64_t>(numThreads(), (n + grain - 1) / std::max<int64_t>(grain, 1));
  if (parts <= 1 || teamPlace().size > 1) {
    body(int64_t{0}, n);
    return;
  }
  struct Loop {
    int64_t n;
    F& body;
    std::mutex mutex;
    std::exception_ptr failure;
  } loop{n, body, {}, nullptr};
  const auto part = [](void* context) {
    Loop& loop = *static_cast<Loop*>(context);
    const TeamPlace place = teamPlace();
    try {
      loop.body(loop.n * place.member / place.size, loop.n * (place.member + 1) / place.size);
    } catch (...) {
      const std::lock_guard lock(loop.mutex);
      if (!loop.failure) loop.failure = std::current_exception();
    }
  };
  runTeam(static_cast<int>(parts), part, &loop);
  if (loop.failure) std::rethrow_exception(loop.failure);
}

}  // namespace ibex::cpu
