#pragma once

#include <memory>
#include <vector>

#include "backends/kernel.h"
#include "ir/region.h"

namespace ibex::cpu {

// A kernel for a region. `inputValues`: the node's inputs, which tell inputs that are the same value.
// Throws Error{kUnsupported} for an operation on a type that it is not defined for.
std::unique_ptr<Kernel> makeRegionKernel(const Region& region, const std::vector<ValueId>& inputValues);

}  // namespace ibex::cpu
