#include <doctest/doctest.h>

#include <string>

#include "tests/passes_test_util.h"

namespace ibex {
namespace {

#undef X
#define X "%0: f32[2,3] = parameter {index=0, state=false}\n"
#define I "%0: i32[2,3] = parameter {index=0, state=false}\n"

TEST_CASE("simplify: neutral and absorbing numbers") {
  CHECK_PASS(simplify, X "%1: f32[] = constant {data=[1]} %2: f32[2,3] = mul %0, %1 outputs %2", X "outputs %0");
  CHECK_PASS(simplify, X "%1: f32[] = constant {data=[0]} %2: f32[2,3] = add %0, %1 outputs %2", X "outputs %0");
  CHECK_PASS(simplify, X "%1: f32[] = constant {data=[1]} %2: f32[2,3] = pow %0, %1 outputs %2", X "outputs %0");
  CHECK_PASS(simplify, X "%1: f32[] = constant {data=[2]} %2: f32[2,3] = pow %0, %1 outputs %2",
             X "%1: f32[2,3] = square %0 outputs %1");
  CHECK_PASS(simplify, I "%1: i32[] = constant {data=[0]} %2: i32[2,3] = mul %0, %1 outputs %2",
             I "%1: i32[2,3] = constant {data=splat 0} outputs %1");
  CHECK_PASS(simplify, I "%1: i32[2,3] = sub %0, %0 outputs %1", I "%1: i32[2,3] = constant {data=splat 0} outputs %1");
}

TEST_CASE("simplify: floats keep what NaN and infinity could change") {
  const char* product = X "%1: f32[] = constant {data=[0]} %2: f32[2,3] = mul %0, %1 outputs %2";
  CHECK_PASS(simplify, product, product);
  const char* difference = X "%1: f32[2,3] = sub %0, %0 outputs %1";
  CHECK_PASS(simplify, difference, difference);
  const char* comparison = X "%1: bool[2,3] = less %0, %0 %2: bool[2,3] = logical_not %1 outputs %2";
  CHECK_PASS(simplify, comparison, comparison);
}

TEST_CASE("simplify: a neutral operand still broadcasts") {
  CHECK_PASS(simplify, "%0: f32[3] = parameter {index=0} %1: f32[2,3] = constant {data=splat 1}"
                       "%2: f32[2,3] = mul %0, %1 outputs %2",
             "%0: f32[3] = parameter {index=0} %1: f32[2,3] = broadcast %0 {shape=[2,3]} outputs %1");
}

TEST_CASE("simplify: division by powers of two") {
  CHECK_PASS(simplify, X "%1: f32[] = constant {data=[8]} %2: f32[2,3] = div %0, %1 outputs %2",
             X "%1: f32[] = constant {data=[0.125]} %2: f32[2,3] = mul %0, %1 outputs %2");
  const char* third = X "%1: f32[] = constant {data=[3]} %2: f32[2,3] = div %0, %1 outputs %2";
  CHECK_PASS(simplify, third, third);
}

TEST_CASE("simplify: negations") {
  CHECK_PASS(simplify, X "%1: f32[2,3] = neg %0 %2: f32[2,3] = neg %1 outputs %2", X "outputs %0");
  CHECK_PASS(simplify, X "%1: f32[2,3] = exp %0 %2: f32[2,3] = neg %1 %3: f32[2,3] = add %0, %2 outputs %3",
             X "%1: f32[2,3] = exp %0 %2: f32[2,3] = sub %0, %1 outputs %2");
  CHECK_PASS(simplify, X "%1: bool[2,3] = equal %0, %0 %2: bool[2,3] = logical_not %1 outputs %2",
             X "%1: bool[2,3] = not_equal %0, %0 outputs %1");
}

TEST_CASE("simplify: select with a known or negated condition") {
  CHECK_PASS(simplify, X "%1: bool[] = constant {data=[true]} %2: f32[2,3] = neg %0"
                         "%3: f32[2,3] = select %1, %0, %2 outputs %3", X "outputs %0");
  CHECK_PASS(simplify, X "%1: bool[2,3] = parameter {index=1} %2: f32[2,3] = neg %0 %3: bool[2,3] = logical_not %1"
                         "%4: f32[2,3] = select %3, %0, %2 outputs %4",
             X "%1: bool[2,3] = parameter {index=1} %2: f32[2,3] = neg %0 %4: f32[2,3] = select %1, %2, %0 outputs %4");
}

TEST_CASE("simplify: casts through a type that holds every number") {
  CHECK_PASS(simplify, "%0: f16[2] = parameter {index=0} %1: f32[2] = cast %0 %2: f16[2] = cast %1 outputs %2",
             "%0: f16[2] = parameter {index=0} outputs %0");
  CHECK_PASS(simplify, "%0: u8[2] = parameter {index=0} %1: i32[2] = cast %0 %2: f32[2] = cast %1 outputs %2",
             "%0: u8[2] = parameter {index=0} %1: f32[2] = cast %0 outputs %1");
  const char* rounding = "%0: f32[2] = parameter {index=0} %1: f16[2] = cast %0 %2: f32[2] = cast %1 outputs %2";
  CHECK_PASS(simplify, rounding, rounding);
  const char* wrapping = "%0: i32[2] = parameter {index=0} %1: u8[2] = cast %0 %2: i32[2] = cast %1 outputs %2";
  CHECK_PASS(simplify, wrapping, wrapping);
}

TEST_CASE("simplify: transposes become flags of matmul") {
  CHECK_PASS(simplify,
             "%0: f32[4,2] = parameter {index=0} %1: f32[5,4] = parameter {index=1}"
             "%2: f32[2,4] = transpose %0 {perm=[1,0]} %3: f32[4,5] = transpose %1 {perm=[1,0]}"
             "%4: f32[2,5] = matmul %2, %3 outputs %4",
             "%0: f32[4,2] = parameter {index=0} %1: f32[5,4] = parameter {index=1}"
             "%2: f32[2,5] = matmul %0, %1 {transposeA=true, transposeB=true} outputs %2");
}

TEST_CASE("simplify: a batch times one matrix is one product, and so is its gradient") {
  CHECK_PASS(simplify,
             "%0: f32[8,6,4] = parameter {index=0} %1: f32[4,5] = parameter {index=1}"
             "%2: f32[8,6,5] = matmul %0, %1 outputs %2",
             "%0: f32[8,6,4] = parameter {index=0} %1: f32[4,5] = parameter {index=1}"
             "%2: f32[48,4] = reshape %0 {shape=[48,4]} %3: f32[48,5] = matmul %2, %1"
             "%4: f32[8,6,5] = reshape %3 {shape=[8,6,5]} outputs %4");
  CHECK_PASS(simplify,
             "%0: f32[8,6,4] = parameter {index=0} %1: f32[8,6,5] = parameter {index=1}"
             "%2: f32[8,4,5] = matmul %0, %1 {transposeA=true} %3: f32[4,5] = reduce_sum %2 {axes=[0]} outputs %3",
             "%0: f32[8,6,4] = parameter {index=0} %1: f32[8,6,5] = parameter {index=1}"
             "%2: f32[48,4] = reshape %0 {shape=[48,4]} %3: f32[48,5] = reshape %1 {shape=[48,5]}"
             "%4: f32[4,5] = matmul %2, %3 {transposeA=true} outputs %4");
}

TEST_CASE("simplify: reductions of transposes, reductions and broadcasts") {
  CHECK_PASS(simplify,
             X "%1: f32[3,2] = transpose %0 {perm=[1,0]} %2: f32[2] = reduce_sum %1 {axes=[0]} outputs %2",
             X "%1: f32[2] = reduce_sum %0 {axes=[1]} outputs %1");
  CHECK_PASS(simplify,
             "%0: f32[2,3,4] = parameter {index=0} %1: f32[2,4] = reduce_max %0 {axes=[1]}"
             "%2: f32[2] = reduce_max %1 {axes=[1]} outputs %2",
             "%0: f32[2,3,4] = parameter {index=0} %1: f32[2] = reduce_max %0 {axes=[1,2]} outputs %1");
  CHECK_PASS(simplify,
             "%0: f32[2,3,4] = parameter {index=0} %1: f32[2,1,4] = reduce_sum %0 {axes=[1], keepdims=true}"
             "%2: f32[4] = reduce_sum %1 {axes=[0,1], keepdims=false} outputs %2",
             "%0: f32[2,3,4] = parameter {index=0} %1: f32[4] = reduce_sum %0 {axes=[0,1]} outputs %1");
  CHECK_PASS(simplify,
             "%0: f32[3] = parameter {index=0} %1: f32[5,3] = broadcast %0 {shape=[5,3]}"
             "%2: f32[3] = reduce_sum %1 {axes=[0]} outputs %2",
             "%0: f32[3] = parameter {index=0} %1: f32[] = constant {data=[5]} %2: f32[3] = mul %0, %1 outputs %2");
  const char* kept = "%0: f32[2,3,4] = parameter {index=0} %1: f32[2,1,4] = reduce_sum %0 {axes=[1], keepdims=true}"
                     "%2: f32[1,4] = reduce_sum %1 {axes=[0], keepdims=false} outputs %2";
  CHECK_PASS(simplify, kept, kept);
}

TEST_CASE("simplify: cross-entropy of logits of 16 bits makes no float32 copy of them, nor of their gradient") {
  const std::string before =
      "%0: bf16[6,9] = parameter {index=0} %1: i32[6] = parameter {index=1} %2: f32[6] = parameter {index=2}";
  const std::string copied = before +
      "%3: f32[6,9] = cast %0 %4: f32[6], %5: f32[6], %6: f32[6] = sparse_crossentropy %3, %1"
      "%7: f32[6,9] = sparse_crossentropy_grad %2, %3, %1, %5, %6";
  CHECK_PASS(simplify, copied + "%8: bf16[6,9] = cast %7 outputs %4, %8",
             before + "%3: f32[6], %4: f32[6], %5: f32[6] = sparse_crossentropy %0, %1"
                      "%6: bf16[6,9] = sparse_crossentropy_grad %2, %0, %1, %4, %5 outputs %3, %6");
  // Where another type, or others, want the gradient, it stays float32.
  const std::string kept = before +
      "%3: f32[6,9] = cast %0 %4: f32[6], %5: f32[6], %6: f32[6] = sparse_crossentropy %0, %1"
      "%7: f32[6,9] = sparse_crossentropy_grad %2, %3, %1, %5, %6";
  for (const char* rest : {"%8: f16[6,9] = cast %7 outputs %4, %8", "%8: bf16[6,9] = cast %7 outputs %4, %8, %7"}) {
    CHECK_PASS(simplify, copied + rest, kept + rest);
  }
}

}  // namespace
}  // namespace ibex
