// The table from Op to the function that prepares its CUDA kernel. Each file of lowerings/ registers its own ops.
#pragma once

#include <memory>

#include "backends/cuda/runtime/context.h"
#include "backends/kernel.h"
#include "ir/graph.h"

namespace ibex::cuda {

// The kernel may hold on to the context, but not to the graph. Its run() puts work on the context's stream and returns.
using Lowering = std::unique_ptr<Kernel> (*)(Context& context, const Graph& graph, const Node& node);

void registerLowering(Op op, Lowering lowering);
Lowering findLowering(Op op);  // nullptr when there is none

struct LoweringRegistration {
  LoweringRegistration(Op op, Lowering lowering) { registerLowering(op, lowering); }
};

// IBEX_CUDA_LOWERING(kMatmul, prepareMatmul);
#define IBEX_CUDA_LOWERING(op, fn) \
  static const ::ibex::cuda::LoweringRegistration ibexLowering_##op { ::ibex::Op::op, fn }

}  // namespace ibex::cuda
