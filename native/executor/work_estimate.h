// How much arithmetic a program does, roughly: to tell those that are too small to be worth waking threads for, and to
// set the times of its calls beside what the machine could do.
#pragma once

#include <cstdint>

#include "ir/graph.h"

namespace ibex {

// Multiplications, additions and element-wise functions of one run of the graph, to within a small factor.
int64_t estimateWork(const Graph& graph);

struct NodeCost {
  int64_t flops;  // an element-wise function counts as one
  int64_t bytes;  // of operands and results, each once
};

// What one call at least has to do.
NodeCost nodeCost(const Graph& graph, const Node& node);

// A run below this is over before a sleeping thread is awake: some tens of microseconds on one core.
inline constexpr int64_t kSerialWork = 4'000'000;

}  // namespace ibex
