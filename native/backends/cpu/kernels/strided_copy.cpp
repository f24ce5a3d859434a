#include "backends/cpu/kernels/strided_copy.h"

#include <algorithm>
#include <cstring>

#include "backends/cpu/kernels/transpose_tile.h"
#include "backends/cpu/parallel.h"
#include "ir/error.h"

namespace ibex::cpu {
namespace {

constexpr int64_t kGrainBytes = 64 * 1024;  // a thread is worth waking for this much
constexpr int64_t kTileAcross = 64;
constexpr int64_t kTileAlong = 64;

template <size_t kSize>
struct Chunk {
  char bytes[kSize];
};

// Elements may lie at any address (a feed of the caller, a byte-wise slice), so they move through memcpy.
template <size_t kSize>
inline void moveElement(char* dst, const char* src) {
  std::memcpy(dst, src, kSize);
}

template <size_t kSize>
void copyStrided(const char* src, int64_t srcStep, char* dst, int64_t dstStep, int64_t n) {
  for (int64_t i = 0; i < n; ++i) moveElement<kSize>(dst + i * dstStep, src + i * srcStep);
}

template <size_t kSize>
void fillRow(const char* src, char* dst, int64_t n) {
  Chunk<kSize> value;
  std::memcpy(&value, src, kSize);
  for (int64_t i = 0; i < n; ++i) std::memcpy(dst + i * static_cast<int64_t>(kSize), &value, kSize);
}

}  // namespace

StridedCopy::StridedCopy(const Shape& extents, const Shape& srcStrides, const Shape& dstStrides, size_t elementSize)
    : size_(elementSize) {
  const auto step = static_cast<int64_t>(elementSize);
  for (size_t i = 0; i < extents.size(); ++i) {
    if (extents[i] == 0) return;
    if (extents[i] == 1) continue;
    const Axis axis{extents[i], srcStrides[i] * step, dstStrides[i] * step};
    if (rank_ > 0) {
      Axis& outer = axes_[rank_ - 1];
      if (outer.src == axis.src * axis.extent && outer.dst == axis.dst * axis.extent) {
        outer = Axis{outer.extent * axis.extent, axis.src, axis.dst};
        continue;
      }
    }
    if (rank_ == kMaxAxes) throw Error(ErrorCode::kUnsupported, "a copy over more than 16 axes that do not merge");
    axes_[rank_++] = axis;
  }
  if (rank_ == 0) axes_[rank_++] = Axis{1, step, step};
  widen();
  choose();
}

// A short contiguous last axis becomes part of the element: a transpose that keeps 2 floats together moves 8-byte
// elements instead of calling memcpy for each pair.
void StridedCopy::widen() {
  if (rank_ < 2) return;
  const Axis& last = axes_[rank_ - 1];
  const auto step = static_cast<int64_t>(size_);
  const int64_t bytes = last.extent * step;
  if (last.src != step || last.dst != step || bytes > 16 || (bytes & (bytes - 1)) != 0) return;
  --rank_;
  size_ = static_cast<size_t>(bytes);
}

void StridedCopy::choose() {
  const Axis& last = axes_[rank_ - 1];
  const auto step = static_cast<int64_t>(size_);
  kind_ = Kind::kStrided;
  if (last.dst != step) return;
  if (last.src == step) {
    kind_ = Kind::kRows;
  } else if (last.src == 0) {
    kind_ = Kind::kFill;
  } else {
    for (int i = 0; i + 1 < rank_; ++i) {
      if (axes_[i].src == step) {
        across_ = i;
        kind_ = Kind::kTiled;
      }
    }
  }
}

// Calls inner(src, dst, n) for runs along the last axis. Work is split by elements, so one long row spreads too.
template <class Inner>
void StridedCopy::runRows(const char* src, char* dst, Inner&& inner) const {
  int64_t rows = 1;
  for (int i = 0; i + 1 < rank_; ++i) rows *= axes_[i].extent;
  const Axis last = axes_[rank_ - 1];
  const int64_t grain = std::max<int64_t>(1, kGrainBytes / static_cast<int64_t>(size_));
  parallelFor(rows * last.extent, grain, [&](int64_t begin, int64_t end) {
    int64_t index[kMaxAxes] = {};
    int64_t rest = begin / last.extent;
    int64_t column = begin % last.extent;
    const char* s = src;
    char* d = dst;
    for (int i = rank_ - 2; i >= 0; --i) {
      index[i] = rest % axes_[i].extent;
      rest /= axes_[i].extent;
      s += index[i] * axes_[i].src;
      d += index[i] * axes_[i].dst;
    }
    while (begin < end) {
      const int64_t n = std::min(last.extent - column, end - begin);
      inner(s + column * last.src, d + column * last.dst, n);
      begin += n;
      column = 0;
      for (int i = rank_ - 2; i >= 0; --i) {
        s += axes_[i].src;
        d += axes_[i].dst;
        if (++index[i] < axes_[i].extent) break;
        s -= axes_[i].src * axes_[i].extent;
        d -= axes_[i].dst * axes_[i].extent;
        index[i] = 0;
      }
    }
  });
}

// The source is contiguous along axis `across_`, the destination along the last: moves square tiles, so that each
// cache line of the source is used up while it is there.
template <size_t kSize>
void StridedCopy::runTiled(const char* src, char* dst) const {
  const Axis across = axes_[across_];
  const Axis along = axes_[rank_ - 1];
  Axis outer[kMaxAxes];
  int outerRank = 0;
  int64_t units = 1;
  for (int i = 0; i + 1 < rank_; ++i) {
    if (i == across_) continue;
    outer[outerRank++] = axes_[i];
    units *= axes_[i].extent;
  }
  const int64_t tilesAcross = (across.extent + kTileAcross - 1) / kTileAcross;
  const int64_t tilesAlong = (along.extent + kTileAlong - 1) / kTileAlong;
  units *= tilesAcross * tilesAlong;
  const int64_t tileBytes = std::min(across.extent, kTileAcross) * std::min(along.extent, kTileAlong) *
                            static_cast<int64_t>(kSize);
  parallelFor(units, std::max<int64_t>(1, kGrainBytes / tileBytes), [&](int64_t begin, int64_t end) {
    for (int64_t unit = begin; unit < end; ++unit) {
      int64_t rest = unit;
      const int64_t c = rest % tilesAlong * kTileAlong;
      rest /= tilesAlong;
      const int64_t r = rest % tilesAcross * kTileAcross;
      rest /= tilesAcross;
      const char* s = src + r * static_cast<int64_t>(kSize) + c * along.src;
      char* d = dst + r * across.dst + c * static_cast<int64_t>(kSize);
      for (int i = outerRank - 1; i >= 0; --i) {
        const int64_t index = rest % outer[i].extent;
        rest /= outer[i].extent;
        s += index * outer[i].src;
        d += index * outer[i].dst;
      }
      transposeTile<kSize>(s, along.src, d, across.dst, std::min(kTileAcross, across.extent - r),
                           std::min(kTileAlong, along.extent - c));
    }
  });
}

template <size_t kSize>
void StridedCopy::runSized(const char* src, char* dst) const {
  const Axis last = axes_[rank_ - 1];
  switch (kind_) {
    case Kind::kEmpty:
      return;
    case Kind::kRows:
      return runRows(src, dst, [](const char* s, char* d, int64_t n) {
        std::memcpy(d, s, static_cast<size_t>(n) * kSize);
      });
    case Kind::kFill:
      return runRows(src, dst, fillRow<kSize>);
    case Kind::kStrided:
      return runRows(src, dst, [last](const char* s, char* d, int64_t n) {
        copyStrided<kSize>(s, last.src, d, last.dst, n);
      });
    case Kind::kTiled:
      return runTiled<kSize>(src, dst);
  }
}

void StridedCopy::run(const void* src, void* dst) const {
  if (kind_ == Kind::kEmpty) return;
  const auto* s = static_cast<const char*>(src);
  auto* d = static_cast<char*>(dst);
  switch (size_) {
    case 1: return runSized<1>(s, d);
    case 2: return runSized<2>(s, d);
    case 4: return runSized<4>(s, d);
    case 8: return runSized<8>(s, d);
    default: return runSized<16>(s, d);
  }
}

void copyBytes(const void* src, void* dst, size_t bytes) {
  if (src == dst) return;
  parallelFor(static_cast<int64_t>(bytes), kGrainBytes, [&](int64_t begin, int64_t end) {
    std::memcpy(static_cast<char*>(dst) + begin, static_cast<const char*>(src) + begin,
                static_cast<size_t>(end - begin));
  });
}

void fillElements(void* dst, int64_t count, const void* element, size_t elementSize) {
  StridedCopy({count}, {0}, {1}, elementSize).run(element, dst);
}

}  // namespace ibex::cpu
