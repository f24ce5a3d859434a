// Enough of CUDA to run generated kernels on the host: a block's threads take turns, and meet at __syncthreads().
// Included by code that a test compiles. No warp intrinsics, and __shared__ memory is one block's at a time.
#pragma once

#include <math.h>
#include <ucontext.h>

#include <memory>
#include <vector>

#define __device__
#define __global__
#define __shared__ static

namespace host {

struct Index {
  unsigned x = 0, y = 0;
};

inline Index threadIndex, blockIndex, gridSize;

class Block {
 public:
  Block(void (*kernel)(const void*), const void* arguments, unsigned x, unsigned y) : threads_(x * y) {
    for (unsigned i = 0; i < threads_.size(); ++i) {
      Thread& thread = threads_[i];
      thread.index = {i % x, i / x};
      thread.stack.reset(new char[kStack]);
      getcontext(&thread.context);
      thread.context.uc_stack.ss_sp = thread.stack.get();
      thread.context.uc_stack.ss_size = kStack;
      thread.context.uc_link = &scheduler_;
    }
    kernel_ = kernel;
    arguments_ = arguments;
  }

  // False when some threads ended while others wait at a barrier.
  bool run() {
    current_ = this;
    for (Thread& thread : threads_) {
      thread.ended = false;
      makecontext(&thread.context, enter, 0);
    }
    for (;;) {
      size_t ended = 0;
      for (Thread& thread : threads_) {
        running_ = &thread;
        threadIndex = thread.index;
        swapcontext(&scheduler_, &thread.context);
        ended += thread.ended;
      }
      if (ended == threads_.size()) return true;
      if (ended != 0) return false;
    }
  }

  static void meet() { swapcontext(&current_->running_->context, &current_->scheduler_); }

 private:
  static constexpr size_t kStack = 64 * 1024;
  struct Thread {
    ucontext_t context;
    std::unique_ptr<char[]> stack;
    Index index;
    bool ended = false;
  };
  static void enter() {
    Block& block = *current_;
    block.kernel_(block.arguments_);
    block.running_->ended = true;
  }

  inline static Block* current_ = nullptr;
  std::vector<Thread> threads_;
  Thread* running_ = nullptr;
  ucontext_t scheduler_;
  void (*kernel_)(const void*) = nullptr;
  const void* arguments_ = nullptr;
};

inline bool launch(void (*kernel)(const void*), const void* arguments, unsigned gridX, unsigned gridY, unsigned blockX,
                   unsigned blockY) {
  Block block(kernel, arguments, blockX, blockY);
  gridSize = {gridX, gridY};
  for (unsigned y = 0; y < gridY; ++y) {
    for (unsigned x = 0; x < gridX; ++x) {
      blockIndex = {x, y};
      if (!block.run()) return false;
    }
  }
  return true;
}

// A thread is only left at a barrier, so nothing comes between.
template <class T>
T atomicExch(T* at, T value) {
  const T before = *at;
  *at = value;
  return before;
}

}  // namespace host

using host::atomicExch;
#define threadIdx host::threadIndex
#define blockIdx host::blockIndex
#define gridDim host::gridSize
#define __syncthreads host::Block::meet
