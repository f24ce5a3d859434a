#include "passes/fusion/analysis.h"

#include <map>
#include <tuple>

#include "ir/type_rules.h"
#include "passes/rewriter.h"

namespace ibex::fusion {
namespace {

// Movement nodes looked through for one operand.
constexpr int kMaxAbsorbed = 8;
// Rows at least this long are read as fast in place as after a copy.
constexpr int64_t kMinRow = 16;
// Below this a copy costs more (as a call) than any access pattern.
constexpr int64_t kSmall = 4096;

bool isMovementOfAddresses(Op op) {
  return op == Op::kReshape || op == Op::kBroadcast || op == Op::kTranspose || op == Op::kSlice || op == Op::kReverse;
}

// Whether the elements that a transpose, slice or reverse gives lie in rows, or are few.
bool readsInRows(const Node& node, const Graph& graph) {
  const Shape& result = graph.type(node.outputs[0]).shape;
  if (graph.type(node.outputs[0]).elements() <= kSmall) return true;
  const auto view = movedView(node, View(graph.type(node.inputs[0]).shape), result);
  if (!view) return false;
  const View rows = collapsed(*view);
  return !rows.shape.empty() && rows.strides.back() == 1 && rows.shape.back() >= kMinRow;
}

class Builder {
 public:
  Builder(const Graph& graph, Analysis& out) : graph_(graph), out_(out) {}

  void run() {
    out_.index.assign(graph_.nodes.size(), kNone);
    out_.needed.assign(graph_.nodes.size(), false);
    out_.readers.resize(graph_.values.size());
    out_.sink.assign(graph_.values.size(), false);
    for (ValueId v : graph_.outputs) out_.sink[v] = true;
    for (const StateUpdate& update : graph_.updates) out_.sink[update.value] = true;
    out_.leaf.assign(graph_.nodes.size(), false);
    findAbsorbable();
    for (NodeId id = 0; id < graph_.nodes.size(); id++) {
      if (isFusableOp(graph_.nodes[id].op)) {
        out_.index[id] = static_cast<uint32_t>(out_.fusable.size());
        out_.fusable.push_back(describe(graph_.nodes[id]));
      }
    }
    findReaders();
  }

 private:
  // Movement whose every reader can be fused, so that it need not run, and that is cheap to read through.
  void findAbsorbable() {
    std::vector<bool> readByOthers(graph_.values.size());
    for (const Node& node : graph_.nodes) {
      for (ValueId v : node.inputs) {
        if (!isFusableOp(node.op)) readByOthers[v] = true;
      }
    }
    absorbable_.resize(graph_.nodes.size());
    for (NodeId id = 0; id < graph_.nodes.size(); id++) {
      const Node& node = graph_.nodes[id];
      if (node.op == Op::kReshape || node.op == Op::kBroadcast) absorbable_[id] = true;
      else if (isMovementOfAddresses(node.op)) {
        const ValueId result = node.outputs[0];
        absorbable_[id] = !readByOthers[result] && !out_.sink[result] && readsInRows(node, graph_);
      }
    }
  }

  Operand resolve(ValueId v, const Shape& iteration) {
    // The movement nodes above v, nearest first.
    NodeId chain[kMaxAbsorbed];
    int length = 0;
    ValueId base = v;
    while (length < kMaxAbsorbed && absorbable_[graph_.values[base].producer]) {
      chain[length++] = graph_.values[base].producer;
      base = graph_.nodes[chain[length - 1]].inputs[0];
    }
    Operand operand;
    View view(graph_.type(base).shape);
    operand.base = base;
    while (length > 0) {
      const Node& node = graph_.nodes[chain[--length]];
      const Shape& shape = graph_.type(node.outputs[0]).shape;
      if (auto moved = movedView(node, view, shape)) {
        view = std::move(*moved);
      } else {  // a reshape that has to be real: read its result
        view = View(shape);
        operand.base = node.outputs[0];
      }
    }
    operand.view = collapsed(broadcastView(view, iteration));
    operand.dense = operand.view.isDense() && graph_.type(operand.base).elements() == operand.view.elements();
    const Node& producer = graph_.nodes[graph_.values[operand.base].producer];
    if (producer.op == Op::kConstant) {
      if (const auto number = uniformConstant(producer, graph_.type(operand.base))) {
        operand.immediate = true;
        operand.number = *number;
      }
    }
    return operand;
  }

  Fusable describe(const Node& node) {
    Fusable fusable;
    fusable.isReduction = opInfo(node.op).kind == OpKind::kReduction;
    const Shape& iteration = graph_.type(fusable.isReduction ? node.inputs[0] : node.outputs[0]).shape;
    fusable.elements = Type{DType::kBool, iteration}.elements();
    fusable.results = graph_.type(node.outputs[0]).elements();
    for (ValueId v : node.inputs) {
      Operand operand;
      if (fusable.elements > 0) operand = resolve(v, iteration);
      else operand.base = v;
      operand.key = keyOf(operand);
      fusable.operands.push_back(std::move(operand));
    }
    if (fusable.elements > 0) cut(node, iteration, fusable);
    return fusable;
  }

  uint32_t keyOf(const Operand& operand) {
    const View& view = operand.view;
    const auto next = static_cast<uint32_t>(keys_.size());
    return keys_.try_emplace({operand.base, view.offset, view.shape, view.strides}, next).first->second;
  }

  void cut(const Node& node, const Shape& iteration, Fusable& fusable) const {
    std::vector<uint8_t> mask(iteration.size(), 0);
    if (fusable.isReduction) {
      for (int64_t axis : std::get<ReduceAttrs>(node.attrs).axes) mask[axis] = 1;
    }
    fusable.space = reducedSpace(iteration, mask);
    for (const Operand& operand : fusable.operands) {
      if (operand.immediate || operand.dense) continue;
      // The cuts of one node's operands are all cuts of its own shape, so they form a chain of at most kMaxRank axes;
      // only merges of nodes are limited to kMaxFusedRank.
      fusable.space = *mergeSpaces(fusable.space, Space(operand.view), kMaxRank);
    }
  }

  void findReaders() {
    std::vector<bool> read = out_.sink;
    for (NodeId id = static_cast<NodeId>(graph_.nodes.size()); id-- > 0;) {
      const Node& node = graph_.nodes[id];
      bool needed = node.op == Op::kParameter;
      for (ValueId v : node.outputs) needed = needed || read[v];
      if (!needed) continue;
      out_.needed[id] = true;
      // All readers of the output come later in the graph: they are known by now.
      out_.leaf[id] = node.op == Op::kReshape && out_.sink[node.outputs[0]] && out_.readers[node.outputs[0]].empty();
      if (out_.leaf[id]) {
        out_.sink[node.inputs[0]] = read[node.inputs[0]] = true;
        continue;
      }
      const auto reads = [&](ValueId v) {
        read[v] = true;
        out_.readers[v].push_back(id);
      };
      if (!out_.isFusable(id)) {
        for (ValueId v : node.inputs) reads(v);
      } else {
        for (const Operand& operand : out_.of(id).operands) {
          if (!operand.immediate) reads(operand.base);
        }
      }
    }
  }

  using Key = std::tuple<ValueId, int64_t, Shape, Shape>;
  const Graph& graph_;
  Analysis& out_;
  std::vector<bool> absorbable_;
  std::map<Key, uint32_t> keys_;
};

}  // namespace

bool isFusableOp(Op op) {
  const OpKind kind = opInfo(op).kind;
  return kind == OpKind::kElementwise || kind == OpKind::kReduction;
}

Analysis::Analysis(const Graph& graph) { Builder(graph, *this).run(); }

}  // namespace ibex::fusion
