// Graphs of a convolution and pointwise operations, computed plainly.
#pragma once

#include "tests/mock_cudnn/descriptors.h"

namespace ibex::mock_cudnn {

using Memory = std::map<int64_t, void*>;  // by the tensors' names

// Whether extents and modes agree.
DnnStatus checkOperation(const Data& operation);
// Refuses what the mock has no engine for: factors for channels after convolutions of float32, and of float64 all with
// three spatial axes.
DnnStatus checkGraph(const Data& graph);
bool isFloat32(const Data& graph);
// Whether there is memory for each tensor that is not virtual.
bool hasAll(const Data& graph, const Memory& memory);
// factor: of the sums.
void compute(const Data& graph, const Memory& memory, double factor);

}  // namespace ibex::mock_cudnn
