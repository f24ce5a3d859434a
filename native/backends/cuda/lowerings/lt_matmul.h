// Products of matrices by cuBLASLt.
#pragma once

#include <memory>

#include "backends/cuda/runtime/context.h"
#include "backends/cuda/runtime/cublaslt.h"
#include "backends/kernel.h"
#include "backends/matmul_problem.h"
#include "ir/dtype.h"
#include "ir/epilogue.h"

namespace ibex::cuda {

// Null where the library has no algorithm, or can't walk the batch. `epilogue` has no scale. No extent is 0.
std::unique_ptr<Kernel> makeLtMatmul(Context& context, const CublasLt& lt, const MatmulProblem& problem, DType dtype,
                                     const Epilogue& epilogue);

}  // namespace ibex::cuda
