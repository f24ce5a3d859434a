#include <bit>
#include <functional>
#include <string_view>
#include <unordered_set>

#include "ir/attrs.h"
#include "passes/passes.h"

namespace ibex {
namespace {

struct Hasher {
  size_t state = 0;

  void mix(uint64_t v) { state = (state ^ v) * 0x9e3779b97f4a7c15ull + (state >> 29); }
  void operator()(const char*, int64_t v) { mix(static_cast<uint64_t>(v)); }
  void operator()(const char*, bool v) { mix(v); }
  void operator()(const char*, DType v) { mix(static_cast<uint64_t>(v)); }
  void operator()(const char*, double v) { mix(std::bit_cast<uint64_t>(v)); }
  template <class T>
  void operator()(const char*, const std::vector<T>& items) {
    if constexpr (sizeof(T) == 1) {
      mix(std::hash<std::string_view>{}({reinterpret_cast<const char*>(items.data()), items.size()}));
    } else {
      mix(items.size());
      for (const T& item : items) (*this)("", item);
    }
  }
};

// Nodes by what they compute: op, attributes, inputs and output types. Attributes with a NaN are equal to nothing,
// which only costs a missed match.
struct Table {
  struct Hash {
    const Graph* graph;
    size_t operator()(NodeId id) const {
      const Node& node = graph->nodes[id];
      Hasher hasher;
      hasher.mix(static_cast<uint64_t>(node.op));
      for (ValueId v : node.inputs) hasher.mix(v);
      for (ValueId v : node.outputs) {
        hasher.mix(static_cast<uint64_t>(graph->type(v).dtype));
        hasher("", graph->type(v).shape);
      }
      visitAttrs(node.attrs, hasher);
      return hasher.state;
    }
  };
  struct Equal {
    const Graph* graph;
    bool operator()(NodeId left, NodeId right) const {
      const Node& a = graph->nodes[left];
      const Node& b = graph->nodes[right];
      if (a.op != b.op || a.inputs != b.inputs || a.outputs.size() != b.outputs.size()) return false;
      for (size_t i = 0; i < a.outputs.size(); i++) {
        if (graph->type(a.outputs[i]) != graph->type(b.outputs[i])) return false;
      }
      return a.attrs == b.attrs;
    }
  };
};

}  // namespace

void eliminateCommonSubexpressions(Graph& graph) {
  std::vector<ValueId> replacement(graph.values.size());
  for (ValueId v = 0; v < replacement.size(); v++) replacement[v] = v;
  std::unordered_set<NodeId, Table::Hash, Table::Equal> seen(graph.nodes.size(), {&graph}, {&graph});
  for (NodeId id = 0; id < graph.nodes.size(); id++) {
    Node& node = graph.nodes[id];
    for (ValueId& v : node.inputs) v = replacement[v];
    if (node.op == Op::kParameter || node.op == Op::kFused) continue;
    const auto [first, isNew] = seen.insert(id);
    if (isNew) continue;
    const Node& earlier = graph.nodes[*first];
    for (size_t i = 0; i < node.outputs.size(); i++) replacement[node.outputs[i]] = earlier.outputs[i];
  }
  for (ValueId& v : graph.outputs) v = replacement[v];
  for (StateUpdate& update : graph.updates) update.value = replacement[update.value];
  // The duplicates have no users now.
  eliminateDeadCode(graph);
}

}  // namespace ibex
