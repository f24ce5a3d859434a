#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>

#include "backends/cpu/cpu_backend.h"
#include "executor/device.h"
#include "executor/profiler.h"
#include "executor/program.h"
#include "ir/encoder.h"
#include "ir/parser.h"

using namespace ibex;

namespace {

BufferPtr zeros(Device& device, size_t floats) {
  auto buffer = std::make_shared<Buffer>(device, floats * sizeof(float));
  buffer->block = std::make_shared<Block>(device.pool(), buffer->bytes);
  std::memset(buffer->block->data(), 0, buffer->bytes);
  return buffer;
}

// A matmul, then a region.
constexpr const char* kText = R"(
%0: f32[8,16] = parameter {index=0, state=false}
%1: f32[16,4] = parameter {index=1, state=false}
%2: f32[8,4] = matmul %0, %1 {transposeA=false, transposeB=false}
%3: f32[8,4] = exp %2
outputs %3
)";

}  // namespace

TEST_CASE("profiler: counts calls with what they cost, only while there is one") {
  Device device(std::make_shared<cpu::CpuBackend>(), "cpu");
  ProgramOptions options;
  options.name = "little";
  Program program(device, encodeGraph(parseGraph(kText)), options);
  const std::vector<BufferPtr> feeds{zeros(device, 128), zeros(device, 64)};
  const std::vector<BufferPtr> outputs{zeros(device, 32)};
  const auto run = [&] { device.runSync([&] { REQUIRE(program.run(feeds, outputs) == nullptr); }); };

  run();
  device.runSync([&] { device.setProfiler(std::make_unique<Profiler>(true)); });
  for (int i = 0; i < 3; ++i) run();
  std::unique_ptr<Profiler> profiler;
  device.runSync([&] { profiler = device.takeProfiler(); });
  run();

  REQUIRE(profiler->programs().size() == 1);
  const ProgramProfile& profile = *profiler->programs()[0];
  CHECK(profile.name == "little");
  CHECK(profile.runs == 3);
  REQUIRE(profile.calls.size() == 2);
  int64_t inCalls = 0;
  for (const CallProfile& call : profile.calls) {
    CHECK(call.count == 3);
    CHECK(call.shape == "f32[8,4]");
    CHECK(3 * call.leastNanoseconds <= call.nanoseconds);
    inCalls += call.nanoseconds;
  }
  CHECK(inCalls <= profile.nanoseconds);
  CHECK(profile.calls[0].name == "matmul");
  CHECK(profile.calls[0].cost.flops == 2 * 8 * 4 * 16);
  CHECK(profile.calls[0].cost.bytes == 4 * (8 * 16 + 16 * 4 + 8 * 4));
  CHECK(profile.calls[1].name == "fused(exp)");
  CHECK(profile.calls[1].cost.flops == 8 * 4);
  // The compilation, and three runs of two calls each.
  CHECK(profiler->events().size() == 1 + 3 * (1 + 2));
  for (const TraceEvent& event : profiler->events()) CHECK(event.duration >= 0);

  // Another profiler starts from nothing.
  device.runSync([&] { device.setProfiler(std::make_unique<Profiler>(false)); });
  run();
  device.runSync([&] { profiler = device.takeProfiler(); });
  REQUIRE(profiler->programs().size() == 1);
  CHECK(profiler->programs()[0]->runs == 1);
  CHECK(profiler->events().empty());
}

TEST_CASE("device: its limits are measured once") {
  Device device(std::make_shared<cpu::CpuBackend>(), "cpu");
  DeviceLimits first{};
  DeviceLimits second{};
  device.runSync([&] { first = device.limits(); });
  device.runSync([&] { second = device.limits(); });
  CHECK(first.flopsPerSecond > 0);
  CHECK(first.bytesPerSecond > 0);
  CHECK(second.flopsPerSecond == first.flopsPerSecond);
  CHECK(second.bytesPerSecond == first.bytesPerSecond);
}
