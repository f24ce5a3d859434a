// A caching allocator: freed blocks are kept by size class and given out again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "backends/backend.h"
#include "executor/run_marks.h"

namespace ibex {

struct MemoryPoolStats {
  size_t usedBytes = 0;    // handed out
  size_t pooledBytes = 0;  // freed and kept
  size_t peakBytes = 0;    // the most of both at once
  size_t limitBytes = 0;   // 0 for none
};

// What memory is for: work of the device in its order, or an upload beside that. The first gets the kept block that the device's
// caches may still hold; an upload the one whose last run is the furthest back, and none that the latest run used, so that it
// need not wait for that one.
enum class MemoryUse { kWork, kUpload };

struct PooledMemory {
  void* data;
  uint64_t lastRun;  // no later run of the device used it before; 0 where none did
};

// Thread-safe. Blocks are 64-byte aligned.
class MemoryPool {
 public:
  // name: what errors call it. clock: of the device whose work may still use blocks when they are released. Null where there
  // is none.
  explicit MemoryPool(std::shared_ptr<MemorySource> source, std::string name = "cpu",
                      std::shared_ptr<const RunClock> clock = nullptr)
      : source_(std::move(source)), name_(std::move(name)), clock_(std::move(clock)) {}
  ~MemoryPool();
  MemoryPool(const MemoryPool&) = delete;
  MemoryPool& operator=(const MemoryPool&) = delete;

  // Throws Error{kOutOfMemory}, listing the largest blocks in use, when neither the system nor the limit allows it even
  // with all kept blocks given back.
  PooledMemory allocate(size_t bytes, MemoryUse use = MemoryUse::kWork);
  void release(void* block, size_t bytes);

  // Gives every kept block back to the system.
  void trim();
  // At most so many bytes in use and kept; 0 for no limit.
  void setLimit(size_t bytes);
  MemoryPoolStats stats() const;
  // From here on the peak is the most since.
  void resetPeak();

 private:
  // A kept block; null where there is none that suits.
  PooledMemory takeKept(size_t size, MemoryUse use);
  void* allocateFresh(size_t size);
  void trimLocked();
  std::string describeUse(size_t wanted) const;

  std::shared_ptr<MemorySource> source_;  // blocks may outlive the device
  const std::string name_;
  std::shared_ptr<const RunClock> clock_;
  mutable std::mutex mutex_;
  std::unordered_map<size_t, std::deque<PooledMemory>> kept_;  // in the order in which they were released
  std::unordered_map<void*, size_t> used_;
  MemoryPoolStats stats_;
};

}  // namespace ibex
