// Convolution as gathered patches times the kernel matrix: for float64, and for float32 geometries that the library
// does not take (negative padding).
#pragma once

#include <memory>

#include "backends/conv_geometry.h"
#include "backends/kernel.h"
#include "ir/graph.h"

namespace ibex::cpu {

enum class ConvPart { kForward, kInputGrad, kFilterGrad };

// T: float or double. Inputs and output of the kernel are those of the op of that part.
template <class T>
std::unique_ptr<Kernel> plainConv(const ConvGeometry& geometry, ConvPart part);

}  // namespace ibex::cpu
