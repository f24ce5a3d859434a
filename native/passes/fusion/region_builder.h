// A group of nodes to one Op::kFused node.
#pragma once

#include "passes/fusion/group.h"

namespace ibex::fusion {

// The node computes the values that other nodes read of the group, under their old ids; the caller sets their
// producers when it puts the node into a graph.
Node buildRegion(const Graph& graph, const Analysis& analysis, const Groups& groups, uint32_t group);

}  // namespace ibex::fusion
