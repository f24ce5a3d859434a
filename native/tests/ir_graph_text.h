// Graphs for tests, from the text form.
#pragma once

#include <string>
#include <string_view>

#include "ir/parser.h"
#include "ir/printer.h"
#include "ir/verifier.h"

namespace ibex {

// Parsed and verified.
inline Graph graphOf(std::string_view text) {
  Graph graph = parseGraph(text);
  verify(graph);
  return graph;
}

// The text as the printer spells it: what to compare printed graphs with.
inline std::string canonicalText(std::string_view text) { return printGraph(parseGraph(text)); }

}  // namespace ibex
