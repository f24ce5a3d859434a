#include "tests/mock_cuda/engine.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <mutex>
#include <numeric>
#include <random>
#include <vector>

#include "tests/mock_cuda/fiber.h"
#include "tests/mock_cuda/races.h"

#if defined(__x86_64__)
asm(R"(
.text
.globl ibex_fiber_switch
.hidden ibex_fiber_switch
.type ibex_fiber_switch, @function
ibex_fiber_switch:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
.size ibex_fiber_switch, .-ibex_fiber_switch
)");
#endif

namespace host {
namespace {

constexpr size_t kStack = 64 * 1024;
constexpr unsigned kWarp = 32;

enum class State : unsigned char { kReady, kAtBarrier, kAtWarp, kEnded };

struct Thread {
  Fiber fiber;
  std::unique_ptr<char[]> stack;
  Index index{};
  State state = State::kEnded;
  int predicate = 0;          // at a barrier
  unsigned mask = 0;          // where lanes wait for each other
  unsigned source = 0;
  unsigned long long value = 0;
  unsigned long long taken = 0;
  unsigned voted = 0;
  bool orders = false;  // memory, where it waits for other lanes
};

// Whose turn it is, among the threads of a block.
class Turns {
 public:
  void resize(size_t threads) {
    if (shuffled_.size() == threads) return;
    shuffled_.resize(threads);
    std::iota(shuffled_.begin(), shuffled_.end(), size_t{0});
  }
  void next() {
    way_ = (way_ + 1) % 3;
    if (way_ == 2) std::shuffle(shuffled_.begin(), shuffled_.end(), random_);
  }
  size_t operator[](size_t k) const {
    if (way_ == 2) return shuffled_[k];
    return way_ == 1 ? shuffled_.size() - 1 - k : k;
  }

 private:
  int way_ = 0;
  std::vector<size_t> shuffled_;
  std::mt19937 random_;
};

class Block {
 public:
  const char* run(const Kernel& kernel, const void* arguments, Index grid, Index size, size_t sharedBytes);

  int meet(int predicate) {
    running_->predicate = predicate;
    wait(State::kAtBarrier);
    return met_;
  }
  unsigned long long exchange(unsigned mask, unsigned long long value, unsigned source) {
    cross(mask, value, source, false);
    return running_->taken;
  }
  unsigned ballot(unsigned mask, int predicate) {
    cross(mask, predicate != 0, engine_.lane, false);
    return running_->voted;
  }
  void meetWarp(unsigned mask) { cross(mask, 0, engine_.lane, true); }
  void access(const void* at, size_t bytes, Access how);
  void fence() { races_.fence(numberOf(*running_)); }
  unsigned lanes() const {
    const size_t left = count_ - warpOf(*running_) * kWarp;
    return left >= kWarp ? ~0u : (1u << left) - 1;
  }

  static Block& only() {
    static Block* const block = new Block;
    return *block;
  }
  Engine& engine() { return engine_; }
  std::mutex mutex;

 private:
  Block() {
    engine_.meet = [](int predicate) { return only().meet(predicate); };
    engine_.exchange = [](unsigned mask, unsigned long long value, unsigned source) {
      return only().exchange(mask, value, source);
    };
    engine_.ballot = [](unsigned mask, int predicate) { return only().ballot(mask, predicate); };
    engine_.meetWarp = [](unsigned mask) { only().meetWarp(mask); };
    engine_.lanes = [] { return only().lanes(); };
    engine_.access = [](const void* at, unsigned long long bytes, Access how) { only().access(at, bytes, how); };
    engine_.misaligned = [](const void* at) { only().races_.noteMisaligned(reinterpret_cast<uintptr_t>(at)); };
    engine_.fence = [] { only().fence(); };
  }

  static void enter() {
    Block& block = only();
    block.kernel_->run(block.arguments_);
    block.wait(State::kEnded);
  }

  size_t numberOf(const Thread& thread) const { return static_cast<size_t>(&thread - threads_.data()); }
  size_t warpOf(const Thread& thread) const { return numberOf(thread) / kWarp; }

  void wait(State state) {
    running_->state = state;
    Fiber::pass(running_->fiber, scheduler_);
  }

  void cross(unsigned mask, unsigned long long value, unsigned source, bool orders) {
    running_->mask = mask & lanes();
    running_->value = value;
    running_->source = source;
    running_->orders = orders;
    Thread* const warp = threads_.data() + warpOf(*running_) * kWarp;
    if (!gather(warp)) wait(State::kAtWarp);
  }

  // Completes what the running thread is the last to come to.
  bool gather(Thread* warp) {
    const unsigned mask = running_->mask;
    unsigned votes = 0;
    for (unsigned lane = 0; lane < kWarp; ++lane) {
      if ((mask >> lane & 1) == 0) continue;
      if (&warp[lane] != running_ && (warp[lane].state != State::kAtWarp || warp[lane].mask != mask)) return false;
      votes |= (warp[lane].value != 0 ? 1u : 0u) << lane;
    }
    for (unsigned lane = 0; lane < kWarp; ++lane) {
      if ((mask >> lane & 1) == 0) continue;
      // What a lane that takes no part has is undefined.
      const unsigned from = warp[lane].source;
      warp[lane].taken = from < kWarp && (mask >> from & 1) != 0 ? warp[from].value : 0xeeeeeeeeeeeeeeeeull;
      warp[lane].voted = votes;
      warp[lane].state = State::kReady;
    }
    if (running_->orders) races_.meetWarp(numberOf(*warp), mask);
    return true;
  }

  const char* runBlock();

  Engine engine_{};
  Races races_;
  Turns turns_;
  std::vector<Thread> threads_;
  std::vector<char> shared_;
  size_t count_ = 0;
  Thread* running_ = nullptr;
  Fiber scheduler_;
  const Kernel* kernel_ = nullptr;
  const void* arguments_ = nullptr;
  int met_ = 0;
};

const char* Block::run(const Kernel& kernel, const void* arguments, Index grid, Index size, size_t sharedBytes) {
  kernel_ = &kernel;
  arguments_ = arguments;
  count_ = size_t{size.x} * size.y * size.z;
  if (count_ == 0 || count_ > 1024) return "a block has 1 to 1024 threads";
  if (threads_.size() < count_) threads_.resize(count_);
  for (size_t i = 0; i < count_; ++i) {
    threads_[i].index = {static_cast<unsigned>(i % size.x), static_cast<unsigned>(i / size.x % size.y),
                         static_cast<unsigned>(i / size.x / size.y)};
    if (threads_[i].stack == nullptr) threads_[i].stack.reset(new char[kStack]);
  }
  shared_.resize(sharedBytes + 128);
  engine_.dynamicShared = reinterpret_cast<void*>((reinterpret_cast<uintptr_t>(shared_.data()) + 127) & ~uintptr_t{127});
  engine_.gridSize = grid;
  engine_.blockSize = size;
  turns_.resize(count_);
  races_.beginLaunch();
  races_.setDynamic(shared_.data(), shared_.size());
  for (unsigned z = 0; z < grid.z; ++z) {
    for (unsigned y = 0; y < grid.y; ++y) {
      for (unsigned x = 0; x < grid.x; ++x) {
        engine_.blockIndex = {x, y, z};
        std::memset(shared_.data(), 0xee, sharedBytes + 128);
        if (const char* wrong = runBlock()) return wrong;
      }
    }
  }
  return nullptr;
}

void Block::access(const void* at, size_t bytes, Access how) {
  if (races_.resting()) return;
  const auto begin = reinterpret_cast<uintptr_t>(at);
  const auto inside = [&](const void* from, size_t size) { return begin - reinterpret_cast<uintptr_t>(from) < size; };
  if (inside(running_->stack.get(), kStack) || inside(&engine_, sizeof engine_)) return;
  races_.access(numberOf(*running_), begin, bytes, how);
}

const char* Block::runBlock() {
  races_.beginBlock(count_);
  for (size_t i = 0; i < count_; ++i) {
    threads_[i].fiber.start(threads_[i].stack.get(), kStack, enter);
    threads_[i].state = State::kReady;
  }
  for (;; turns_.next()) {
    bool moved = false;
    size_t ended = 0;
    size_t waiting = 0;
    for (size_t k = 0; k < count_; ++k) {
      Thread& thread = threads_[turns_[k]];
      if (thread.state == State::kReady) {
        running_ = &thread;
        engine_.threadIndex = thread.index;
        engine_.lane = static_cast<unsigned>(&thread - threads_.data()) % kWarp;
        Fiber::pass(scheduler_, thread.fiber);
        moved = true;
      }
      ended += thread.state == State::kEnded;
      waiting += thread.state == State::kAtBarrier;
    }
    if (!races_.found().empty()) return races_.found().c_str();
    if (ended == count_) return nullptr;
    if (waiting == count_) {
      met_ = 0;
      for (size_t i = 0; i < count_; ++i) {
        met_ += threads_[i].predicate != 0;
        threads_[i].state = State::kReady;
      }
      races_.meetBlock();
    } else if (!moved) {
      return waiting > 0 ? "not all threads of a block come to a barrier"
                         : "not all lanes of a warp come to where others wait for them";
    }
  }
}

}  // namespace

Engine* engineTable() { return &Block::only().engine(); }

const char* launch(const Kernel& kernel, const void* arguments, Index grid, Index block, size_t sharedBytes) {
  Block& only = Block::only();
  const std::lock_guard lock(only.mutex);
  return only.run(kernel, arguments, grid, block, sharedBytes);
}

}  // namespace host
