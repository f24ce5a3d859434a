// Convolutions and their gradients on CUDA's kernels.
#include "tests/cuda_conv_text.h"

using namespace ibex;
using namespace ibex::testing;

TEST_CASE("CUDA kernels: convolutions and their gradients") {
  CudaChecks checks;
  for (const ConvCase& c : kConvCases) addConvs(checks, c);
  checks.run();
}

TEST_CASE("CUDA kernels: convolutions with their epilogues") {
  CudaChecks checks;
  for (const size_t which : {size_t{1}, size_t{2}, size_t{5}, size_t{9}, size_t{10}}) addConvEpilogues(checks, kConvCases[which]);
  checks.run();
}
