// A caching allocator: freed blocks are kept by size class and given out again.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "backends/backend.h"

namespace ibex {

struct MemoryPoolStats {
  size_t usedBytes = 0;    // handed out
  size_t pooledBytes = 0;  // freed and kept
  size_t peakBytes = 0;    // the most of both at once
};

// Thread-safe. Blocks are 64-byte aligned.
class MemoryPool {
 public:
  explicit MemoryPool(std::shared_ptr<MemorySource> source) : source_(std::move(source)) {}
  ~MemoryPool();
  MemoryPool(const MemoryPool&) = delete;
  MemoryPool& operator=(const MemoryPool&) = delete;

  // Throws Error{kOutOfMemory}, listing the largest blocks in use, when neither the system nor the limit allows it even
  // with all kept blocks given back.
  void* allocate(size_t bytes);
  void release(void* block, size_t bytes);

  // Gives every kept block back to the system.
  void trim();
  // At most so many bytes in use and kept; 0 for no limit.
  void setLimit(size_t bytes);
  MemoryPoolStats stats() const;

 private:
  void* allocateFresh(size_t size);
  void trimLocked();
  std::string describeUse(size_t wanted) const;

  std::shared_ptr<MemorySource> source_;  // blocks may outlive the device
  mutable std::mutex mutex_;
  std::unordered_map<size_t, std::vector<void*>> kept_;
  std::unordered_map<void*, size_t> used_;
  MemoryPoolStats stats_;
  size_t limit_ = 0;
};

}  // namespace ibex
