// What the parts of the mock of libcuda share. Device memory is the host's, each stream is a queue that a thread works off
// (see stream.h), a captured graph is a list of work, and kernels are what the mock's NVRTC compiled for the host. So the
// backend's host code and the logic of its kernels run for real; speed, drivers, and what real threads do at the same time are
// not shown.
//
// The environment says how it shall behave:
//   IBEX_MOCK_CUDA_DEVICES  how many there are (2)
//   IBEX_MOCK_CUDA_MEMORY   bytes of each
//   IBEX_MOCK_CUDA_PEERS    0: they can't reach each other's memory
//   IBEX_MOCK_CUDA_INIT     what cuInit gives
//   IBEX_MOCK_CUDA_VERSION  of the driver (13000)
//   IBEX_MOCK_CUDA_FENCE    1: pages that nobody may touch beside each block, so that a kernel that reads there crashes
//   IBEX_MOCK_CUDA_RACES    1: what threads of a kernel do to the same memory with nothing that orders it, and what is not
//                           aligned, is an error
//   IBEX_MOCK_CUDA_STREAMS  in which order new streams do their work: threads, late, uploads-early
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "backends/cuda/runtime/driver_api.h"
#include "tests/mock_cuda/engine.h"
#include "tests/mock_cuda/stream.h"

namespace ibex::cuda {

struct CuStreamHandle {
  explicit CuStreamHandle(mock::Order order) : queue(order) {}
  mock::Stream queue;
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
  std::set<CuContext> peers;            // whose memory it can reach
  std::atomic<CuResult> broken{0};      // by a kernel: every call fails from then on
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
  mock::ProgressPtr progress;
  uint64_t count = 0;
  std::shared_ptr<std::chrono::steady_clock::time_point> passed;
};

struct CuGraphHandle {
  std::vector<mock::Task> tasks;
};
struct CuGraphExecHandle {
  std::vector<mock::Task> tasks;
};

}  // namespace ibex::cuda

namespace ibex::mock {

inline constexpr cuda::CuResult kInvalidValue = 1;
inline constexpr cuda::CuResult kInvalidDevice = 101;
inline constexpr cuda::CuResult kInvalidImage = 200;
inline constexpr cuda::CuResult kInvalidContext = 201;
inline constexpr cuda::CuResult kNotFound = 500;
inline constexpr cuda::CuResult kLaunchOutOfResources = 701;
inline constexpr cuda::CuResult kPeerAccessAlreadyEnabled = 704;
inline constexpr cuda::CuResult kLaunchFailed = 719;
inline constexpr cuda::CuResult kCaptureUnsupported = 900;

// A number that the environment gives.
long long setting(const char* name, long long otherwise);

size_t memoryOfDevice();

// By the device's number.
std::vector<std::unique_ptr<cuda::CuContextHandle>>& contexts();

// The calling thread's.
extern thread_local cuda::CuContext current;

// Whether there is one and nothing broke it; and whether the stream is its own.
cuda::CuResult usable();
cuda::CuResult usable(cuda::CuStream stream);

inline void* pointer(cuda::CuDevicePtr at) { return reinterpret_cast<void*>(static_cast<uintptr_t>(at)); }

cuda::CuResult enqueue(cuda::CuStream stream, Task task);

// Waits for all of the context's work, unless some of it is being captured.
void waitForAll(cuda::CuContext context);

}  // namespace ibex::mock

#define IBEX_MOCK_EXPORT extern "C" __attribute__((visibility("default"))) ibex::cuda::CuResult
