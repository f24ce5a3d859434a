#include "passes/fusion/space.h"

#include <algorithm>
#include <functional>
#include <iterator>

namespace ibex {
namespace {

// The mask of `space` spread over finer cuts.
std::vector<uint8_t> spreadMask(const Space& space, const std::vector<int64_t>& cuts) {
  std::vector<uint8_t> mask;
  size_t axis = 0;
  for (size_t i = 0; i + 1 < cuts.size(); i++) {
    while (space.cuts[axis + 1] > cuts[i + 1]) axis++;
    mask.push_back(space.reduced[axis]);
  }
  return mask;
}

bool isChain(const std::vector<int64_t>& cuts, size_t maxRank) {
  if (cuts.size() > maxRank + 1) return false;
  for (size_t i = 0; i + 1 < cuts.size(); i++) {
    if (cuts[i] % cuts[i + 1] != 0) return false;
  }
  return true;
}

}  // namespace

Space::Space(const View& view) {
  for (size_t i = view.shape.size(); i-- > 0;) {
    if (view.shape[i] != 1) cuts.push_back(cuts.back() * view.shape[i]);
  }
  std::reverse(cuts.begin(), cuts.end());
  reduced.assign(cuts.size() - 1, 0);
}

int64_t Space::kept() const {
  int64_t n = 1;
  for (size_t i = 0; i < rank(); i++) n *= reduced[i] ? 1 : extent(i);
  return n;
}

bool Space::hasReduction() const { return std::find(reduced.begin(), reduced.end(), 1) != reduced.end(); }

Space reducedSpace(const Shape& shape, const std::vector<uint8_t>& mask) {
  Space space;
  for (size_t i = shape.size(); i-- > 0;) {
    if (shape[i] == 1) continue;
    if (!space.reduced.empty() && space.reduced.back() == mask[i]) {
      space.cuts.back() *= shape[i];
    } else {
      space.cuts.push_back(space.cuts.back() * shape[i]);
      space.reduced.push_back(mask[i]);
    }
  }
  std::reverse(space.cuts.begin(), space.cuts.end());
  std::reverse(space.reduced.begin(), space.reduced.end());
  return space;
}

std::optional<Space> mergeSpaces(const Space& a, const Space& b, size_t maxRank) {
  Space out;
  out.cuts.clear();
  std::set_union(a.cuts.begin(), a.cuts.end(), b.cuts.begin(), b.cuts.end(), std::back_inserter(out.cuts),
                 std::greater<>());
  if (!isChain(out.cuts, maxRank)) return std::nullopt;
  out.reduced = spreadMask(a, out.cuts);
  const std::vector<uint8_t> other = spreadMask(b, out.cuts);
  if (!a.hasReduction()) out.reduced = other;
  else if (b.hasReduction() && out.reduced != other) return std::nullopt;
  return out;
}

std::optional<Space> mergeKept(const Space& space, const Space& over) {
  // Walk the kept axes from the last: a cut inside one is a cut of the same position in the whole space.
  Space extra;
  int64_t keptStep = 1;
  auto cut = over.cuts.rbegin() + 1;
  for (size_t axis = space.rank(); axis-- > 0 && cut != over.cuts.rend();) {
    if (space.reduced[axis]) continue;
    const int64_t end = keptStep * space.extent(axis);
    for (; cut != over.cuts.rend() && *cut <= end; ++cut) {
      if (*cut % keptStep != 0) return std::nullopt;
      const int64_t at = space.cuts[axis + 1] * (*cut / keptStep);
      if (at > extra.cuts.back()) extra.cuts.push_back(at);
    }
    keptStep = end;
  }
  if (extra.cuts.back() != space.elements()) extra.cuts.push_back(space.elements());
  std::reverse(extra.cuts.begin(), extra.cuts.end());
  extra.reduced.assign(extra.cuts.size() - 1, 0);
  return mergeSpaces(space, extra);
}

std::vector<int64_t> stridesOver(const Space& space, const View& view, bool kept) {
  std::vector<int64_t> strides(space.rank(), 0);
  size_t axis = view.shape.size();  // of the view, whose pieces are handed out from the last
  int64_t left = 1;
  int64_t stride = 0;
  for (size_t i = space.rank(); i-- > 0;) {
    if (kept && space.reduced[i]) continue;
    if (left == 1) {
      axis--;
      left = view.shape[axis];
      stride = view.strides[axis];
    }
    strides[i] = stride;
    stride *= space.extent(i);
    left /= space.extent(i);
  }
  return strides;
}

}  // namespace ibex
