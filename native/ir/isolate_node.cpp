#include "ir/isolate_node.h"

#include <algorithm>
#include <unordered_map>

namespace ibex {

Graph isolateNode(const Graph& graph, const Node& node) {
  Graph result;
  result.numerics = graph.numerics;
  std::unordered_map<ValueId, ValueId> renamed;
  const auto addValue = [&](ValueId original, uint32_t index) {
    const auto id = static_cast<ValueId>(result.values.size());
    result.values.push_back({graph.type(original), static_cast<NodeId>(result.nodes.size()), index});
    renamed.emplace(original, id);
    return id;
  };
  int64_t feeds = 0;
  for (const ValueId input : node.inputs) {
    if (renamed.contains(input)) continue;
    Node parameter;
    const NodeId producer = graph.values[input].producer;
    const auto* original =
        producer == kNone ? nullptr : std::get_if<ParameterAttrs>(&graph.nodes[producer].attrs);
    parameter.attrs = original != nullptr && original->state ? *original : ParameterAttrs{feeds++, false};
    parameter.outputs = {addValue(input, 0)};
    result.nodes.push_back(std::move(parameter));
  }
  Node copy = node;
  for (ValueId& input : copy.inputs) input = renamed.at(input);
  for (size_t i = 0; i < node.outputs.size(); i++) {
    copy.outputs[i] = addValue(node.outputs[i], static_cast<uint32_t>(i));
    result.outputs.push_back(copy.outputs[i]);
  }
  if (node.scope != kNone) {
    copy.scope = 0;
    result.scopes = {graph.scopes[node.scope]};
  }
  result.nodes.push_back(std::move(copy));
  for (const StateUpdate& update : graph.updates) {
    if (std::find(node.outputs.begin(), node.outputs.end(), update.value) == node.outputs.end()) continue;
    result.updates.push_back({update.parameter, renamed.at(update.value)});
  }
  return result;
}

}  // namespace ibex
