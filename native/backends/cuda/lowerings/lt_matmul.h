// Products of matrices by cuBLASLt.
#pragma once

#include <memory>

#include "backends/cuda/runtime/context.h"
#include "backends/cuda/runtime/cublaslt.h"
#include "backends/kernel.h"
#include "backends/matmul_problem.h"
#include "ir/dtype.h"
#include "ir/epilogue.h"
#include "ir/graph.h"

namespace ibex::cuda {

// Null where the library has no algorithm, or can't walk the batch. `epilogue` has no scale. No extent is 0. Among the
// library's algorithms the fastest is found by measurement, or where the numerics are deterministic the first that runs is taken: each
// of them gives the same digits each time, but not those that another gives.
std::unique_ptr<Kernel> makeLtMatmul(Context& context, const CublasLt& lt, const MatmulProblem& problem, DType dtype,
                                     const Epilogue& epilogue, const Numerics& numerics);

}  // namespace ibex::cuda
