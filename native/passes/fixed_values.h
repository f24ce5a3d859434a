#pragma once

#include <vector>

#include "ir/graph.h"

namespace ibex {

// Per value: whether it is the same in every run of the program until someone else sets its states, because it follows
// from constants and from states that the program does not update.
std::vector<bool> fixedValues(const Graph& graph);

}  // namespace ibex
