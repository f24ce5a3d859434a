// A box of elements that is copied between two strided layouts, brought to its simplest form.
#pragma once

#include <span>
#include <vector>

#include "ir/graph.h"

namespace ibex::cuda {

struct CopyAxis {
  int64_t extent;
  int64_t from;  // strides, in units
  int64_t to;
};

struct CopyPlan {
  std::vector<CopyAxis> axes;  // outermost first; none when it is one unit. In the order of the target
  size_t unit = 1;             // bytes that are moved at once: 1, 2, 4, 8 or 16
  int64_t units = 0;

  bool contiguous() const { return axes.empty() || (axes.size() == 1 && axes[0].from == 1 && axes[0].to == 1); }
  size_t bytes() const { return static_cast<size_t>(units) * unit; }
};

// Strides are in elements, one for each axis of `extents`; the source's may be 0 or negative. offsets: where the box
// may begin in its two tensors, which begin aligned; numbers whose multiples are all the places that there are.
CopyPlan planCopy(const Shape& extents, const Shape& from, const Shape& to, size_t elementSize,
                  std::span<const int64_t> offsets);

}  // namespace ibex::cuda
