// A libcuda for tests, on a machine without a GPU. Device memory is the host's, each stream is a queue that a thread works
// off, a captured graph is a list of work, and kernels are what the mock's NVRTC compiled for the host. So the backend's host
// code and the logic of its kernels run for real; speed, drivers, and what real threads do at the same time are not shown.
//
// The environment says how it shall behave: IBEX_MOCK_CUDA_DEVICES (2), IBEX_MOCK_CUDA_MEMORY (bytes of each device),
// IBEX_MOCK_CUDA_INIT (what cuInit gives), IBEX_MOCK_CUDA_VERSION (13000), IBEX_MOCK_CUDA_FENCE (1: pages that nobody may touch
// beside each block, so that a kernel that reads there crashes).
#include <dlfcn.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "backends/cuda/runtime/driver_api.h"
#include "tests/fake_device/stream.h"
#include "tests/mock_cuda/engine.h"
#include "tests/mock_cuda/envelope.h"

using ibex::fake::Stream;
using ibex::fake::Task;
using namespace ibex::cuda;

namespace {

constexpr CuResult kInvalidValue = 1;
constexpr CuResult kInvalidImage = 200;
constexpr CuResult kInvalidContext = 201;
constexpr CuResult kNotFound = 500;
constexpr CuResult kLaunchOutOfResources = 701;
constexpr CuResult kLaunchFailed = 719;
constexpr CuResult kCaptureUnsupported = 900;
constexpr size_t kGuard = 64;
constexpr unsigned char kGuardByte = 0xd5;
constexpr size_t kFenceAlignment = 64;  // what the backend promises its kernels

long long setting(const char* name, long long otherwise) {
  const char* value = std::getenv(name);
  return value == nullptr || *value == 0 ? otherwise : std::atoll(value);
}

bool fenced() {
  static const bool set = setting("IBEX_MOCK_CUDA_FENCE", 0) != 0;
  return set;
}

size_t memoryOfDevice() { return static_cast<size_t>(setting("IBEX_MOCK_CUDA_MEMORY", 4ll << 30)); }

}  // namespace

namespace ibex::cuda {

struct CuStreamHandle {
  Stream queue;
  CuContext context = nullptr;
  std::atomic<bool> capturing{false};
};

struct CuContextHandle {
  int index = 0;
  int retained = 0;
  std::mutex mutex;
  size_t used = 0;
  std::map<CuDevicePtr, size_t> blocks;
  std::set<CuStream> streams;
  std::atomic<CuResult> broken{0};  // by a kernel: every call fails from then on
};

struct CuFunctionHandle {
  const host::Kernel* kernel;
  std::string name;
  int sharedLimit = 48 * 1024;
};

struct CuModuleHandle {
  void* library = nullptr;
  std::map<std::string, std::unique_ptr<CuFunctionHandle>> functions;
};

struct CuEventHandle {
  CuStream stream = nullptr;
  uint64_t count = 0;
  std::shared_ptr<std::chrono::steady_clock::time_point> passed;
};

struct CuGraphHandle {
  std::vector<Task> tasks;
};
struct CuGraphExecHandle {
  std::vector<Task> tasks;
};

}  // namespace ibex::cuda

namespace {

std::vector<std::unique_ptr<CuContextHandle>>& contexts() {
  static auto* const all = [] {
    auto* made = new std::vector<std::unique_ptr<CuContextHandle>>;
    for (long long i = 0; i < setting("IBEX_MOCK_CUDA_DEVICES", 2); ++i) {
      made->push_back(std::make_unique<CuContextHandle>());
      made->back()->index = static_cast<int>(i);
    }
    return made;
  }();
  return *all;
}

thread_local CuContext current = nullptr;

CuResult usable() { return current == nullptr ? kInvalidContext : current->broken.load(); }

CuResult usable(CuStream stream) {
  if (const CuResult result = usable()) return result;
  return stream != nullptr && stream->context == current ? 0 : kInvalidValue;
}

void* pointer(CuDevicePtr at) { return reinterpret_cast<void*>(static_cast<uintptr_t>(at)); }

// Waits for all of the context's work, unless some of it is being captured.
void waitForAll(CuContext context) {
  std::set<CuStream> streams;
  {
    const std::lock_guard lock(context->mutex);
    streams = context->streams;
  }
  for (CuStream stream : streams) {
    if (!stream->capturing) stream->queue.wait(stream->queue.pushed());
  }
}

constexpr size_t kPage = 4096;

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

CuResult enqueue(CuStream stream, Task task) {
  if (const CuResult result = usable(stream)) return result;
  stream->queue.push(std::move(task));
  return 0;
}

}  // namespace

#define EXPORT extern "C" __attribute__((visibility("default"))) CuResult

EXPORT cuInit(unsigned) { return static_cast<CuResult>(setting("IBEX_MOCK_CUDA_INIT", 0)); }

EXPORT cuDriverGetVersion(int* version) {
  *version = static_cast<int>(setting("IBEX_MOCK_CUDA_VERSION", 13000));
  return 0;
}

EXPORT cuGetErrorName(CuResult result, const char** name) {
  static const std::map<CuResult, const char*> names = {{2, "CUDA_ERROR_OUT_OF_MEMORY"},
                                                        {100, "CUDA_ERROR_NO_DEVICE"},
                                                        {719, "CUDA_ERROR_LAUNCH_FAILED"},
                                                        {803, "CUDA_ERROR_SYSTEM_DRIVER_MISMATCH"}};
  const auto found = names.find(result);
  *name = found == names.end() ? "CUDA_ERROR_OF_THE_MOCK" : found->second;
  return 0;
}

EXPORT cuGetErrorString(CuResult result, const char** words) {
  static thread_local std::string text;
  text = "error " + std::to_string(result) + " of the mock";
  *words = text.c_str();
  return 0;
}

EXPORT cuDeviceGetCount(int* count) {
  *count = static_cast<int>(contexts().size());
  return 0;
}

EXPORT cuDeviceGet(CuDevice* device, int index) {
  if (index < 0 || static_cast<size_t>(index) >= contexts().size()) return 101;
  *device = index;
  return 0;
}

EXPORT cuDeviceGetName(char* name, int bytes, CuDevice) {
  std::snprintf(name, static_cast<size_t>(bytes), "Mock GPU");
  return 0;
}

EXPORT cuDeviceTotalMem_v2(size_t* bytes, CuDevice) {
  *bytes = memoryOfDevice();
  return 0;
}

EXPORT cuDeviceGetAttribute(int* value, int attribute, CuDevice) {
  switch (attribute) {
    case kCuMaxSharedPerBlock: *value = 48 * 1024; return 0;
    case kCuMaxSharedPerBlockOptin: *value = 227 * 1024; return 0;
    case kCuMultiprocessors: *value = 132; return 0;
    case kCuClockRate: *value = 1'980'000; return 0;
    case kCuMemoryClockRate: *value = 2'619'000; return 0;
    case kCuMemoryBusWidth: *value = 5120; return 0;
    case kCuL2Bytes: *value = 50 << 20; return 0;
    case kCuCapabilityMajor: *value = 9; return 0;
    case kCuCapabilityMinor: *value = 0; return 0;
    default: return kInvalidValue;
  }
}

EXPORT cuDevicePrimaryCtxRetain(CuContext* context, CuDevice device) {
  *context = contexts().at(static_cast<size_t>(device)).get();
  ++(*context)->retained;
  return 0;
}

EXPORT cuDevicePrimaryCtxRelease_v2(CuDevice device) {
  CuContextHandle& context = *contexts().at(static_cast<size_t>(device));
  if (--context.retained == 0) context.broken = 0;
  return 0;
}

EXPORT cuCtxGetCurrent(CuContext* context) {
  *context = current;
  return 0;
}

EXPORT cuCtxSetCurrent(CuContext context) {
  current = context;
  return 0;
}

EXPORT cuMemGetInfo_v2(size_t* free, size_t* total) {
  if (current == nullptr) return kInvalidContext;
  const std::lock_guard lock(current->mutex);
  *total = memoryOfDevice();
  *free = *total - std::min(*total, current->used);
  return 0;
}

EXPORT cuMemAlloc_v2(CuDevicePtr* at, size_t bytes) {
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

EXPORT cuMemFree_v2(CuDevicePtr at) {
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

EXPORT cuMemHostAlloc(void** memory, size_t bytes, unsigned) {
  *memory = std::aligned_alloc(4096, (bytes + 4095) / 4096 * 4096);
  return *memory == nullptr ? kCuOutOfMemory : 0;
}

EXPORT cuMemHostGetDevicePointer_v2(CuDevicePtr* at, void* memory, unsigned) {
  *at = reinterpret_cast<uintptr_t>(memory);
  return 0;
}

EXPORT cuMemFreeHost(void* memory) {
  std::free(memory);
  return 0;
}

EXPORT cuMemcpyHtoDAsync_v2(CuDevicePtr to, const void* from, size_t bytes, CuStream stream) {
  return enqueue(stream, [=] { std::memcpy(pointer(to), from, bytes); });
}

EXPORT cuMemcpyDtoHAsync_v2(void* to, CuDevicePtr from, size_t bytes, CuStream stream) {
  return enqueue(stream, [=] { std::memcpy(to, pointer(from), bytes); });
}

EXPORT cuMemcpyDtoDAsync_v2(CuDevicePtr to, CuDevicePtr from, size_t bytes, CuStream stream) {
  return enqueue(stream, [=] { std::memcpy(pointer(to), pointer(from), bytes); });
}

EXPORT cuMemsetD8Async(CuDevicePtr to, unsigned char value, size_t bytes, CuStream stream) {
  return enqueue(stream, [=] { std::memset(pointer(to), value, bytes); });
}

EXPORT cuStreamCreate(CuStream* stream, unsigned) {
  if (const CuResult result = usable()) return result;
  *stream = new CuStreamHandle;
  (*stream)->context = current;
  const std::lock_guard lock(current->mutex);
  current->streams.insert(*stream);
  return 0;
}

EXPORT cuStreamDestroy_v2(CuStream stream) {
  {
    const std::lock_guard lock(stream->context->mutex);
    stream->context->streams.erase(stream);
  }
  delete stream;
  return 0;
}

EXPORT cuStreamSynchronize(CuStream stream) {
  if (const CuResult result = usable(stream)) return result;
  if (stream->capturing) return kCaptureUnsupported;
  stream->queue.wait(stream->queue.pushed());
  return usable(stream);
}

EXPORT cuStreamBeginCapture_v2(CuStream stream, int) {
  if (const CuResult result = usable(stream)) return result;
  if (stream->capturing.exchange(true)) return kCaptureUnsupported;
  stream->queue.beginRecording();
  return 0;
}

EXPORT cuStreamEndCapture(CuStream stream, CuGraph* graph) {
  if (!stream->capturing.exchange(false)) return kInvalidValue;
  *graph = new CuGraphHandle{stream->queue.endRecording()};
  return 0;
}

EXPORT cuGraphInstantiateWithFlags(CuGraphExec* executable, CuGraph graph, unsigned long long) {
  *executable = new CuGraphExecHandle{graph->tasks};
  return 0;
}

EXPORT cuGraphLaunch(CuGraphExec executable, CuStream stream) {
  if (const CuResult result = usable(stream)) return result;
  for (const Task& task : executable->tasks) stream->queue.push(task);
  return 0;
}

EXPORT cuGraphExecDestroy(CuGraphExec executable) {
  delete executable;
  return 0;
}

EXPORT cuGraphDestroy(CuGraph graph) {
  delete graph;
  return 0;
}

EXPORT cuEventCreate(CuEvent* event, unsigned) {
  *event = new CuEventHandle;
  return 0;
}

EXPORT cuEventRecord(CuEvent event, CuStream stream) {
  if (const CuResult result = usable(stream)) return result;
  if (stream->capturing) return kCaptureUnsupported;
  const auto passed = std::make_shared<std::chrono::steady_clock::time_point>();
  stream->queue.push([passed] { *passed = std::chrono::steady_clock::now(); });
  *event = CuEventHandle{stream, stream->queue.pushed(), passed};
  return 0;
}

EXPORT cuEventQuery(CuEvent event) {
  return event->stream == nullptr || event->stream->queue.done(event->count) ? 0 : kCuNotReady;
}

EXPORT cuEventSynchronize(CuEvent event) {
  if (event->stream != nullptr) event->stream->queue.wait(event->count);
  return 0;
}

EXPORT cuEventElapsedTime(float* milliseconds, CuEvent from, CuEvent to) {
  for (const CuEvent event : {from, to}) {
    if (event->passed == nullptr) return kInvalidValue;
    if (!event->stream->queue.done(event->count)) return kCuNotReady;
  }
  *milliseconds = std::chrono::duration<float, std::milli>(*to->passed - *from->passed).count();
  return 0;
}

EXPORT cuEventDestroy_v2(CuEvent event) {
  delete event;
  return 0;
}

EXPORT cuModuleLoadData(CuModule* module, const void* image) {
  if (const CuResult result = usable()) return result;
  const auto library = mock::inEnvelope(image);
  if (!library) return kInvalidImage;
  // A file of its own: of one that it knows, dlopen() would give the library that is loaded already.
  std::string path = (std::getenv("TMPDIR") == nullptr ? std::string("/tmp") : std::string(std::getenv("TMPDIR"))) +
                     "/ibex-mock-XXXXXX";
  const int file = mkstemp(path.data());
  if (file < 0) return kInvalidImage;
  size_t written = 0;
  while (written < library->size()) {
    const ssize_t now = write(file, library->data() + written, library->size() - written);
    if (now <= 0) break;
    written += static_cast<size_t>(now);
  }
  close(file);
  void* handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  unlink(path.c_str());
  if (handle == nullptr) {
    std::fprintf(stderr, "mock CUDA: %s\n", dlerror());
    return kInvalidImage;
  }
  reinterpret_cast<void (*)(host::Engine*)>(dlsym(handle, "ibex_host_bind"))(host::engineTable());
  *module = new CuModuleHandle{handle, {}};
  return 0;
}

EXPORT cuModuleUnload(CuModule module) {
  dlclose(module->library);
  delete module;
  return 0;
}

EXPORT cuModuleGetFunction(CuFunction* function, CuModule module, const char* name) {
  auto& made = module->functions[name];
  if (made == nullptr) {
    void* kernel = dlsym(module->library, (std::string("ibex_host_") + name).c_str());
    if (kernel == nullptr) return kNotFound;
    made = std::make_unique<CuFunctionHandle>();
    made->kernel = static_cast<const host::Kernel*>(kernel);
    made->name = name;
  }
  *function = made.get();
  return 0;
}

EXPORT cuFuncSetAttribute(CuFunction function, int attribute, int value) {
  if (attribute != kCuFunctionMaxDynamicShared || value > 227 * 1024) return kInvalidValue;
  function->sharedLimit = value;
  return 0;
}

EXPORT cuLaunchKernel(CuFunction function, unsigned gridX, unsigned gridY, unsigned gridZ, unsigned blockX, unsigned blockY,
                      unsigned blockZ, unsigned sharedBytes, CuStream stream, void** parameters, void**) {
  if (gridX == 0 || gridY == 0 || gridZ == 0 || gridY > 65535 || gridZ > 65535 || blockX * blockY * blockZ > 1024 ||
      blockX * blockY * blockZ == 0 || static_cast<int>(sharedBytes) > function->sharedLimit) {
    return kInvalidValue;
  }
  if (blockX * blockY * blockZ > function->kernel->mostThreads) {
    std::fprintf(stderr, "mock CUDA: %s: a block of %u threads, which needs __launch_bounds__\n", function->name.c_str(),
                 blockX * blockY * blockZ);
    return kLaunchOutOfResources;
  }
  const auto* bytes = static_cast<const char*>(parameters[0]);
  std::vector<char> arguments(bytes, bytes + function->kernel->argumentBytes);
  const host::Index grid{gridX, gridY, gridZ};
  const host::Index block{blockX, blockY, blockZ};
  return enqueue(stream, [=, context = stream->context] {
    if (const char* wrong = host::launch(*function->kernel, arguments.data(), grid, block, sharedBytes)) {
      std::fprintf(stderr, "mock CUDA: %s: %s\n", function->name.c_str(), wrong);
      context->broken = kLaunchFailed;
    }
  });
}

// For mocks of libraries that put work on streams.
extern "C" __attribute__((visibility("default"))) int ibex_mock_enqueue(void* stream, std::function<void()>* work) {
  return enqueue(static_cast<CuStream>(stream), *work);
}
