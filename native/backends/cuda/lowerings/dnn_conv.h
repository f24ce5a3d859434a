// Convolutions by cuDNN.
#pragma once

#include <memory>

#include "backends/cuda/lowerings/conv.h"

namespace ibex::cuda {

// Null where cuDNN has no way to do it within our rules: sums in float32 or better, the same result each time, float32
// unrounded unless IBEX_CUDA_TF32=1.
std::unique_ptr<Kernel> makeDnnConv(Context& context, const Cudnn& cudnn, const ConvProblem& problem);

}  // namespace ibex::cuda
