// Checks that a graph means something: what every pass and backend may rely on.
#pragma once

#include "ir/graph.h"

namespace ibex {

// Arity, topological order, one producer a value, attributes in range, and every output type as the op's rule gives it
// from its inputs; outputs and updates refer to computed values of the right type; fused regions read and write
// within their operands. Throws Error{kInvalidGraph} that names the node's index, op and scope.
void verify(const Graph& graph);

}  // namespace ibex
