// Values of macros that kernels' texts are compiled with, and what the lowerings count with.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "backends/cuda/codegen/element_code.h"
#include "ir/dtype.h"

namespace ibex::cuda {

using Macros = std::vector<std::pair<std::string, std::string>>;

inline std::string macroOf(int64_t value) { return std::to_string(value) + "ll"; }

// Braces with what begins an array; an array has at least one element.
inline std::string macroOf(std::span<const int64_t> values) {
  std::string list;
  for (const int64_t value : values) list += (list.empty() ? "" : ", ") + macroOf(value);
  return "{" + (list.empty() ? "0" : list) + "}";
}

// Of the kernels that begin with unit.cuh; `count`: the most that they count to.
inline Macros unitMacros(size_t unitBytes, int64_t count) {
  return {{"UNIT_BYTES", std::to_string(unitBytes)}, {"INDEX_BITS", count < int64_t{1} << 31 ? "32" : "64"}};
}

// The types that elements are stored in and computed in.
inline Macros elementMacros(DType dtype) { return {{"STORED", storedType(dtype)}, {"VALUE", valueType(dtype)}}; }

inline int64_t divideUp(int64_t a, int64_t b) { return (a + b - 1) / b; }

// The largest power of two up to `most` that divides all of them.
inline int64_t commonPower(int64_t most, std::initializer_list<int64_t> values) {
  int64_t power = most;
  for (const int64_t value : values) {
    while (value % power != 0) power /= 2;
  }
  return power;
}

}  // namespace ibex::cuda
