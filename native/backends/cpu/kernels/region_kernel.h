#pragma once

#include <memory>
#include <vector>

#include "backends/kernel.h"
#include "ir/graph.h"

namespace ibex::cpu {

// A kernel for a region. `inputValues`: the node's inputs, which tell inputs that are the same value.
// Throws Error{kUnsupported} for an operation on a type that it is not defined for.
// homes: for each output the input whose memory it should take over if it can (the state that it is the new value of), or
// -1; empty where none has one.
std::unique_ptr<Kernel> makeRegionKernel(const Region& region, const std::vector<ValueId>& inputValues,
                                         const std::vector<int>& homes = {});

}  // namespace ibex::cpu
