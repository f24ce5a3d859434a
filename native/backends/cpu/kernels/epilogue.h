// The epilogue of a product whose own kernel does not do it: one more pass over the result.
#pragma once

#include <memory>

#include "backends/kernel.h"
#include "ir/epilogue.h"

namespace ibex::cpu {

// product: the kernel of productOf(node), float32.
std::unique_ptr<Kernel> withEpilogue(const Graph& graph, const Node& node, std::unique_ptr<Kernel> product);

// to[0, n) = from[0, n) on all threads, unless they are the same.
void copyFloats(const float* from, float* to, int64_t n);

}  // namespace ibex::cpu
