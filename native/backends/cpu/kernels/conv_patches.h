// What a convolution's positions see of its input.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "backends/conv_geometry.h"

namespace ibex::cpu {

using Position = std::array<int64_t, 3>;

inline Position unflatten(int64_t index, const Position& extents) {
  return {index / (extents[1] * extents[2]), index / extents[2] % extents[1], index % extents[2]};
}

// Offset (in positions) of the input position that output `out` meets kernel position `k` at, or -1 in the padding.
inline int64_t inputPosition(const ConvGeometry& g, const Position& out, const Position& k) {
  int64_t offset = 0;
  for (size_t a = 0; a < 3; ++a) {
    const int64_t at = out[a] * g.stride[a] - g.padLow[a] + k[a] * g.dilation[a];
    if (at < 0 || at >= g.in[a]) return -1;
    offset = offset * g.in[a] + at;
  }
  return offset;
}

// patches[r, k, c] of output positions first, ..., first + rows - 1 of one picture and group: its product with the weights
// [positions of the kernel * channels, out channels] is the convolution.
template <class T>
void gatherPatches(const ConvGeometry& g, const T* picture, int64_t group, int64_t first, int64_t rows, T* patches) {
  const int64_t channels = g.inPerGroup();
  for (int64_t r = 0; r < rows; ++r) {
    const Position out = unflatten(first + r, g.out);
    for (int64_t k = 0; k < g.kernelPositions(); ++k) {
      const int64_t at = inputPosition(g, out, unflatten(k, g.kernel));
      if (at < 0) {
        std::fill(patches, patches + channels, T{0});
      } else {
        const T* from = picture + at * g.inChannels + group * channels;
        std::copy(from, from + channels, patches);
      }
      patches += channels;
    }
  }
}

}  // namespace ibex::cpu
