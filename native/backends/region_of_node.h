// Nodes that are no fused region as regions, and what else backends ask of a region's node.
#pragma once

#include <vector>

#include "ir/graph.h"

namespace ibex {

// The region of one operation that an element-wise node or a reduction is.
Region regionOfNode(const Graph& graph, const Node& node);

// For each output that is the new value of a state: the input that is the old one; -1 for others.
std::vector<int> homesOf(const Graph& graph, const Node& node);

}  // namespace ibex
