// Ops along one axis see a tensor as [outer, extent, inner]. Work is split into columns: blocks of adjacent inner
// indices of one outer index, so that a walk along the axis reads whole cache lines.
#pragma once

#include <algorithm>
#include <cstdint>

#include "backends/node_util.h"
#include "backends/cpu/parallel.h"

namespace ibex::cpu {

struct AxisWalk {
  static constexpr int64_t kColumns = 64;

  int64_t outer, extent, inner;

  AxisWalk(const Shape& shape, int64_t axis)
      : outer(productOf(shape, 0, static_cast<size_t>(axis))),
        extent(shape[static_cast<size_t>(axis)]),
        inner(productOf(shape, static_cast<size_t>(axis) + 1, shape.size())) {}

  // Calls body(outer index, first inner index, number of them <= kColumns) for all columns, in parallel.
  template <class F>
  void columns(F&& body) const {
    const int64_t blocks = (inner + kColumns - 1) / kColumns;
    const int64_t work = std::max<int64_t>(1, extent * std::min(inner, kColumns));
    parallelFor(outer * blocks, std::max<int64_t>(1, 16384 / work), [&](int64_t begin, int64_t end) {
      for (int64_t unit = begin; unit < end; ++unit) {
        const int64_t first = unit % blocks * kColumns;
        body(unit / blocks, first, std::min(kColumns, inner - first));
      }
    });
  }

  // Calls body(outer index, inner index) for all lines, in parallel.
  template <class F>
  void lines(F&& body) const {
    parallelFor(outer * inner, std::max<int64_t>(1, 4096 / std::max<int64_t>(1, extent)),
                [&](int64_t begin, int64_t end) {
                  for (int64_t line = begin; line < end; ++line) body(line / inner, line % inner);
                });
  }
};

}  // namespace ibex::cpu
