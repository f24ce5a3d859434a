// Convolutions by cuDNN.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>

#include "backends/cuda/lowerings/conv.h"

namespace ibex::cuda {

// Our own kernel for the same, which is made when it is wanted.
struct OwnConv {
  size_t scratchBytes;
  std::function<std::unique_ptr<Kernel>()> make;
};

// Null where cuDNN has no way to do it within our rules: sums in float32 or better, the same result each time, float32
// unrounded unless the problem's numerics allow it. The fastest of the ways is found by measurement, or where these are
// deterministic the first that runs is taken. Shapes that it may not be best at are measured against our own kernel,
// which is given where that is faster, and which also does what cuDNN fails at when it runs.
std::unique_ptr<Kernel> makeDnnConv(Context& context, const Cudnn& cudnn, const ConvProblem& problem,
                                    const OwnConv& own);

}  // namespace ibex::cuda
