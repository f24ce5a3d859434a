// Fusion in two phases over groups that start as single nodes.
//
// 1. Vertical: from the last node to the first, a node joins the group that holds all of its readers. Nothing else
//    reads it, so no path can leave the group and come back: no cycle needs to be looked for.
// 2. A walk over the remaining groups as a scheduler would take them. A group that is taken also takes groups that are
//    ready then (everything they need is computed) when they read its results or the same array: producers with
//    several readers, siblings. Ready groups can't be part of a cycle.
#include <algorithm>
#include <functional>
#include <queue>
#include <unordered_map>

#include "passes/fusion/group.h"
#include "passes/fusion/region_builder.h"
#include "passes/passes.h"

namespace ibex {
namespace {

using fusion::Analysis;
using fusion::Groups;
using fusion::Operand;

// Readers of one value that phase 2 looks at; a value read by more is taken at other occasions.
constexpr size_t kMaxReaders = 64;
// Groups of at most this many elements join without a common array: a call costs more than the work.
constexpr int64_t kTiny = 64;

// A reduction of single elements is no work: its result is its operand under another shape.
void dropUnitReductions(Graph& graph) {
  for (Node& node : graph.nodes) {
    if (opInfo(node.op).kind != OpKind::kReduction) continue;
    const Type& type = graph.type(node.outputs[0]);
    if (type.elements() == 0 || type.elements() != graph.type(node.inputs[0]).elements()) continue;
    node.op = Op::kReshape;
    node.attrs = ReshapeAttrs{type.shape};
  }
}

void joinReaders(const Graph& graph, const Analysis& analysis, Groups& groups) {
  for (NodeId id = static_cast<NodeId>(graph.nodes.size()); id-- > 0;) {
    const uint32_t own = groups.of(id);
    if (own == kNone) continue;
    const auto& readers = analysis.readers[graph.nodes[id].outputs[0]];
    if (readers.empty()) continue;
    const uint32_t target = groups.of(readers[0]);
    if (target == kNone) continue;
    if (std::all_of(readers.begin(), readers.end(), [&](NodeId r) { return groups.of(r) == target; })) {
      groups.join(own, target, target);
    }
  }
}

// The second phase. A unit is a group, or a node that is not fusable; its name is its first node.
class Walk {
 public:
  Walk(const Graph& graph, const Analysis& analysis, Groups& groups, bool join)
      : graph_(graph), analysis_(analysis), groups_(groups), join_(join), pending_(graph.nodes.size()) {}

  // Units in a valid order, after joining.
  std::vector<NodeId> run() {
    for (NodeId id = 0; id < graph_.nodes.size(); id++) {
      if (!analysis_.needed[id] || analysis_.leaf[id]) continue;
      for (ValueId v : graph_.nodes[id].outputs) {
        for (NodeId reader : analysis_.readers[v]) {
          if (unitOf(reader) != unitOf(id)) pending_[unitOf(reader)]++;
        }
      }
    }
    for (NodeId id = 0; id < graph_.nodes.size(); id++) {
      if (analysis_.needed[id] && !analysis_.leaf[id] && unitOf(id) == id && pending_[id] == 0) makeReady(id);
    }
    std::vector<NodeId> order;
    taken_.resize(graph_.nodes.size());
    refused_.resize(graph_.nodes.size(), kNone);
    while (!others_.empty() || !fusable_.empty()) {
      auto& queue = others_.empty() ? fusable_ : others_;
      const NodeId unit = queue.top();
      queue.pop();
      if (taken_[unit]) continue;
      take(unit);
      if (groups_.of(unit) != kNone && join_) extend(unit);
      order.push_back(unit);
    }
    return order;
  }

 private:
  using Queue = std::priority_queue<NodeId, std::vector<NodeId>, std::greater<>>;

  NodeId unitOf(NodeId id) const {
    const uint32_t group = groups_.of(id);
    return group == kNone ? id : groups_[group].members[0];
  }

  void makeReady(NodeId unit) {
    const uint32_t group = groups_.of(unit);
    if (group == kNone) {
      others_.push(unit);
      return;
    }
    fusable_.push(unit);
    const auto& space = groups_[group].space;
    if (space.elements() <= kTiny) tiny_[space.elements()].push_back(unit);
  }

  void take(NodeId unit) {
    taken_[unit] = true;
    const uint32_t group = groups_.of(unit);
    if (group == kNone) {
      release(unit, unit);
    } else {
      for (NodeId member : groups_[group].members) release(member, unit);
    }
  }

  // The values of `id`, a node of `unit`, are there: units that waited for the last of theirs are ready.
  void release(NodeId id, NodeId unit) {
    for (ValueId v : graph_.nodes[id].outputs) {
      for (NodeId reader : analysis_.readers[v]) {
        const NodeId other = unitOf(reader);
        if (other != unit && --pending_[other] == 0) makeReady(other);
      }
    }
  }

  void extend(NodeId unit) {
    const uint32_t group = groups_.of(unit);
    bool grown = true;
    while (grown) {
      grown = false;
      for (NodeId candidate : candidates(group)) {
        const uint32_t other = groups_.of(candidate);
        if (other == kNone || other == group || taken_[candidate] || pending_[candidate] != 0) continue;
        if (refused_[candidate] == group) continue;
        const std::vector<NodeId> members = groups_[other].members;
        if (!groups_.join(group, other, group)) {
          refused_[candidate] = group;
          continue;
        }
        taken_[candidate] = true;
        // The name of a group is its first member; the walk knows this one by `unit`.
        for (NodeId member : members) release(member, unitOf(unit));
        grown = true;
      }
    }
  }

  // Units that read what the group gives or (all of) what it reads, and tiny ones of its size.
  std::vector<NodeId> candidates(uint32_t group) {
    std::vector<NodeId> units;
    const auto addReaders = [&](ValueId v, bool siblings) {
      const auto& readers = analysis_.readers[v];
      if (readers.size() > kMaxReaders) return;
      for (NodeId reader : readers) {
        const uint32_t other = groups_.of(reader);
        if (other == kNone || other == group || (siblings && !groups_.shareInput(group, other))) continue;
        units.push_back(unitOf(reader));
      }
    };
    for (NodeId member : groups_[group].members) {
      addReaders(graph_.nodes[member].outputs[0], false);
      for (const Operand& operand : analysis_.of(member).operands) {
        if (!operand.immediate) addReaders(operand.base, true);
      }
    }
    const auto tiny = tiny_.find(groups_[group].space.elements());
    if (tiny != tiny_.end()) {
      auto& ready = tiny->second;
      while (!ready.empty() && taken_[ready.back()]) ready.pop_back();
      const size_t looked = std::min(ready.size(), kMaxReaders);
      units.insert(units.end(), ready.end() - static_cast<ptrdiff_t>(looked), ready.end());
    }
    std::sort(units.begin(), units.end());
    units.erase(std::unique(units.begin(), units.end()), units.end());
    return units;
  }

  const Graph& graph_;
  const Analysis& analysis_;
  Groups& groups_;
  const bool join_;
  std::vector<uint32_t> pending_;  // unit: operands that are not computed yet
  std::vector<bool> taken_;
  std::vector<uint32_t> refused_;  // unit: the group that could not take it
  Queue others_;
  Queue fusable_;
  std::unordered_map<int64_t, std::vector<NodeId>> tiny_;  // by number of elements: units that got ready
};

void rebuild(Graph& graph, const Analysis& analysis, const Groups& groups, const std::vector<NodeId>& order) {
  std::vector<Node> nodes;
  const auto append = [&](Node node) {
    for (uint32_t i = 0; i < node.outputs.size(); i++) {
      graph.values[node.outputs[i]].producer = static_cast<NodeId>(nodes.size());
      graph.values[node.outputs[i]].index = i;
    }
    nodes.push_back(std::move(node));
  };
  // Regions first: they look at the producers of the old node list.
  std::unordered_map<NodeId, Node> regions;
  for (NodeId unit : order) {
    if (groups.of(unit) != kNone) regions.emplace(unit, fusion::buildRegion(graph, analysis, groups, groups.of(unit)));
  }
  for (NodeId unit : order) {
    append(groups.of(unit) == kNone ? std::move(graph.nodes[unit]) : std::move(regions.at(unit)));
  }
  for (NodeId id = 0; id < graph.nodes.size(); id++) {
    if (analysis.leaf[id]) append(std::move(graph.nodes[id]));
  }
  graph.nodes = std::move(nodes);
}

void run(Graph& graph, bool join) {
  dropUnitReductions(graph);
  const Analysis analysis(graph);
  Groups groups(graph, analysis);
  if (join) joinReaders(graph, analysis, groups);
  const std::vector<NodeId> order = Walk(graph, analysis, groups, join).run();
  rebuild(graph, analysis, groups, order);
}

}  // namespace

void fuse(Graph& graph) { run(graph, true); }

void wrapElementwise(Graph& graph) {
  const bool any = std::any_of(graph.nodes.begin(), graph.nodes.end(),
                               [](const Node& node) { return fusion::isFusableOp(node.op); });
  if (any) run(graph, false);
}

}  // namespace ibex
