// Element-wise nodes and reductions of the CUDA backend, as a graph has them.
#include "tests/cuda_node_check.h"

using namespace ibex;
using namespace ibex::testing;

TEST_CASE("cuda: element-wise nodes and reductions that were not fused") {
  CudaChecks checks;
  checks.add(
      "%0: f32[5,33] = parameter {index=0, state=false}\n"
      "%1: f32[33] = parameter {index=1, state=false}\n"
      "%2: f32[5,33] = add %0, %1\n"
      "%3: f32[5,33] = tanh %2\n"
      "%4: bf16[5,33] = cast %3\n"
      "%5: f32[5] = reduce_sum %3 {axes=[1], keepdims=false}\n"
      "%6: f32[1,33] = reduce_max %0 {axes=[0], keepdims=true}\n"
      "outputs %3, %4, %5, %6\n");
  checks.add(
      "%0: i64[7] = parameter {index=0, state=false}\n"
      "%1: i64[7] = mul %0, %0\n"
      "%2: bool[7] = less %0, %1\n"
      "%3: i64[7] = select %2, %0, %1\n"
      "%4: i64[] = reduce_prod %3 {axes=[0], keepdims=false}\n"
      "outputs %2, %3, %4\n");
  checks.run();
}

TEST_CASE("cuda: a reduction that is split over blocks, and one of nothing") {
  CudaChecks checks;
  checks.add(
      "%0: f32[400000] = parameter {index=0, state=false}\n"
      "%1: f32[] = reduce_sum %0 {axes=[0], keepdims=false}\n"
      "outputs %1\n",
      1e-3);
  checks.add(
      "%0: f32[3,0] = parameter {index=0, state=false}\n"
      "%1: f32[3] = reduce_sum %0 {axes=[1], keepdims=false}\n"
      "%2: f32[3,0] = neg %0\n"
      "outputs %1, %2\n");
  checks.run();
}
