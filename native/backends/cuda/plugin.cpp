// The CUDA backend's table of functions (backends/plugin_abi.h).
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "backends/cuda/lowering.h"
#include "backends/cuda/runtime/cublaslt.h"
#include "backends/cuda/runtime/cudnn.h"
#include "backends/cuda/runtime/device_context.h"
#include "backends/cuda/runtime/device_description.h"
#include "backends/cuda/runtime/libraries.h"
#include "backends/cuda/runtime/missing_ops.h"
#include "backends/plugin_errors.h"
#include "ir/decoder.h"
#include "ir/verifier.h"

using ibex::cuda::DeviceContext;
using ibex::plugin::guarded;

struct IbexPluginDevice {
  DeviceContext context;
};

struct IbexPluginKernel {
  std::unique_ptr<ibex::Kernel> kernel;
};

struct IbexPluginEvent {
  DeviceContext* context;
  ibex::cuda::CuEvent event;
  bool isTime = false;
};

struct IbexPluginRecording {
  DeviceContext* context;
  ibex::cuda::CuGraphExec graph;
};

namespace {

using ibex::cuda::ComponentReport;
using ibex::cuda::Search;

// What the calling thread's last probe found, and whether it was to look anew, which is for reports.
struct Probe {
  std::vector<ComponentReport> components;
  bool reporting = false;
};
Probe& lastProbe() {
  static thread_local Probe last;
  return last;
}

IbexStatus probe(int32_t again) {
  return guarded([&] {
    const Search search = ibex::cuda::searchLibraries(again != 0);
    lastProbe() = {search.components, again != 0};
    if (again != 0 && search.usable != nullptr) {
      lastProbe().components.push_back(ibex::cuda::CublasLt::report());
      lastProbe().components.push_back(ibex::cuda::Cudnn::report());
    }
    if (search.usable == nullptr) throw ibex::Error(ibex::ErrorCode::kUnsupported, search.reason);
  });
}

int32_t componentCount() { return static_cast<int32_t>(lastProbe().components.size()); }

IbexStatus component(int32_t index, IbexPluginComponent* out) {
  return guarded([&] {
    const ComponentReport& report = lastProbe().components.at(static_cast<size_t>(index));
    *out = {report.name.c_str(), report.found ? 1 : 0,  report.needed ? 1 : 0,
            report.version.c_str(), report.path.c_str(), report.advice.c_str()};
  });
}

int32_t deviceCount() {
  const Search search = ibex::cuda::searchLibraries(false);
  return search.usable == nullptr ? 0 : search.usable->deviceCount;
}

IbexStatus deviceInfo(int32_t index, IbexPluginDeviceInfo* out) {
  return guarded([&] {
    static thread_local ibex::cuda::DeviceDescription description;
    description = ibex::cuda::describeDevice(ibex::cuda::libraries(), index, lastProbe().reporting);
    *out = {description.name.c_str(), description.detail.c_str(), description.totalBytes, description.freeBytes};
  });
}

const char* missingOps() {
  static const std::string list = ibex::cuda::missingOps();
  return list.c_str();
}

IbexStatus openDevice(int32_t index, IbexPluginDevice** device) {
  return guarded([&] { *device = new IbexPluginDevice{{ibex::cuda::libraries(), index}}; });
}

void closeDevice(IbexPluginDevice* device) { delete device; }

IbexStatus limits(IbexPluginDevice* device, double* flops, double* halfProductFlops, double* bytes) {
  *flops = device->context.peakFlops();
  *halfProductFlops = device->context.peakHalfProductFlops();
  *bytes = device->context.peakBytes();
  return 0;
}

IbexStatus allocate(IbexPluginDevice* device, uint64_t bytes, void** memory) {
  return guarded([&] { *memory = device->context.allocate(bytes); });
}

void release(IbexPluginDevice* device, void* memory, uint64_t) { device->context.release(memory); }

IbexStatus allocateStaging(IbexPluginDevice* device, uint64_t bytes, void** memory) {
  return guarded([&] { *memory = device->context.allocateStaging(bytes); });
}

void releaseStaging(IbexPluginDevice* device, void* memory, uint64_t) { device->context.releaseStaging(memory); }

IbexStatus upload(IbexPluginDevice* device, void* to, const void* from, uint64_t bytes, IbexPluginEvent* after,
                  IbexPluginEvent** done) {
  return guarded([&] {
    const auto event = device->context.upload(to, from, bytes, after == nullptr ? nullptr : after->event);
    *done = new IbexPluginEvent{&device->context, event};
  });
}

IbexStatus fetch(IbexPluginDevice* device, void* to, const void* from, uint64_t bytes, IbexPluginEvent** done) {
  return guarded([&] { *done = new IbexPluginEvent{&device->context, device->context.fetch(to, from, bytes)}; });
}

IbexStatus download(IbexPluginDevice* device, void* to, const void* from, uint64_t bytes) {
  return guarded([&] { device->context.download(to, from, bytes); });
}

IbexStatus copy(IbexPluginDevice* device, void* to, const void* from, uint64_t bytes) {
  return guarded([&] { device->context.copy(to, from, bytes); });
}

IbexStatus copyFrom(IbexPluginDevice* device, void* to, IbexPluginDevice* source, const void* from, uint64_t bytes,
                    IbexPluginEvent* after) {
  return guarded([&] { device->context.copyFrom(source->context, to, from, bytes, after->event); });
}

IbexStatus synchronize(IbexPluginDevice* device) {
  return guarded([&] { device->context.synchronize(); });
}

IbexStatus check(IbexPluginDevice* device) {
  return guarded([&] { device->context.check(); });
}

IbexStatus prepare(IbexPluginDevice* device, const uint8_t* bytes, uint64_t size, IbexPluginKernel** kernel) {
  return guarded([&] {
    const ibex::Graph graph = ibex::decodeGraph({bytes, size}, ibex::FusedNodes::kAllow);
    ibex::verify(graph);
    const ibex::Node& node = graph.nodes.back();
    const auto lowering = ibex::cuda::findLowering(node.op);
    if (lowering == nullptr) {
      throw ibex::Error(ibex::ErrorCode::kUnsupported,
                        "The CUDA backend has no kernel for '" + std::string(ibex::opInfo(node.op).name) + "'.");
    }
    *kernel = new IbexPluginKernel{lowering(device->context, graph, node)};
  });
}

void destroyKernel(IbexPluginKernel* kernel) { delete kernel; }

uint64_t scratchBytes(const IbexPluginKernel* kernel) { return kernel->kernel->scratchBytes(); }

int32_t inPlaceInput(const IbexPluginKernel* kernel, int32_t output) { return kernel->kernel->inPlaceInput(output); }

uint32_t kernelFlags(const IbexPluginKernel* kernel) {
  return kernel->kernel->recordable() ? IBEX_KERNEL_RECORDABLE : 0;
}

IbexStatus run(IbexPluginKernel* kernel, void* const* io) {
  return guarded([&] { kernel->kernel->run(io); });
}

IbexStatus recordEvent(IbexPluginDevice* device, IbexPluginEvent** event) {
  return guarded([&] { *event = new IbexPluginEvent{&device->context, device->context.recordEvent()}; });
}

IbexStatus eventPassed(IbexPluginEvent* event, int32_t* passed) {
  return guarded([&] { *passed = event->context->eventPassed(event->event) ? 1 : 0; });
}

IbexStatus waitEvent(IbexPluginEvent* event) {
  return guarded([&] { event->context->waitEvent(event->event); });
}

void destroyEvent(IbexPluginEvent* event) {
  if (event->isTime) {
    event->context->destroyTime(event->event);
  } else {
    event->context->destroyEvent(event->event);
  }
  delete event;
}

IbexStatus recordTime(IbexPluginDevice* device, IbexPluginEvent** event) {
  return guarded([&] { *event = new IbexPluginEvent{&device->context, device->context.recordTime(), true}; });
}

IbexStatus timeBetween(IbexPluginEvent* from, IbexPluginEvent* to, int64_t* nanoseconds) {
  return guarded([&] { *nanoseconds = from->context->timeBetween(from->event, to->event); });
}

IbexStatus beginRecording(IbexPluginDevice* device) {
  return guarded([&] { device->context.beginRecording(); });
}

IbexStatus endRecording(IbexPluginDevice* device, IbexPluginRecording** recording) {
  return guarded([&] {
    if (recording == nullptr) return device->context.dropRecording();
    *recording = new IbexPluginRecording{&device->context, device->context.endRecording()};
  });
}

IbexStatus replay(IbexPluginRecording* recording) {
  return guarded([&] { recording->context->replay(recording->graph); });
}

void destroyRecording(IbexPluginRecording* recording) {
  recording->context->destroyRecording(recording->graph);
  delete recording;
}

const IbexPluginTable kTable = {
    .abi = IBEX_PLUGIN_ABI,
    .bytes = sizeof(IbexPluginTable),
    .opTableHash = ibex::kOpTableHash,
    .name = "cuda",
    .build = "g++ " __VERSION__ "; kernels are compiled on the machine that runs them",
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
