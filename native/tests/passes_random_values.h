// Values for the parameters of random graphs, and how results are compared.
#pragma once

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "tests/ir_interpreter.h"

namespace ibex {

inline Tensor randomTensor(const Type& type, std::mt19937& random) {
  Tensor tensor;
  for (int64_t e = 0; e < type.elements(); e++) {
    // Small multiples of 1/4: most arithmetic on them is exact, so that its order does not matter.
    const int number = std::uniform_int_distribution<int>(-8, 8)(random);
    tensor.push_back(isFloat(type.dtype) ? floatScalar(type.dtype, number / 4.0) : integerScalar(type.dtype, number));
  }
  return tensor;
}

// By value id.
inline std::vector<Tensor> parametersOf(const Graph& graph, uint32_t seed) {
  std::vector<Tensor> parameters(graph.values.size());
  for (const Node& node : graph.nodes) {
    if (node.op != Op::kParameter) continue;
    const auto& attrs = std::get<ParameterAttrs>(node.attrs);
    std::mt19937 random(seed * 100 + static_cast<uint32_t>(attrs.index) * 2 + attrs.state);
    parameters[node.outputs[0]] = randomTensor(graph.type(node.outputs[0]), random);
  }
  return parameters;
}

// Equal, or floats within rounding; NaN is close to NaN.
inline bool close(const RegionImmediate& a, const RegionImmediate& b) {
  if (a.dtype != b.dtype) return false;
  if (!isFloat(a.dtype)) return a.integer == b.integer;
  if (std::isnan(a.value) || std::isnan(b.value)) return std::isnan(a.value) && std::isnan(b.value);
  if (a.value == b.value) return true;
  const double tolerance = isHalf(a.dtype) ? 2e-2 : 2e-5;
  return std::fabs(a.value - b.value) <= tolerance * std::max({1.0, std::fabs(a.value), std::fabs(b.value)});
}

inline bool close(const Tensor& a, const Tensor& b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); i++) {
    if (!close(a[i], b[i])) return false;
  }
  return true;
}

}  // namespace ibex
