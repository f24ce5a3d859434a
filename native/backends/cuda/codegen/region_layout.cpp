#include "backends/cuda/codegen/region_layout.h"

#include <algorithm>

namespace ibex::cuda {
namespace {

constexpr int kBlock = 256;
constexpr int kWarp = 32;
// Enough blocks to fill large devices several times over.
constexpr int64_t kBlocksWanted = 1024;
// Elements that a thread of a reduction should have at least before the axis is split over more blocks.
constexpr int64_t kLaneWork = 16;

int64_t divideUp(int64_t a, int64_t b) { return (a + b - 1) / b; }

// Are the two walked like one axis by every input and output?
bool mergeable(const RegionAxis& outer, const RegionAxis& inner) {
  if (outer.spaceStride != inner.spaceStride * inner.extent) return false;
  for (size_t i = 0; i < outer.inputStrides.size(); ++i) {
    if (outer.inputStrides[i] != inner.inputStrides[i] * inner.extent) return false;
  }
  return true;
}

void append(std::vector<RegionAxis>& axes, RegionAxis axis) {
  if (!axes.empty() && mergeable(axes.back(), axis)) {
    axis.extent *= axes.back().extent;
    axes.back() = std::move(axis);
  } else {
    axes.push_back(std::move(axis));
  }
}

bool dividesAll(int64_t n, const std::vector<RegionAxis>& axes, const RegionAxis* except, size_t input) {
  return std::all_of(axes.begin(), axes.end(), [&](const RegionAxis& axis) {
    return &axis == except || axis.inputStrides[input] % n == 0;
  });
}

// The largest count of elements that all dense operands can be read and written by in aligned accesses of 16 bytes.
int vectorOf(const Region& region, const RegionLayout& layout) {
  const RegionAxis* inner = layout.innermost();
  if (inner == nullptr) return 1;
  size_t largest = 1;
  for (const RegionInput& input : region.inputs) largest = std::max(largest, dtypeSize(input.dtype));
  for (const RegionOutput& output : region.outputs) {
    if (!output.reduced) largest = std::max(largest, dtypeSize(output.dtype));
  }
  int64_t n = 16 / static_cast<int64_t>(largest);
  const auto fits = [&](int64_t count) {
    if (inner->extent % count != 0) return false;
    for (size_t i = 0; i < region.inputs.size(); ++i) {
      if (inner->inputStrides[i] != 1) continue;
      if (region.inputs[i].offset % count != 0) return false;
      if (!dividesAll(count, layout.kept, inner, i) || !dividesAll(count, layout.reduced, inner, i)) return false;
    }
    return true;
  };
  while (n > 1 && !fits(n)) n /= 2;
  return static_cast<int>(n);
}

void splitReduction(RegionLayout& layout) {
  const int64_t lanesWanted = divideUp(layout.reducedCount, static_cast<int64_t>(layout.vector) * 4);
  if (layout.lanesReduce) {
    layout.lanes = kWarp;
    while (layout.lanes < kBlock && layout.lanes < lanesWanted) layout.lanes *= 2;
  } else {
    layout.lanes = 1;
    while (layout.lanes < kBlock / kWarp && layout.lanes < lanesWanted) layout.lanes *= 2;
  }
  layout.items = kBlock / layout.lanes;
  const int64_t blocks = std::max<int64_t>(1, divideUp(layout.keptCount, layout.items));
  const int64_t perSplit = static_cast<int64_t>(layout.lanes) * layout.vector * kLaneWork;
  layout.splits = std::clamp<int64_t>(kBlocksWanted / blocks, 1, std::max<int64_t>(1, layout.reducedCount / perSplit));
  layout.splitExtent = divideUp(divideUp(layout.reducedCount, layout.vector), layout.splits) * layout.vector;
}

}  // namespace

const RegionAxis* RegionLayout::innermost() const {
  const auto& axes = lanesReduce ? reduced : kept;
  return axes.empty() ? nullptr : &axes.back();
}

RegionLayout layOut(const Region& region) {
  RegionLayout layout;
  layout.hasReduction = !region.reductions.empty();
  int64_t stride = 1;
  std::vector<int64_t> spaceStrides(region.space.size());
  for (size_t a = region.space.size(); a-- > 0;) {
    spaceStrides[a] = stride;
    stride *= region.space[a];
  }
  for (size_t a = 0; a < region.space.size(); ++a) {
    const bool isReduced = layout.hasReduction && region.reduceAxis[a] != 0;
    const int64_t extent = region.space[a];
    (isReduced ? layout.reducedCount : layout.keptCount) *= extent;
    if (extent == 1) continue;
    RegionAxis axis{extent, spaceStrides[a], {}};
    for (const RegionInput& input : region.inputs) axis.inputStrides.push_back(input.strides[a]);
    append(isReduced ? layout.reduced : layout.kept, std::move(axis));
    layout.lanesReduce = isReduced;
  }
  if (layout.keptCount == 0 || layout.reducedCount == 0) return layout;
  if (!layout.hasReduction) {
    layout.vector = vectorOf(region, layout);
    return layout;
  }
  if (layout.lanesReduce) layout.vector = vectorOf(region, layout);
  splitReduction(layout);
  return layout;
}

}  // namespace ibex::cuda
