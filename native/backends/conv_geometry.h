// The shape of a convolution, whichever of the three ops it came from.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "backends/node_util.h"

namespace ibex {

// y[n, out, o] = sum over k and c of x[n, out * stride - padLow + k * dilation, c] * w[k, c, o]. Always three spatial
// axes; those that a 1-D or 2-D convolution lacks come first and have extent 1.
struct ConvGeometry {
  int rank = 0;  // spatial axes of the op
  int64_t batch = 0, inChannels = 0, outChannels = 0, groups = 1;
  std::array<int64_t, 3> in{1, 1, 1}, out{1, 1, 1}, kernel{1, 1, 1}, stride{1, 1, 1}, padLow{0, 0, 0}, padHigh{0, 0, 0},
      dilation{1, 1, 1};

  int64_t inPerGroup() const { return inChannels / groups; }
  int64_t outPerGroup() const { return outChannels / groups; }
  int64_t inPositions() const { return in[0] * in[1] * in[2]; }
  int64_t outPositions() const { return out[0] * out[1] * out[2]; }
  int64_t kernelPositions() const { return kernel[0] * kernel[1] * kernel[2]; }
  // Is it a matrix product of the channels at each position?
  bool isPointwise() const {
    constexpr std::array<int64_t, 3> ones{1, 1, 1}, zeros{0, 0, 0};
    return groups == 1 && kernel == ones && stride == ones && padLow == zeros && padHigh == zeros;
  }
  bool empty() const {
    return batch == 0 || inPositions() == 0 || outPositions() == 0 || kernelPositions() == 0 || inPerGroup() == 0 ||
           outPerGroup() == 0;
  }
};

// x, w, y: shapes of [N, spatial..., C], [spatial..., C / groups, O] and [N, spatial..., O].
inline ConvGeometry convGeometry(const Shape& x, const Shape& w, const Shape& y, const ConvAttrs& attrs) {
  ConvGeometry g;
  g.rank = static_cast<int>(x.size()) - 2;
  g.batch = x.front();
  g.inChannels = x.back();
  g.outChannels = y.back();
  g.groups = std::max<int64_t>(1, attrs.groups);
  for (int i = 0; i < g.rank; ++i) {
    const auto axis = static_cast<size_t>(3 - g.rank + i);
    const auto source = static_cast<size_t>(i);
    g.in[axis] = x[source + 1];
    g.out[axis] = y[source + 1];
    g.kernel[axis] = w[source];
    g.stride[axis] = attrs.strides[source];
    g.padLow[axis] = attrs.padLow[source];
    g.padHigh[axis] = attrs.padHigh[source];
    g.dilation[axis] = attrs.dilation[source];
  }
  return g;
}

}  // namespace ibex
