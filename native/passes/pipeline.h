// The passes in order. A pass rewrites a graph and keeps it valid; the pipeline verifies and dumps between them.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "ir/graph.h"

namespace ibex {

struct Pass {
  std::string_view name;
  void (*run)(Graph& graph);
  bool required = false;  // can't be switched off: backends rely on it
};

struct PipelineOptions {
  std::vector<std::string> disabledPasses;
#ifdef NDEBUG
  bool verify = false;  // after every pass
#else
  bool verify = true;
#endif
  // Called with the name of the stage that just ended ("input", then each pass) and the graph's text.
  std::function<void(std::string_view stage, const std::string& text)> dump;
};

// In the order in which they run; a name may occur more than once, switching it off switches all of them off.
const std::vector<Pass>& pipelinePasses();

// From a verified graph to a scheduled one whose element-wise and reduction work is all in Op::kFused nodes.
// Throws Error{kInvalidArgument} for an unknown or required name in disabledPasses, Error{kInternal} when a pass
// broke the graph and verify is set.
void runPipeline(Graph& graph, const PipelineOptions& options);

}  // namespace ibex
