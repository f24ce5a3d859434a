#include "backends/plugin_backend.h"

#include "backends/plugin_errors.h"
#include "ir/encoder.h"
#include "ir/error.h"
#include "ir/isolate_node.h"

namespace ibex::plugin {
namespace {

using DevicePtr = std::shared_ptr<OpenDevice>;

class PluginKernel final : public Kernel {
 public:
  PluginKernel(DevicePtr device, IbexPluginKernel* kernel) : device_(std::move(device)), kernel_(kernel) {}
  ~PluginKernel() override { device_->table().destroyKernel(kernel_); }

  size_t scratchBytes() const override { return device_->table().scratchBytes(kernel_); }
  int inPlaceInput(int output) const override { return device_->table().inPlaceInput(kernel_, output); }
  bool recordable() const override { return (device_->table().kernelFlags(kernel_) & IBEX_KERNEL_RECORDABLE) != 0; }
  void run(void* const* io) override { check(device_->table(), device_->table().run(kernel_, io)); }

 private:
  DevicePtr device_;
  IbexPluginKernel* kernel_;
};

class StagingMemory final : public MemorySource {
 public:
  explicit StagingMemory(DevicePtr device) : device_(std::move(device)) {}
  void* allocate(size_t bytes) override {
    void* memory = nullptr;
    check(device_->table(), device_->table().allocateStaging(device_->handle(), bytes, &memory));
    return memory;
  }
  void release(void* memory, size_t bytes) override {
    device_->table().releaseStaging(device_->handle(), memory, bytes);
  }

 private:
  DevicePtr device_;
};

class EventMarker final : public Marker {
 public:
  EventMarker(DevicePtr device, IbexPluginEvent* event) : device_(std::move(device)), event_(event) {}
  ~EventMarker() override { device_->table().destroyEvent(event_); }
  bool passed() override {
    int32_t passed = 0;
    check(device_->table(), device_->table().eventPassed(event_, &passed));
    return passed != 0;
  }
  void wait() override { check(device_->table(), device_->table().waitEvent(event_)); }
  IbexPluginEvent* event() const { return event_; }

 private:
  DevicePtr device_;
  IbexPluginEvent* event_;
};

// Markers of plug-ins' devices are of one kind.
IbexPluginEvent* eventOf(const Marker& marker) { return static_cast<const EventMarker&>(marker).event(); }

class PluginRecording final : public Recording {
 public:
  PluginRecording(DevicePtr device, IbexPluginRecording* recording)
      : device_(std::move(device)), recording_(recording) {}
  ~PluginRecording() override { device_->table().destroyRecording(recording_); }
  void replay() override { check(device_->table(), device_->table().replay(recording_)); }

 private:
  DevicePtr device_;
  IbexPluginRecording* recording_;
};

}  // namespace

OpenDevice::OpenDevice(std::shared_ptr<const Library> library, int index) : library_(std::move(library)) {
  check(table(), table().openDevice(index, &handle_));
}

OpenDevice::~OpenDevice() { table().closeDevice(handle_); }

PluginBackend::PluginBackend(std::shared_ptr<const Library> library, int index)
    : device_(std::make_shared<OpenDevice>(library, index)), name_(library->name()) {}

std::unique_ptr<Kernel> PluginBackend::prepare(const Graph& graph, const Node& node) {
  const std::vector<uint8_t> bytes = encodeGraph(isolateNode(graph, node));
  IbexPluginKernel* kernel = nullptr;
  try {
    plugin::check(device_->table(), device_->table().prepare(device_->handle(), bytes.data(), bytes.size(), &kernel));
  } catch (const Error& error) {
    throw error.in(graph.scopeOf(node));
  }
  return std::make_unique<PluginKernel>(device_, kernel);
}

DeviceLimits PluginBackend::measureLimits() {
  DeviceLimits limits{};
  plugin::check(device_->table(),
                device_->table().limits(device_->handle(), &limits.flopsPerSecond, &limits.halfProductFlopsPerSecond,
                                        &limits.bytesPerSecond));
  return limits;
}

void* PluginBackend::allocate(size_t bytes) {
  void* memory = nullptr;
  plugin::check(device_->table(), device_->table().allocate(device_->handle(), bytes, &memory));
  return memory;
}

void PluginBackend::release(void* memory, size_t bytes) {
  device_->table().release(device_->handle(), memory, bytes);
}

std::shared_ptr<MemorySource> PluginBackend::staging() { return std::make_shared<StagingMemory>(device_); }

std::unique_ptr<Marker> PluginBackend::upload(void* to, const void* from, size_t bytes, const Marker* after) {
  IbexPluginEvent* done = nullptr;
  plugin::check(device_->table(), device_->table().upload(device_->handle(), to, from, bytes,
                                                          after == nullptr ? nullptr : eventOf(*after), &done));
  return std::make_unique<EventMarker>(device_, done);
}

std::unique_ptr<Marker> PluginBackend::fetch(void* to, const void* from, size_t bytes) {
  IbexPluginEvent* done = nullptr;
  plugin::check(device_->table(), device_->table().fetch(device_->handle(), to, from, bytes, &done));
  return std::make_unique<EventMarker>(device_, done);
}

void PluginBackend::download(void* to, const void* from, size_t bytes) {
  plugin::check(device_->table(), device_->table().download(device_->handle(), to, from, bytes));
}

void PluginBackend::copy(void* to, const void* from, size_t bytes) {
  plugin::check(device_->table(), device_->table().copy(device_->handle(), to, from, bytes));
}

void PluginBackend::copyFrom(Backend& source, void* to, const void* from, size_t bytes, const Marker& after) {
  IbexPluginDevice* other = static_cast<PluginBackend&>(source).device_->handle();
  plugin::check(device_->table(),
                device_->table().copyFrom(device_->handle(), to, other, from, bytes, eventOf(after)));
}

bool PluginBackend::canCopyFrom(const Backend& source) const {
  const auto* other = dynamic_cast<const PluginBackend*>(&source);
  return other != nullptr && &other->device_->table() == &device_->table();
}

void PluginBackend::synchronize() { plugin::check(device_->table(), device_->table().synchronize(device_->handle())); }

void PluginBackend::check() { plugin::check(device_->table(), device_->table().check(device_->handle())); }

std::unique_ptr<Marker> PluginBackend::mark() {
  IbexPluginEvent* event = nullptr;
  plugin::check(device_->table(), device_->table().recordEvent(device_->handle(), &event));
  return std::make_unique<EventMarker>(device_, event);
}

std::unique_ptr<Marker> PluginBackend::markTime() {
  IbexPluginEvent* event = nullptr;
  plugin::check(device_->table(), device_->table().recordTime(device_->handle(), &event));
  return std::make_unique<EventMarker>(device_, event);
}

int64_t PluginBackend::timeBetween(const Marker& from, const Marker& to) {
  int64_t nanoseconds = 0;
  plugin::check(device_->table(), device_->table().timeBetween(eventOf(from), eventOf(to), &nanoseconds));
  return nanoseconds;
}

std::unique_ptr<Recording> PluginBackend::record(const std::function<void()>& work) {
  const IbexPluginTable& table = device_->table();
  plugin::check(table, table.beginRecording(device_->handle()));
  try {
    work();
  } catch (...) {
    table.endRecording(device_->handle(), nullptr);
    throw;
  }
  IbexPluginRecording* recording = nullptr;
  plugin::check(table, table.endRecording(device_->handle(), &recording));
  return std::make_unique<PluginRecording>(device_, recording);
}

}  // namespace ibex::plugin
