// A convolution as one product with packed weights, where that is faster than the library's convolution.
#pragma once

#include <memory>

#include "backends/conv_geometry.h"
#include "backends/cpu/kernels/epilogue.h"
#include "backends/kernel.h"

namespace ibex::cpu {

// float32; nullptr where the library is faster.
std::unique_ptr<Kernel> packedConv(const ConvGeometry& g, const Epilogue& epilogue);

}  // namespace ibex::cpu
