#include "passes/passes.h"

namespace ibex {

void eliminateDeadCode(Graph& graph) {
  std::vector<bool> live(graph.values.size());
  for (ValueId v : graph.outputs) live[v] = true;
  for (const StateUpdate& update : graph.updates) live[update.value] = true;
  std::vector<bool> keep(graph.nodes.size());
  for (NodeId id = static_cast<NodeId>(graph.nodes.size()); id-- > 0;) {
    const Node& node = graph.nodes[id];
    keep[id] = node.op == Op::kParameter;
    for (ValueId v : node.outputs) keep[id] = keep[id] || live[v];
    if (!keep[id]) continue;
    for (ValueId v : node.inputs) live[v] = true;
  }
  NodeId next = 0;
  for (NodeId id = 0; id < graph.nodes.size(); id++) {
    if (!keep[id]) continue;
    if (next != id) graph.nodes[next] = std::move(graph.nodes[id]);
    for (ValueId v : graph.nodes[next].outputs) graph.values[v].producer = next;
    next++;
  }
  graph.nodes.erase(graph.nodes.begin() + next, graph.nodes.end());
}

}  // namespace ibex
