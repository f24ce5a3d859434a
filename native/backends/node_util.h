// Small helpers that the backends' prepare functions share: attributes, types, shape products, refusals.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <variant>

#include "ir/error.h"
#include "ir/graph.h"

namespace ibex {

template <class A>
const A& attrsOf(const Node& node) {
  return std::get<A>(node.attrs);
}

inline const Type& inputType(const Graph& graph, const Node& node, size_t i) { return graph.type(node.inputs.at(i)); }
inline const Type& outputType(const Graph& graph, const Node& node, size_t i) { return graph.type(node.outputs.at(i)); }

inline int64_t product(std::span<const int64_t> dims) {
  int64_t n = 1;
  for (int64_t d : dims) n *= d;
  return n;
}
inline int64_t productOf(const Shape& shape, size_t begin, size_t end) {
  return product(std::span<const int64_t>(shape.data() + begin, end - begin));
}

// Row-major strides, in elements.
inline Shape stridesOf(const Shape& shape) {
  Shape strides(shape.size());
  int64_t step = 1;
  for (size_t i = shape.size(); i-- > 0;) {
    strides[i] = step;
    step *= shape[i];
  }
  return strides;
}

[[noreturn]] inline void refuse(const Graph& graph, const Node& node, const std::string& why) {
  throw Error(ErrorCode::kUnsupported, std::string(opInfo(node.op).name) + ": " + why, graph.scopeOf(node));
}
[[noreturn]] inline void refuseDType(const Graph& graph, const Node& node, DType t) {
  refuse(graph, node, "there is no kernel for " + std::string(dtypeName(t)));
}

}  // namespace ibex
