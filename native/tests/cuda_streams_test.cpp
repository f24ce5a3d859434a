// Uploads go on beside the device's other work. The mock does each stream's work as early or as late as events allow, so that
// an order that nothing asks for shows as a wrong number.
#include <doctest/doctest.h>

#include <cstring>
#include <future>
#include <memory>
#include <thread>
#include <vector>

#include "tests/cuda_device_fixture.h"
#include "tests/cuda_node_check.h"

using namespace ibex;
using namespace ibex::testing;

namespace {

constexpr const char* kOrder = "IBEX_MOCK_CUDA_STREAMS";
constexpr int kCount = 1000;

// Its output is of another size than its feed, so that it takes no memory that was a feed's.
std::unique_ptr<Program> summing(Device& device) {
  return programOf(device,
                   "%0: f32[1000] = parameter {index=0, state=false}\n"
                   "%1: f32[] = reduce_sum %0 {axes=[0], keepdims=false}\n"
                   "outputs %1\n");
}

BufferPtr filled(Device& device, int value) {
  return bufferOf(device, std::vector<float>(kCount, static_cast<float>(value)));
}

BufferPtr enqueue(Program& program, BufferPtr feed) {
  auto out = std::make_shared<Buffer>(program.device(), sizeof(float));
  program.device().enqueueRun([&program, feed, out] { program.run(std::vector{feed}, std::vector{out}); });
  return out;
}

// What was enqueued has been given to the backend, which need not have done it.
void giveAll(Device& device) {
  device.runSync([] {});
}

}  // namespace

TEST_CASE("cuda streams: work waits for the uploads before it, however late they are" * doctest::skip(onGpu())) {
  const MockSetting late(kOrder, "late");
  auto device = cudaDevice();
  Backend& backend = device->backend();
  const std::vector<float> values(kCount, 3);
  const size_t bytes = kCount * sizeof(float);
  void* staged = device->staging()->allocate(bytes).data;
  std::memcpy(staged, values.data(), bytes);
  const Block from(device->pool(), bytes);
  const Block to(device->pool(), bytes);
  std::vector<float> result(kCount);
  device->runSync([&] {
    const auto uploaded = backend.upload(from.data(), staged, bytes, nullptr);
    backend.copy(to.data(), from.data(), bytes);
    CHECK_FALSE(uploaded->passed());  // nobody waited for it so far
    backend.download(result.data(), to.data(), bytes);
    CHECK(uploaded->passed());
  });
  CHECK(result == values);
  device->staging()->release(staged, bytes);
}

TEST_CASE("cuda streams: an upload waits for what it is told to, however early it could be" * doctest::skip(onGpu())) {
  const MockSetting early(kOrder, "uploads-early");
  auto device = cudaDevice();
  Backend& backend = device->backend();
  const size_t bytes = kCount * sizeof(float);
  void* staged = device->staging()->allocate(bytes).data;
  std::memset(staged, 0, bytes);
  const Block other(device->pool(), bytes);
  const Block used(device->pool(), bytes);
  const Block copy(device->pool(), bytes);
  std::vector<float> result(kCount);
  device->runSync([&] {
    backend.upload(used.data(), std::vector<float>(kCount, 5).data(), bytes, nullptr)->wait();
    backend.copy(copy.data(), used.data(), bytes);
    const auto copied = backend.mark();
    backend.upload(other.data(), staged, bytes, nullptr)->wait();
    CHECK_FALSE(copied->passed());  // it went by
    const auto uploaded = backend.upload(used.data(), staged, bytes, copied.get());
    CHECK_FALSE(uploaded->passed());
    uploaded->wait();
    CHECK(copied->passed());
    backend.download(result.data(), copy.data(), bytes);
  });
  CHECK(result == std::vector<float>(kCount, 5));
  device->staging()->release(staged, bytes);
}

TEST_CASE("cuda streams: a value is read after the run that makes it, and before later ones" * doctest::skip(onGpu())) {
  const MockSetting late(kOrder, "late");
  auto device = cudaDevice();
  auto program = summing(*device);
  const BufferPtr first = enqueue(*program, filled(*device, 1));
  float value = 0;
  std::promise<std::shared_ptr<const Error>> read;
  device->enqueue([&] { readBufferLater(first, &value, sizeof value, [&](auto error) { read.set_value(error); }); });
  const BufferPtr second = enqueue(*program, filled(*device, 2));
  std::unique_ptr<Marker> latest;
  device->runSync([&] { latest = device->backend().mark(); });
  CHECK(read.get_future().get() == nullptr);
  CHECK(value == 1.0f * kCount);
  CHECK_FALSE(latest->passed());
  CHECK(valuesOf(second) == std::vector<float>{2.0f * kCount});
}

TEST_CASE("cuda streams: memory of a feed is written again only after the run that reads it" * doctest::skip(onGpu())) {
  for (const char* order : {"threads", "late", "uploads-early"}) {
    CAPTURE(order);
    const MockSetting setting(kOrder, order);
    auto device = cudaDevice();
    auto program = summing(*device);
    std::vector<BufferPtr> results;
    for (int i = 0; i < 12; ++i) {
      results.push_back(enqueue(*program, filled(*device, i)));
      giveAll(*device);  // the feed's memory is free from here on
    }
    // So two blocks take turns, besides the results' and what the program computes in.
    const MemoryPoolStats stats = device->pool()->stats();
    CHECK(stats.usedBytes + stats.pooledBytes < device->arenaBytes() + 3 * 4096);
    for (int i = 0; i < 12; ++i) {
      CHECK(valuesOf(results[static_cast<size_t>(i)]) == std::vector<float>{static_cast<float>(i * kCount)});
    }
  }
}

TEST_CASE("cuda streams: the next upload does not wait for the latest run" * doctest::skip(onGpu())) {
  const MockSetting early(kOrder, "uploads-early");
  auto device = cudaDevice();
  auto program = summing(*device);
  std::vector<BufferPtr> results;
  std::unique_ptr<Marker> latest;
  for (int i = 0; i < 8; ++i) {
    const BufferPtr feed = filled(*device, i);
    giveAll(*device);
    // Staging memory is given back when the upload has been done, which nothing but the upload itself is waited for.
    while (device->staging()->stats().usedBytes > 0) std::this_thread::yield();
    if (latest) CHECK_FALSE(latest->passed());
    results.push_back(enqueue(*program, feed));
    device->runSync([&] { latest = device->backend().mark(); });
  }
  for (int i = 0; i < 8; ++i) {
    CHECK(valuesOf(results[static_cast<size_t>(i)]) == std::vector<float>{static_cast<float>(i * kCount)});
  }
}

TEST_CASE("cuda streams: values and variables go between devices in the order of both" * doctest::skip(onGpu())) {
  for (const char* order : {"threads", "late", "uploads-early"}) {
    for (const char* reach : {"0", "1"}) {
      CAPTURE(order);
      CAPTURE(reach);
      const MockSetting setting(kOrder, order);
      const MockSetting peers("IBEX_MOCK_CUDA_PEERS", reach);
      auto first = cudaDevice(0);
      auto second = cudaDevice(1);
      constexpr const char* kStep =
          "%0: f32[4] = parameter {index=0, state=false}\n"
          "%1: f32[4] = parameter {index=0, state=true}\n"
          "%2: f32[4] = add %1, %0\n"
          "outputs %2\n"
          "update 0 %2\n";
      auto variable = variableOf(bufferOf(*first, {0, 0, 0, 0}));
      std::vector<BufferPtr> sums;
      std::vector<std::unique_ptr<Program>> programs;
      for (int i = 0; i < 10; ++i) {
        Device& device = i % 3 == 0 ? *first : *second;
        programs.push_back(programOf(device, kStep));
        programs.back()->bind({variable});
        moveVariable(variable, device);
        auto feed = transferBuffer(bufferOf(i % 2 == 0 ? *first : *second, std::vector<float>(4, 1)), device);
        sums.push_back(std::make_shared<Buffer>(device, 16));
        device.enqueueRun([program = programs.back().get(), feed, out = sums.back()] {
          program->run(std::vector{feed}, std::vector{out});
        });
      }
      for (int i = 0; i < 10; ++i) {
        CHECK(valuesOf(sums[static_cast<size_t>(i)]) == std::vector<float>(4, static_cast<float>(i + 1)));
      }
      CHECK(valuesOf(variable) == std::vector<float>(4, 10));
    }
  }
}
