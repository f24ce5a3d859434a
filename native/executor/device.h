// A device: its backend, its memory, and the one thread that runs programs and copies in the order they came.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "backends/kernel.h"
#include "executor/buffer.h"
#include "executor/memory_pool.h"
#include "executor/profiler.h"

namespace ibex {

class Device {
 public:
  // `queueLimit` runs may wait; enqueueing one more waits for room.
  explicit Device(std::shared_ptr<Backend> backend, size_t queueLimit = 64);
  // Finishes the piece of work under way and drops the rest.
  ~Device();
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;

  Backend& backend() { return *backend_; }
  const std::shared_ptr<MemoryPool>& pool() const { return pool_; }

  // Work that takes long and makes results: bounded in number.
  void enqueueRun(std::function<void()> work);
  // Quick work that only has to keep its place in the order: never waits.
  void enqueue(std::function<void()> work);
  // Runs `work` on the device's thread after all that came before, and waits for it. Its exception is thrown here.
  void runSync(const std::function<void()>& work);

  // Memory for programs to compute in, shared by all of them since they run one after another; on the device's thread.
  void* arena(size_t bytes);
  size_t arenaBytes() const { return arenaBytes_; }

  // An error that no buffer carries (a run without outputs failed); on the device's thread.
  void noteError(std::shared_ptr<const Error> error);
  // The first such error since the last call, or null; on the device's thread.
  std::shared_ptr<const Error> takeError();

  // What notes the times of runs, or null; on the device's thread.
  Profiler* profiler() { return profiler_.get(); }
  std::unique_ptr<Profiler> takeProfiler() { return std::move(profiler_); }
  void setProfiler(std::unique_ptr<Profiler> profiler) { profiler_ = std::move(profiler); }
  // Measured on the first call; on the device's thread.
  const DeviceLimits& limits();

  // Also for the calling thread, which prepares kernels; takes effect on the device's thread in order.
  void setNumThreads(int threads);

 private:
  struct Work {
    std::function<void()> run;
    bool counted;
  };

  void push(std::function<void()> work, bool counted);
  void loop();

  std::shared_ptr<Backend> backend_;
  std::shared_ptr<MemoryPool> pool_;
  std::unique_ptr<Block> arena_;
  std::atomic<size_t> arenaBytes_{0};
  std::shared_ptr<const Error> error_;
  std::unique_ptr<Profiler> profiler_;
  std::optional<DeviceLimits> limits_;

  const size_t queueLimit_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable room_;
  std::deque<Work> queue_;
  size_t countedWaiting_ = 0;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace ibex
