// Sets of fusable nodes that become one region, and the rules for joining two.
#pragma once

#include <optional>
#include <vector>

#include "ir/graph.h"
#include "passes/fusion/analysis.h"

namespace ibex::fusion {

inline constexpr size_t kMaxInputs = 16;
inline constexpr size_t kMaxOutputs = 8;
inline constexpr size_t kMaxInstrs = 64;

struct Group {
  std::vector<NodeId> members;     // ascending, which is a topological order
  Space space;
  bool hasReduction = false;
  std::vector<uint32_t> inputs;    // keys of operands from outside, ascending
};

class Groups {
 public:
  // Every needed fusable node as a group of its own.
  Groups(const Graph& graph, const Analysis& analysis);

  const Group& operator[](uint32_t group) const { return groups_[group]; }
  // The group of a fusable node, kNone for others.
  uint32_t of(NodeId id) const { return groupOf_[id]; }
  size_t size() const { return groups_.size(); }

  // Joins `late` to `early` (or the other way; the result is `into`) when one region can compute both. The caller has
  // seen that no path leads from one to the other through a third, and none from `late` to `early`.
  bool join(uint32_t early, uint32_t late, uint32_t into);

  // Whether both read all elements of one array.
  bool shareInput(uint32_t a, uint32_t b) const;

  // Whether something outside its group reads the node's value.
  bool escapes(NodeId id) const;

 private:
  std::optional<Space> commonSpace(const Group& early, const Group& late) const;
  bool edgesAreDense(uint32_t early, const Group& late) const;
  std::vector<uint32_t> commonInputs(uint32_t early, uint32_t late) const;
  size_t countOutputs(const std::vector<NodeId>& members);

  const Graph& graph_;
  const Analysis& analysis_;
  std::vector<Group> groups_;
  std::vector<uint32_t> groupOf_;          // node -> group
  std::vector<NodeId> keySource_;          // operand key -> the fusable node that gives it densely, or kNone
  std::vector<int64_t> keyElements_;       // operand key -> distinct elements read
  std::vector<uint32_t> internalReads_;    // scratch, per node; zero between calls
};

}  // namespace ibex::fusion
