// What the executor runs programs on: kernels for nodes, and a device's memory and queue of work.
//
// The CPU's work is done when a function returns, and its memory is the host's. Other devices have memory that the host
// can't touch and do their work later, in the order in which it was given to them but for uploads and fetches; markers tell how
// far they are.
#pragma once

#include <cstddef>
#include <cstring>
#include <functional>
#include <memory>

#include "backends/kernel.h"
#include "ir/graph.h"

namespace ibex {

class MemorySource {
 public:
  virtual ~MemorySource() = default;
  virtual void* allocate(size_t bytes) = 0;  // 64-byte aligned; nullptr when there is no memory
  virtual void release(void* memory, size_t bytes) = 0;
};

// A point in a device's work: passed when all that was given to the device before has been done. Any thread may ask, and wait.
class Marker {
 public:
  virtual ~Marker() = default;
  virtual bool passed() = 0;
  virtual void wait() = 0;
};

// Work that was recorded, to be given to the device as a whole.
class Recording {
 public:
  virtual ~Recording() = default;
  virtual void replay() = 0;
};

// What the device can do at most.
struct DeviceLimits {
  double flopsPerSecond;  // float32 multiply-adds, counted as two
  double halfProductFlopsPerSecond;  // likewise, where products are of 16-bit floats
  double bytesPerSecond;  // to and from memory, in a triad
};

class Backend : public MemorySource {
 public:
  virtual const char* name() const = 0;
  // Throws Error{kUnsupported} for what it cannot do, with the node's scope.
  virtual std::unique_ptr<Kernel> prepare(const Graph& graph, const Node& node) = 0;
  // How many threads kernels may use when the calling thread prepares or runs them.
  virtual int threads() const { return 1; }
  // Sets that and gives what held before. Kernels must be run with as many as they were prepared with.
  virtual int limitThreads(int) { return 1; }
  // As measured, or as its clocks tell. May take a fraction of a second, and some memory meanwhile.
  virtual DeviceLimits measureLimits() = 0;

  // Whether its memory is the host's, and its work is done when functions return. If so, the rest need not be given.
  virtual bool isHost() const { return true; }

  // Host memory that upload() takes: the device copies from it on its own. Null for a host.
  virtual std::shared_ptr<MemorySource> staging() { return nullptr; }
  // Goes on beside the device's other work: it waits for earlier uploads and for `after` only (null: for nothing else), and
  // work that is given later waits for it. `from` must stay as it is until the marker that it gives has passed.
  virtual std::unique_ptr<Marker> upload(void* to, const void* from, size_t bytes, const Marker* after) {
    (void)after;
    std::memcpy(to, from, bytes);
    return nullptr;
  }
  // To staging memory, once all work that was given before has been done, and beside what is given later. Both must stay until
  // the marker that it gives has passed.
  virtual std::unique_ptr<Marker> fetch(void* to, const void* from, size_t bytes) {
    std::memcpy(to, from, bytes);
    return nullptr;
  }
  // Waits for the device, and throws what its work did wrong.
  virtual void download(void* to, const void* from, size_t bytes) { std::memcpy(to, from, bytes); }
  // Within the device's memory.
  virtual void copy(void* to, const void* from, size_t bytes) { std::memcpy(to, from, bytes); }
  // From the memory of another device, as work of this one that waits for `after`, a marker of the other. `from` must stay
  // until a marker that was set afterwards has passed. Only where canCopyFrom().
  virtual void copyFrom(Backend& source, void* to, const void* from, size_t bytes, const Marker& after) {
    (void)source, (void)to, (void)from, (void)bytes, (void)after;
  }
  virtual bool canCopyFrom(const Backend& source) const {
    (void)source;
    return false;
  }
  // Waits for all work, and throws what it did wrong.
  virtual void synchronize() {}
  // Throws what work that has been done did wrong, once.
  virtual void check() {}
  virtual std::unique_ptr<Marker> mark() { return nullptr; }
  // One for timeBetween(). Null for a host.
  virtual std::unique_ptr<Marker> markTime() { return nullptr; }
  // Nanoseconds from one such marker to another, both passed, on the device's clock.
  virtual int64_t timeBetween(const Marker& from, const Marker& to) {
    (void)from;
    (void)to;
    return 0;
  }
  // Keeps what `work` gives to the device (copy() and recordable kernels only) instead of having it done. Null for a host.
  virtual std::unique_ptr<Recording> record(const std::function<void()>& work) {
    (void)work;
    return nullptr;
  }
};

}  // namespace ibex
