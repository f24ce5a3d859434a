// libibex_cuda.so as the core uses it: opened, asked, programs run on its devices, closed. NVIDIA's libraries are the mock's.
#include <doctest/doctest.h>
#include <dlfcn.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "backends/plugin_abi.h"
#include "executor/profiler.h"
#include "tests/cuda_device_fixture.h"
#include "tests/cuda_node_check.h"

using namespace ibex;
using namespace ibex::testing;

TEST_CASE("cuda plug-in: a program with feeds, constants and state runs, and is replayed as a graph" * doctest::skip(onGpu())) {
  auto device = cudaDevice();
  auto program = programOf(*device,
                           "%0: f32[4] = parameter {index=0, state=false}\n"
                           "%1: f32[4] = parameter {index=0, state=true}\n"
                           "%2: f32[4] = constant {data=[1,2,3,4]}\n"
                           "%3: f32[4] = mul %0, %2\n"
                           "%4: f32[4] = add %1, %3\n"
                           "update 0 %4\n");
  auto variable = variableOf(bufferOf(*device, {10, 20, 30, 40}));
  program->bind({variable});
  const auto feed = bufferOf(*device, {1, 1, 1, 1});
  for (int i = 0; i < 5; ++i) CHECK(runOn(*program, {feed}, {}) == nullptr);
  CHECK(program->replayed() == 4);
  CHECK(valuesOf(variable) == std::vector<float>{15, 30, 45, 60});
}

TEST_CASE("cuda plug-in: many uploads, runs and downloads in flight keep their order" * doctest::skip(onGpu())) {
  auto device = cudaDevice();
  auto program = programOf(*device,
                           "%0: f32[1000] = parameter {index=0, state=false}\n"
                           "%1: f32[1000] = add %0, %0\n"
                           "outputs %1\n");
  std::vector<BufferPtr> results;
  for (int i = 0; i < 200; ++i) {
    const auto feed = bufferOf(*device, std::vector<float>(1000, static_cast<float>(i)));
    results.push_back(std::make_shared<Buffer>(*device, 4000));
    device->enqueueRun([&, feed, out = results.back()] { program->run(std::vector{feed}, std::vector{out}); });
  }
  for (int i = 0; i < 200; ++i) CHECK(valuesOf(results[static_cast<size_t>(i)]) == std::vector<float>(1000, static_cast<float>(2 * i)));
}

TEST_CASE("cuda plug-in: values go between two devices" * doctest::skip(onGpu())) {
  auto first = cudaDevice(0);
  auto second = cudaDevice(1);
  const auto start = bufferOf(*first, {1, 2, 3});
  const auto there = transferBuffer(start, *second);
  auto program = programOf(*second, "%0: f32[3] = parameter {index=0}\n%1: f32[3] = neg %0\noutputs %1\n");
  auto out = std::make_shared<Buffer>(*second, 12);
  CHECK(runOn(*program, {there}, {out}) == nullptr);
  CHECK(valuesOf(transferBuffer(out, *first)) == std::vector<float>{-1, -2, -3});
  CHECK_THROWS_WITH_AS(cudaDevice(2), "There is no device cuda:2; this machine has 2.", Error);
}

TEST_CASE("cuda plug-in: memory that the device does not have is an error, after what is kept was given back" * doctest::skip(onGpu())) {
  auto device = cudaDevice();
  const size_t bytes = size_t{3} << 29;  // of 4 GiB
  const auto make = [&] { return makeBuffer(*device, bytes, [](void*) {}); };
  {
    const auto kept = make();
    const auto more = make();
    CHECK_THROWS_AS(make(), Error);
    device->runSync([] {});
  }
  CHECK(make() != nullptr);
}

TEST_CASE("cuda plug-in: a profile has the device's own times of calls" * doctest::skip(onGpu())) {
  auto device = cudaDevice();
  auto program = programOf(*device,
                           "%0: f32[8,16] = parameter {index=0, state=false}\n"
                           "%1: f32[16,4] = parameter {index=1, state=false}\n"
                           "%2: f32[8,4] = matmul %0, %1 {transposeA=false, transposeB=false}\n"
                           "%3: f32[8,4] = exp %2\n"
                           "outputs %3\n");
  const auto a = bufferOf(*device, std::vector<float>(128, 1.0f));
  const auto b = bufferOf(*device, std::vector<float>(64, 1.0f));
  device->runSync([&] { device->setProfiler(std::make_unique<Profiler>(true)); });
  const auto start = ProfilerClock::now();
  for (int i = 0; i < 3; ++i) {
    auto out = std::make_shared<Buffer>(*device, 8 * 4 * sizeof(float));
    REQUIRE(runOn(*program, {a, b}, {out}) == nullptr);
  }
  const std::chrono::nanoseconds all = ProfilerClock::now() - start;
  std::unique_ptr<Profiler> profiler;
  device->runSync([&] { profiler = device->takeProfiler(); });
  REQUIRE(profiler->programs().size() == 1);
  const ProgramProfile& profile = *profiler->programs()[0];
  CHECK(profile.runs == 3);
  REQUIRE(profile.calls.size() == 2);
  int64_t inCalls = 0;
  for (const CallProfile& call : profile.calls) {
    CHECK(call.count == 3);
    CHECK(call.leastNanoseconds > 0);
    CHECK(3 * call.leastNanoseconds <= call.nanoseconds);
    inCalls += call.nanoseconds;
  }
  CHECK(inCalls <= all.count());
  DeviceLimits limits{};
  device->runSync([&] { limits = device->limits(); });
  CHECK(limits.halfProductFlopsPerSecond > limits.flopsPerSecond);
}

TEST_CASE("cuda plug-in: tells what it found, and is loaded and unloaded" * doctest::skip(onGpu())) {
  setenv("IBEX_CUDA_LIBRARIES", IBEX_MOCK_CUDA, 1);
  void* handle = dlopen(IBEX_CUDA_PLUGIN, RTLD_NOW | RTLD_LOCAL);
  REQUIRE_MESSAGE(handle != nullptr, dlerror());
  const auto* table = reinterpret_cast<const IbexPluginTable* (*)()>(dlsym(handle, IBEX_PLUGIN_ENTRY))();
  CHECK(std::string(table->name) == "cuda");
  CHECK(table->probe(1) == 0);
  CHECK(table->deviceCount() == 2);
  REQUIRE(table->componentCount() >= 2);
  for (int i = 0; i < 2; ++i) {
    IbexPluginComponent component{};
    CHECK(table->component(i, &component) == 0);
    CHECK(component.found == 1);
    CHECK(std::string(component.path).starts_with(IBEX_MOCK_CUDA));
  }
  IbexPluginDeviceInfo info{};
  CHECK(table->deviceInfo(1, &info) == 0);
  CHECK(std::string(info.name) == "Mock GPU");
  CHECK(info.totalBytes == uint64_t{4} << 30);
  CHECK(table->deviceInfo(2, &info) != 0);
  IbexPluginDevice* device = nullptr;
  REQUIRE(table->openDevice(0, &device) == 0);
  double flops = 0;
  double halfProductFlops = 0;
  double bytes = 0;
  CHECK(table->limits(device, &flops, &halfProductFlops, &bytes) == 0);
  CHECK(flops == doctest::Approx(66.9e12).epsilon(0.01));  // an H100's 132 multiprocessors at 1.98 GHz
  CHECK(halfProductFlops == doctest::Approx(16 * flops));
  CHECK(bytes == doctest::Approx(3.35e12).epsilon(0.01));
  table->closeDevice(device);
  CHECK(dlclose(handle) == 0);
}
