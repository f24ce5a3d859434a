#include <algorithm>
#include <chrono>
#include <new>
#include <vector>

#include "backends/cpu/cpu_backend.h"
#include "backends/cpu/kernels/limit_probe.h"
#include "backends/cpu/parallel.h"

namespace ibex::cpu {

namespace {

// Several times what the caches hold.
constexpr int64_t kTriadElements = int64_t{8} << 20;
constexpr int64_t kRounds = 100'000;
// The best of these: what disturbs a measurement only makes it longer, so many short ones find a quiet moment.
constexpr int kTries = 40;

template <class F>
double bestSeconds(F&& work) {
  double best = 1e30;
  for (int i = 0; i < kTries; ++i) {
    const auto start = std::chrono::steady_clock::now();
    work();
    best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  return best;
}

}  // namespace

DeviceLimits CpuBackend::measureLimits() {
  const LimitProbes& probes = limitProbes();
  constexpr size_t kBytes = kTriadElements * sizeof(float);
  constexpr int64_t kBlock = 1024;
  auto* arrays = static_cast<float*>(allocate(3 * kBytes));
  if (arrays == nullptr) throw std::bad_alloc();
  std::fill_n(arrays, 3 * kTriadElements, 1.0f);
  const double triad = bestSeconds([&] {
    parallelFor(kTriadElements / kBlock, 1, [&](int64_t begin, int64_t end) {
      float* out = arrays + begin * kBlock;
      probes.triad(out, out + kTriadElements, out + 2 * kTriadElements, 0.5f, (end - begin) * kBlock);
    });
  });
  release(arrays, 3 * kBytes);

  const int threads = numThreads();
  std::vector<int64_t> flops(static_cast<size_t>(threads));
  const double adds = bestSeconds([&] {
    parallelFor(threads, 1, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        float sink = 0.25f;
        flops[static_cast<size_t>(i)] = probes.multiplyAdds(kRounds, &sink);
      }
    });
  });
  double total = 0;
  for (const int64_t count : flops) total += static_cast<double>(count);
  return {total / adds, total / adds, 3.0 * kBytes / triad};
}

}  // namespace ibex::cpu
