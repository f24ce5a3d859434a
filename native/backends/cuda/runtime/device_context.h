// A GPU in use: its memory, its streams, and the kernels that were loaded on it.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "backends/cuda/runtime/context.h"
#include "backends/cuda/runtime/kernel_compiler.h"
#include "backends/cuda/runtime/libraries.h"

namespace ibex::cuda {

class DeviceContext final : public Context {
 public:
  // Throws Error{kInvalidArgument} where there is no such device, and what the driver says.
  DeviceContext(const Libraries& libraries, int index);
  // Waits for the device's work.
  ~DeviceContext() override;
  DeviceContext(const DeviceContext&) = delete;
  DeviceContext& operator=(const DeviceContext&) = delete;

  const DeviceTraits& traits() const override { return traits_; }
  const Function& function(const KernelText& text, const char* name) override;
  void copy(void* to, const void* from, size_t bytes) override;
  void clear(void* to, size_t bytes) override;
  FaultSink* faults() override;
  int32_t addFaultOrigin(IndexContext origin) override;
  void* stream() override;
  double measure(const std::function<void(void* stream)>& work) override;
  std::shared_ptr<void> temporary(size_t bytes) override;
  std::shared_ptr<void>& attachment(const void* key) override;
  const void* constant(const void* bytes, size_t count) override;

  const DriverFunctions& driver() const { return libraries_.driver; }

  // Null when there is no memory. Freeing waits for the device's work. Any thread.
  void* allocate(size_t bytes);
  void release(void* memory) noexcept;
  void* allocateStaging(size_t bytes);
  void releaseStaging(void* memory) noexcept;

  // Beside the other work: after earlier uploads and `after` only (which may be null), and before all that comes later. `from`
  // must stay until the event has passed, which the caller destroys.
  CuEvent upload(void* to, const void* from, size_t bytes, CuEvent after = nullptr);
  // From another device's memory, after `after`, an event of the other.
  void copyFrom(const DeviceContext& source, void* to, const void* from, size_t bytes, CuEvent after);
  // After the other work so far, and beside what comes later. Both must stay until the event has passed, which the caller
  // destroys.
  CuEvent fetch(void* to, const void* from, size_t bytes);
  void download(void* to, const void* from, size_t bytes);
  // Waits for everything, and throws what it did wrong.
  void synchronize();
  // Throws what work that has been done did wrong, once, unless nothing works any more.
  void check();

  CuEvent recordEvent() { return recordEventOn(stream_); }
  bool eventPassed(CuEvent event);
  void waitEvent(CuEvent event);
  void destroyEvent(CuEvent event) noexcept;
  // An event for timeBetween(), which destroyTime() frees.
  CuEvent recordTime();
  int64_t timeBetween(CuEvent from, CuEvent to);  // nanoseconds; both have passed
  void destroyTime(CuEvent event) noexcept;

  void beginRecording();
  CuGraphExec endRecording();
  void dropRecording() noexcept;
  void replay(CuGraphExec recorded);
  void destroyRecording(CuGraphExec recorded) noexcept;

  double peakFlops() const { return peakFlops_; }
  // Of products of 16-bit floats.
  double peakHalfProductFlops() const { return peakHalfProductFlops_; }
  double peakBytes() const { return peakBytes_; }

 protected:
  void launchBytes(const Function& function, const LaunchShape& shape, const void* arguments, size_t bytes) override;

 private:
  // What the kernels' FaultSink is to the host.
  struct Fault;
  struct Module;
  struct KeyHash {
    size_t operator()(const CacheKey& key) const { return key.low; }
  };

  void makeCurrent() const;
  CuEvent recordEventOn(CuStream stream);
  void reachMemoryOf(const DeviceContext& other);
  void readTraits();
  void finish();
  // Makes the function ready for launches, once it is compiled.
  void load(Function& function);
  CuStream streamOfThread() const;

  const Libraries& libraries_;
  CuDevice device_ = 0;
  CuContext context_ = nullptr;
  CuStream stream_ = nullptr;
  CuStream uploads_ = nullptr;
  CuStream fetches_ = nullptr;
  CuStream setup_ = nullptr;  // for what nodes want when they are prepared, whatever the other is doing
  DeviceTraits traits_;
  double peakFlops_ = 0;
  double peakHalfProductFlops_ = 0;
  double peakBytes_ = 0;

  Fault* fault_ = nullptr;  // pinned memory of the host
  FaultSink* faultOnDevice_ = nullptr;

  std::vector<CuContext> peers_;  // whose memory was asked for; on the device's thread

  std::mutex loadMutex_;
  std::mutex setupMutex_;
  std::mutex mutex_;  // of what follows: kernels may be prepared by any thread
  std::vector<IndexContext> origins_;
  std::unordered_map<std::string, void*> constants_;
  std::unordered_map<const void*, std::shared_ptr<void>> attachments_;
  std::vector<CuEvent> events_;  // to be used again
  std::unordered_map<CacheKey, std::unique_ptr<Module>, KeyHash> modules_;
  KernelCompiler compiler_;
};

}  // namespace ibex::cuda
