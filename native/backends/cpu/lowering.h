// The table from Op to the function that prepares its CPU kernel. Each kernel's file registers its own ops.
#pragma once

#include <memory>

#include "backends/kernel.h"
#include "ir/graph.h"

namespace ibex::cpu {

using Lowering = std::unique_ptr<Kernel> (*)(const Graph& graph, const Node& node);

void registerLowering(Op op, Lowering lowering);
Lowering findLowering(Op op);  // nullptr when there is none

struct LoweringRegistration {
  LoweringRegistration(Op op, Lowering lowering) { registerLowering(op, lowering); }
};

// IBEX_CPU_LOWERING(kMatmul, prepareMatmul);
#define IBEX_CPU_LOWERING(op, fn) \
  static const ::ibex::cpu::LoweringRegistration ibexLowering_##op { ::ibex::Op::op, fn }

}  // namespace ibex::cpu
