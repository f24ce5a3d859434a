#include "passes/rewriter.h"

#include <cstring>
#include <numeric>

namespace ibex {

std::vector<uint32_t> countUses(const Graph& graph) {
  std::vector<uint32_t> uses(graph.values.size());
  for (const Node& node : graph.nodes) {
    for (ValueId v : node.inputs) uses[v]++;
  }
  for (ValueId v : graph.outputs) uses[v]++;
  for (const StateUpdate& update : graph.updates) uses[update.value]++;
  return uses;
}

std::optional<RegionImmediate> uniformConstant(const Node& constant, const Type& type) {
  const auto& data = std::get<ConstantAttrs>(constant.attrs).data;
  const size_t size = dtypeSize(type.dtype);
  if (data.size() < size || type.elements() == 0) return std::nullopt;
  // Every element equals its neighbour: compare the data with itself, moved by one element.
  if (data.size() > size && std::memcmp(data.data(), data.data() + size, data.size() - size) != 0) return std::nullopt;
  return loadScalar(type.dtype, data.data());
}

Rewriter::Rewriter(Graph& graph) : graph_(graph), replacement_(graph.values.size()), uses_(countUses(graph)) {
  std::iota(replacement_.begin(), replacement_.end(), 0u);
}

std::optional<RegionImmediate> Rewriter::uniform(ValueId v) const {
  const Node* constant = producerIf(v, Op::kConstant);
  return constant ? uniformConstant(*constant, type(v)) : std::nullopt;
}

ValueId Rewriter::emit(Op op, Attrs attrs, std::vector<ValueId> inputs, Type type, uint32_t scope) {
  const auto v = static_cast<ValueId>(graph_.values.size());
  graph_.values.push_back({std::move(type), static_cast<NodeId>(nodes_.size()), 0});
  Node node;
  node.op = op;
  node.attrs = std::move(attrs);
  node.inputs = std::move(inputs);
  node.outputs = {v};
  node.scope = scope;
  nodes_.push_back(std::move(node));
  return v;
}

ValueId Rewriter::splat(const RegionImmediate& scalar, Shape shape) {
  ConstantAttrs attrs;
  attrs.data.resize(dtypeSize(scalar.dtype));
  storeScalar(scalar, attrs.data.data());
  return emit(Op::kConstant, std::move(attrs), {}, {scalar.dtype, std::move(shape)});
}

ValueId Rewriter::reshape(ValueId v, const Shape& shape, uint32_t scope) {
  if (type(v).shape == shape) return v;
  return emit(Op::kReshape, ReshapeAttrs{shape}, {v}, {type(v).dtype, shape}, scope);
}

ValueId Rewriter::broadcast(ValueId v, const Shape& shape, uint32_t scope) {
  if (type(v).shape == shape) return v;
  return emit(Op::kBroadcast, BroadcastAttrs{shape}, {v}, {type(v).dtype, shape}, scope);
}

void Rewriter::keep(Node node) {
  for (ValueId v : node.outputs) graph_.values[v].producer = static_cast<NodeId>(nodes_.size());
  nodes_.push_back(std::move(node));
}

void Rewriter::finish() {
  // A replacement is always a value of the new list, so one step is enough.
  for (ValueId& v : graph_.outputs) v = replacement_[v];
  for (StateUpdate& update : graph_.updates) update.value = replacement_[update.value];
  graph_.nodes = std::move(nodes_);
}

}  // namespace ibex
