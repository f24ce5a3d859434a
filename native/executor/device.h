// A device: its backend, its memory, and the one thread that gives it programs and copies in the order they came. A second
// thread waits for what the backend does later, so that the first can give it more work meanwhile.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "backends/backend.h"
#include "executor/buffer.h"
#include "executor/memory_pool.h"
#include "executor/profiler.h"
#include "executor/run_marks.h"

namespace ibex {

class Device {
 public:
  // `queueLimit` runs may wait; enqueueing one more waits for room.
  explicit Device(std::shared_ptr<Backend> backend, std::string name = "cpu", size_t queueLimit = 64);
  // Finishes the piece of work under way, waits for the backend, and drops the rest.
  ~Device();
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;

  const std::string& name() const { return name_; }
  Backend& backend() { return *backend_; }
  const std::shared_ptr<Backend>& sharedBackend() { return backend_; }
  const std::shared_ptr<MemoryPool>& pool() const { return pool_; }
  // Host memory to hand data over in. Null where the backend is the host.
  const std::shared_ptr<MemoryPool>& staging() const { return staging_; }

  // Work that takes long and makes results: bounded in number.
  void enqueueRun(std::function<void()> work);
  // Quick work that only has to keep its place in the order: never waits.
  void enqueue(std::function<void()> work);
  // Runs `work` on the device's thread after all that came before, and waits for it. Its exception is thrown here.
  void runSync(const std::function<void()>& work);

  // Waits until all that was enqueued has been done, and lets go of the memory that it held. What went wrong is kept for
  // takeError().
  void finish();

  // Calls `done` when all that was given to the backend so far has been done, well or not. On the device's thread, which
  // also calls it.
  void whenDone(std::function<void()> done);
  // Likewise, when the marker has passed; at once where there is none.
  void whenPassed(std::shared_ptr<Marker> marker, std::function<void()> done);
  // Copies from staging memory beside the device's other work, and keeps `from` until that is done; on the device's thread.
  void upload(const BlockPtr& to, BlockPtr from, size_t bytes);
  // Is to be called before work that uses the device's memory is given to the backend, on the device's thread.
  void beginRun() { marks_.begin(); }

  // Memory for programs to compute in, shared by all of them since they run one after another; on the device's thread.
  void* arena(size_t bytes);
  size_t arenaBytes() const { return arenaBytes_; }

  // An error that no buffer carries (a run without outputs failed); on the device's thread.
  void noteError(std::shared_ptr<const Error> error);
  // The first such error since the last call, or else a faultOf(); on the device's thread.
  std::shared_ptr<const Error> takeError(uint64_t ticket);

  // Work that the backend has finds out late what went wrong, and not whose it was. So all that was under way then is told: it
  // takes a ticket when it is given to the backend. On the device's thread, as the next.
  uint64_t takeTicket() { return ++tickets_; }
  // What work that the backend has done did wrong, or null: now, or since the ticket was taken.
  std::shared_ptr<const Error> faultOf(uint64_t ticket);
  // Waits for the backend, and throws what its work did wrong.
  void synchronize();

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
  // Work that the backend has, and what to call when it has been done.
  struct Pending {
    std::shared_ptr<Marker> marker;
    std::function<void()> done;
  };

  void noteFault(const Error& error);
  void push(std::function<void()> work, bool counted);
  void loop();
  // Calls what was waiting for work that has been done.
  void settle();
  // Waits for pending work, the oldest first, and has it settled.
  void watch();

  std::shared_ptr<Backend> backend_;
  const std::string name_;
  RunMarks marks_;
  std::shared_ptr<MemoryPool> pool_;
  std::shared_ptr<MemoryPool> staging_;
  std::unique_ptr<Block> arena_;
  std::atomic<size_t> arenaBytes_{0};
  std::shared_ptr<const Error> error_;
  uint64_t tickets_ = 0;
  std::shared_ptr<const Error> fault_;  // the latest
  uint64_t faultTickets_ = 0;           // how many were taken when it was found
  std::unique_ptr<Profiler> profiler_;
  std::optional<DeviceLimits> limits_;

  const size_t queueLimit_;
  std::mutex mutex_;  // of what follows, but for the threads
  std::deque<Pending> pending_;
  std::condition_variable watch_;
  std::condition_variable wake_;
  std::condition_variable room_;
  std::deque<Work> queue_;
  size_t countedWaiting_ = 0;
  bool stopping_ = false;
  std::thread watcher_;  // none for a host
  std::thread thread_;
};

}  // namespace ibex
