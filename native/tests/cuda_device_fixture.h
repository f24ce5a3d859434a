// What tests of libibex_cuda.so as the core uses it share: devices of the mock, and values and programs on them.
#pragma once

#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "backends/plugin_backend.h"
#include "executor/program.h"
#include "executor/transfer.h"
#include "ir/encoder.h"
#include "ir/parser.h"

namespace ibex::testing {

// A setting of the mock, for a while.
class MockSetting {
 public:
  MockSetting(const char* name, const char* value) : name_(name) { setenv(name, value, 1); }
  ~MockSetting() { unsetenv(name_); }
  MockSetting(const MockSetting&) = delete;
  MockSetting& operator=(const MockSetting&) = delete;

 private:
  const char* name_;
};

inline std::unique_ptr<Device> cudaDevice(int index = 0) {
  setenv("IBEX_CUDA_LIBRARIES", IBEX_MOCK_CUDA, 1);
  setenv("IBEX_MOCK_CUDA_FENCE", "1", 1);
  setenv("IBEX_CUDA_CACHE", "off", 1);
  auto backend = std::make_shared<plugin::PluginBackend>(plugin::Library::open(IBEX_CUDA_PLUGIN), index);
  return std::make_unique<Device>(std::move(backend), "cuda:" + std::to_string(index));
}

inline BufferPtr bufferOf(Device& device, const std::vector<float>& values) {
  return makeBuffer(device, values.size() * sizeof(float),
                    [&](void* memory) { std::memcpy(memory, values.data(), values.size() * sizeof(float)); });
}

inline std::vector<float> valuesOf(const BufferPtr& buffer) {
  std::vector<float> values(buffer->bytes / sizeof(float));
  buffer->device->runSync([&] { readBuffer(*buffer, values.data(), buffer->bytes); });
  return values;
}

inline VariablePtr variableOf(const BufferPtr& buffer) {
  auto variable = std::make_shared<Variable>(*buffer->device, buffer->bytes);
  buffer->device->runSync([&] { variable->block = buffer->block; });
  return variable;
}

inline std::vector<float> valuesOf(const VariablePtr& variable) {
  auto buffer = std::make_shared<Buffer>(*variable->device, variable->bytes);
  variable->device->runSync([&] { buffer->block = variable->block; });
  return valuesOf(buffer);
}

inline std::unique_ptr<Program> programOf(Device& device, const std::string& text) {
  return std::make_unique<Program>(device, encodeGraph(parseGraph(text)), ProgramOptions{});
}

inline std::shared_ptr<const Error> runOn(Program& program, const std::vector<BufferPtr>& feeds,
                                   const std::vector<BufferPtr>& outputs) {
  std::shared_ptr<const Error> error;
  program.device().runSync([&] { error = program.run(feeds, outputs); });
  return error;
}

}  // namespace ibex::testing
