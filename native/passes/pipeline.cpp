#include "passes/pipeline.h"

#include <algorithm>

#include "ir/error.h"
#include "ir/printer.h"
#include "ir/verifier.h"
#include "passes/passes.h"

namespace ibex {

const std::vector<Pass>& pipelinePasses() {
  static const std::vector<Pass> passes = {
      {"dead-code", eliminateDeadCode},
      {"canonicalise", canonicalise},
      {"fold-constants", foldConstants},
      {"simplify", simplify},
      {"cse", eliminateCommonSubexpressions},
      // What the first round uncovered.
      {"canonicalise", canonicalise},
      {"fold-constants", foldConstants},
      {"simplify", simplify},
      {"cse", eliminateCommonSubexpressions},
      {"dead-code", eliminateDeadCode},
      {"fold-padding", foldPadding},
      {"fuse-epilogues", fuseEpilogues},
      {"rematerialise", rematerialise},
      {"fuse", fuse},
      {"wrap-elementwise", wrapElementwise, true},
      {"schedule", schedule},
  };
  return passes;
}

void runPipeline(Graph& graph, const PipelineOptions& options) {
  const auto& passes = pipelinePasses();
  for (const std::string& name : options.disabledPasses) {
    const auto pass = std::find_if(passes.begin(), passes.end(), [&](const Pass& p) { return p.name == name; });
    if (pass == passes.end()) throw Error(ErrorCode::kInvalidArgument, "there is no pass '" + name + "'");
    if (pass->required) throw Error(ErrorCode::kInvalidArgument, "the pass '" + name + "' can't be switched off");
  }
  const auto& disabled = options.disabledPasses;
  if (options.dump) options.dump("input", printGraph(graph));
  for (const Pass& pass : passes) {
    if (std::find(disabled.begin(), disabled.end(), pass.name) != disabled.end()) continue;
    pass.run(graph);
    if (options.verify) {
      try {
        verify(graph);
      } catch (const Error& error) {
        throw Error(ErrorCode::kInternal, "after the pass '" + std::string(pass.name) + "': " + error.what(),
                    error.scope());
      }
    }
    if (options.dump) options.dump(pass.name, printGraph(graph));
  }
}

}  // namespace ibex
