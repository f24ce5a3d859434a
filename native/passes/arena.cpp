#include "passes/arena.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <map>
#include <numeric>
#include <queue>
#include <set>
#include <tuple>
#include <utility>

namespace ibex {
namespace {

// Up to this many buffers, the quadratic placement is tried too.
constexpr size_t kMaxBySize = 1024;

size_t aligned(size_t bytes, size_t alignment) { return (bytes + alignment - 1) / alignment * alignment; }

// Free ranges of the arena so far, by place and by size.
class FreeList {
 public:
  size_t top() const { return top_; }

  // The smallest range that fits, else the end of the arena.
  size_t take(size_t bytes) {
    const auto fit = bySize_.lower_bound({bytes, 0});
    size_t offset = top_;
    size_t size = 0;
    if (fit != bySize_.end()) {
      offset = fit->second;
      size = fit->first;
      remove(offset, size);
    } else if (!byOffset_.empty() && byOffset_.rbegin()->first + byOffset_.rbegin()->second == top_) {
      // The last range ends where the arena does: it only has to grow.
      offset = byOffset_.rbegin()->first;
      size = byOffset_.rbegin()->second;
      remove(offset, size);
      top_ = offset + bytes;
      size = bytes;
    } else {
      top_ += bytes;
      size = bytes;
    }
    if (size > bytes) insert(offset + bytes, size - bytes);
    return offset;
  }

  void give(size_t offset, size_t bytes) {
    const auto next = byOffset_.lower_bound(offset);
    size_t end = offset + bytes;
    if (next != byOffset_.end() && next->first == end) {
      const auto [at, size] = *next;
      remove(at, size);
      end += size;
    }
    const auto after = byOffset_.lower_bound(offset);
    if (after != byOffset_.begin()) {
      const auto [at, size] = *std::prev(after);
      if (at + size == offset) {
        remove(at, size);
        offset = at;
      }
    }
    insert(offset, end - offset);
  }

 private:
  void insert(size_t offset, size_t bytes) {
    byOffset_.emplace(offset, bytes);
    bySize_.emplace(bytes, offset);
  }
  void remove(size_t offset, size_t bytes) {
    byOffset_.erase(offset);
    bySize_.erase({bytes, offset});
  }

  std::map<size_t, size_t> byOffset_;
  std::set<std::pair<size_t, size_t>> bySize_;
  size_t top_ = 0;
};

// As an allocator would, call after call.
size_t placeByTime(std::vector<ArenaBuffer>& buffers, size_t alignment) {
  std::vector<uint32_t> order(buffers.size());
  std::iota(order.begin(), order.end(), 0u);
  // Of buffers born together the larger first.
  std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
    const auto& x = buffers[a];
    const auto& y = buffers[b];
    return std::tie(x.first, y.bytes, a) < std::tie(y.first, x.bytes, b);
  });
  using Death = std::pair<uint32_t, uint32_t>;
  std::priority_queue<Death, std::vector<Death>, std::greater<>> alive;
  FreeList free;
  for (uint32_t i : order) {
    ArenaBuffer& buffer = buffers[i];
    if (buffer.bytes == 0) continue;
    for (; !alive.empty() && alive.top().first < buffer.first; alive.pop()) {
      const ArenaBuffer& dead = buffers[alive.top().second];
      free.give(dead.offset, aligned(dead.bytes, alignment));
    }
    buffer.offset = free.take(aligned(buffer.bytes, alignment));
    alive.emplace(buffer.last, i);
  }
  return free.top();
}

// The largest first, each into the tightest gap between those that live when it does.
size_t placeBySize(std::vector<ArenaBuffer>& buffers, size_t alignment) {
  std::vector<uint32_t> order(buffers.size());
  std::iota(order.begin(), order.end(), 0u);
  std::stable_sort(order.begin(), order.end(),
                   [&](uint32_t a, uint32_t b) { return buffers[a].bytes > buffers[b].bytes; });
  std::vector<uint32_t> placed;  // by offset
  size_t top = 0;
  for (uint32_t i : order) {
    ArenaBuffer& buffer = buffers[i];
    const size_t bytes = aligned(buffer.bytes, alignment);
    if (bytes == 0) continue;
    size_t end = 0;  // of the placed buffers so far that live with this one
    size_t bestGap = SIZE_MAX;
    size_t best = SIZE_MAX;
    for (uint32_t k : placed) {
      const ArenaBuffer& other = buffers[k];
      if (other.last < buffer.first || buffer.last < other.first) continue;
      if (other.offset >= end + bytes && other.offset - end < bestGap) {
        bestGap = other.offset - end;
        best = end;
      }
      end = std::max(end, other.offset + aligned(other.bytes, alignment));
    }
    buffer.offset = best == SIZE_MAX ? end : best;
    top = std::max(top, buffer.offset + bytes);
    const auto at = std::upper_bound(placed.begin(), placed.end(), i, [&](uint32_t a, uint32_t b) {
      return buffers[a].offset < buffers[b].offset;
    });
    placed.insert(at, i);
  }
  return top;
}

}  // namespace

size_t placeBuffers(std::vector<ArenaBuffer>& buffers, size_t alignment) {
  const size_t byTime = placeByTime(buffers, alignment);
  if (buffers.size() > kMaxBySize) return byTime;
  std::vector<ArenaBuffer> other = buffers;
  const size_t bySize = placeBySize(other, alignment);
  if (bySize >= byTime) return byTime;
  buffers = std::move(other);
  return bySize;
}

}  // namespace ibex
