// The error of an index that a kernel found out of range when it ran.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "backends/node_util.h"

namespace ibex {

// What it says besides the index, kept from when the kernel was prepared.
struct IndexContext {
  std::string op;
  std::string scope;
  Shape shape;  // of the indices
};

inline IndexContext indexContext(const Graph& graph, const Node& node) {
  return {std::string(opInfo(node.op).name), graph.scopeOf(node), inputType(graph, node, 1).shape};
}

// `at`: its place among the indices, in row-major order.
inline Error indexError(const IndexContext& context, int64_t index, int64_t at, int64_t axis, int64_t extent) {
  std::vector<int64_t> position(context.shape.size());
  std::string where = "]";
  for (size_t i = position.size(); i-- > 0; at /= context.shape[i]) {
    position[i] = at % context.shape[i];
    where = (i > 0 ? ", " : "[") + std::to_string(position[i]) + where;
  }
  if (position.empty()) where = "[]";
  return Error(IndexFault{index, axis, extent, position},
               context.op + ": index " + std::to_string(index) + " (at " + where +
                   " of the indices) is out of range for axis " + std::to_string(axis) + " of extent " +
                   std::to_string(extent),
               context.scope);
}

}  // namespace ibex
