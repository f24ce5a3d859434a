// Teams of threads, and that oneDNN's parallel loops run on them.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <stdexcept>
#include <thread>
#include <vector>

#include "backends/cpu/parallel.h"
#include "tests/cpu_node_runner.h"

using namespace ibex;
using namespace ibex::testing;

namespace {

// On a thread of its own, whose workers end with it.
template <class F>
void onThread(int threads, F body) {
  std::thread([&] {
    cpu::setNumThreads(threads);
    body();
  }).join();
}

template <class F>
void team(int members, F body) {
  cpu::runTeam(members, [](void* context) { (*static_cast<F*>(context))(); }, &body);
}

#if defined(__linux__)
int64_t threadsOfProcess() {
  return std::distance(std::filesystem::directory_iterator("/proc/self/task"), std::filesystem::directory_iterator());
}
#endif

}  // namespace

TEST_CASE("each member of a team runs once, every time") {
  onThread(4, [] {
    for (int round = 0; round < 20000; ++round) {
      std::array<std::atomic<int>, 4> runs{};
      const int members = 1 + round % 4;
      team(members, [&] {
        const cpu::TeamPlace place = cpu::teamPlace();
        if (place.size == members) ++runs[static_cast<size_t>(place.member)];
      });
      for (int m = 0; m < 4; ++m) REQUIRE(runs[static_cast<size_t>(m)] == (m < members ? 1 : 0));
    }
    CHECK(cpu::teamPlace().size == 1);
  });
}

TEST_CASE("workers that sleep are woken") {
  onThread(3, [] {
    for (int round = 0; round < 20; ++round) {
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
      std::atomic<int> here{0};
      team(3, [&] {
        ++here;
        cpu::teamBarrier();
      });
      REQUIRE(here == 3);
    }
  });
}

TEST_CASE("no member passes a barrier before all have come") {
  onThread(4, [] {
    for (int round = 0; round < 500; ++round) {
      std::array<std::atomic<int>, 3> came{};
      std::atomic<bool> early{false};
      team(4, [&] {
        for (auto& count : came) {
          ++count;
          cpu::teamBarrier();
          if (count != 4) early = true;
        }
      });
      REQUIRE_FALSE(early);
    }
  });
}

TEST_CASE("a team within a team is the calling thread alone") {
  onThread(2, [] {
    std::atomic<int> inner{0};
    std::atomic<int> covered{0};
    team(2, [&] {
      team(2, [&] {
        ++inner;
        if (cpu::teamPlace().size != 1) inner = 100;
      });
      cpu::parallelFor(10, 1, [&](int64_t begin, int64_t end) { covered += static_cast<int>(end - begin); });
    });
    CHECK(inner == 2);
    CHECK(covered == 20);
  });
}

TEST_CASE("an exception of a part of a loop comes out when all parts have ended") {
  onThread(3, [] {
    std::atomic<int> ended{0};
    CHECK_THROWS_WITH_AS(cpu::parallelFor(3, 1,
                                          [&](int64_t begin, int64_t) {
                                            ++ended;
                                            if (begin == 1) throw std::runtime_error("part 1");
                                          }),
                         "part 1", std::runtime_error);
    CHECK(ended == 3);
  });
}

TEST_CASE("two threads have teams side by side") {
  std::vector<std::thread> starters;
  std::atomic<int64_t> sum{0};
  for (int t = 0; t < 3; ++t) {
    starters.emplace_back([&] {
      cpu::setNumThreads(3);
      for (int round = 0; round < 500; ++round) {
        cpu::parallelFor(300, 1, [&](int64_t begin, int64_t end) { sum += end - begin; });
      }
    });
  }
  for (std::thread& starter : starters) starter.join();
  CHECK(sum == 3 * 500 * 300);
}

#if defined(__linux__)
TEST_CASE("the library's loops run on the same threads") {
  const Array a = randomArray(DType::kFloat32, {512, 512}, 1);
  onThread(3, [&] {
    cpu::parallelFor(3, 1, [](int64_t, int64_t) {});
    const int64_t before = threadsOfProcess();
    runNode(Op::kMatmul, MatmulAttrs{false, false}, {a, a}, {{DType::kFloat32, {512, 512}}});
    CHECK(threadsOfProcess() == before);
  });
}
#endif
