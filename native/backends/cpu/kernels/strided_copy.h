// Copies an n-dimensional box of elements between two strided layouts: the engine under transpose, broadcast, slice,
// reverse, pad, concat and the dynamic slices.
#pragma once

#include <cstddef>
#include <cstdint>

#include "ir/graph.h"

namespace ibex::cpu {

class StridedCopy {
 public:
  StridedCopy() = default;
  // Strides are in elements, one per axis of `extents`, source strides may be 0 or negative. Destination strides must
  // be positive and must not make two elements share an address. `elementSize` is 1, 2, 4 or 8 bytes.
  StridedCopy(const Shape& extents, const Shape& srcStrides, const Shape& dstStrides, size_t elementSize);

  // `src` and `dst` point at the element with all indices 0. In parallel when it is large.
  void run(const void* src, void* dst) const;

 private:
  enum class Kind : uint8_t { kEmpty, kRows, kFill, kStrided, kTiled };
  struct Axis {
    int64_t extent;
    int64_t src;  // strides, in bytes
    int64_t dst;
  };

  void widen();
  void choose();
  template <class Inner>
  void runRows(const char* src, char* dst, Inner&& inner) const;
  template <size_t kSize>
  void runSized(const char* src, char* dst) const;
  template <size_t kSize>
  void runTiled(const char* src, char* dst) const;

  static constexpr int kMaxAxes = 16;
  Axis axes_[kMaxAxes] = {};
  int rank_ = 0;  // at least 1 unless empty
  int across_ = -1;  // kTiled: the axis along which the source is contiguous
  size_t size_ = 0;  // bytes of an element, after widening: 1, 2, 4, 8 or 16
  Kind kind_ = Kind::kEmpty;
};

// Copies bytes, in parallel when there are many.
void copyBytes(const void* src, void* dst, size_t bytes);
// Repeats one element of `elementSize` (1, 2, 4, 8) bytes `count` times.
void fillElements(void* dst, int64_t count, const void* element, size_t elementSize);

}  // namespace ibex::cpu
