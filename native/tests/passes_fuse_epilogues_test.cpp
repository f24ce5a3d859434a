#include <doctest/doctest.h>

#include "tests/passes_test_util.h"

namespace ibex {
namespace {

TEST_CASE("fuse-epilogues: a convolution takes its bias and relu") {
  CHECK_PASS(fuseEpilogues,
             "%0: f32[2,8,8,3] = parameter {index=0} %1: f32[3,3,3,4] = parameter {index=1}"
             "%2: f32[4] = parameter {index=2}"
             "%3: f32[2,6,6,4] = conv %0, %1 {strides=[1,1], padLow=[0,0], padHigh=[0,0], dilation=[1,1], groups=1,"
             " spatial=[]} %4: f32[2,6,6,4] = add %3, %2 %5: f32[2,6,6,4] = relu %4 outputs %5",
             "%0: f32[2,8,8,3] = parameter {index=0} %1: f32[3,3,3,4] = parameter {index=1}"
             "%2: f32[4] = parameter {index=2}"
             "%3: f32[2,6,6,4] = conv_epilogue %0, %1, %2 {strides=[1,1], padLow=[0,0], padHigh=[0,0], dilation=[1,1],"
             " groups=1, spatial=[], scale=false, bias=true, residual=false, relu=true} outputs %3");
}

TEST_CASE("fuse-epilogues: normalisation by fixed statistics becomes a scale and a bias") {
  CHECK_PASS(fuseEpilogues,
             "%0: f32[2,8,3] = parameter {index=0} %1: f32[1,3,4] = parameter {index=0, state=true}"
             "%2: f32[4] = parameter {index=1, state=true} %3: f32[4] = parameter {index=2, state=true}"
             "%4: f32[4] = parameter {index=3, state=true} %5: f32[1,1,4] = reshape %3 {shape=[1,1,4]}"
             "%6: f32[2,8,4] = conv %0, %1 {strides=[1], padLow=[0], padHigh=[0], dilation=[1], groups=1, spatial=[]}"
             "%7: f32[2,8,4] = add %6, %2 %8: f32[2,8,4] = mul %7, %5 %9: f32[2,8,4] = add %8, %4 outputs %9",
             "%0: f32[2,8,3] = parameter {index=0} %1: f32[1,3,4] = parameter {index=0, state=true}"
             "%2: f32[4] = parameter {index=1, state=true} %3: f32[4] = parameter {index=2, state=true}"
             "%4: f32[4] = parameter {index=3, state=true} %5: f32[1,1,4] = reshape %3 {shape=[1,1,4]}"
             "%6: f32[4] = reshape %5 {shape=[4]} %7: f32[4] = mul %2, %6 %8: f32[4] = add %7, %4"
             "%9: f32[2,8,4] = conv_epilogue %0, %1, %6, %8 {strides=[1], padLow=[0], padHigh=[0], dilation=[1],"
             " groups=1, spatial=[], scale=true, bias=true, residual=false, relu=false} outputs %9");
}

TEST_CASE("fuse-epilogues: a factor stays where the weights change from run to run") {
  const char* text =
      "%0: f32[2,8,3] = parameter {index=0} %1: f32[1,3,4] = parameter {index=0, state=true}"
      "%2: f32[4] = parameter {index=1, state=true}"
      "%3: f32[2,8,4] = conv %0, %1 {strides=[1], padLow=[0], padHigh=[0], dilation=[1], groups=1, spatial=[]}"
      "%4: f32[2,8,4] = mul %3, %2 %5: f32[1,3,4] = neg %1 outputs %4 update 0 %5";
  CHECK_PASS(fuseEpilogues, text, text);
}

TEST_CASE("fuse-epilogues: of two products that are added the later takes the other, then relu") {
  CHECK_PASS(fuseEpilogues,
             "%0: f32[8,4] = parameter {index=0} %1: f32[4,4] = parameter {index=1} %2: f32[8,4] = matmul %0, %1"
             " {transposeA=false, transposeB=false}"
             "%3: f32[8,4] = matmul %2, %1 {transposeA=false, transposeB=true}"
             "%4: f32[8,4] = add %3, %2 %5: f32[8,4] = relu %4 outputs %5",
             "%0: f32[8,4] = parameter {index=0} %1: f32[4,4] = parameter {index=1} %2: f32[8,4] = matmul %0, %1"
             " {transposeA=false, transposeB=false}"
             "%3: f32[8,4] = matmul_epilogue %2, %1, %2 {transposeA=false, transposeB=true, bias=false,"
             " residual=true, relu=true} outputs %3");
}

TEST_CASE("fuse-epilogues: a reshape between moves behind, and 16 bits are fused as well") {
  CHECK_PASS(fuseEpilogues,
             "%0: bf16[6,4] = parameter {index=0} %1: bf16[4,8] = parameter {index=1} %2: bf16[4,2] = parameter {index=2}"
             "%3: bf16[2,3,4,2] = parameter {index=3}"
             "%4: bf16[6,8] = matmul %0, %1 {transposeA=false, transposeB=false}"
             "%5: bf16[2,3,4,2] = reshape %4 {shape=[2,3,4,2]} %6: bf16[2,3,4,2] = add %5, %2"
             "%7: bf16[2,3,4,2] = add %6, %3 %8: bf16[2,3,4,2] = relu %7 outputs %8",
             "%0: bf16[6,4] = parameter {index=0} %1: bf16[4,8] = parameter {index=1} %2: bf16[4,2] = parameter {index=2}"
             "%3: bf16[2,3,4,2] = parameter {index=3} %4: bf16[8] = reshape %2 {shape=[8]}"
             "%5: bf16[6,8] = reshape %3 {shape=[6,8]}"
             "%6: bf16[6,8] = matmul_epilogue %0, %1, %4, %5 {transposeA=false, transposeB=false, bias=true,"
             " residual=true, relu=true} %7: bf16[2,3,4,2] = reshape %6 {shape=[2,3,4,2]} outputs %7");
}

TEST_CASE("fuse-epilogues: where a reshape takes channels apart, an addend for some of them stays") {
  for (const char* text : {
           "%0: f32[6,4] = parameter {index=0} %1: f32[4,8] = parameter {index=1} %2: f32[2] = parameter {index=2}"
           "%3: f32[6,8] = matmul %0, %1 {transposeA=false, transposeB=false}"
           "%4: f32[6,4,2] = reshape %3 {shape=[6,4,2]} %5: f32[6,4,2] = add %4, %2 outputs %5",
           "%0: f32[6,4] = parameter {index=0} %1: f32[4,8] = parameter {index=1} %2: f32[16] = parameter {index=2}"
           "%3: f32[6,8] = matmul %0, %1 {transposeA=false, transposeB=false}"
           "%4: f32[3,16] = reshape %3 {shape=[3,16]} %5: f32[3,16] = add %4, %2 outputs %5",
           "%0: f32[6,4] = parameter {index=0} %1: f32[4,8] = parameter {index=1} %2: f32[8,1] = parameter {index=2}"
           "%3: f32[6,8] = matmul %0, %1 {transposeA=false, transposeB=false}"
           "%4: f32[8,6] = reshape %3 {shape=[8,6]} %5: f32[8,6] = add %4, %2 outputs %5",
       }) {
    CHECK_PASS(fuseEpilogues, text, text);
  }
}

TEST_CASE("fuse-epilogues: what others read, other dtypes and what broadcasts the result stay") {
  for (const char* text : {
           "%0: f32[8,4] = parameter {index=0} %1: f32[4,4] = parameter {index=1} %2: f32[8,4] = matmul %0, %1"
           " {transposeA=false, transposeB=false} %3: f32[8,4] = relu %2 outputs %2, %3",
           "%0: f64[8,4] = parameter {index=0} %1: f64[4,4] = parameter {index=1} %2: f64[8,4] = matmul %0, %1"
           " {transposeA=false, transposeB=false} %3: f64[8,4] = relu %2 outputs %3",
           "%0: f32[8,4] = parameter {index=0} %1: f32[4,4] = parameter {index=1} %2: f32[3,8,4] = parameter {index=2}"
           "%3: f32[8,4] = matmul %0, %1 {transposeA=false, transposeB=false} %4: f32[3,8,4] = add %3, %2 outputs %4",
           "%0: f32[8,4] = parameter {index=0} %1: f32[4,4] = parameter {index=1} %2: f32[8,4] = matmul %0, %1"
           " {transposeA=false, transposeB=false} %3: f32[8,4] = add %2, %2 outputs %3",
       }) {
    CHECK_PASS(fuseEpilogues, text, text);
  }
}

}  // namespace
}  // namespace ibex
