// Run-time indices (int32 or int64) and their range checks, shared by the gather and scatter families.
#pragma once

#include <cstdint>
#include "backends/index_error.h"
#include "backends/node_util.h"

namespace ibex::cpu {

// Throws unless 0 <= indices[i] < extent for all i. Scanned before anything is written.
template <class I>
void checkIndices(const I* indices, int64_t n, int64_t extent, int64_t axis, const IndexContext& context) {
  uint8_t bad = 0;
  for (int64_t i = 0; i < n; ++i) {
    bad |= static_cast<uint8_t>(indices[i] < 0 || static_cast<int64_t>(indices[i]) >= extent);
  }
  if (bad == 0) return;
  for (int64_t i = 0; i < n; ++i) {
    if (indices[i] < 0 || static_cast<int64_t>(indices[i]) >= extent) throw indexError(context, indices[i], i, axis, extent);
  }
}

// Turns rows of `depth` indices into flat row numbers of a tensor whose leading `depth` extents are `extents`.
template <class I>
void flattenIndices(const I* indices, int64_t rows, const Shape& extents, int64_t* flat, const IndexContext& context) {
  const auto depth = static_cast<int64_t>(extents.size());
  for (int64_t r = 0; r < rows; ++r) {
    int64_t row = 0;
    for (int64_t k = 0; k < depth; ++k) {
      const auto extent = extents[static_cast<size_t>(k)];
      const auto index = static_cast<int64_t>(indices[r * depth + k]);
      if (index < 0 || index >= extent) throw indexError(context, index, r * depth + k, k, extent);
      row = row * extent + index;
    }
    flat[r] = row;
  }
}

inline void checkIndexType(const Graph& graph, const Node& node, DType t) {
  if (t != DType::kInt32 && t != DType::kInt64) refuse(graph, node, "indices must be int32 or int64");
}

}  // namespace ibex::cpu
