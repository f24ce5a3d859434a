// One forward walk that rebuilds a graph's node list: rules see operands that are already rewritten, look at what
// computes them, and add nodes or name a replacement. Linear in the size of the graph.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "ir/graph.h"
#include "ir/scalar.h"

namespace ibex {

class Rewriter {
 public:
  explicit Rewriter(Graph& graph);

  // rule(rewriter, node) -> std::optional<ValueId>: the value to use instead of the node's only output, or nothing to
  // keep the node, which the rule may have changed (but not its outputs).
  template <class Rule>
  void run(Rule&& rule) {
    std::vector<Node> old = std::move(graph_.nodes);
    nodes_.reserve(old.size());
    for (Node& node : old) {
      for (ValueId& input : node.inputs) input = replacement_[input];
      if (const std::optional<ValueId> other = rule(*this, node)) {
        replacement_[node.outputs[0]] = *other;
      } else {
        keep(std::move(node));
      }
    }
    finish();
  }

  const Type& type(ValueId v) const { return graph_.values[v].type; }
  // The node that computes v, in its rewritten form.
  const Node& producer(ValueId v) const { return nodes_[graph_.values[v].producer]; }
  // Where that node stands in the new order.
  NodeId position(ValueId v) const { return graph_.values[v].producer; }
  // The producer when it is of this op, else null.
  const Node* producerIf(ValueId v, Op op) const {
    const Node& node = producer(v);
    return node.op == op ? &node : nullptr;
  }
  // How many operands of the old graph, outputs and updates read v (v of the old graph).
  uint32_t uses(ValueId v) const { return v < uses_.size() ? uses_[v] : 0; }

  // The number that every element of v is, when v is a constant with equal elements.
  std::optional<RegionImmediate> uniform(ValueId v) const;

  ValueId emit(Op op, Attrs attrs, std::vector<ValueId> inputs, Type type, uint32_t scope = kNone);
  ValueId splat(const RegionImmediate& scalar, Shape shape);
  ValueId reshape(ValueId v, const Shape& shape, uint32_t scope);     // v itself when that is its shape
  ValueId broadcast(ValueId v, const Shape& shape, uint32_t scope);   // v itself when that is its shape

 private:
  void keep(Node node);
  void finish();

  Graph& graph_;
  std::vector<Node> nodes_;
  std::vector<ValueId> replacement_;
  std::vector<uint32_t> uses_;
};

// Per value: operands, outputs and updates that read it.
std::vector<uint32_t> countUses(const Graph& graph);

// The number that every element is; nothing for empty or differing data.
std::optional<RegionImmediate> uniformConstant(const Node& constant, const Type& type);

}  // namespace ibex
