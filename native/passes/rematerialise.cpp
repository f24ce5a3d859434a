#include <algorithm>

#include "passes/passes.h"
#include "passes/rewriter.h"

namespace ibex {
namespace {

// More copies than this read the operand too often.
constexpr size_t kMaxUsers = 4;

bool isCheap(Op op) {
  switch (op) {
    case Op::kNeg:
    case Op::kAbs:
    case Op::kSquare:
    case Op::kRelu:
    case Op::kLogicalNot:
    case Op::kBitwiseNot:
    case Op::kCast:
    case Op::kAdd:
    case Op::kSub:
    case Op::kMul:
    case Op::kMaximum:
    case Op::kMinimum:
    case Op::kSelect: return true;
    default: return op >= Op::kEqual && op <= Op::kBitwiseXor;
  }
}

bool isFusable(const Node& node) {
  const OpKind kind = opInfo(node.op).kind;
  return kind == OpKind::kElementwise || kind == OpKind::kReduction;
}

class Rematerialiser {
 public:
  explicit Rematerialiser(Graph& graph) : graph_(graph), uses_(countUses(graph)), users_(graph.values.size()) {
    for (NodeId id = 0; id < graph.nodes.size(); id++) {
      for (ValueId v : graph.nodes[id].inputs) {
        if (users_[v].size() <= kMaxUsers) users_[v].push_back(id);
      }
    }
  }

  void run() {
    std::vector<bool> copied(graph_.nodes.size());
    for (NodeId id = 0; id < graph_.nodes.size(); id++) copied[id] = pays(id, copied);
    std::vector<Node> nodes;
    nodes.reserve(graph_.nodes.size());
    for (NodeId id = 0; id < graph_.nodes.size(); id++) {
      if (copied[id]) continue;
      Node& node = graph_.nodes[id];
      for (ValueId& v : node.inputs) {
        const NodeId producer = graph_.values[v].producer;
        // Copies are appended to `values` with producers of the new list: look only at values of the old graph.
        if (v < uses_.size() && copied[producer]) v = copy(graph_.nodes[producer], nodes);
      }
      nodes.push_back(std::move(node));
    }
    graph_.nodes = std::move(nodes);
    for (NodeId id = 0; id < graph_.nodes.size(); id++) {
      for (ValueId v : graph_.nodes[id].outputs) graph_.values[v].producer = id;
    }
  }

 private:
  bool pays(NodeId id, const std::vector<bool>& copied) const {
    const Node& node = graph_.nodes[id];
    if (!isCheap(node.op)) return false;
    const ValueId result = node.outputs[0];
    const Type& type = graph_.type(result);
    const auto& users = users_[result];
    if (users.size() < 2 || users.size() > kMaxUsers || uses_[result] != users.size()) return false;
    for (NodeId user : users) {
      // Where the user broadcasts it, its work would be repeated.
      const Node& reader = graph_.nodes[user];
      if (!isFusable(reader)) return false;
      if (opInfo(reader.op).kind == OpKind::kElementwise && graph_.type(reader.outputs[0]).shape != type.shape) {
        return false;
      }
    }
    // One array is read instead of the stored result, and it is there anyway and no larger.
    ValueId array = kNone;
    for (ValueId v : node.inputs) {
      const Node& producer = graph_.nodes[graph_.values[v].producer];
      if (producer.op == Op::kConstant && uniformConstant(producer, graph_.type(v))) continue;
      if (array != kNone && array != v) return false;
      array = v;
    }
    if (array == kNone || graph_.type(array).shape != type.shape || graph_.type(array).bytes() > type.bytes()) {
      return false;
    }
    const NodeId producer = graph_.values[array].producer;
    return !copied[producer] && (!isFusable(graph_.nodes[producer]) || uses_[array] > node.inputs.size());
  }

  ValueId copy(const Node& node, std::vector<Node>& nodes) {
    Node clone = node;
    clone.outputs[0] = static_cast<ValueId>(graph_.values.size());
    graph_.values.push_back({graph_.type(node.outputs[0]), kNone, 0});
    const ValueId result = clone.outputs[0];
    nodes.push_back(std::move(clone));
    return result;
  }

  Graph& graph_;
  std::vector<uint32_t> uses_;
  std::vector<std::vector<NodeId>> users_;
};

}  // namespace

void rematerialise(Graph& graph) { Rematerialiser(graph).run(); }

}  // namespace ibex
