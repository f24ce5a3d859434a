// The types that an op's outputs must have, from its inputs and attributes: one rule an op. Internal to the verifier
// and to passes that build nodes.
#pragma once

#include <string>
#include <vector>

#include "ir/graph.h"

namespace ibex {

// Axes of any tensor. Backends may keep per-axis numbers in arrays of this size.
inline constexpr int kMaxRank = 16;
// Feeds or states of a program.
inline constexpr int64_t kMaxParameters = 1 << 20;

// Of a node that is not fused, whose inputs are valid values. For ops whose output type is part of their definition
// (parameter, constant, iota, random_bits, cast) it is read from the output and checked.
// Throws Error{kInvalidGraph} that says what is wrong, without naming the node.
std::vector<Type> resultTypes(const Graph& graph, const Node& node);

namespace rules {

// What a rule sees of its node, with the checks that rules share.
class Context {
 public:
  Context(const Graph& graph, const Node& node) : graph_(graph), node_(node) {}

  const Node& node() const { return node_; }
  size_t inputs() const { return node_.inputs.size(); }
  const Type& in(size_t i) const { return graph_.type(node_.inputs[i]); }
  const Type& out(size_t i) const { return graph_.type(node_.outputs[i]); }
  template <class A>
  const A& attrs() const {
    return std::get<A>(node_.attrs);
  }

  [[noreturn]] static void fail(const std::string& what);
  static void require(bool holds, const char* what) {
    if (!holds) fail(what);
  }
  static void requireAxis(int64_t axis, int rank);
  static void requireLength(const std::vector<int64_t>& list, size_t length, const char* what);
  static void requireType(const Type& type, const Type& expected, const char* what);
  static void requireFloat(const Type& type) { require(isFloat(type.dtype), "the dtype must be floating point"); }
  static void requireIndex(const Type& type) {
    require(type.dtype == DType::kInt32 || type.dtype == DType::kInt64, "indices must be int32 or int64");
  }
  void requireInputs(size_t count) const;
  void requireSameDType(size_t first, size_t end) const;

 private:
  const Graph& graph_;
  const Node& node_;
};

// NumPy's broadcasting; fails when the shapes don't fit.
Shape broadcastShapes(const Shape& a, const Shape& b);

// By family; each gives the result types of its ops.
std::vector<Type> movement(const Context& c);   // type_rules_movement.cpp: movement and indexing
std::vector<Type> library(const Context& c);    // type_rules_library.cpp: reductions, scans, matmul, norms, recurrent
std::vector<Type> windowed(const Context& c);   // type_rules_windowed.cpp: convolution and pooling

}  // namespace rules
}  // namespace ibex
