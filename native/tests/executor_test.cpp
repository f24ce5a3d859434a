#include <doctest/doctest.h>

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <chrono>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "backends/cpu/cpu_backend.h"
#include "executor/device.h"
#include "executor/program.h"
#include "executor/transfer.h"
#include "executor/work_estimate.h"
#include "ir/encoder.h"
#include "ir/parser.h"

using namespace ibex;

namespace {

std::unique_ptr<Device> makeDevice(size_t queueLimit = 64) {
  return std::make_unique<Device>(std::make_shared<cpu::CpuBackend>(), "cpu", queueLimit);
}

BufferPtr bufferOf(Device& device, const std::vector<float>& values) {
  auto buffer = std::make_shared<Buffer>(device, values.size() * sizeof(float));
  buffer->block = std::make_shared<Block>(device.pool(), buffer->bytes);
  std::memcpy(buffer->block->data(), values.data(), buffer->bytes);
  return buffer;
}

std::vector<float> valuesOf(const BlockPtr& block) {
  std::vector<float> values(block->bytes() / sizeof(float));
  std::memcpy(values.data(), block->data(), block->bytes());
  return values;
}

std::unique_ptr<Program> programOf(Device& device, const std::string& text) {
  return std::make_unique<Program>(device, encodeGraph(parseGraph(text)), ProgramOptions{});
}

std::shared_ptr<const Error> runOn(Device& device, Program& program, std::vector<BufferPtr> feeds,
                                   std::vector<BufferPtr> outputs) {
  std::shared_ptr<const Error> error;
  device.runSync([&] { error = program.run(feeds, outputs); });
  return error;
}

// A device whose work ends when the gate opens.
class GatedBackend final : public Backend {
 public:
  explicit GatedBackend(std::shared_future<void> gate) : gate_(std::move(gate)) {}
  const char* name() const override { return "gated"; }
  std::unique_ptr<Kernel> prepare(const Graph& graph, const Node& node) override { return cpu_.prepare(graph, node); }
  DeviceLimits measureLimits() override { return cpu_.measureLimits(); }
  void* allocate(size_t bytes) override { return cpu_.allocate(bytes); }
  void release(void* memory, size_t bytes) override { cpu_.release(memory, bytes); }
  bool isHost() const override { return false; }
  std::unique_ptr<Marker> mark() override { return std::make_unique<Gate>(gate_); }

 private:
  struct Gate final : Marker {
    explicit Gate(std::shared_future<void> gate) : opened(std::move(gate)) {}
    bool passed() override { return opened.wait_for(std::chrono::seconds(0)) == std::future_status::ready; }
    void wait() override { opened.wait(); }
    std::shared_future<void> opened;
  };
  std::shared_future<void> gate_;
  cpu::CpuBackend cpu_;
};

}  // namespace

TEST_CASE("executor: a device takes more work while it waits for earlier work") {
  std::promise<void> gate;
  Device device(std::make_shared<GatedBackend>(gate.get_future().share()));
  std::promise<void> done;
  std::atomic<bool> told = false;
  device.enqueue([&] {
    device.whenDone([&] {
      told = true;
      done.set_value();
    });
  });
  int taken = 0;
  for (int i = 0; i < 3; ++i) device.runSync([&] { ++taken; });
  CHECK(taken == 3);
  CHECK_FALSE(told);
  gate.set_value();
  done.get_future().wait();
  CHECK(told);
}

TEST_CASE("executor: a value that does not fit beside what the device's work holds waits for that") {
  auto device = makeDevice();
  constexpr size_t kBytes = 1u << 20;
  device->pool()->setLimit(kBytes + 4096);
  const auto zeros = [](void* memory) { std::memset(memory, 0, kBytes); };
  std::promise<void> gate;
  device->enqueue([held = makeBuffer(*device, kBytes, zeros), opened = gate.get_future().share()] { opened.wait(); });
  std::thread opener([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    gate.set_value();
  });
  BufferPtr second;
  CHECK_NOTHROW(second = makeBuffer(*device, kBytes, zeros));
  opener.join();
  // What is still held is no matter of waiting.
  CHECK_THROWS_WITH_AS(makeBuffer(*device, kBytes, zeros), doctest::Contains("Out of memory on cpu: 1.0 MiB more"), Error);
}

TEST_CASE("memory pool: the peak can be taken anew") {
  MemoryPool pool(std::make_shared<cpu::CpuBackend>());
  void* large = pool.allocate(1u << 20).data;
  pool.release(large, 1u << 20);
  pool.trim();
  CHECK(pool.stats().peakBytes == 1u << 20);
  pool.resetPeak();
  CHECK(pool.stats().peakBytes == 0);
  void* small = pool.allocate(4096).data;
  CHECK(pool.stats().peakBytes == 4096);
  pool.release(small, 4096);
}

TEST_CASE("memory pool: an upload gets no memory of the latest run, and the oldest there is") {
  auto clock = std::make_shared<RunClock>(0);
  MemoryPool pool(std::make_shared<cpu::CpuBackend>(), "test", clock);
  const auto releaseAt = [&](uint64_t run, void* block) {
    *clock = run;
    pool.release(block, 4096);
  };
  void* first = pool.allocate(4096).data;
  void* second = pool.allocate(4096).data;
  releaseAt(1, first);
  void* fresh = pool.allocate(4096, MemoryUse::kUpload).data;
  CHECK(fresh != first);
  releaseAt(2, second);
  const PooledMemory reused = pool.allocate(4096, MemoryUse::kUpload);
  CHECK(reused.data == first);
  CHECK(reused.lastRun == 1);
  CHECK(pool.allocate(4096).data == second);  // work is done in order: it may have what the latest run used
  for (void* block : {first, second, fresh}) pool.release(block, 4096);
}

TEST_CASE("memory pool: freed blocks are given out again, and given back on request") {
  auto backend = std::make_shared<cpu::CpuBackend>();
  MemoryPool pool(backend);
  void* first = pool.allocate(1000).data;
  CHECK(reinterpret_cast<uintptr_t>(first) % 64 == 0);
  const size_t used = pool.stats().usedBytes;
  CHECK(used >= 1000);
  pool.release(first, 1000);
  CHECK(pool.stats().usedBytes == 0);
  CHECK(pool.stats().pooledBytes == used);
  CHECK(pool.allocate(990).data == first);
  pool.release(first, 990);
  pool.trim();
  CHECK(pool.stats().pooledBytes == 0);
  CHECK(pool.stats().peakBytes == used);
}

TEST_CASE("memory pool: the limit counts kept blocks, which make room first; the error lists what is in use") {
  MemoryPool pool(std::make_shared<cpu::CpuBackend>());
  pool.setLimit(4u << 20);
  void* kept = pool.allocate(3u << 20).data;
  pool.release(kept, 3u << 20);
  void* other = pool.allocate(2u << 20).data;  // fits only once the kept block is gone
  CHECK(other != nullptr);
  try {
    pool.allocate(3u << 20);
    FAIL("over the limit");
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::kOutOfMemory);
    CHECK(std::string(error.what()).find("2.0 MiB") != std::string::npos);
  }
  pool.setLimit(0);
  void* large = pool.allocate(3u << 20).data;
  pool.release(large, 3u << 20);
  pool.release(other, 2u << 20);
}

TEST_CASE("device: work is done in order, and a sync call hands its exception on") {
  auto device = makeDevice();
  std::string order;
  for (char c = 'a'; c <= 'e'; ++c) device->enqueue([&order, c] { order += c; });
  device->runSync([&] { order += 'f'; });
  CHECK(order == "abcdef");
  CHECK_THROWS_AS(device->runSync([] { throw Error(ErrorCode::kInternal, "no"); }), Error);
  device->runSync([&] { order += 'g'; });
  CHECK(order.back() == 'g');
}

TEST_CASE("device: runs beyond the queue's limit wait for room") {
  auto device = makeDevice(2);
  std::promise<void> gate;
  std::shared_future<void> opened = gate.get_future().share();
  std::atomic<int> enqueued{0};
  device->enqueueRun([opened] { opened.wait(); });
  std::thread producer([&] {
    for (int i = 0; i < 6; ++i) {
      device->enqueueRun([] {});
      ++enqueued;
    }
  });
  // With the first run stuck, at most the limit can be waiting.
  while (enqueued < 2) std::this_thread::yield();
  CHECK(enqueued <= 2);
  gate.set_value();
  producer.join();
  CHECK(enqueued == 6);
}

TEST_CASE("device: it ends with work still queued, which is dropped") {
  std::atomic<int> done{0};
  {
    auto device = makeDevice();
    std::promise<void> started;
    device->enqueue([&] {
      started.set_value();
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      ++done;
    });
    started.get_future().wait();
    for (int i = 0; i < 50; ++i) device->enqueue([&] { ++done; });
  }
  CHECK(done >= 1);
  CHECK(done <= 51);
}

TEST_CASE("program: state is updated in place, unless a snapshot holds it") {
  auto device = makeDevice();
  auto program = programOf(*device, R"(
%0: f32[4] = parameter {index=0, state=true}
%1: f32[4] = parameter {index=0, state=false}
%2: f32[4] = add %0, %1
update 0 %2
)");
  auto variable = std::make_shared<Variable>(*device, 16);
  variable->block = bufferOf(*device, {1, 2, 3, 4})->block;
  program->bind({variable});
  const std::vector<BufferPtr> feeds{bufferOf(*device, {1, 1, 1, 1})};
  const void* home = variable->block->data();
  CHECK(runOn(*device, *program, feeds, {}) == nullptr);
  CHECK(valuesOf(variable->block) == std::vector<float>{2, 3, 4, 5});
  CHECK(variable->block->data() == home);
  const BlockPtr snapshot = variable->block;
  CHECK(runOn(*device, *program, feeds, {}) == nullptr);
  CHECK(valuesOf(snapshot) == std::vector<float>{2, 3, 4, 5});
  CHECK(valuesOf(variable->block) == std::vector<float>{3, 4, 5, 6});
}

TEST_CASE("program: weights that a kernel keeps in its own layout follow changes of the state") {
  auto device = makeDevice();
  auto predict = programOf(*device, R"(
%0: f32[1,5,5,8] = parameter {index=0, state=false}
%1: f32[1,1,8,16] = parameter {index=0, state=true}
%2: f32[16] = parameter {index=1, state=true}
%3: f32[1,5,5,16] = conv %0, %1 {strides=[1,1], padLow=[0,0], padHigh=[0,0], dilation=[1,1], groups=1, spatial=[]}
%4: f32[1,5,5,16] = mul %3, %2
outputs %4
)");
  auto train = programOf(*device, R"(
%0: f32[1,1,8,16] = parameter {index=0, state=true}
%1: f32[1,1,8,16] = add %0, %0
update 0 %1
)");
  const auto variableOf = [&](size_t size, float value) {
    auto variable = std::make_shared<Variable>(*device, size * sizeof(float));
    variable->block = bufferOf(*device, std::vector<float>(size, value))->block;
    return variable;
  };
  const VariablePtr weights = variableOf(128, 1), scale = variableOf(16, 3);
  predict->bind({weights, scale});
  train->bind({weights});
  const std::vector<BufferPtr> feeds{bufferOf(*device, std::vector<float>(200, 1))};
  const auto predicted = [&] {
    const std::vector<BufferPtr> outputs{std::make_shared<Buffer>(*device, 400 * sizeof(float))};
    CHECK(runOn(*device, *predict, feeds, outputs) == nullptr);
    return valuesOf(outputs[0]->block);
  };
  CHECK(predicted() == std::vector<float>(400, 24));
  CHECK(predicted() == std::vector<float>(400, 24));
  CHECK(runOn(*device, *train, {}, {}) == nullptr);
  CHECK(predicted() == std::vector<float>(400, 48));
  const VariablePtr other = variableOf(16, 1);
  predict->bind({weights, other});
  CHECK(predicted() == std::vector<float>(400, 16));
}

TEST_CASE("program: state that does not depend on an index is written after the index was checked") {
  auto device = makeDevice();
  // The update is shallower than the lookup, and so would come before it.
  auto step = programOf(*device, R"(
%0: f32[2] = parameter {index=0, state=true}
%1: i32[1] = parameter {index=0, state=false}
%2: f32[3] = parameter {index=1, state=false}
%3: f32[2] = add %0, %0
%4: f32[3] = exp %2
%5: f32[1] = gather %4, %1 {axis=0} @"model/words"
outputs %5
update 0 %3
)");
  auto variable = std::make_shared<Variable>(*device, 8);
  variable->block = bufferOf(*device, {1, 2})->block;
  step->bind({variable});
  const auto indexOf = [&](int32_t index) {
    auto buffer = std::make_shared<Buffer>(*device, 4);
    buffer->block = std::make_shared<Block>(device->pool(), 4);
    std::memcpy(buffer->block->data(), &index, 4);
    return buffer;
  };
  const BufferPtr table = bufferOf(*device, {0, 1, 2});
  const auto error = runOn(*device, *step, {indexOf(3), table}, {std::make_shared<Buffer>(*device, 4)});
  REQUIRE(error != nullptr);
  REQUIRE(error->fault().has_value());
  CHECK(error->fault()->index == 3);
  CHECK(error->fault()->extent == 3);
  CHECK(error->fault()->position == std::vector<int64_t>{0});
  CHECK(valuesOf(variable->block) == std::vector<float>{1, 2});
  CHECK(runOn(*device, *step, {indexOf(2), table}, {std::make_shared<Buffer>(*device, 4)}) == nullptr);
  CHECK(valuesOf(variable->block) == std::vector<float>{2, 4});
}

TEST_CASE("program: a failed run poisons its outputs, keeps state, and what reads the outputs fails alike") {
  auto device = makeDevice();
  auto gather = programOf(*device, R"(
%0: f32[3] = parameter {index=0, state=false}
%1: i32[2] = constant {data=[0, 7]}
%2: f32[2] = gather %0, %1 {axis=0} @"model/words"
outputs %2
)");
  auto out = std::make_shared<Buffer>(*device, 8);
  const auto error = runOn(*device, *gather, {bufferOf(*device, {1, 2, 3})}, {out});
  REQUIRE(error != nullptr);
  CHECK(error->code() == ErrorCode::kIndexOutOfRange);
  CHECK(error->scope() == "model/words");
  CHECK(out->block == nullptr);
  auto twice = programOf(*device, R"(
%0: f32[2] = parameter {index=0, state=false}
%1: f32[2] = add %0, %0
outputs %1
)");
  auto next = std::make_shared<Buffer>(*device, 8);
  const auto follow = runOn(*device, *twice, {out}, {next});
  REQUIRE(follow != nullptr);
  CHECK(follow->code() == ErrorCode::kIndexOutOfRange);
}

TEST_CASE("program: feeds and variables of another size are refused") {
  auto device = makeDevice();
  auto program = programOf(*device, R"(
%0: f32[4] = parameter {index=0, state=true}
%1: f32[4] = parameter {index=0, state=false}
%2: f32[4] = add %0, %1
outputs %2
)");
  CHECK_THROWS_AS(program->bind({std::make_shared<Variable>(*device, 8)}), Error);
  CHECK_THROWS_AS(program->bind({}), Error);
  CHECK_THROWS_AS(program->checkFeeds(std::vector<BufferPtr>{}), Error);
  CHECK_THROWS_AS(program->checkFeeds(std::vector<BufferPtr>{bufferOf(*device, {1})}), Error);
  // State, but nothing bound to it.
  CHECK_THROWS_AS(program->checkFeeds(std::vector<BufferPtr>{bufferOf(*device, {1, 2, 3, 4})}), Error);
}

TEST_CASE("work estimate: products count their inner extent, convolutions their kernel") {
  const Graph product = parseGraph(R"(
%0: f32[8,16] = parameter {index=0, state=false}
%1: f32[16,4] = parameter {index=1, state=false}
%2: f32[8,4] = matmul %0, %1 {transposeA=false, transposeB=false}
outputs %2
)");
  CHECK(estimateWork(product) == 2 * 8 * 16 * 4);
}
