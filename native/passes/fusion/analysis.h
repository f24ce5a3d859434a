// What fusion needs to know of a graph, found once: which nodes can be fused, where their operands really come from
// (through movement that strides can say), and who reads what.
#pragma once

#include <cstdint>
#include <vector>

#include "ir/graph.h"
#include "passes/fusion/space.h"
#include "passes/view.h"

namespace ibex::fusion {

struct Operand {
  ValueId base = kNone;     // what is read, behind absorbed movement
  View view;                // of base over the node's iteration, collapsed
  uint32_t key = 0;         // equal for operands with equal base and view
  bool dense = false;       // element e of the iteration reads element e of base
  bool immediate = false;   // base is a constant of equal elements
  RegionImmediate number;   // then: which
};

// An element-wise node or a reduction, as work over an iteration space.
struct Fusable {
  bool isReduction = false;
  int64_t elements = 0;            // of the iteration: of the output, or of a reduction's operand
  int64_t results = 0;             // of the output
  std::vector<Operand> operands;   // empty for an empty iteration: such nodes stay alone
  Space space;                     // with the cuts of the operands that are no immediates
};

struct Analysis {
  explicit Analysis(const Graph& graph);

  bool isFusable(NodeId id) const { return index[id] != kNone; }
  const Fusable& of(NodeId id) const { return fusable[index[id]]; }

  std::vector<uint32_t> index;                // node -> its Fusable, or kNone
  std::vector<Fusable> fusable;
  std::vector<bool> needed;                   // node: computes something that is still read
  std::vector<std::vector<NodeId>> readers;   // value -> needed nodes that read it, one entry an operand
  std::vector<bool> sink;                     // value: an output or update (perhaps behind a leaf)
  std::vector<bool> leaf;                     // node: a reshape that only outputs and updates read; not a reader
};

bool isFusableOp(Op op);

}  // namespace ibex::fusion
