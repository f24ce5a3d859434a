// The order of the calls. Sinks (outputs, updates) are visited by their depth, each after what it needs, deeper
// operands first: a value is computed shortly before its first use, and the backward pass finishes a layer's update
// before it goes on to the next layer. Then updates wait, where they can, until the old state has been read, so that
// they can be written in place, and until indices were found in range, so that a run that fails leaves all state alone.
#include <algorithm>
#include <functional>
#include <map>
#include <queue>
#include <utility>

#include "passes/passes.h"

namespace ibex {
namespace {

class Scheduler {
 public:
  explicit Scheduler(Graph& graph) : graph_(graph), depth_(graph.nodes.size(), 0) {}

  void run() {
    findDepths();
    visitSinks();
    const std::vector<NodeId> order = delayUpdates();
    std::vector<Node> nodes;
    nodes.reserve(order.size());
    for (NodeId id : order) {
      for (ValueId v : graph_.nodes[id].outputs) graph_.values[v].producer = static_cast<NodeId>(nodes.size());
      nodes.push_back(std::move(graph_.nodes[id]));
    }
    graph_.nodes = std::move(nodes);
  }

 private:
  NodeId producer(ValueId v) const { return graph_.values[v].producer; }

  // Calls on the longest path that leads to a node.
  void findDepths() {
    for (NodeId id = 0; id < graph_.nodes.size(); id++) {
      for (ValueId v : graph_.nodes[id].inputs) depth_[id] = std::max(depth_[id], depth_[producer(v)] + 1);
    }
  }

  void visitSinks() {
    std::vector<NodeId> sinks;
    for (ValueId v : graph_.outputs) sinks.push_back(producer(v));
    for (const StateUpdate& update : graph_.updates) sinks.push_back(producer(update.value));
    std::stable_sort(sinks.begin(), sinks.end(), [&](NodeId a, NodeId b) { return depth_[a] < depth_[b]; });
    position_.assign(graph_.nodes.size(), kNone);
    // Parameters come first, in their order: they cost nothing.
    for (NodeId id = 0; id < graph_.nodes.size(); id++) {
      if (graph_.nodes[id].op == Op::kParameter) place(id);
    }
    for (NodeId sink : sinks) visit(sink);
    // Nodes that no sink needs, where dead code was kept.
    for (NodeId id = 0; id < graph_.nodes.size(); id++) visit(id);
  }

  void place(NodeId id) {
    position_[id] = static_cast<uint32_t>(order_.size());
    order_.push_back(id);
  }

  // Depth-first with an own stack: a node, and how many of its operands (deepest first) have been visited.
  void visit(NodeId root) {
    if (position_[root] != kNone) return;
    struct Frame {
      NodeId node;
      std::vector<NodeId> operands;
      size_t next = 0;
    };
    std::vector<Frame> stack;
    const auto push = [&](NodeId id) {
      Frame frame{id, {}, 0};
      for (ValueId v : graph_.nodes[id].inputs) {
        if (position_[producer(v)] == kNone) frame.operands.push_back(producer(v));
      }
      std::stable_sort(frame.operands.begin(), frame.operands.end(),
                       [&](NodeId a, NodeId b) { return depth_[a] > depth_[b]; });
      stack.push_back(std::move(frame));
    };
    push(root);
    while (!stack.empty()) {
      Frame& top = stack.back();
      if (top.next == top.operands.size()) {
        if (position_[top.node] == kNone) place(top.node);
        stack.pop_back();
      } else if (const NodeId operand = top.operands[top.next++]; position_[operand] == kNone) {
        push(operand);
      }
    }
  }

  // A list schedule in the order found, in which a node that computes an update also waits for the readers of the
  // state and for checks of indices. When only such nodes are left (two updates that read each other's state), the first of them goes ahead.
  std::vector<NodeId> delayUpdates() {
    const size_t count = graph_.nodes.size();
    std::vector<std::vector<NodeId>> after(count);   // operands' users
    std::vector<std::vector<NodeId>> delayed(count); // updates that wait for this reader
    std::vector<uint32_t> needs(count, 0);
    std::vector<uint32_t> waits(count, 0);
    for (NodeId id = 0; id < count; id++) {
      for (ValueId v : graph_.nodes[id].inputs) {
        after[producer(v)].push_back(id);
        needs[id]++;
      }
    }
    addWaits(after, delayed, waits);

    using Queue = std::priority_queue<uint32_t, std::vector<uint32_t>, std::greater<>>;
    Queue ready;
    Queue blocked;  // all operands are there; may hold nodes that have become ready since
    std::vector<bool> done(count);
    for (NodeId id = 0; id < count; id++) {
      if (needs[id] == 0) (waits[id] == 0 ? ready : blocked).push(position_[id]);
    }
    std::vector<NodeId> order;
    while (!ready.empty() || !blocked.empty()) {
      Queue& queue = ready.empty() ? blocked : ready;
      const NodeId id = order_[queue.top()];
      queue.pop();
      if (done[id]) continue;
      done[id] = true;
      order.push_back(id);
      for (NodeId user : after[id]) {
        if (--needs[user] == 0) (waits[user] == 0 ? ready : blocked).push(position_[user]);
      }
      for (NodeId update : delayed[id]) {
        if (--waits[update] == 0 && needs[update] == 0) ready.push(position_[update]);
      }
    }
    return order;
  }

  // The node behind reshapes, which are views of what they reshape.
  ValueId root(ValueId v) const {
    while (graph_.nodes[producer(v)].op == Op::kReshape) v = graph_.nodes[producer(v)].inputs[0];
    return v;
  }

  void addWaits(const std::vector<std::vector<NodeId>>& after, std::vector<std::vector<NodeId>>& delayed,
                std::vector<uint32_t>& waits) const {
    const auto wait = [&](NodeId update, NodeId forNode) {
      delayed[forNode].push_back(update);
      waits[update]++;
    };
    std::vector<NodeId> writer;  // by state
    for (const StateUpdate& update : graph_.updates) {
      if (update.parameter >= writer.size()) writer.resize(update.parameter + 1, kNone);
      writer[update.parameter] = producer(root(update.value));
    }
    for (NodeId id = 0; id < graph_.nodes.size(); id++) {
      const auto* attrs = std::get_if<ParameterAttrs>(&graph_.nodes[id].attrs);
      if (!attrs || !attrs->state || static_cast<size_t>(attrs->index) >= writer.size()) continue;
      const NodeId update = writer[attrs->index];
      if (update == kNone) continue;
      std::vector<NodeId> readers = after[id];
      for (size_t i = 0; i < readers.size(); i++) {
        const NodeId reader = readers[i];
        if (graph_.nodes[reader].op == Op::kReshape) {
          readers.insert(readers.end(), after[reader].begin(), after[reader].end());
        } else if (reader != update) {
          wait(update, reader);
        }
      }
    }
    const std::vector<NodeId> checks = indexChecks();
    for (NodeId check : checks) {
      const std::vector<bool> needed = ancestors(check);
      for (NodeId update : writer) {
        if (update == kNone || needed[update]) continue;
        // Of updates that are checks themselves, the later ones wait for the earlier.
        const bool isCheck = std::find(checks.begin(), checks.end(), update) != checks.end();
        if (!isCheck || position_[check] < position_[update]) wait(update, check);
      }
    }
  }

  static bool picksByIndex(Op op) {
    switch (op) {
      case Op::kGather:
      case Op::kGatherElements:
      case Op::kGatherNd:
      case Op::kSparseCrossentropy:
      case Op::kScatter:
      case Op::kScatterElements:
      case Op::kScatterNd: return true;
      default: return false;
    }
  }

  // The nodes that may find an index out of range, the first of each kind of check: a gradient scatters by the indices
  // that were gathered by before.
  std::vector<NodeId> indexChecks() const {
    std::map<std::pair<ValueId, Shape>, NodeId> first;
    for (NodeId id : order_) {
      const Node& node = graph_.nodes[id];
      if (!picksByIndex(node.op)) continue;
      const Shape& shape = graph_.type(node.inputs[0]).shape;
      Shape extents = shape;
      if (const auto* attrs = std::get_if<AxisAttrs>(&node.attrs)) extents = {shape[static_cast<size_t>(attrs->axis)]};
      if (node.op == Op::kScatter || node.op == Op::kScatterElements) {
        extents = {shape[static_cast<size_t>(std::get<ScatterAttrs>(node.attrs).axis)]};
      }
      first.try_emplace({root(node.inputs[1]), std::move(extents)}, id);
    }
    std::vector<NodeId> checks;
    for (const auto& [key, id] : first) checks.push_back(id);
    return checks;
  }

  // Which nodes a node is computed from.
  std::vector<bool> ancestors(NodeId id) const {
    std::vector<bool> found(graph_.nodes.size(), false);
    std::vector<NodeId> stack{id};
    while (!stack.empty()) {
      const NodeId node = stack.back();
      stack.pop_back();
      for (ValueId v : graph_.nodes[node].inputs) {
        if (found[producer(v)]) continue;
        found[producer(v)] = true;
        stack.push_back(producer(v));
      }
    }
    return found;
  }

  Graph& graph_;
  std::vector<uint32_t> depth_;
  std::vector<NodeId> order_;       // as visited
  std::vector<uint32_t> position_;  // node -> index in order_
};

}  // namespace

void schedule(Graph& graph) { Scheduler(graph).run(); }

}  // namespace ibex
