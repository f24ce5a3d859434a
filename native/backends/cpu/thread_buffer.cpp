#include "backends/cpu/thread_buffer.h"

#include <memory>
#include <new>
#include <string>

#include "ir/error.h"

namespace ibex::cpu {
namespace {

constexpr std::align_val_t kAlignment{64};
constexpr size_t kLeast = 64 * 1024;

struct Free {
  void operator()(char* p) const { ::operator delete(p, kAlignment); }
};

}  // namespace

char* threadBuffer(size_t bytes) {
  thread_local std::unique_ptr<char, Free> memory;
  thread_local size_t capacity = 0;
  if (bytes > capacity) {
    const size_t wanted = bytes < kLeast ? kLeast : bytes;
    memory.reset();
    capacity = 0;
    memory.reset(static_cast<char*>(::operator new(wanted, kAlignment, std::nothrow)));
    if (memory == nullptr) {
      throw Error(ErrorCode::kOutOfMemory, "no memory for " + std::to_string(wanted) + " bytes of kernel buffers");
    }
    capacity = wanted;
  }
  return memory.get();
}

}  // namespace ibex::cpu
