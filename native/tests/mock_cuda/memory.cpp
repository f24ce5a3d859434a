// The mock's memory: blocks with something behind them that shows when it was written to, and copies.
#include <sys/mman.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "tests/mock_cuda/state.h"

using namespace ibex::cuda;
using namespace ibex::mock;

namespace {

constexpr size_t kGuard = 64;
constexpr unsigned char kGuardByte = 0xd5;
constexpr size_t kFenceAlignment = 64;  // what the backend promises its kernels
constexpr size_t kPage = 4096;

bool fenced() {
  static const bool set = setting("IBEX_MOCK_CUDA_FENCE", 0) != 0;
  return set;
}

size_t pagesFor(size_t bytes) { return (bytes + kPage - 1) / kPage * kPage; }

// What is left over of the page before the fence is the guard's.
size_t fencedBytes(size_t bytes) { return (bytes + kFenceAlignment - 1) / kFenceAlignment * kFenceAlignment; }

void* allocateFenced(size_t bytes) {
  const size_t inner = pagesFor(fencedBytes(bytes));
  void* all = mmap(nullptr, inner + 2 * kPage, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (all == MAP_FAILED) return nullptr;
  char* begin = static_cast<char*>(all) + kPage;
  if (mprotect(begin, inner, PROT_READ | PROT_WRITE) != 0) return nullptr;
  return begin + inner - fencedBytes(bytes);
}

void freeFenced(void* memory, size_t bytes) {
  const size_t inner = pagesFor(fencedBytes(bytes));
  munmap(static_cast<char*>(memory) + fencedBytes(bytes) - inner - kPage, inner + 2 * kPage);
}

size_t guardBytes(size_t bytes) { return fenced() ? fencedBytes(bytes) - bytes : kGuard; }

// Kernels that write beyond what they were given are the tests' business, and nothing is right from there on.
void checkGuard(CuDevicePtr at, size_t bytes) {
  const auto* guard = static_cast<const unsigned char*>(pointer(at)) + bytes;
  for (size_t i = 0; i < guardBytes(bytes); ++i) {
    if (guard[i] == kGuardByte) continue;
    std::fprintf(stderr, "mock CUDA: something was written %zu bytes behind a block of %zu bytes\n", i, bytes);
    std::abort();
  }
}

// Whether the bytes are within a block of the device.
bool isOn(CuContext context, CuDevicePtr at, size_t bytes) {
  const std::lock_guard lock(context->mutex);
  const auto after = context->blocks.upper_bound(at);
  if (after == context->blocks.begin()) return false;
  const auto& [begin, size] = *std::prev(after);
  return at + bytes <= begin + size;
}

CuResult enqueueCopy(CuStream stream, void* to, const void* from, size_t bytes) {
  return enqueue(stream, {.work = [=] { std::memcpy(to, from, bytes); }});
}

}  // namespace

IBEX_MOCK_EXPORT cuMemGetInfo_v2(size_t* free, size_t* total) {
  if (current == nullptr) return kInvalidContext;
  const std::lock_guard lock(current->mutex);
  *total = memoryOfDevice();
  *free = *total - std::min(*total, current->used);
  return 0;
}

IBEX_MOCK_EXPORT cuMemAlloc_v2(CuDevicePtr* at, size_t bytes) {
  if (const CuResult result = usable()) return result;
  const std::lock_guard lock(current->mutex);
  if (bytes == 0) return kInvalidValue;
  if (current->used + bytes > memoryOfDevice()) return kCuOutOfMemory;
  void* memory = fenced() ? allocateFenced(bytes) : std::aligned_alloc(256, (bytes + kGuard + 255) / 256 * 256);
  if (memory == nullptr) return kCuOutOfMemory;
  std::memset(memory, 0xee, std::min<size_t>(bytes, 1 << 20));
  std::memset(static_cast<char*>(memory) + bytes, kGuardByte, guardBytes(bytes));
  *at = reinterpret_cast<uintptr_t>(memory);
  current->used += bytes;
  current->blocks.emplace(*at, bytes);
  return 0;
}

IBEX_MOCK_EXPORT cuMemFree_v2(CuDevicePtr at) {
  if (current == nullptr) return kInvalidContext;
  waitForAll(current);
  const std::lock_guard lock(current->mutex);
  const auto found = current->blocks.find(at);
  if (found == current->blocks.end()) return kInvalidValue;
  checkGuard(at, found->second);
  current->used -= found->second;
  if (fenced()) {
    freeFenced(pointer(at), found->second);
  } else {
    std::free(pointer(at));
  }
  current->blocks.erase(found);
  return 0;
}

IBEX_MOCK_EXPORT cuMemHostAlloc(void** memory, size_t bytes, unsigned) {
  *memory = std::aligned_alloc(4096, (bytes + 4095) / 4096 * 4096);
  return *memory == nullptr ? kCuOutOfMemory : 0;
}

IBEX_MOCK_EXPORT cuMemHostGetDevicePointer_v2(CuDevicePtr* at, void* memory, unsigned) {
  *at = reinterpret_cast<uintptr_t>(memory);
  return 0;
}

IBEX_MOCK_EXPORT cuMemFreeHost(void* memory) {
  std::free(memory);
  return 0;
}

IBEX_MOCK_EXPORT cuMemcpyHtoDAsync_v2(CuDevicePtr to, const void* from, size_t bytes, CuStream stream) {
  if (const CuResult result = usable(stream)) return result;
  if (!isOn(stream->context, to, bytes)) return kInvalidValue;
  return enqueue(stream, {.work = [=] { std::memcpy(pointer(to), from, bytes); }, .isUpload = true});
}

IBEX_MOCK_EXPORT cuMemcpyDtoHAsync_v2(void* to, CuDevicePtr from, size_t bytes, CuStream stream) {
  if (const CuResult result = usable(stream)) return result;
  if (!isOn(stream->context, from, bytes)) return kInvalidValue;
  return enqueueCopy(stream, to, pointer(from), bytes);
}

IBEX_MOCK_EXPORT cuMemcpyDtoDAsync_v2(CuDevicePtr to, CuDevicePtr from, size_t bytes, CuStream stream) {
  if (const CuResult result = usable(stream)) return result;
  if (!isOn(stream->context, to, bytes) || !isOn(stream->context, from, bytes)) return kInvalidValue;
  return enqueueCopy(stream, pointer(to), pointer(from), bytes);
}

IBEX_MOCK_EXPORT cuMemcpyPeerAsync(CuDevicePtr to, CuContext toContext, CuDevicePtr from, CuContext fromContext,
                                   size_t bytes, CuStream stream) {
  if (const CuResult result = usable(stream)) return result;
  if (toContext == nullptr || fromContext == nullptr) return kInvalidContext;
  if (!isOn(toContext, to, bytes) || !isOn(fromContext, from, bytes)) return kInvalidValue;
  return enqueueCopy(stream, pointer(to), pointer(from), bytes);
}

IBEX_MOCK_EXPORT cuMemsetD8Async(CuDevicePtr to, unsigned char value, size_t bytes, CuStream stream) {
  if (const CuResult result = usable(stream)) return result;
  if (!isOn(stream->context, to, bytes)) return kInvalidValue;
  return enqueue(stream, {.work = [=] { std::memset(pointer(to), value, bytes); }});
}
