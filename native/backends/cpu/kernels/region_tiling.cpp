#include <algorithm>

#include "backends/cpu/kernels/region_stage.h"

namespace ibex::cpu {
namespace {

void eraseAxis(StageSpec& spec, size_t axis) {
  const auto at = static_cast<std::ptrdiff_t>(axis);
  spec.space.erase(spec.space.begin() + at);
  spec.reduceAxis.erase(spec.reduceAxis.begin() + at);
  for (StageInput& in : spec.inputs) in.strides.erase(in.strides.begin() + at);
}

// Whether walking axis `a` then `a + 1` is, for every input, one walk with the strides of `a + 1`. Outputs are
// dense, so they never forbid it.
bool mergeable(const StageSpec& spec, size_t a) {
  if (spec.reduceAxis[a] != spec.reduceAxis[a + 1]) return false;
  return std::all_of(spec.inputs.begin(), spec.inputs.end(),
                     [&](const StageInput& in) { return in.strides[a] == in.strides[a + 1] * spec.space[a + 1]; });
}

void mergeAxes(StageSpec& spec) {
  for (size_t a = spec.space.size(); a-- > 0;) {
    if (spec.space[a] == 1) eraseAxis(spec, a);
  }
  for (size_t a = spec.space.size(); a-- > 1;) {
    if (!mergeable(spec, a - 1)) continue;
    spec.space[a] *= spec.space[a - 1];
    eraseAxis(spec, a - 1);
  }
  if (spec.space.empty()) {
    spec.space.push_back(1);
    spec.reduceAxis.push_back(0);
    for (StageInput& in : spec.inputs) in.strides.push_back(0);
  }
}

}  // namespace

Tiling makeTiling(StageSpec& spec, const TileSizes& sizes) {
  spec.reduceAxis.resize(spec.space.size(), 0);
  mergeAxes(spec);
  Tiling t;
  t.extents = spec.space;
  t.reduced = spec.reduceAxis;
  for (int64_t e : t.extents) t.elements *= e;
  if (t.elements == 0) {
    t.tiles = 0;
    return t;
  }
  size_t split = t.extents.size() - 1;
  while (split > 0 && t.extents[split] * t.inner < sizes.shortRow) t.inner *= t.extents[split--];
  t.split = static_cast<int>(split);
  const int64_t extent = t.extents[split];
  const int64_t most = std::max<int64_t>(1, sizes.elements / t.inner);
  t.chunks = (extent + most - 1) / most;
  t.chunk = (extent + t.chunks - 1) / t.chunks;
  // Whole vectors and cache lines, where a chunk has several.
  constexpr int64_t kVector = 64;
  if (t.inner == 1 && t.chunks > 1) t.chunk = std::min(most, (t.chunk + kVector - 1) / kVector * kVector);
  t.chunks = (extent + t.chunk - 1) / t.chunk;
  t.tiles = t.elements / extent / t.inner * t.chunks;
  return t;
}

}  // namespace ibex::cpu
