// What the mock says of kernels whose threads are at the same memory with nothing that orders them, or that read what
// is not aligned; and that it says nothing of those which do it right.
#include <string>

#include <cstdlib>

#include "tests/cuda_node_check.h"

using namespace ibex;
using namespace ibex::testing;

namespace {

constexpr const char* kRaces = "IBEX_MOCK_CUDA_RACES";

struct RaceArguments {
  void* to;
  void* count;
};

// RIGHT: with what orders the threads.
constexpr const char* kTexts = R"(
namespace ibex_device {

struct RaceArguments { int* to; unsigned* count; };

extern "C" __global__ void __launch_bounds__(64) ofBlock(RaceArguments a) {
  __shared__ int numbers[64];
  numbers[threadIdx.x] = a.to[threadIdx.x];
  if (RIGHT) __syncthreads();
  a.to[threadIdx.x] = numbers[63 - threadIdx.x];
}

// It is read, then written.
extern "C" __global__ void __launch_bounds__(64) ofDynamicMemory(RaceArguments a) {
  extern __shared__ int numbers[];
  numbers[threadIdx.x] = a.to[threadIdx.x];
  __syncthreads();
  const int other = numbers[threadIdx.x ^ 32];
  if (RIGHT) __syncthreads();
  numbers[threadIdx.x] = other;
  a.to[threadIdx.x] = other;
}

// A shuffle makes lanes meet, but their memory need not be seen.
extern "C" __global__ void __launch_bounds__(32) ofWarp(RaceArguments a) {
  __shared__ short numbers[32];
  numbers[threadIdx.x] = short(__shfl_xor_sync(0xffffffffu, int(threadIdx.x), 1));
  if (RIGHT) __syncwarp();
  else __shfl_xor_sync(0xffffffffu, int(threadIdx.x), 1);
  a.to[threadIdx.x] = numbers[threadIdx.x ^ 1];
}

// Groups of lanes that meet on their own, and one that asks another's.
extern "C" __global__ void __launch_bounds__(32) ofGroups(RaceArguments a) {
  __shared__ int numbers[32];
  numbers[threadIdx.x] = threadIdx.x;
  __syncwarp(0xffu << (threadIdx.x / 8 * 8));
  a.to[threadIdx.x] = numbers[threadIdx.x ^ (RIGHT ? 7 : 8)];
}

extern "C" __global__ void __launch_bounds__(32) ofGlobalMemory(RaceArguments a) {
  if (threadIdx.x == 0) a.to[RIGHT ? blockIdx.x : 0] = blockIdx.x;
}

// The last block takes what the others left.
extern "C" __global__ void __launch_bounds__(32) ofLastBlock(RaceArguments a) {
  if (threadIdx.x != 0) return;
  a.to[blockIdx.x] = blockIdx.x;
  if (RIGHT) __threadfence();
  if (atomicAdd(a.count, 1u) != gridDim.x - 1) return;
  int sum = 0;
  for (unsigned i = 0; i < gridDim.x; ++i) sum += a.to[i];
  a.to[0] = sum;
}

extern "C" __global__ void __launch_bounds__(32) ofCounters(RaceArguments a) {
  if (RIGHT) atomicAdd(a.count, 1u);
  else *a.count += 1;
}

extern "C" __global__ void __launch_bounds__(32) ofVectors(RaceArguments a) {
  if (threadIdx.x != 0) return;
  const Pack<int, 4> pack = loadPack<int, 4>(a.to + (RIGHT ? 4 : 2));
  *a.count = pack.at[0] + pack.at[3];
}

}  // namespace ibex_device
)";

struct Launch {
  const char* kernel;
  int64_t blocks, threads;
};

bool passes(const Launch& launch, bool right) {
  cuda::DeviceContext device(cuda::libraries(), 1);  // a kernel that is wrong leaves it unusable
  const auto to = device.temporary(256), count = device.temporary(4);
  device.clear(to.get(), 256);
  device.clear(count.get(), 4);
  device.synchronize();
  const cuda::KernelText text{kTexts, {{"RIGHT", right ? "true" : "false"}}};
  device.launch(device.function(text, launch.kernel), {{launch.blocks, 1, 1}, {launch.threads, 1, 1}, 256},
                RaceArguments{to.get(), count.get()});
  try {
    device.synchronize();
    return true;
  } catch (const Error&) {
    return false;
  }
}

}  // namespace

TEST_CASE("cuda races: of threads, lanes and blocks, and alignment" * doctest::skip(onGpu())) {
  testDevice();
  const bool always = std::getenv(kRaces) != nullptr;
  setenv(kRaces, "1", 1);
  for (const Launch& launch : {Launch{"ofBlock", 1, 64}, Launch{"ofDynamicMemory", 1, 64}, Launch{"ofWarp", 1, 32},
                               Launch{"ofGroups", 1, 32}, Launch{"ofGlobalMemory", 4, 32}, Launch{"ofLastBlock", 4, 32},
                               Launch{"ofCounters", 1, 32}, Launch{"ofCounters", 4, 1}, Launch{"ofVectors", 1, 32}}) {
    CAPTURE(launch.kernel);
    CHECK(!passes(launch, false));
    CHECK(passes(launch, true));
  }
  if (!always) unsetenv(kRaces);
}
