#include "backends/cuda/runtime/device_context.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <map>
#include <utility>

#include "backends/cuda/runtime/device_description.h"
#include "ir/error.h"

namespace ibex::cuda {

// As the prelude's FaultSink.
struct DeviceContext::Fault {
  int32_t taken;
  int32_t origin;
  int64_t index;
  int64_t at;
  int64_t axis;
  int64_t extent;
};

// A text's functions. The image is loaded with the first launch of one of them.
struct DeviceContext::Module {
  std::shared_future<std::string> image;  // dropped once it is loaded
  CuModule loaded = nullptr;
  std::map<std::string, std::unique_ptr<Function>> functions;
};

struct Function {
  std::string name;
  void* module = nullptr;  // DeviceContext::Module
  std::atomic<CuFunction> loaded = nullptr;
  // Of dynamic memory that it may have. It has asked for all: what a kernel has without depends on its static memory.
  std::atomic<size_t> sharedBytes = 0;
};

namespace {

constexpr size_t kMaxArguments = 4096;
constexpr int kMeasurements = 3;

// The context whose setup stream the thread's work goes to.
thread_local const DeviceContext* measuring = nullptr;

CuDevicePtr address(const void* memory) { return reinterpret_cast<uintptr_t>(memory); }

// Float32 units of a multiprocessor.
int lanesOf(int capability) {
  switch (capability) {
    case 60: case 70: case 72: case 75: case 80: return 64;
    default: return 128;
  }
}

// Multiply-adds of 16-bit floats in a clock of a multiprocessor's tensor cores; as NVIDIA's data sheets have them.
int halfLanesOf(int capability) {
  if (capability < 70) return lanesOf(capability);
  if (capability >= 100) return capability < 120 ? 4096 : 512;
  if (capability >= 90) return 2048;
  return capability == 80 ? 1024 : 512;
}

}  // namespace

DeviceContext::DeviceContext(const Libraries& libraries, int index)
    : libraries_(libraries), compiler_(libraries, capabilityOf(libraries, index)) {
  traits_.capability = capabilityOf(libraries, index);
  checkDriver(driver().deviceGet(&device_, index), "cuDeviceGet");
  readTraits();
  checkDriver(driver().primaryContextRetain(&context_, device_), "cuDevicePrimaryCtxRetain");
  try {
    makeCurrent();
    checkDriver(driver().streamCreate(&stream_, kCuStreamNonBlocking), "cuStreamCreate");
    checkDriver(driver().streamCreate(&uploads_, kCuStreamNonBlocking), "cuStreamCreate");
    checkDriver(driver().streamCreate(&fetches_, kCuStreamNonBlocking), "cuStreamCreate");
    checkDriver(driver().streamCreate(&setup_, kCuStreamNonBlocking), "cuStreamCreate");
    void* fault = nullptr;
    checkDriver(driver().memHostAlloc(&fault, sizeof(Fault), kCuHostAllocPortable | kCuHostAllocDeviceMap),
                "cuMemHostAlloc");
    fault_ = static_cast<Fault*>(fault);
    *fault_ = {};
    CuDevicePtr onDevice = 0;
    checkDriver(driver().memHostGetDevicePointer(&onDevice, fault, 0), "cuMemHostGetDevicePointer");
    faultOnDevice_ = reinterpret_cast<FaultSink*>(static_cast<uintptr_t>(onDevice));
  } catch (...) {
    finish();
    throw;
  }
}

DeviceContext::~DeviceContext() { finish(); }

// What fails here, fails because the device is broken or the process ends: there is nobody to tell.
void DeviceContext::finish() {
  driver().contextSetCurrent(context_);
  if (stream_ != nullptr) driver().streamSynchronize(stream_);  // which waits for the uploads
  if (fetches_ != nullptr) driver().streamSynchronize(fetches_);
  attachments_.clear();
  for (const CuEvent event : events_) driver().eventDestroy(event);
  for (const auto& [bytes, memory] : constants_) driver().memFree(address(memory));
  for (const auto& [key, module] : modules_) {
    if (module->loaded != nullptr) driver().moduleUnload(module->loaded);
  }
  if (fault_ != nullptr) driver().memFreeHost(fault_);
  if (stream_ != nullptr) driver().streamDestroy(stream_);
  if (uploads_ != nullptr) driver().streamDestroy(uploads_);
  if (fetches_ != nullptr) driver().streamDestroy(fetches_);
  if (setup_ != nullptr) driver().streamDestroy(setup_);
  driver().contextSetCurrent(nullptr);
  driver().primaryContextRelease(device_);
}

void DeviceContext::makeCurrent() const {
  checkDriver(driver().contextSetCurrent(context_), "cuCtxSetCurrent");
}

void DeviceContext::readTraits() {
  const auto attribute = [&](int which) {
    int value = 0;
    checkDriver(driver().deviceGetAttribute(&value, which, device_), "cuDeviceGetAttribute");
    return value;
  };
  // What is only told to people; drivers give up some of it.
  const auto ifKnown = [&](int which) {
    int value = 0;
    return driver().deviceGetAttribute(&value, which, device_) == 0 ? value : 0;
  };
  traits_.multiprocessors = attribute(kCuMultiprocessors);
  traits_.sharedBytesPerBlock =
      static_cast<size_t>(std::max(attribute(kCuMaxSharedPerBlock), attribute(kCuMaxSharedPerBlockOptin)));
  traits_.cacheBytes = static_cast<size_t>(attribute(kCuL2Bytes));
  const double clocks = 2.0 * traits_.multiprocessors * ifKnown(kCuClockRate) * 1e3;
  peakFlops_ = clocks * lanesOf(traits_.capability);
  peakHalfProductFlops_ = clocks * halfLanesOf(traits_.capability);
  // Two transfers a clock.
  peakBytes_ = 2.0 * ifKnown(kCuMemoryClockRate) * 1e3 * ifKnown(kCuMemoryBusWidth) / 8;
}

const Function& DeviceContext::function(const KernelText& text, const char* name) {
  const CacheKey key = compiler_.keyOf(text);
  const std::lock_guard lock(mutex_);
  std::unique_ptr<Module>& module = modules_[key];
  if (module == nullptr) {
    module = std::make_unique<Module>();
    module->image = compiler_.compile(text, key);
  }
  std::unique_ptr<Function>& function = module->functions[name];
  if (function == nullptr) {
    function = std::make_unique<Function>();
    function->name = name;
    function->module = module.get();
  }
  return *function;
}

void DeviceContext::load(Function& function) {
  auto& module = *static_cast<Module*>(function.module);
  std::shared_future<std::string> image;
  {
    const std::lock_guard lock(loadMutex_);
    image = module.image;
  }
  if (image.valid()) image.wait();  // without the lock: it may take its time
  const std::lock_guard lock(loadMutex_);
  if (function.loaded != nullptr) return;
  if (module.loaded == nullptr) {
    checkDriver(driver().moduleLoadData(&module.loaded, image.get().c_str()), "cuModuleLoadData");
    module.image = {};
  }
  CuFunction loaded = nullptr;
  checkDriver(driver().moduleGetFunction(&loaded, module.loaded, function.name.c_str()),
              ("cuModuleGetFunction(" + function.name + ")").c_str());
  function.loaded = loaded;
}

void DeviceContext::launchBytes(const Function& constFunction, const LaunchShape& shape, const void* arguments,
                                size_t bytes) {
  // Functions belong to the context; callers have them to launch only.
  auto& function = const_cast<Function&>(constFunction);
  const auto& [grid, block, sharedBytes] = shape;
  if (grid.x == 0 || grid.y == 0 || grid.z == 0) return;
  if (bytes > kMaxArguments) throw Error(ErrorCode::kInternal, "Too many arguments of " + function.name + ".");
  makeCurrent();
  if (function.loaded == nullptr) load(function);
  if (sharedBytes > function.sharedBytes) {
    const std::lock_guard lock(loadMutex_);
    if (sharedBytes > function.sharedBytes) {
      const auto most = static_cast<int>(sharedBytes);
      checkDriver(driver().functionSetAttribute(function.loaded, kCuFunctionMaxDynamicShared, most),
                  "cuFuncSetAttribute");
      function.sharedBytes = sharedBytes;
    }
  }
  const auto u = [](auto n) { return static_cast<unsigned>(n); };
  void* parameters[] = {const_cast<void*>(arguments)};
  const CuResult result =
      driver().launchKernel(function.loaded, u(grid.x), u(grid.y), u(grid.z), u(block.x), u(block.y), u(block.z),
                            u(sharedBytes), streamOfThread(), parameters, nullptr);
  if (result != 0) checkDriver(result, ("cuLaunchKernel(" + function.name + ")").c_str());
}

CuStream DeviceContext::streamOfThread() const { return measuring == this ? setup_ : stream_; }

void* DeviceContext::stream() {
  makeCurrent();
  return streamOfThread();
}

double DeviceContext::measure(const std::function<void(void* stream)>& work) {
  makeCurrent();
  const std::lock_guard lock(setupMutex_);
  CuEvent events[2] = {};
  measuring = this;
  const auto drop = [&] {
    measuring = nullptr;
    for (const CuEvent event : events) {
      if (event != nullptr) driver().eventDestroy(event);
    }
  };
  try {
    for (CuEvent& event : events) checkDriver(driver().eventCreate(&event, 0), "cuEventCreate");
    float least = 0;
    // The first time makes what is made lazily.
    for (int i = 0; i <= kMeasurements; ++i) {
      checkDriver(driver().eventRecord(events[0], setup_), "cuEventRecord");
      work(setup_);
      checkDriver(driver().eventRecord(events[1], setup_), "cuEventRecord");
      checkDriver(driver().streamSynchronize(setup_), "cuStreamSynchronize");
      float milliseconds = 0;
      checkDriver(driver().eventElapsedTime(&milliseconds, events[0], events[1]), "cuEventElapsedTime");
      if (i > 0) least = i == 1 ? milliseconds : std::min(least, milliseconds);
    }
    drop();
    return static_cast<double>(least) / 1e3;
  } catch (...) {
    drop();
    throw;
  }
}

std::shared_ptr<void> DeviceContext::temporary(size_t bytes) {
  void* memory = allocate(std::max<size_t>(bytes, 1));
  if (memory == nullptr) return nullptr;
  return {memory, [this](void* each) { release(each); }};
}

void DeviceContext::copy(void* to, const void* from, size_t bytes) {
  if (bytes == 0) return;
  makeCurrent();
  checkDriver(driver().memcpyDtoDAsync(address(to), address(from), bytes, streamOfThread()), "cuMemcpyDtoDAsync");
}

void DeviceContext::clear(void* to, size_t bytes) {
  if (bytes == 0) return;
  makeCurrent();
  checkDriver(driver().memsetD8Async(address(to), 0, bytes, streamOfThread()), "cuMemsetD8Async");
}

FaultSink* DeviceContext::faults() { return faultOnDevice_; }

int32_t DeviceContext::addFaultOrigin(IndexContext origin) {
  const std::lock_guard lock(mutex_);
  for (size_t i = 0; i < origins_.size(); ++i) {
    const IndexContext& known = origins_[i];
    if (known.op == origin.op && known.scope == origin.scope && known.shape == origin.shape) {
      return static_cast<int32_t>(i);
    }
  }
  origins_.push_back(std::move(origin));
  return static_cast<int32_t>(origins_.size() - 1);
}

std::shared_ptr<void>& DeviceContext::attachment(const void* key) {
  const std::lock_guard lock(mutex_);
  return attachments_[key];  // stays where it is
}

const void* DeviceContext::constant(const void* bytes, size_t count) {
  const std::string content(static_cast<const char*>(bytes), count);
  const std::lock_guard lock(mutex_);
  if (const auto found = constants_.find(content); found != constants_.end()) return found->second;
  void* memory = allocate(std::max<size_t>(count, 1));
  if (memory == nullptr) throw Error(ErrorCode::kOutOfMemory, "There is no memory for constants of kernels.");
  constants_.emplace(content, memory);
  if (count > 0) {
    const std::lock_guard setup(setupMutex_);
    checkDriver(driver().memcpyHtoDAsync(address(memory), content.data(), count, setup_), "cuMemcpyHtoDAsync");
    checkDriver(driver().streamSynchronize(setup_), "cuStreamSynchronize");
  }
  return memory;
}

void* DeviceContext::allocate(size_t bytes) {
  makeCurrent();
  CuDevicePtr memory = 0;
  const CuResult result = driver().memAlloc(&memory, bytes);
  if (result == kCuOutOfMemory) return nullptr;
  checkDriver(result, "cuMemAlloc");
  return reinterpret_cast<void*>(static_cast<uintptr_t>(memory));
}

void DeviceContext::release(void* memory) noexcept {
  driver().contextSetCurrent(context_);
  driver().memFree(address(memory));
}

void* DeviceContext::allocateStaging(size_t bytes) {
  makeCurrent();
  void* memory = nullptr;
  const CuResult result = driver().memHostAlloc(&memory, bytes, kCuHostAllocPortable);
  if (result == kCuOutOfMemory) return nullptr;
  checkDriver(result, "cuMemHostAlloc");
  return memory;
}

void DeviceContext::releaseStaging(void* memory) noexcept {
  driver().contextSetCurrent(context_);
  driver().memFreeHost(memory);
}

CuEvent DeviceContext::upload(void* to, const void* from, size_t bytes, CuEvent after) {
  makeCurrent();
  if (after != nullptr) checkDriver(driver().streamWaitEvent(uploads_, after, 0), "cuStreamWaitEvent");
  if (bytes > 0) checkDriver(driver().memcpyHtoDAsync(address(to), from, bytes, uploads_), "cuMemcpyHtoDAsync");
  CuEvent done = recordEventOn(uploads_);
  const CuResult result = driver().streamWaitEvent(stream_, done, 0);
  if (result != 0) destroyEvent(done);
  checkDriver(result, "cuStreamWaitEvent");
  return done;
}

void DeviceContext::copyFrom(const DeviceContext& source, void* to, const void* from, size_t bytes, CuEvent after) {
  makeCurrent();
  reachMemoryOf(source);
  checkDriver(driver().streamWaitEvent(stream_, after, 0), "cuStreamWaitEvent");
  if (bytes == 0) return;
  checkDriver(driver().memcpyPeerAsync(address(to), context_, address(from), source.context_, bytes, stream_),
              "cuMemcpyPeerAsync");
}

// Where the devices can reach each other's memory, copies go from one to the other; elsewhere the driver takes them through the
// host's. So it is no error when this fails.
void DeviceContext::reachMemoryOf(const DeviceContext& other) {
  if (std::find(peers_.begin(), peers_.end(), other.context_) != peers_.end()) return;
  peers_.push_back(other.context_);
  int can = 0;
  if (driver().deviceCanAccessPeer(&can, device_, other.device_) == 0 && can != 0) {
    driver().contextEnablePeerAccess(other.context_, 0);
  }
}

CuEvent DeviceContext::fetch(void* to, const void* from, size_t bytes) {
  const CuEvent before = recordEvent();
  const CuResult result = driver().streamWaitEvent(fetches_, before, 0);
  destroyEvent(before);
  checkDriver(result, "cuStreamWaitEvent");
  if (bytes > 0) checkDriver(driver().memcpyDtoHAsync(to, address(from), bytes, fetches_), "cuMemcpyDtoHAsync");
  return recordEventOn(fetches_);
}

void DeviceContext::download(void* to, const void* from, size_t bytes) {
  makeCurrent();
  if (bytes > 0) checkDriver(driver().memcpyDtoHAsync(to, address(from), bytes, stream_), "cuMemcpyDtoHAsync");
  synchronize();
}

void DeviceContext::synchronize() {
  makeCurrent();
  checkDriver(driver().streamSynchronize(stream_), "cuStreamSynchronize");
  checkDriver(driver().streamSynchronize(fetches_), "cuStreamSynchronize");
  check();
}

void DeviceContext::check() {
  makeCurrent();
  const CuResult state = driver().streamQuery(stream_);
  if (state != kCuNotReady) checkDriver(state, "cuStreamQuery");
  if (std::atomic_ref(fault_->taken).load(std::memory_order_acquire) == 0) return;
  // The kernel that notes a fault may still be writing the rest of it.
  checkDriver(driver().streamSynchronize(stream_), "cuStreamSynchronize");
  const Fault fault = *fault_;
  std::atomic_ref(fault_->taken).store(0, std::memory_order_release);
  const std::lock_guard lock(mutex_);
  if (fault.origin < 0 || static_cast<size_t>(fault.origin) >= origins_.size()) {
    throw Error(ErrorCode::kInternal, "A kernel noted a fault of a node that there is not.");
  }
  throw indexError(origins_[static_cast<size_t>(fault.origin)], fault.index, fault.at, fault.axis, fault.extent);
}

CuEvent DeviceContext::recordEventOn(CuStream stream) {
  makeCurrent();
  CuEvent event = nullptr;
  {
    const std::lock_guard lock(mutex_);
    if (!events_.empty()) {
      event = events_.back();
      events_.pop_back();
    }
  }
  if (event == nullptr) checkDriver(driver().eventCreate(&event, kCuEventBlockingSync | kCuEventDisableTiming), "cuEventCreate");
  const CuResult result = driver().eventRecord(event, stream);
  if (result != 0) destroyEvent(event);
  checkDriver(result, "cuEventRecord");
  return event;
}

bool DeviceContext::eventPassed(CuEvent event) {
  makeCurrent();
  const CuResult result = driver().eventQuery(event);
  if (result == kCuNotReady) return false;
  checkDriver(result, "cuEventQuery");
  return true;
}

void DeviceContext::waitEvent(CuEvent event) {
  makeCurrent();
  checkDriver(driver().eventSynchronize(event), "cuEventSynchronize");
}

void DeviceContext::destroyEvent(CuEvent event) noexcept {
  const std::lock_guard lock(mutex_);
  events_.push_back(event);
}

CuEvent DeviceContext::recordTime() {
  makeCurrent();
  CuEvent event = nullptr;
  checkDriver(driver().eventCreate(&event, 0), "cuEventCreate");
  const CuResult result = driver().eventRecord(event, stream_);
  if (result != 0) destroyTime(event);
  checkDriver(result, "cuEventRecord");
  return event;
}

int64_t DeviceContext::timeBetween(CuEvent from, CuEvent to) {
  makeCurrent();
  float milliseconds = 0;
  checkDriver(driver().eventElapsedTime(&milliseconds, from, to), "cuEventElapsedTime");
  return static_cast<int64_t>(static_cast<double>(milliseconds) * 1e6);
}

void DeviceContext::destroyTime(CuEvent event) noexcept { driver().eventDestroy(event); }

void DeviceContext::beginRecording() {
  makeCurrent();
  // Relaxed: other threads may allocate and load kernels meanwhile.
  checkDriver(driver().streamBeginCapture(stream_, kCuCaptureRelaxed), "cuStreamBeginCapture");
}

CuGraphExec DeviceContext::endRecording() {
  makeCurrent();
  CuGraph graph = nullptr;
  checkDriver(driver().streamEndCapture(stream_, &graph), "cuStreamEndCapture");
  CuGraphExec recorded = nullptr;
  const CuResult result = driver().graphInstantiate(&recorded, graph, 0);
  driver().graphDestroy(graph);
  checkDriver(result, "cuGraphInstantiate");
  return recorded;
}

void DeviceContext::dropRecording() noexcept {
  driver().contextSetCurrent(context_);
  CuGraph graph = nullptr;
  if (driver().streamEndCapture(stream_, &graph) == 0 && graph != nullptr) driver().graphDestroy(graph);
}

void DeviceContext::replay(CuGraphExec recorded) {
  makeCurrent();
  checkDriver(driver().graphLaunch(recorded, stream_), "cuGraphLaunch");
}

void DeviceContext::destroyRecording(CuGraphExec recorded) noexcept {
  driver().contextSetCurrent(context_);
  driver().graphExecDestroy(recorded);
}

}  // namespace ibex::cuda
