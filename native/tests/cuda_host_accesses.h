// What a compiler for the host calls at each access to memory with -fsanitize=thread, and at those that are not aligned with
// -fsanitize=alignment: it goes to the engine, which looks for races between the threads of a kernel (mock_cuda/races.h).
// Nothing of the sanitizers themselves is linked.
#pragma once

#include "tests/cuda_host_engine.h"

#define IBEX_HOST_UNSEEN __attribute__((no_sanitize_thread))

namespace host {

inline Engine* engine = nullptr;

inline IBEX_HOST_UNSEEN void seen(const void* at, unsigned long long bytes, Access how) {
  if (engine != nullptr) engine->access(at, bytes, how);
}

}  // namespace host

extern "C" {

#define IBEX_HOST_HOOK __attribute__((used)) inline IBEX_HOST_UNSEEN void
IBEX_HOST_HOOK __tsan_init() {}
IBEX_HOST_HOOK __tsan_func_entry(void*) {}
IBEX_HOST_HOOK __tsan_func_exit() {}
#define IBEX_HOST_HOOKS(bytes)                                                                              \
  IBEX_HOST_HOOK __tsan_read##bytes(void* at) { host::seen(at, bytes, host::Access::kRead); }               \
  IBEX_HOST_HOOK __tsan_write##bytes(void* at) { host::seen(at, bytes, host::Access::kWrite); }
#define IBEX_HOST_LOOSE_HOOKS(bytes)                                                                        \
  IBEX_HOST_HOOK __tsan_unaligned_read##bytes(void* at) { host::seen(at, bytes, host::Access::kRead); }     \
  IBEX_HOST_HOOK __tsan_unaligned_write##bytes(void* at) { host::seen(at, bytes, host::Access::kWrite); }
IBEX_HOST_HOOKS(1)
IBEX_HOST_HOOKS(2)
IBEX_HOST_HOOKS(4)
IBEX_HOST_HOOKS(8)
IBEX_HOST_HOOKS(16)
IBEX_HOST_LOOSE_HOOKS(2)
IBEX_HOST_LOOSE_HOOKS(4)
IBEX_HOST_LOOSE_HOOKS(8)
IBEX_HOST_LOOSE_HOOKS(16)
IBEX_HOST_HOOK __tsan_read_range(void* at, unsigned long bytes) { host::seen(at, bytes, host::Access::kRead); }
IBEX_HOST_HOOK __tsan_write_range(void* at, unsigned long bytes) { host::seen(at, bytes, host::Access::kWrite); }
IBEX_HOST_HOOK __ubsan_handle_type_mismatch_v1(void*, void* at) { host::engine->misaligned(at); }

}  // extern "C"
