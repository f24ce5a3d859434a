// Element-wise ops and reductions that were not fused: regions of one operation.
#include "backends/cpu/kernels/region_kernel.h"
#include "backends/cpu/lowering.h"
#include "backends/region_of_node.h"
#include "ir/error.h"

namespace ibex::cpu {
namespace {

std::unique_ptr<Kernel> prepareSingle(const Graph& graph, const Node& node) {
  try {
    return makeRegionKernel(regionOfNode(graph, node), node.inputs);
  } catch (const Error& e) {
    throw Error(e.code(), e.what(), graph.scopeOf(node));
  }
}

[[maybe_unused]] const bool kRegistered = [] {
  for (int i = 0; i < kOpCount; ++i) {
    const OpKind kind = opInfo(static_cast<Op>(i)).kind;
    if (kind == OpKind::kElementwise || kind == OpKind::kReduction) registerLowering(static_cast<Op>(i), prepareSingle);
  }
  return true;
}();

}  // namespace
}  // namespace ibex::cpu
