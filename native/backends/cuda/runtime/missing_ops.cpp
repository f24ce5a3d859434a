#include "backends/cuda/runtime/missing_ops.h"

#include "backends/cuda/lowering.h"

namespace ibex::cuda {

std::string missingOps() {
  std::string list;
  for (int i = 0; i < kOpCount; ++i) {
    const Op op = static_cast<Op>(i);
    // These are memory alone.
    if (op == Op::kParameter || op == Op::kConstant || op == Op::kReshape) continue;
    if (findLowering(op) != nullptr) continue;
    list += (list.empty() ? "" : ",") + std::string(opInfo(op).name);
  }
  return list;
}

}  // namespace ibex::cuda
