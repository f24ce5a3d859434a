// float16 and bfloat16 through float32: converts, runs the float32 kernel of the same op, rounds once at the end.
#pragma once

#include <memory>

#include "backends/cpu/lowering.h"

namespace ibex::cpu {

// Does any input or output of the node hold 16-bit floats?
bool usesHalf(const Graph& graph, const Node& node);

// `prepare` makes the kernel for the node with every 16-bit float type replaced by float32.
std::unique_ptr<Kernel> viaFloat32(const Graph& graph, const Node& node, Lowering prepare);

}  // namespace ibex::cpu
