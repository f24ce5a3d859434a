// Runs one pass on IR text.
#pragma once

#include <string>
#include <string_view>

#include "passes/passes.h"
#include "tests/ir_graph_text.h"

namespace ibex {

// The pass's result without what became dead, verified and printed.
inline std::string afterPass(void (*pass)(Graph&), std::string_view text) {
  Graph graph = graphOf(text);
  pass(graph);
  verify(graph);
  eliminateDeadCode(graph);
  verify(graph);
  return printGraph(graph);
}

}  // namespace ibex

// Both sides are IR text; the expected side may number values as it likes.
#define CHECK_PASS(pass, before, after) CHECK(::ibex::afterPass(pass, before) == ::ibex::canonicalText(after))
