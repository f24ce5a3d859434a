// Convolutions by cuDNN.
#pragma once

#include <memory>

#include "backends/cuda/lowerings/conv.h"

namespace ibex::cuda {

// Null where cuDNN has no way to do it within our rules: sums in float32 or better, the same result each time, float32
// unrounded unless the problem's numerics allow it. The fastest of the ways is found by measurement, or where these are
// deterministic the first that runs is taken.
std::unique_ptr<Kernel> makeDnnConv(Context& context, const Cudnn& cudnn, const ConvProblem& problem);

}  // namespace ibex::cuda
