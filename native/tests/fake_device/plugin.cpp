// A plug-in for tests only: devices fake:0, fake:1 that behave as a GPU does to the executor, on a machine without one.
//
// Kernels are the CPU backend's, but everything else is as on a device: its addresses are none of the host's (touching one
// crashes), work is done later and by another thread, errors show when somebody waits, and work can be recorded and
// replayed. So the executor's, the addon's and the packages' ways to devices run for real; what is NVIDIA's does not.
//
// The environment says how it shall behave: IBEX_FAKE_REASON makes it unusable for that reason, IBEX_FAKE_MEMORY is the
// bytes that each device has, IBEX_FAKE_MISSING lists ops that it pretends to have no kernels for.
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "backends/cpu/cpu_backend.h"
#include "backends/plugin_errors.h"
#include "ir/decoder.h"
#include "ir/verifier.h"
#include "tests/fake_device/stream.h"

using ibex::fake::Stream;
using ibex::fake::Task;
using ibex::plugin::guarded;

struct IbexPluginDevice {
  Stream stream;
  ibex::cpu::CpuBackend cpu;
  std::atomic<uint64_t> used{0};
};

struct IbexPluginKernel {
  IbexPluginDevice* device;
  std::shared_ptr<ibex::Kernel> kernel;
  size_t operands;  // and the scratch
  uint32_t flags;
};

struct IbexPluginEvent {
  IbexPluginDevice* device;
  uint64_t count;
  std::shared_ptr<std::chrono::steady_clock::time_point> time;  // when it passed; of recordTime() only
};

struct IbexPluginRecording {
  IbexPluginDevice* device;
  std::vector<Task> tasks;
};

namespace {

constexpr int32_t kDevices = 2;
// Added to host addresses: no program can have memory there.
constexpr uintptr_t kShift = uintptr_t{1} << 60;

char* toHost(const void* address) {
  return address == nullptr ? nullptr : reinterpret_cast<char*>(reinterpret_cast<uintptr_t>(address) - kShift);
}

void* toDevice(void* address) {
  return address == nullptr ? nullptr : reinterpret_cast<void*>(reinterpret_cast<uintptr_t>(address) + kShift);
}

std::string setting(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

uint64_t memoryOfDevice() {
  const std::string given = setting("IBEX_FAKE_MEMORY");
  return given.empty() ? uint64_t{4} << 30 : std::strtoull(given.c_str(), nullptr, 10);
}

bool isMissing(const std::string& op) {
  return ("," + setting("IBEX_FAKE_MISSING") + ",").find("," + op + ",") != std::string::npos;
}

void requireUsable() {
  const std::string reason = setting("IBEX_FAKE_REASON");
  if (!reason.empty()) throw ibex::Error(ibex::ErrorCode::kUnsupported, reason);
}

IbexStatus probe(int32_t) { return guarded(requireUsable); }

int32_t componentCount() { return 1; }

IbexStatus component(int32_t, IbexPluginComponent* out) {
  *out = {"fake library", setting("IBEX_FAKE_REASON").empty() ? 1 : 0, 1, "1.0", "/nowhere/libfake.so",
          "Install the fake library."};
  return 0;
}

int32_t deviceCount() { return kDevices; }

IbexStatus deviceInfo(int32_t, IbexPluginDeviceInfo* info) {
  *info = {"Fake device", "for tests", memoryOfDevice(), memoryOfDevice()};
  return 0;
}

const char* missingOps() {
  static thread_local std::string list;
  list = setting("IBEX_FAKE_MISSING");
  return list.c_str();
}

IbexStatus openDevice(int32_t index, IbexPluginDevice** device) {
  return guarded([&] {
    requireUsable();
    if (index < 0 || index >= kDevices) {
      throw ibex::Error(ibex::ErrorCode::kInvalidArgument, "There are only fake:0 and fake:1.");
    }
    *device = new IbexPluginDevice;
  });
}

void closeDevice(IbexPluginDevice* device) { delete device; }

IbexStatus limits(IbexPluginDevice* device, double* flops, double* halfProductFlops, double* bytes) {
  return guarded([&] {
    const ibex::DeviceLimits measured = device->cpu.measureLimits();
    *flops = measured.flopsPerSecond;
    *halfProductFlops = measured.halfProductFlopsPerSecond;
    *bytes = measured.bytesPerSecond;
  });
}

IbexStatus allocate(IbexPluginDevice* device, uint64_t bytes, void** memory) {
  *memory = nullptr;
  if (device->used + bytes > memoryOfDevice()) return 0;
  device->used += bytes;
  void* block = device->cpu.allocate(bytes);
  std::memset(block, 0xcd, bytes);
  *memory = toDevice(block);
  return 0;
}

void release(IbexPluginDevice* device, void* memory, uint64_t bytes) {
  device->used -= bytes;
  device->stream.push([device, memory, bytes] { device->cpu.release(toHost(memory), bytes); });
}

IbexStatus allocateStaging(IbexPluginDevice* device, uint64_t bytes, void** memory) {
  *memory = device->cpu.allocate(bytes);
  return 0;
}

void releaseStaging(IbexPluginDevice* device, void* memory, uint64_t bytes) { device->cpu.release(memory, bytes); }

IbexStatus finish(IbexPluginDevice* device) {
  device->stream.wait(device->stream.pushed());
  return guarded([&] { device->stream.throwError(); });
}

// Uploads are done in the order of all work, which is more than is asked for.
IbexStatus upload(IbexPluginDevice* device, void* to, const void* from, uint64_t bytes, IbexPluginEvent*,
                  IbexPluginEvent** done) {
  device->stream.push([=] { std::memcpy(toHost(to), from, bytes); });
  *done = new IbexPluginEvent{device, device->stream.pushed(), nullptr};
  return 0;
}

// Likewise.
IbexStatus fetch(IbexPluginDevice* device, void* to, const void* from, uint64_t bytes, IbexPluginEvent** done) {
  device->stream.push([=] { std::memcpy(to, toHost(from), bytes); });
  *done = new IbexPluginEvent{device, device->stream.pushed()};
  return 0;
}

IbexStatus download(IbexPluginDevice* device, void* to, const void* from, uint64_t bytes) {
  device->stream.push([=] { std::memcpy(to, toHost(from), bytes); });
  return finish(device);
}

IbexStatus copy(IbexPluginDevice* device, void* to, const void* from, uint64_t bytes) {
  device->stream.push([=] { std::memcpy(toHost(to), toHost(from), bytes); });
  return 0;
}

IbexStatus copyFrom(IbexPluginDevice* device, void* to, IbexPluginDevice* source, const void* from, uint64_t bytes,
                    IbexPluginEvent* after) {
  device->stream.push([=, count = after->count] {
    source->stream.wait(count);
    std::memcpy(toHost(to), toHost(from), bytes);
  });
  return 0;
}

IbexStatus synchronize(IbexPluginDevice* device) { return finish(device); }

IbexStatus check(IbexPluginDevice* device) {
  return guarded([&] { device->stream.throwError(); });
}

IbexStatus prepare(IbexPluginDevice* device, const uint8_t* bytes, uint64_t size, IbexPluginKernel** kernel) {
  return guarded([&] {
    const ibex::Graph graph = ibex::decodeGraph({bytes, size}, ibex::FusedNodes::kAllow);
    ibex::verify(graph);
    const ibex::Node& node = graph.nodes.back();
    const std::string op(ibex::opInfo(node.op).name);
    if (isMissing(op)) throw ibex::Error(ibex::ErrorCode::kUnsupported, "The fake backend has no kernel for '" + op + "'.");
    auto made = std::make_unique<IbexPluginKernel>();
    made->device = device;
    const int threads = device->cpu.limitThreads(1);
    made->kernel = device->cpu.prepare(graph, node);
    device->cpu.limitThreads(threads);
    made->operands = node.inputs.size() + node.outputs.size() + 1;
    // One that can't be recorded, as there are on real devices.
    made->flags = node.op == ibex::Op::kTopK ? 0 : IBEX_KERNEL_RECORDABLE;
    *kernel = made.release();
  });
}

void destroyKernel(IbexPluginKernel* kernel) { delete kernel; }

uint64_t scratchBytes(const IbexPluginKernel* kernel) { return kernel->kernel->scratchBytes(); }

int32_t inPlaceInput(const IbexPluginKernel* kernel, int32_t output) { return kernel->kernel->inPlaceInput(output); }

uint32_t kernelFlags(const IbexPluginKernel* kernel) { return kernel->flags; }

IbexStatus run(IbexPluginKernel* kernel, void* const* io) {
  std::vector<void*> addresses(io, io + kernel->operands);
  for (void*& address : addresses) address = toHost(address);
  IbexPluginDevice* device = kernel->device;
  device->stream.push([device, kernel = kernel->kernel, addresses] {
    device->cpu.limitThreads(1);  // of the stream's thread
    kernel->run(addresses.data());
  });
  return 0;
}

IbexStatus recordEvent(IbexPluginDevice* device, IbexPluginEvent** event) {
  *event = new IbexPluginEvent{device, device->stream.pushed(), nullptr};
  return 0;
}

IbexStatus eventPassed(IbexPluginEvent* event, int32_t* passed) {
  *passed = event->device->stream.done(event->count) ? 1 : 0;
  return 0;
}

IbexStatus waitEvent(IbexPluginEvent* event) {
  event->device->stream.wait(event->count);
  return 0;
}

void destroyEvent(IbexPluginEvent* event) { delete event; }

IbexStatus recordTime(IbexPluginDevice* device, IbexPluginEvent** event) {
  const auto time = std::make_shared<std::chrono::steady_clock::time_point>();
  device->stream.push([time] { *time = std::chrono::steady_clock::now(); });
  *event = new IbexPluginEvent{device, device->stream.pushed(), time};
  return 0;
}

IbexStatus timeBetween(IbexPluginEvent* from, IbexPluginEvent* to, int64_t* nanoseconds) {
  *nanoseconds = std::chrono::nanoseconds(*to->time - *from->time).count();
  return 0;
}

IbexStatus beginRecording(IbexPluginDevice* device) {
  device->stream.beginRecording();
  return 0;
}

IbexStatus endRecording(IbexPluginDevice* device, IbexPluginRecording** recording) {
  std::vector<Task> tasks = device->stream.endRecording();
  if (recording != nullptr) *recording = new IbexPluginRecording{device, std::move(tasks)};
  return 0;
}

IbexStatus replay(IbexPluginRecording* recording) {
  for (const Task& task : recording->tasks) recording->device->stream.push(task);
  return 0;
}

void destroyRecording(IbexPluginRecording* recording) { delete recording; }

const IbexPluginTable kTable = {
    .abi = IBEX_PLUGIN_ABI,
    .bytes = sizeof(IbexPluginTable),
    .opTableHash = ibex::kOpTableHash,
    .name = "fake",
    .build = "for tests",
    .lastError = ibex::plugin::describeThreadError,
    .probe = probe,
    .componentCount = componentCount,
    .component = component,
    .deviceCount = deviceCount,
    .deviceInfo = deviceInfo,
    .missingOps = missingOps,
    .openDevice = openDevice,
    .closeDevice = closeDevice,
    .limits = limits,
    .allocate = allocate,
    .release = release,
    .allocateStaging = allocateStaging,
    .releaseStaging = releaseStaging,
    .upload = upload,
    .fetch = fetch,
    .download = download,
    .copy = copy,
    .copyFrom = copyFrom,
    .synchronize = synchronize,
    .check = check,
    .prepare = prepare,
    .destroyKernel = destroyKernel,
    .scratchBytes = scratchBytes,
    .inPlaceInput = inPlaceInput,
    .kernelFlags = kernelFlags,
    .run = run,
    .recordEvent = recordEvent,
    .eventPassed = eventPassed,
    .waitEvent = waitEvent,
    .destroyEvent = destroyEvent,
    .recordTime = recordTime,
    .timeBetween = timeBetween,
    .beginRecording = beginRecording,
    .endRecording = endRecording,
    .replay = replay,
    .destroyRecording = destroyRecording,
};

}  // namespace

extern "C" IBEX_PLUGIN_EXPORT const IbexPluginTable* ibex_plugin(void) { return &kTable; }
