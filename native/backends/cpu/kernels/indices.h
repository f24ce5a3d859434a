// Run-time indices (int32 or int64) and their range checks, shared by the gather and scatter families.
#pragma once

#include <cstdint>
#include <string>

#include "backends/cpu/kernels/node_util.h"

namespace ibex::cpu {

// What an index-out-of-range error says, kept by the kernel.
struct IndexContext {
  std::string op;
  std::string scope;
  Shape shape;  // of the indices
};

inline IndexContext indexContext(const Graph& graph, const Node& node) {
  return {std::string(opInfo(node.op).name), graph.scopeOf(node), inputType(graph, node, 1).shape};
}

[[noreturn]] inline void throwIndex(const IndexContext& context, int64_t index, int64_t at, int64_t axis,
                                    int64_t extent) {
  std::vector<int64_t> position(context.shape.size());
  std::string where = "]";
  for (size_t i = position.size(); i-- > 0; at /= context.shape[i]) {
    position[i] = at % context.shape[i];
    where = (i > 0 ? ", " : "[") + std::to_string(position[i]) + where;
  }
  if (position.empty()) where = "[]";
  throw Error(IndexFault{index, axis, extent, position},
              context.op + ": index " + std::to_string(index) + " (at " + where +
                  " of the indices) is out of range for axis " + std::to_string(axis) + " of extent " +
                  std::to_string(extent),
              context.scope);
}

// Throws unless 0 <= indices[i] < extent for all i. Scanned before anything is written.
template <class I>
void checkIndices(const I* indices, int64_t n, int64_t extent, int64_t axis, const IndexContext& context) {
  uint8_t bad = 0;
  for (int64_t i = 0; i < n; ++i) {
    bad |= static_cast<uint8_t>(indices[i] < 0 || static_cast<int64_t>(indices[i]) >= extent);
  }
  if (bad == 0) return;
  for (int64_t i = 0; i < n; ++i) {
    if (indices[i] < 0 || static_cast<int64_t>(indices[i]) >= extent) throwIndex(context, indices[i], i, axis, extent);
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
      if (index < 0 || index >= extent) throwIndex(context, index, r * depth + k, k, extent);
      row = row * extent + index;
    }
    flat[r] = row;
  }
}

inline void checkIndexType(const Graph& graph, const Node& node, DType t) {
  if (t != DType::kInt32 && t != DType::kInt64) refuse(graph, node, "indices must be int32 or int64");
}

}  // namespace ibex::cpu
