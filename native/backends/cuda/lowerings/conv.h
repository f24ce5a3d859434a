// The convolution ops: which libraries do them, where these are there.
#pragma once

#include <memory>

#include "backends/conv_geometry.h"
#include "backends/cuda/runtime/context.h"
#include "backends/cuda/runtime/cublaslt.h"
#include "backends/cuda/runtime/cudnn.h"
#include "backends/kernel.h"
#include "ir/epilogue.h"
#include "ir/graph.h"

namespace ibex::cuda {

enum class ConvPart { kForward, kInputGrad, kFilterGrad };

struct ConvProblem {
  ConvGeometry geometry;
  ConvPart part;
  DType dtype;
  Epilogue epilogue;  // of kForward
  Numerics numerics;
};

// Null where there is none.
struct ConvLibraries {
  const CublasLt* products = nullptr;
  const Cudnn* convolutions = nullptr;
};

// What the libraries can't do, or all without any, is done by kernels of our own.
std::unique_ptr<Kernel> prepareConv(Context& context, const Graph& graph, const Node& node, const ConvLibraries& libraries);

}  // namespace ibex::cuda
