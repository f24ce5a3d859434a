#include "passes/fusion/group.h"

#include <algorithm>
#include <iterator>

namespace ibex::fusion {
namespace {

int64_t distinctElements(const View& view) {
  int64_t n = 1;
  for (size_t i = 0; i < view.shape.size(); i++) n *= view.strides[i] == 0 ? 1 : view.shape[i];
  return n;
}

}  // namespace

Groups::Groups(const Graph& graph, const Analysis& analysis)
    : graph_(graph), analysis_(analysis), groupOf_(graph.nodes.size(), kNone), internalReads_(graph.nodes.size()) {
  for (NodeId id = 0; id < graph.nodes.size(); id++) {
    if (!analysis.isFusable(id) || !analysis.needed[id]) continue;
    const Fusable& fusable = analysis.of(id);
    groupOf_[id] = static_cast<uint32_t>(groups_.size());
    Group& group = groups_.emplace_back();
    group.members = {id};
    group.space = fusable.space;
    group.hasReduction = fusable.isReduction;
    for (const Operand& operand : fusable.operands) {
      if (operand.immediate) continue;
      group.inputs.push_back(operand.key);
      if (operand.key >= keySource_.size()) {
        keySource_.resize(operand.key + 1, kNone);
        keyElements_.resize(operand.key + 1, 0);
      }
      const NodeId producer = graph.values[operand.base].producer;
      if (operand.dense && analysis.isFusable(producer)) keySource_[operand.key] = producer;
      keyElements_[operand.key] = distinctElements(operand.view);
    }
    std::sort(group.inputs.begin(), group.inputs.end());
    group.inputs.erase(std::unique(group.inputs.begin(), group.inputs.end()), group.inputs.end());
  }
}

std::optional<Space> Groups::commonSpace(const Group& early, const Group& late) const {
  const int64_t a = early.space.elements();
  const int64_t b = late.space.elements();
  if (a == b) return mergeSpaces(early.space, late.space);
  if (early.hasReduction && !late.hasReduction && early.space.kept() == b) return mergeKept(early.space, late.space);
  if (late.hasReduction && !early.hasReduction && late.space.kept() == a) return mergeKept(late.space, early.space);
  return std::nullopt;
}

// What `late` reads of `early` has to be in place: element e for element e. Since a reduction changes the number of
// elements, this also keeps a region's prologue from reading its own reduced values.
bool Groups::edgesAreDense(uint32_t early, const Group& late) const {
  for (NodeId id : late.members) {
    for (const Operand& operand : analysis_.of(id).operands) {
      if (operand.immediate || operand.dense) continue;
      if (groupOf_[graph_.values[operand.base].producer] == early) return false;
    }
  }
  return true;
}

std::vector<uint32_t> Groups::commonInputs(uint32_t early, uint32_t late) const {
  std::vector<uint32_t> inputs;
  std::set_union(groups_[early].inputs.begin(), groups_[early].inputs.end(), groups_[late].inputs.begin(),
                 groups_[late].inputs.end(), std::back_inserter(inputs));
  std::erase_if(inputs, [&](uint32_t key) {
    const NodeId source = keySource_[key];
    return source != kNone && (groupOf_[source] == early || groupOf_[source] == late);
  });
  return inputs;
}

size_t Groups::countOutputs(const std::vector<NodeId>& members) {
  const auto each = [&](auto&& visit) {
    for (NodeId id : members) {
      for (const Operand& operand : analysis_.of(id).operands) {
        if (!operand.immediate) visit(graph_.values[operand.base].producer);
      }
    }
  };
  each([&](NodeId source) { internalReads_[source]++; });
  size_t outputs = 0;
  for (NodeId id : members) {
    const ValueId v = graph_.nodes[id].outputs[0];
    outputs += analysis_.sink[v] || analysis_.readers[v].size() > internalReads_[id];
  }
  each([&](NodeId source) { internalReads_[source] = 0; });
  return outputs;
}

bool Groups::join(uint32_t early, uint32_t late, uint32_t into) {
  const Group& a = groups_[early];
  const Group& b = groups_[late];
  if (a.members.size() + b.members.size() > kMaxInstrs) return false;
  // Empty iterations have no flat order to share.
  if (analysis_.of(a.members[0]).elements == 0 || analysis_.of(b.members[0]).elements == 0) return false;
  if (!edgesAreDense(early, b)) return false;
  auto space = commonSpace(a, b);
  if (!space) return false;
  auto inputs = commonInputs(early, late);
  if (inputs.size() > kMaxInputs) return false;
  std::vector<NodeId> members;
  std::merge(a.members.begin(), a.members.end(), b.members.begin(), b.members.end(), std::back_inserter(members));
  if (countOutputs(members) > kMaxOutputs) return false;

  const bool hasReduction = a.hasReduction || b.hasReduction;
  const uint32_t other = into == early ? late : early;
  for (NodeId id : groups_[other].members) groupOf_[id] = into;
  groups_[other] = {};
  groups_[into] = {std::move(members), std::move(*space), hasReduction, std::move(inputs)};
  return true;
}

bool Groups::shareInput(uint32_t a, uint32_t b) const {
  const auto& left = groups_[a].inputs;
  const auto& right = groups_[b].inputs;
  const int64_t elements = std::max(groups_[a].space.elements(), groups_[b].space.elements());
  for (size_t i = 0, k = 0; i < left.size() && k < right.size();) {
    if (left[i] == right[k] && keyElements_[left[i]] == elements) return true;
    left[i] < right[k] ? i++ : k++;
  }
  return false;
}

bool Groups::escapes(NodeId id) const {
  const ValueId v = graph_.nodes[id].outputs[0];
  if (analysis_.sink[v]) return true;
  return std::any_of(analysis_.readers[v].begin(), analysis_.readers[v].end(),
                     [&](NodeId reader) { return groupOf_[reader] != groupOf_[id]; });
}

}  // namespace ibex::fusion
