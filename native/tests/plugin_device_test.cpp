// Programs and values on devices of plug-ins, with the fake device: see tests/fake_device/plugin.cpp.
#include <doctest/doctest.h>

#include <cstdlib>
#include <cstring>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "backends/cpu/cpu_backend.h"
#include "backends/plugin_backend.h"
#include "executor/program.h"
#include "executor/transfer.h"
#include "ir/encoder.h"
#include "ir/parser.h"

using namespace ibex;

namespace {

// A setting of the fake device, for a while.
class Setting {
 public:
  Setting(const char* name, const std::string& value) : name_(name) { setenv(name, value.c_str(), 1); }
  ~Setting() { unsetenv(name_); }
  Setting(const Setting&) = delete;
  Setting& operator=(const Setting&) = delete;

 private:
  const char* name_;
};

std::unique_ptr<Device> fakeDevice(int index = 0) {
  auto backend = std::make_shared<plugin::PluginBackend>(plugin::Library::open(IBEX_FAKE_DEVICE), index);
  return std::make_unique<Device>(std::move(backend), "fake:" + std::to_string(index));
}

std::unique_ptr<Device> cpuDevice() { return std::make_unique<Device>(std::make_shared<cpu::CpuBackend>()); }

template <class T>
BufferPtr bufferOf(Device& device, const std::vector<T>& values) {
  return makeBuffer(device, values.size() * sizeof(T),
                    [&](void* memory) { std::memcpy(memory, values.data(), values.size() * sizeof(T)); });
}

template <class T>
std::vector<T> valuesOf(const BufferPtr& buffer) {
  std::vector<T> values(buffer->bytes / sizeof(T));
  buffer->device->runSync([&] { readBuffer(*buffer, values.data(), buffer->bytes); });
  return values;
}

VariablePtr variableOf(const BufferPtr& buffer) {
  auto variable = std::make_shared<Variable>(*buffer->device, buffer->bytes);
  buffer->device->runSync([&] { variable->block = buffer->block; });
  return variable;
}

BufferPtr snapshotOf(const VariablePtr& variable) {
  auto buffer = std::make_shared<Buffer>(*variable->device, variable->bytes);
  variable->device->runSync([&] {
    buffer->block = variable->block;
    buffer->error = variable->error;
  });
  return buffer;
}

std::unique_ptr<Program> programOf(Device& device, const std::string& text) {
  return std::make_unique<Program>(device, encodeGraph(parseGraph(text)), ProgramOptions{});
}

std::shared_ptr<const Error> runOn(Program& program, const std::vector<BufferPtr>& feeds,
                                   const std::vector<BufferPtr>& outputs) {
  std::shared_ptr<const Error> error;
  program.device().runSync([&] { error = program.run(feeds, outputs); });
  return error;
}

constexpr const char* kStep =
    "%0: f32[4] = parameter {index=0, state=false}\n"
    "%1: f32[4] = parameter {index=0, state=true}\n"
    "%2: f32[4] = constant {data=[1,2,3,4]}\n"
    "%3: f32[4] = mul %0, %2\n"
    "%4: f32[4] = add %1, %3\n"
    "%5: f32[] = reduce_sum %4 {axes=[0], keepdims=false}\n"
    "outputs %5\n"
    "update 0 %4\n";

}  // namespace

TEST_CASE("plug-in device: a program runs with feeds, constants, state and outputs") {
  auto device = fakeDevice();
  auto program = programOf(*device, kStep);
  auto variable = variableOf(bufferOf<float>(*device, {10, 20, 30, 40}));
  program->bind({variable});
  const auto feed = bufferOf<float>(*device, {1, 1, 1, 1});
  auto sum = std::make_shared<Buffer>(*device, 4);
  CHECK(runOn(*program, {feed}, {sum}) == nullptr);
  CHECK(valuesOf<float>(sum) == std::vector<float>{110});
  CHECK(valuesOf<float>(snapshotOf(variable)) == std::vector<float>{11, 22, 33, 44});
}

TEST_CASE("plug-in device: runs on the same addresses are recorded, and replayed from the second on") {
  auto device = fakeDevice();
  auto program = programOf(*device,
                           "%0: f32[2] = parameter {index=0, state=false}\n"
                           "%1: f32[2] = parameter {index=0, state=true}\n"
                           "%2: f32[2] = add %1, %0\n"
                           "update 0 %2\n");
  auto variable = variableOf(bufferOf<float>(*device, {0, 0}));
  program->bind({variable});
  const auto one = bufferOf<float>(*device, {1, 2});
  for (int i = 0; i < 6; ++i) CHECK(runOn(*program, {one}, {}) == nullptr);
  CHECK(program->replayed() == 5);
  CHECK(valuesOf<float>(snapshotOf(variable)) == std::vector<float>{6, 12});

  // Other addresses are no replay.
  const auto snapshot = snapshotOf(variable);
  const auto ten = bufferOf<float>(*device, {10, 10});
  CHECK(runOn(*program, {ten}, {}) == nullptr);
  CHECK(program->replayed() == 5);
  CHECK(valuesOf<float>(snapshotOf(variable)) == std::vector<float>{16, 22});
  CHECK(valuesOf<float>(snapshot) == std::vector<float>{6, 12});
}

TEST_CASE("plug-in device: a program with a kernel that can't be recorded is run each time") {
  auto device = fakeDevice();
  auto program = programOf(*device,
                           "%0: f32[4] = parameter {index=0, state=false}\n"
                           "%1: f32[2], %2: i32[2] = top_k %0 {k=2}\n"
                           "outputs %1\n");
  const auto feed = bufferOf<float>(*device, {1, 4, 2, 3});
  for (int i = 0; i < 4; ++i) {
    auto top = std::make_shared<Buffer>(*device, 8);
    CHECK(runOn(*program, {feed}, {top}) == nullptr);
    CHECK(valuesOf<float>(top) == std::vector<float>{4, 3});
  }
  CHECK(program->replayed() == 0);
}

TEST_CASE("plug-in device: values go from device to device, in the order of the queues") {
  auto cpu = cpuDevice();
  auto first = fakeDevice(0);
  auto second = fakeDevice(1);
  const auto start = bufferOf<float>(*cpu, {1, 2, 3, 4});
  auto there = transferBuffer(transferBuffer(transferBuffer(start, *first), *second), *cpu);
  CHECK(there->device == cpu.get());
  CHECK(valuesOf<float>(there) == std::vector<float>{1, 2, 3, 4});
  CHECK(transferBuffer(start, *cpu) == start);

  // A variable moves to where a program needs it, and back, with what was computed meanwhile.
  auto variable = variableOf(bufferOf<float>(*cpu, {0, 0, 0, 0}));
  for (Device* device : {first.get(), cpu.get(), second.get(), first.get(), cpu.get()}) {
    auto program = programOf(*device, kStep);
    program->bind({variable});
    moveVariable(variable, *device);
    auto sum = std::make_shared<Buffer>(*device, 4);
    CHECK(runOn(*program, {transferBuffer(start, *device)}, {sum}) == nullptr);
  }
  CHECK(valuesOf<float>(snapshotOf(variable)) == std::vector<float>{5, 20, 45, 80});
}

TEST_CASE("plug-in device: what a kernel finds wrong shows when a value is read, with the index") {
  auto device = fakeDevice();
  auto program = programOf(*device,
                           "%0: i32[2] = parameter {index=0, state=false}\n"
                           "%1: f32[3] = parameter {index=1, state=false}\n"
                           "%2: f32[2] = gather %1, %0 {axis=0} @\"model/embedding\"\n"
                           "outputs %2\n");
  const auto table = bufferOf<float>(*device, {1, 2, 3});
  auto out = std::make_shared<Buffer>(*device, 8);
  CHECK(runOn(*program, {bufferOf<int32_t>(*device, {0, 7}), table}, {out}) == nullptr);
  try {
    valuesOf<float>(out);
    FAIL("read");
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::kIndexOutOfRange);
    REQUIRE(error.fault().has_value());
    CHECK(error.fault()->index == 7);
    CHECK(error.fault()->extent == 3);
    CHECK(error.scope() == "model/embedding");
  }
  // Once told, it is over.
  auto again = std::make_shared<Buffer>(*device, 8);
  CHECK(runOn(*program, {bufferOf<int32_t>(*device, {0, 2}), table}, {again}) == nullptr);
  CHECK(valuesOf<float>(again) == std::vector<float>{1, 3});
}

TEST_CASE("plug-in device: done is called when the device has done the work, and its error is there then") {
  auto device = fakeDevice();
  auto program = programOf(*device,
                           "%0: i32[1] = parameter {index=0, state=false}\n"
                           "%1: f32[3] = parameter {index=1, state=false}\n"
                           "%2: f32[1] = gather %1, %0 {axis=0}\n"
                           "outputs %2\n");
  const auto index = bufferOf<int32_t>(*device, {3});
  const auto table = bufferOf<float>(*device, {1, 2, 3});
  auto out = std::make_shared<Buffer>(*device, 4);
  std::promise<std::shared_ptr<const Error>> done;
  device->enqueue([&] {
    program->run(std::vector{index, table}, std::vector{out});
    device->whenDone([&, ticket = device->takeTicket()] { done.set_value(device->takeError(ticket)); });
  });
  const auto error = done.get_future().get();
  REQUIRE(error != nullptr);
  CHECK(error->code() == ErrorCode::kIndexOutOfRange);
}

TEST_CASE("plug-in device: all that is under way when a kernel's mistake is found is told of it, and nothing later") {
  auto device = fakeDevice();
  auto program = programOf(*device,
                           "%0: i32[1] = parameter {index=0, state=false}\n"
                           "%1: f32[3] = parameter {index=1, state=false}\n"
                           "%2: f32[1] = gather %1, %0 {axis=0}\n"
                           "outputs %2\n");
  const auto index = bufferOf<int32_t>(*device, {3});
  const auto table = bufferOf<float>(*device, {1, 2, 3});
  std::vector<std::promise<std::shared_ptr<const Error>>> told(3);
  std::vector<float> values(3);
  device->runSync([&] {
    program->run(std::vector{index, table}, std::vector{std::make_shared<Buffer>(*device, 4)});
    device->whenDone([&, ticket = device->takeTicket()] { told[0].set_value(device->takeError(ticket)); });
    readBufferLater(table, values.data(), 12, [&](auto error) { told[1].set_value(error); });
  });
  for (size_t i = 0; i < 2; ++i) {
    const auto error = told[i].get_future().get();
    REQUIRE(error != nullptr);
    CHECK(error->code() == ErrorCode::kIndexOutOfRange);
  }
  device->enqueue([&] {
    readBufferLater(table, values.data(), 12, [&](auto error) { told[2].set_value(error); });
  });
  CHECK(told[2].get_future().get() == nullptr);
  CHECK(values == std::vector<float>{1, 2, 3});
}

TEST_CASE("plug-in device: memory that the device does not have is an error, after what is kept was given back") {
  const Setting memory("IBEX_FAKE_MEMORY", "1000000");
  auto device = fakeDevice();
  {
    const auto kept = bufferOf<uint8_t>(*device, std::vector<uint8_t>(600000));
    CHECK_THROWS_AS(bufferOf<uint8_t>(*device, std::vector<uint8_t>(500000)), Error);
    device->runSync([] {});
  }
  CHECK(bufferOf<uint8_t>(*device, std::vector<uint8_t>(800000)) != nullptr);
}

TEST_CASE("plug-in: says why it can't be used, and what is missing") {
  const auto library = plugin::Library::open(IBEX_FAKE_DEVICE);
  plugin::Report report = library->probe(false);
  CHECK(report.reason.empty());
  CHECK(report.devices.size() == 2);
  CHECK(report.missingOps.empty());
  {
    const Setting reason("IBEX_FAKE_REASON", "There is no fake library.");
    const Setting missing("IBEX_FAKE_MISSING", "sort,conv");
    report = library->probe(true);
    CHECK(report.reason == "There is no fake library.");
    CHECK(report.devices.empty());
    CHECK(report.missingOps == "sort,conv");
    REQUIRE(report.components.size() == 1);
    CHECK_FALSE(report.components[0].found);
    CHECK(report.components[0].advice == "Install the fake library.");
    CHECK_THROWS_WITH_AS(fakeDevice(), "There is no fake library.", Error);
  }
  CHECK_THROWS_AS(fakeDevice(2), Error);
  CHECK_THROWS_AS(plugin::Library::open("/nowhere/libibex_none.so"), Error);
  CHECK_THROWS_AS(plugin::Library::open("libm.so.6"), Error);
}

TEST_CASE("plug-in: an op without a kernel is an error that names it and its layer") {
  const Setting missing("IBEX_FAKE_MISSING", "sort");
  auto device = fakeDevice();
  try {
    programOf(*device,
              "%0: f32[4] = parameter {index=0}\n%1: f32[4] = sort %0 {axis=0, descending=false} @\"model/order\"\n"
              "outputs %1\n");
    FAIL("compiled");
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::kUnsupported);
    CHECK(std::string(error.what()).find("'sort'") != std::string::npos);
    CHECK(error.scope() == "model/order");
  }
}
