// Rows that run-time indices (int32 or int64) name, of the gather and scatter families.
#pragma once

#include "backends/cuda/lowerings/kernel_macros.h"
#include "backends/node_util.h"

namespace ibex::cuda {

// x is [outer, the extents that indices count along, inner]; there are `count` tuples of indices.
struct IndexTuples {
  int64_t outer;
  Shape extents;
  int64_t axis;  // of x: where the extents begin
  int64_t inner;
  int64_t count;

  int64_t rows() const { return product(extents); }  // of one of the outer ones
};

// Of gather and scatter.
inline IndexTuples tuplesAlong(const Shape& x, const Shape& indices, int64_t axis) {
  const auto a = static_cast<size_t>(axis);
  return {productOf(x, 0, a), {x[a]}, axis, productOf(x, a + 1, x.size()), product(indices)};
}

// Of gather_nd and scatter_nd.
inline IndexTuples tuplesOf(const Shape& x, const Shape& indices) {
  const auto depth = static_cast<size_t>(indices.back());
  return {1, Shape(x.begin(), x.begin() + indices.back()), 0, productOf(x, depth, x.size()),
          productOf(indices, 0, indices.size() - 1)};
}

inline DType indexType(const Graph& graph, const Node& node) {
  const DType type = inputType(graph, node, 1).dtype;
  if (type != DType::kInt32 && type != DType::kInt64) refuse(graph, node, "indices must be int32 or int64");
  return type;
}

inline Macros tupleMacros(const IndexTuples& tuples, DType index) {
  return {{"INDEX", storedType(index)},
          {"DEPTH", std::to_string(tuples.extents.size())},
          {"EXTENTS", macroOf(tuples.extents)},
          {"AXIS", std::to_string(tuples.axis)},
          {"COUNT", macroOf(tuples.count)}};
}

}  // namespace ibex::cuda
