#include "passes/fixed_values.h"

#include <algorithm>

namespace ibex {

std::vector<bool> fixedValues(const Graph& graph) {
  std::vector<bool> fixed(graph.values.size());
  for (const Node& node : graph.nodes) {
    bool same = std::all_of(node.inputs.begin(), node.inputs.end(), [&](ValueId v) { return fixed[v]; });
    if (node.op == Op::kParameter) {
      const auto& attrs = std::get<ParameterAttrs>(node.attrs);
      same = attrs.state && std::none_of(graph.updates.begin(), graph.updates.end(), [&](const StateUpdate& update) {
               return static_cast<int64_t>(update.parameter) == attrs.index;
             });
    }
    for (const ValueId v : node.outputs) fixed[v] = same;
  }
  return fixed;
}

}  // namespace ibex
