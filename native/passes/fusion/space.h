// The iteration space of a fused region, as flat row-major order cut into as few axes as its operands need. Shapes that
// differ only by a reshape are the same space; only a broadcast, a strided operand or a reduction forces a cut.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "passes/view.h"

namespace ibex {

// More axes than this are not worth a fusion.
inline constexpr size_t kMaxFusedRank = 8;

struct Space {
  // Descending, each a multiple of the next, from the number of elements to 1: axis i has cuts[i] / cuts[i + 1]
  // elements, and a step along it is cuts[i + 1] elements of the flat order.
  std::vector<int64_t> cuts{1};
  std::vector<uint8_t> reduced;  // one per axis

  Space() = default;
  // Of a collapsed view's axes, none reduced. The view is not empty.
  explicit Space(const View& view);

  size_t rank() const { return reduced.size(); }
  int64_t extent(size_t axis) const { return cuts[axis] / cuts[axis + 1]; }
  int64_t elements() const { return cuts.front(); }
  int64_t kept() const;
  bool hasReduction() const;
};

// A space with the reduced axes of `mask` (one per extent of `shape`).
Space reducedSpace(const Shape& shape, const std::vector<uint8_t>& mask);

// One space that both are, with all the cuts; nothing when the cuts cross, make more than maxRank axes, or both reduce
// but other axes. The numbers of elements are equal.
std::optional<Space> mergeSpaces(const Space& a, const Space& b, size_t maxRank = kMaxFusedRank);

// `space` with the cuts of `over`, a space of its kept elements without reductions.
std::optional<Space> mergeKept(const Space& space, const Space& over);

// The view's element stride along each axis of the space, whose cuts include the view's. A view over the kept elements
// (`kept`) has stride 0 along reduced axes.
std::vector<int64_t> stridesOver(const Space& space, const View& view, bool kept);

}  // namespace ibex
