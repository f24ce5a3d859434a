// A thread of control with a stack of its own. Switching costs a few instructions where it is written for the processor.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#if !defined(__x86_64__)
#include <ucontext.h>
#endif

namespace host {

#if defined(__x86_64__)

extern "C" void ibex_fiber_switch(void** save, void* load);

class Fiber {
 public:
  // `enter` must never return.
  void start(char* stack, size_t bytes, void (*enter)()) {
    auto top = reinterpret_cast<uintptr_t>(stack + bytes) & ~uintptr_t{15};
    auto* at = reinterpret_cast<uint64_t*>(top);
    *--at = 0;  // where `enter` would return to: keeps the alignment that a call gives
    *--at = reinterpret_cast<uint64_t>(enter);
    for (int i = 0; i < 6; ++i) *--at = 0;  // registers that a function keeps
    pointer_ = at;
  }
  static void pass(Fiber& from, Fiber& to) { ibex_fiber_switch(&from.pointer_, to.pointer_); }

 private:
  void* pointer_ = nullptr;
};

#else

class Fiber {
 public:
  void start(char* stack, size_t bytes, void (*enter)()) {
    getcontext(&context_);
    context_.uc_stack.ss_sp = stack;
    context_.uc_stack.ss_size = bytes;
    context_.uc_link = nullptr;
    makecontext(&context_, enter, 0);
  }
  static void pass(Fiber& from, Fiber& to) { swapcontext(&from.context_, &to.context_); }

 private:
  ucontext_t context_{};
};

#endif

}  // namespace host
