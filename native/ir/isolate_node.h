// One node as a graph of its own, to be prepared elsewhere.
#pragma once

#include "ir/graph.h"

namespace ibex {

// The node is the last of the result; its inputs are parameters: states where they are states of `graph`, else feeds. An
// output that is a state's update there is one here.
Graph isolateNode(const Graph& graph, const Node& node);

}  // namespace ibex
