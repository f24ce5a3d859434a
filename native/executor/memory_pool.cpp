#include "executor/memory_pool.h"

#include <algorithm>
#include <bit>

#include "ir/error.h"

namespace ibex {

namespace {

// Size classes: multiples of 64 bytes up to 1 KiB, then four to each power of two, so that a block is at most a quarter
// larger than what was asked for.
size_t sizeClass(size_t bytes) {
  if (bytes <= 1024) return std::max<size_t>(64, (bytes + 63) / 64 * 64);
  const size_t step = std::bit_ceil(bytes) / 8;
  return (bytes + step - 1) / step * step;
}

// 2.5 MiB; of less than one, KiB.
std::string inWords(size_t bytes) {
  const bool small = bytes < (size_t{1} << 20);
  const int shift = small ? 10 : 20;
  const size_t tenths = (bytes * 10 + (size_t{1} << (shift - 1))) >> shift;
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + (small ? " KiB" : " MiB");
}

}  // namespace

MemoryPool::~MemoryPool() {
  trimLocked();
  for (const auto& [block, size] : used_) source_->release(block, size);
}

PooledMemory MemoryPool::allocate(size_t bytes, MemoryUse use) {
  const size_t size = sizeClass(bytes);
  const std::lock_guard lock(mutex_);
  PooledMemory block = takeKept(size, use);
  if (block.data == nullptr) block.data = allocateFresh(size);
  used_.emplace(block.data, size);
  stats_.usedBytes += size;
  stats_.peakBytes = std::max(stats_.peakBytes, stats_.usedBytes + stats_.pooledBytes);
  return block;
}

PooledMemory MemoryPool::takeKept(size_t size, MemoryUse use) {
  const auto found = kept_.find(size);
  if (found == kept_.end() || found->second.empty()) return {nullptr, 0};
  std::deque<PooledMemory>& kept = found->second;
  PooledMemory block{};
  if (use == MemoryUse::kWork) {
    block = kept.back();
    kept.pop_back();
  } else {
    block = kept.front();
    if (clock_ && block.lastRun > 0 && block.lastRun == clock_->load()) return {nullptr, 0};
    kept.pop_front();
  }
  stats_.pooledBytes -= size;
  return block;
}

void* MemoryPool::allocateFresh(size_t size) {
  const auto fits = [&] { return stats_.limitBytes == 0 || stats_.usedBytes + stats_.pooledBytes + size <= stats_.limitBytes; };
  if (!fits()) trimLocked();
  if (fits()) {
    if (void* block = source_->allocate(size)) return block;
    trimLocked();
    if (void* block = source_->allocate(size)) return block;
  }
  throw Error(ErrorCode::kOutOfMemory, describeUse(size));
}

void MemoryPool::release(void* block, size_t bytes) {
  if (block == nullptr) return;
  const size_t size = sizeClass(bytes);
  const std::lock_guard lock(mutex_);
  used_.erase(block);
  stats_.usedBytes -= size;
  stats_.pooledBytes += size;
  kept_[size].push_back({block, clock_ ? clock_->load() : 0});
}

void MemoryPool::trim() {
  const std::lock_guard lock(mutex_);
  trimLocked();
}

void MemoryPool::trimLocked() {
  for (auto& [size, blocks] : kept_) {
    for (const PooledMemory& block : blocks) source_->release(block.data, size);
  }
  kept_.clear();
  stats_.pooledBytes = 0;
}

void MemoryPool::setLimit(size_t bytes) {
  const std::lock_guard lock(mutex_);
  stats_.limitBytes = bytes;
}

MemoryPoolStats MemoryPool::stats() const {
  const std::lock_guard lock(mutex_);
  return stats_;
}

void MemoryPool::resetPeak() {
  const std::lock_guard lock(mutex_);
  stats_.peakBytes = stats_.usedBytes + stats_.pooledBytes;
}

std::string MemoryPool::describeUse(size_t wanted) const {
  constexpr size_t kShown = 8;
  std::vector<size_t> sizes;
  sizes.reserve(used_.size());
  for (const auto& [block, size] : used_) sizes.push_back(size);
  const size_t shown = std::min(kShown, sizes.size());
  std::partial_sort(sizes.begin(), sizes.begin() + static_cast<std::ptrdiff_t>(shown), sizes.end(), std::greater<>());
  std::string text = "Out of memory on " + name_ + ": " + inWords(wanted) + " more are needed, " + inWords(stats_.usedBytes) +
                     " are in use by " + std::to_string(used_.size()) + " blocks";
  if (stats_.limitBytes != 0) text += ", the limit is " + inWords(stats_.limitBytes);
  text += ". The largest:";
  for (size_t i = 0; i < shown; ++i) text += (i == 0 ? " " : ", ") + inWords(sizes[i]);
  return text + ".";
}

}  // namespace ibex
