// Reads the text form of ir/printer.h.
#pragma once

#include <string_view>

#include "ir/graph.h"

namespace ibex {

// Throws Error{kInvalidGraph} with the line number. Attributes left out keep their defaults. The result is not verified
// yet.
Graph parseGraph(std::string_view text);

}  // namespace ibex
