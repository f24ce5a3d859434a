// What kernels are prepared for and launched on: memory, launches, faults, constants, measuring.
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "tests/cuda_node_check.h"

using namespace ibex;
using namespace ibex::testing;

namespace {

constexpr const char* kTexts = R"(
namespace ibex_device {

struct Scale { float* to; const float* from; int count; float by; };

extern "C" __global__ void scale(Scale a) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < a.count) a.to[i] = a.from[i] * a.by;
}

struct Sums { const int* from; int* lanes; int* blocks; int* total; };

// The sum of a block by each of the ways there are.
extern "C" __global__ void __launch_bounds__(96) sums(Sums a) {
  extern __shared__ int part[];
  const int i = threadIdx.x;
  int value = a.from[blockIdx.x * 96 + i];
  part[i] = value;
  for (int step = 16; step > 0; step /= 2) value += __shfl_xor_sync(0xffffffffu, value, step);
  if (i % 32 == 0) a.lanes[blockIdx.x * 3 + i / 32] = value;
  __syncthreads();
  int sum = 0;
  for (int k = 0; k < 96; ++k) sum += part[k];
  if (i == 95) a.blocks[blockIdx.x] = sum;
  if (i == 0) atomicAdd(a.total, sum);
  const unsigned odd = __ballot_sync(0xffffffffu, i % 2);
  if (odd != 0xaaaaaaaau) a.blocks[blockIdx.x] = -1;
  // Groups of eight lanes on their own.
  const unsigned group = 0xffu << (i % 32 / 8 * 8);
  if (i % 32 / 8 % 2 == 0) {
    const int first = __shfl_sync(group, i, 0, 8);
    if (first != i / 8 * 8) a.blocks[blockIdx.x] = -2;
  }
  if (__syncthreads_count(i < 40) != 40) a.blocks[blockIdx.x] = -3;
}

struct Fault { FaultSink* sink; int origin; };
extern "C" __global__ void fault(Fault a) { noteFault(a.sink, a.origin, 7, threadIdx.x, 1, 5); }

struct None { int unused; };
extern "C" __global__ void lost(None) {
  if (threadIdx.x < 5) __syncthreads();
}

}  // namespace ibex_device
)";

}  // namespace

TEST_CASE("cuda context: launches, copies and clears are done in their order") {
  cuda::DeviceContext& device = testDevice();
  struct Scale {
    void* to;
    const void* from;
    int count;
    float by;
  };
  const cuda::Function& scale = device.function({kTexts, {}}, "scale");
  const auto a = device.temporary(4000);
  const auto b = device.temporary(4000);
  const std::vector<float> values(1000, 2);
  void* staging = device.allocateStaging(4000);
  std::memcpy(staging, values.data(), 4000);
  const cuda::CuEvent uploaded = device.upload(a.get(), staging, 4000);
  device.launch(scale, {{4, 1, 1}, {256, 1, 1}, 0}, Scale{b.get(), a.get(), 1000, 3});
  device.launch(scale, {{0, 1, 1}, {256, 1, 1}, 0}, Scale{b.get(), a.get(), 1000, 9});  // of nothing
  device.clear(a.get(), 2000);
  device.copy(a.get(), b.get(), 1000);
  std::vector<float> result(1000);
  device.download(result.data(), a.get(), 4000);
  CHECK(device.eventPassed(uploaded));
  device.destroyEvent(uploaded);
  device.releaseStaging(staging);
  for (size_t i = 0; i < 1000; ++i) CHECK(result[i] == (i < 250 ? 6.0f : i < 500 ? 0.0f : 2.0f));
  // Other threads may prepare and allocate at any time.
  std::thread([&] { CHECK(device.temporary(64) != nullptr); }).join();
}

TEST_CASE("cuda context: shared memory, warps, atomics and partial warps on the mock") {
  cuda::DeviceContext& device = testDevice();
  struct Sums {
    const void* from;
    void* lanes;
    void* blocks;
    void* total;
  };
  std::vector<int> values(960);
  int total = 0;
  for (size_t i = 0; i < values.size(); ++i) total += values[i] = static_cast<int>(i * i % 17);
  const auto lanes = device.temporary(30 * 4);
  const auto blocks = device.temporary(10 * 4);
  const auto sum = device.temporary(4);
  device.clear(sum.get(), 4);
  device.launch(device.function({kTexts, {}}, "sums"), {{10, 1, 1}, {96, 1, 1}, 96 * 4},
                Sums{device.constant(values.data(), values.size() * 4), lanes.get(), blocks.get(), sum.get()});
  std::vector<int> of(30);
  device.download(of.data(), blocks.get(), 40);
  for (int b = 0; b < 10; ++b) {
    int expected = 0;
    for (int i = 0; i < 96; ++i) expected += values[static_cast<size_t>(b * 96 + i)];
    CHECK(of[static_cast<size_t>(b)] == expected);
  }
  device.download(of.data(), lanes.get(), 120);
  int ofLanes = 0;
  for (const int lane : of) ofLanes += lane;
  CHECK(ofLanes == total);
  device.download(of.data(), sum.get(), 4);
  CHECK(of[0] == total);
}

TEST_CASE("cuda context: a fault is thrown once, with the node and the place of the index") {
  cuda::DeviceContext& device = testDevice();
  struct Fault {
    cuda::FaultSink* sink;
    int origin;
  };
  const int origin = device.addFaultOrigin({"gather", "model/embed", {3, 4}});
  CHECK(device.addFaultOrigin({"gather", "model/embed", {3, 4}}) == origin);
  CHECK(device.addFaultOrigin({"gather", "model/other", {3, 4}}) != origin);
  device.launch(device.function({kTexts, {}}, "fault"), {{1, 1, 1}, {1, 1, 1}, 0}, Fault{device.faults(), origin});
  try {
    device.synchronize();
    FAIL("no fault");
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::kIndexOutOfRange);
    CHECK(error.scope() == "model/embed");
    REQUIRE(error.fault().has_value());
    CHECK(error.fault()->index == 7);
    CHECK(error.fault()->extent == 5);
    CHECK(error.fault()->position == std::vector<int64_t>{0, 0});
  }
  CHECK_NOTHROW(device.synchronize());
}

TEST_CASE("cuda context: equal constants share memory, and work can be measured") {
  cuda::DeviceContext& device = testDevice();
  const int values[] = {1, 2, 3};
  const int same[] = {1, 2, 3};
  CHECK(device.constant(values, 12) == device.constant(same, 12));
  CHECK(device.constant(values, 12) != device.constant(values, 8));
  int times = 0;
  const double seconds = device.measure([&](void* stream) {
    CHECK(stream != nullptr);
    ++times;
  });
  CHECK(seconds >= 0);
  CHECK(times > 1);
}

TEST_CASE("cuda context: what the driver says of a broken kernel is an error from then on" * doctest::skip(onGpu())) {
  testDevice();
  cuda::DeviceContext device(cuda::libraries(), 1);
  struct None {
    int unused;
  };
  CHECK_THROWS_AS(device.launch(device.function({kTexts, {}}, "absent"), {{1, 1, 1}, {1, 1, 1}, 0}, None{}), Error);
  device.launch(device.function({kTexts, {}}, "lost"), {{1, 1, 1}, {32, 1, 1}, 0}, None{});
  CHECK_THROWS_WITH_AS(device.synchronize(),
                       "CUDA failed in cuStreamSynchronize: CUDA_ERROR_LAUNCH_FAILED: error 719 of the mock.", Error);
  CHECK_THROWS_AS(device.clear(nullptr, 4), Error);
  CHECK_THROWS_AS(device.check(), Error);
}

TEST_CASE("cuda context: a block of more threads than the kernel is compiled for is refused") {
  cuda::DeviceContext& device = testDevice();
  struct None {
    int unused[8] = {};
  };
  const auto launch = [&](const char* kernel) {
    device.launch(device.function({kTexts, {}}, kernel), {{1, 1, 1}, {288, 1, 1}, 96 * 4}, None{});
  };
  CHECK_THROWS_AS(launch("sums"), Error);
  // One without __launch_bounds__, which a GPU refuses only where its registers do not suffice.
  if (!onGpu()) CHECK_THROWS_AS(launch("lost"), Error);
}
