#include "backends/cpu/thread_pool.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#if defined(__linux__)
#include <sched.h>
#endif

namespace ibex::cpu {
namespace {

// About how long a thread spins for something that tends to come soon: longer than the gaps between the calls of a
// program, shorter than a neighbour would notice.
constexpr auto kSpin = std::chrono::microseconds(50);
constexpr int kPausesBetweenLooks = 32;

void pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// Until `word` is no longer `value`: spins, letting others have the processor now and then, and sleeps after kSpin.
uint32_t awaitChange(const std::atomic<uint32_t>& word, uint32_t value) {
  std::chrono::steady_clock::time_point end{};
  for (;;) {
    for (int i = 0; i < kPausesBetweenLooks; ++i) {
      const uint32_t now = word.load(std::memory_order_acquire);
      if (now != value) return now;
      pause();
    }
    const auto time = std::chrono::steady_clock::now();
    if (end == std::chrono::steady_clock::time_point{}) {
      end = time + kSpin;
    } else if (time > end) {
      word.wait(value, std::memory_order_acquire);
    } else {
      std::this_thread::yield();
    }
  }
}

// Exchange, not store: the look for sleepers that notify begins with must not come before the change.
void change(std::atomic<uint32_t>& word, uint32_t value) {
  word.exchange(value);
  word.notify_all();
}

class Pool;

struct ThreadState {
  int limit = 0;  // 0: as many as there are processors
  TeamPlace place;
  Pool* team = nullptr;  // whose team the thread works for
  std::unique_ptr<Pool> pool;

  ThreadState();
  ~ThreadState();
};

ThreadState& threadState() {
  thread_local ThreadState state;
  return state;
}

class Pool {
 public:
  Pool() = default;
  ~Pool() {
    for (const auto& worker : workers_) change(worker->word, kStop);
    for (const auto& worker : workers_) worker->thread.join();
  }
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  void run(int members, void (*work)(void*), void* context) {
    const auto helpers = static_cast<size_t>(members - 1);
    while (workers_.size() < helpers) {
      workers_.push_back(std::make_unique<Worker>());
      Worker& worker = *workers_.back();
      worker.thread = std::thread([this, &worker, member = static_cast<int>(workers_.size())] { serve(worker, member); });
    }
    work_ = work;
    context_ = context;
    size_ = members;
    arrived_.store(0, std::memory_order_relaxed);
    for (size_t i = 0; i < helpers; ++i) change(workers_[i]->word, kOffered);
    runAs(0);
    for (size_t i = 0; i < helpers; ++i) {
      uint32_t offered = kOffered;
      if (workers_[i]->word.compare_exchange_strong(offered, kIdle, std::memory_order_acq_rel)) {
        runAs(static_cast<int>(i) + 1);
      }
    }
    for (size_t i = 0; i < helpers; ++i) {
      if (workers_[i]->word.load(std::memory_order_acquire) == kTaken) awaitChange(workers_[i]->word, kTaken);
    }
  }

  void barrier() {
    const uint32_t round = round_.load(std::memory_order_acquire);
    if (arrived_.fetch_add(1, std::memory_order_acq_rel) + 1 == size_) {
      arrived_.store(0, std::memory_order_relaxed);
      change(round_, round + 1);
    } else {
      awaitChange(round_, round);
    }
  }

 private:
  // A worker's word. Only the starting thread offers and withdraws, only the worker takes and gives back.
  enum : uint32_t { kIdle, kOffered, kTaken, kStop };

  struct alignas(64) Worker {
    std::atomic<uint32_t> word{kIdle};
    std::thread thread;
  };

  void runAs(int member) {
    ThreadState& state = threadState();
    state.team = this;
    state.place = {member, size_};
    work_(context_);
    state.place = {};
    state.team = nullptr;
  }

  void serve(Worker& worker, int member) {
    uint32_t seen = kIdle;
    for (;;) {
      seen = awaitChange(worker.word, kIdle);
      if (seen == kStop) return;
      uint32_t offered = kOffered;
      if (!worker.word.compare_exchange_strong(offered, kTaken, std::memory_order_acq_rel)) continue;
      runAs(member);
      change(worker.word, kIdle);
    }
  }

  std::vector<std::unique_ptr<Worker>> workers_;
  void (*work_)(void*) = nullptr;
  void* context_ = nullptr;
  int size_ = 0;
  alignas(64) std::atomic<int> arrived_{0};
  std::atomic<uint32_t> round_{0};
};

ThreadState::ThreadState() = default;
ThreadState::~ThreadState() = default;

int processors() {
#if defined(__linux__)
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) return std::max(1, CPU_COUNT(&set));
#endif
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

}  // namespace

int numThreads() {
  static const int kProcessors = processors();
  const int limit = threadState().limit;
  return limit > 0 ? limit : kProcessors;
}

void setNumThreads(int threads) { threadState().limit = std::max(1, threads); }

TeamPlace teamPlace() { return threadState().place; }

void runTeam(int members, void (*work)(void* context), void* context) {
  ThreadState& state = threadState();
  if (members <= 1 || state.team != nullptr) {
    const TeamPlace outer = state.place;
    state.place = {};
    work(context);
    state.place = outer;
    return;
  }
  if (!state.pool) state.pool = std::make_unique<Pool>();
  state.pool->run(members, work, context);
}

void teamBarrier() {
  ThreadState& state = threadState();
  if (state.place.size > 1) state.team->barrier();
}

}  // namespace ibex::cpu
