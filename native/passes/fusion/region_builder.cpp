#include "passes/fusion/region_builder.h"

#include <bit>
#include <unordered_map>

namespace ibex::fusion {
namespace {

using Kind = RegionOperand::Kind;

// Where a member's value is found inside the region.
struct Computed {
  RegionOperand operand;
  bool reduced;  // of the epilogue or a reduction
};

class RegionBuilder {
 public:
  RegionBuilder(const Graph& graph, const Analysis& analysis, const Groups& groups, uint32_t group)
      : graph_(graph), analysis_(analysis), groups_(groups), group_(groups[group]) {}

  Node build() {
    setSpace();
    for (NodeId id : group_.members) add(id);
    for (NodeId id : group_.members) {
      if (!groups_.escapes(id)) continue;
      const ValueId v = graph_.nodes[id].outputs[0];
      const Computed& value = computed_.at(id);
      node_.outputs.push_back(v);
      region_.outputs.push_back({value.operand, value.reduced, graph_.type(v).dtype});
    }
    node_.op = Op::kFused;
    for (NodeId id : group_.members) {
      if (graph_.nodes[id].scope != kNone) node_.scope = graph_.nodes[id].scope;
    }
    node_.region = std::make_shared<Region>(std::move(region_));
    return std::move(node_);
  }

 private:
  void setSpace() {
    const NodeId first = group_.members[0];
    empty_ = analysis_.of(first).elements == 0;
    if (!empty_) {
      for (size_t i = 0; i < group_.space.rank(); i++) region_.space.push_back(group_.space.extent(i));
      region_.reduceAxis = group_.space.reduced;
      return;
    }
    // An empty iteration is a node of its own; its space keeps the shape, so that an empty sum knows its kept axes.
    const Node& node = graph_.nodes[first];
    region_.space = graph_.type(group_.hasReduction ? node.inputs[0] : node.outputs[0]).shape;
    region_.reduceAxis.assign(region_.space.size(), 0);
    if (!group_.hasReduction) return;
    for (int64_t axis : std::get<ReduceAttrs>(node.attrs).axes) region_.reduceAxis[axis] = 1;
  }

  void add(NodeId id) {
    const Node& node = graph_.nodes[id];
    const Fusable& fusable = analysis_.of(id);
    const DType dtype = graph_.type(node.outputs[0]).dtype;
    // In a region with reductions the number of elements tells the stage.
    const bool epilogue = group_.hasReduction && !fusable.isReduction && fusable.elements != group_.space.elements();
    RegionOperand operands[3];
    for (size_t i = 0; i < fusable.operands.size(); i++) operands[i] = operandOf(fusable.operands[i], epilogue);
    if (fusable.isReduction) {
      const auto kind = static_cast<ReduceKind>(static_cast<int>(node.op) - static_cast<int>(Op::kReduceSum));
      computed_[id] = {{Kind::kReduction, intern(region_.reductions, RegionReduction{kind, operands[0], dtype})}, true};
      return;
    }
    RegionInstr instr;
    instr.op = node.op;
    instr.dtype = dtype;
    instr.operandDtype = graph_.type(node.inputs.back()).dtype;
    instr.operandCount = static_cast<uint8_t>(node.inputs.size());
    for (size_t i = 0; i < node.inputs.size(); i++) instr.operands[i] = operands[i];
    computed_[id] = {{Kind::kInstr, intern(epilogue ? region_.epilogue : region_.prologue, instr)}, epilogue};
  }

  RegionOperand operandOf(const Operand& operand, bool epilogue) {
    if (operand.immediate) return {Kind::kImmediate, intern(region_.immediates, operand.number)};
    const auto member = computed_.find(graph_.values[operand.base].producer);
    if (member != computed_.end()) return member->second.operand;
    RegionInput input;
    input.dtype = graph_.type(operand.base).dtype;
    if (empty_) {
      input.strides.assign(region_.space.size(), 0);
    } else {
      input.strides = stridesOver(group_.space, operand.view, epilogue);
      input.offset = operand.view.offset;
    }
    for (uint32_t i = 0; i < region_.inputs.size(); i++) {
      if (node_.inputs[i] == operand.base && region_.inputs[i].strides == input.strides &&
          region_.inputs[i].offset == input.offset) {
        return {Kind::kInput, i};
      }
    }
    node_.inputs.push_back(operand.base);
    region_.inputs.push_back(std::move(input));
    return {Kind::kInput, static_cast<uint32_t>(region_.inputs.size() - 1)};
  }

  static bool same(const RegionImmediate& a, const RegionImmediate& b) {
    return a.dtype == b.dtype && a.integer == b.integer &&
           std::bit_cast<uint64_t>(a.value) == std::bit_cast<uint64_t>(b.value);
  }
  static bool same(const RegionInstr& a, const RegionInstr& b) {
    for (int i = 0; i < 3; i++) {
      if (a.operands[i] != b.operands[i]) return false;
    }
    return a.op == b.op && a.dtype == b.dtype && a.operandDtype == b.operandDtype;
  }
  static bool same(const RegionReduction& a, const RegionReduction& b) {
    return a.kind == b.kind && a.operand == b.operand && a.dtype == b.dtype;
  }

  // The position of an equal item, appended if there is none.
  template <class T>
  static uint32_t intern(std::vector<T>& items, const T& item) {
    for (uint32_t i = 0; i < items.size(); i++) {
      if (same(items[i], item)) return i;
    }
    items.push_back(item);
    return static_cast<uint32_t>(items.size() - 1);
  }

  const Graph& graph_;
  const Analysis& analysis_;
  const Groups& groups_;
  const Group& group_;
  bool empty_ = false;  // nothing is iterated, so nothing is read
  Region region_;
  Node node_;
  std::unordered_map<NodeId, Computed> computed_;
};

}  // namespace

Node buildRegion(const Graph& graph, const Analysis& analysis, const Groups& groups, uint32_t group) {
  return RegionBuilder(graph, analysis, groups, group).build();
}

}  // namespace ibex::fusion
