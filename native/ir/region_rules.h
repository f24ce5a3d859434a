// The verifier's part for fused nodes.
#pragma once

#include "ir/graph.h"

namespace ibex {

// Operands exist and have the types that instructions want, every input is read inside its value, outputs have the
// right number of elements. Throws Error{kInvalidGraph} that says what is wrong, without naming the node.
void checkRegion(const Graph& graph, const Node& node);

}  // namespace ibex
