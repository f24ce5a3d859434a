// The memory plan: where every value of a scheduled graph lives while the program runs. What the executor consumes.
//
// A run of the program is: `before` copies, then `calls` in order, then `after` copies, then each updated state's new
// buffer takes the place of its old one. The executor resolves a Storage to an address as base(kind, index) + offset:
//
//   kArena     the program's arena                       (offset: where in it, 64-byte aligned)
//   kFeed      the run's feed `index`
//   kState     the buffer that state `index` held when the run began (only read)
//   kNewState  the buffer that state `index` holds when the run ends (only for updated states)
//   kOutput    the run's output `index`: a fresh buffer each run
//   kConstant  constants[index], filled once when the program is made
//   kNone      a value that nothing stores (not computed by any call)
//
// For an updated state with `inPlace`, kState and kNewState may be the same buffer: the plan has checked that nothing
// reads the old value after the call that writes the new one. Without `inPlace` (or when the old buffer is shared with
// a snapshot) the executor gives kNewState a fresh buffer of the same size and swaps it in when the run has ended.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "backends/kernel.h"
#include "ir/graph.h"

namespace ibex {

inline constexpr size_t kPlanAlignment = 64;

enum class StorageKind : uint8_t { kNone, kArena, kFeed, kState, kNewState, kOutput, kConstant };

struct Storage {
  StorageKind kind = StorageKind::kNone;
  uint32_t index = 0;
  size_t offset = 0;  // in bytes; 0 for all but kArena
  bool operator==(const Storage&) const = default;
};

// One prepared kernel to run: io = the node's inputs, then its outputs (storage[value]), then scratch.
struct PlannedCall {
  NodeId node;                                      // into graph.nodes, and into the kernels given to makePlan
  size_t scratchOffset = 0;                         // in the arena; meaningless when scratchBytes is 0
  size_t scratchBytes = 0;
};

struct PlannedCopy {
  Storage from;
  Storage to;
  size_t bytes;
};

struct PlannedConstant {
  ValueId value;  // fill with fillConstant()
  size_t bytes;   // of the whole value, splats expanded
};

struct PlannedParameter {
  bool present = false;  // false: nothing in the graph reads it (its index was skipped)
  Type type;             // also of an updated state that is never read; meaningless when neither present nor updated
};

struct PlannedState : PlannedParameter {
  bool updated = false;
  bool inPlace = false;  // kNewState may be the same memory as kState
};

struct Plan {
  Graph graph;                            // scheduled; kernels point to nothing in it
  std::vector<Storage> storage;           // per value; reshapes share their input's
  std::vector<PlannedCall> calls;         // what runs, in order: no parameters, constants or reshapes
  std::vector<PlannedCopy> before;        // feed, old state or constant -> output or new state (never an in-place one)
  std::vector<PlannedCopy> after;         // computed value -> second output or new state that wants it too
  std::vector<PlannedConstant> constants;
  std::vector<PlannedParameter> feeds;    // by feed index
  std::vector<PlannedState> states;       // by state index
  std::vector<Type> outputs;              // by output index
  size_t arenaBytes = 0;
  size_t constantBytes = 0;
};

// False for what costs nothing at run time: parameters, constants, reshapes (views).
bool needsKernel(const Node& node);

// kernels: one per node of the graph, null exactly where !needsKernel(node). They may be asked for scratchBytes and
// inPlaceInput only. The order of graph.nodes is the order of the calls.
Plan makePlan(Graph graph, const std::vector<std::unique_ptr<Kernel>>& kernels);

// Writes the constant's elements to `memory` (type.bytes() bytes), repeating a splat.
void fillConstant(const Node& constant, const Type& type, void* memory);

// The plan as text, for dumps: one line a call with the storage of its operands, then copies and totals.
std::string printPlan(const Plan& plan);

}  // namespace ibex
