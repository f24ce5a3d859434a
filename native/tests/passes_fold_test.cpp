#include <doctest/doctest.h>

#include "tests/passes_test_util.h"

namespace ibex {
namespace {

TEST_CASE("fold: element-wise ops of uniform constants, of any size") {
  CHECK_PASS(foldConstants,
             "%0: f32[1000,1000] = constant {data=splat 3} %1: f32[] = constant {data=[0.5]}"
             "%2: f32[1000,1000] = add %0, %1 outputs %2",
             "%0: f32[1000,1000] = constant {data=splat 3.5} outputs %0");
}

TEST_CASE("fold: small constants broadcast") {
  CHECK_PASS(foldConstants,
             "%0: i32[2,1] = constant {data=[1,2]} %1: i32[3] = constant {data=[10,20,30]}"
             "%2: i32[2,3] = mul %0, %1 outputs %2",
             "%0: i32[2,3] = constant {data=[10,20,30,20,40,60]} outputs %0");
  CHECK_PASS(foldConstants,
             "%0: f32[2] = constant {data=[1,nan]} %1: f32[] = constant {data=[1]} %2: bool[2] = equal %0, %1"
             "%3: f32[2] = select %2, %0, %1 outputs %2, %3",
             "%0: bool[2] = constant {data=[true,false]} %1: f32[2] = constant {data=[1,1]} outputs %0, %1");
}

TEST_CASE("fold: movement picks elements") {
  const char* x = "%0: i32[2,3] = constant {data=[1,2,3,4,5,6]}";
  const std::string text = x;
  CHECK(afterPass(foldConstants, text + "%1: i32[3,2] = transpose %0 {perm=[1,0]} outputs %1") ==
        canonicalText("%0: i32[3,2] = constant {data=[1,4,2,5,3,6]} outputs %0"));
  CHECK(afterPass(foldConstants,
                  text + "%1: i32[1,2] = slice %0 {starts=[1,0], limits=[2,3], strides=[1,2]} outputs %1") ==
        canonicalText("%0: i32[1,2] = constant {data=[4,6]} outputs %0"));
  CHECK(afterPass(foldConstants, text + "%1: i32[2,3] = reverse %0 {axes=[1]} outputs %1") ==
        canonicalText("%0: i32[2,3] = constant {data=[3,2,1,6,5,4]} outputs %0"));
  CHECK(afterPass(foldConstants, text + "%1: i32[6] = reshape %0 {shape=[6]} outputs %1") ==
        canonicalText("%0: i32[6] = constant {data=[1,2,3,4,5,6]} outputs %0"));
}

TEST_CASE("fold: rounding and wrapping are the type's") {
  CHECK_PASS(foldConstants,
             "%0: f16[] = constant {data=[2048]} %1: f16[] = constant {data=[1]} %2: f16[] = add %0, %1 outputs %2",
             "%0: f16[] = constant {data=[2048]} outputs %0");
  CHECK_PASS(foldConstants,
             "%0: u8[] = constant {data=[250]} %1: u8[] = constant {data=[10]} %2: u8[] = add %0, %1 outputs %2",
             "%0: u8[] = constant {data=[4]} outputs %0");
  CHECK_PASS(foldConstants, "%0: i32[] = constant {data=[-7]} %1: i32[] = constant {data=[2]}"
                            "%2: i32[] = floor_div %0, %1 %3: i32[] = mod %0, %1 outputs %2, %3",
             "%0: i32[] = constant {data=[-4]} %1: i32[] = constant {data=[1]} outputs %0, %1");
  CHECK_PASS(foldConstants, "%0: i32[] = constant {data=[-1]} %1: u8[] = cast %0 %2: f32[] = cast %1 outputs %2",
             "%0: f32[] = constant {data=[255]} outputs %0");
}

TEST_CASE("fold: casts that an integer cannot hold stay") {
  const char* text = "%0: f32[] = constant {data=[1e+10]} %1: i32[] = cast %0 outputs %1";
  CHECK_PASS(foldConstants, text, text);
}

TEST_CASE("fold: reductions of equal elements, single iotas") {
  CHECK_PASS(foldConstants, "%0: f32[4,5] = constant {data=splat 0.5} %1: f32[4] = reduce_sum %0 {axes=[1]} outputs %1",
             "%0: f32[4] = constant {data=splat 2.5} outputs %0");
  CHECK_PASS(foldConstants, "%0: u8[200] = constant {data=splat 2} %1: u8[] = reduce_sum %0 {axes=[0]} outputs %1",
             "%0: u8[] = constant {data=[144]} outputs %0");
  CHECK_PASS(foldConstants, "%0: i32[1] = iota {axis=0} outputs %0", "%0: i32[1] = constant {data=[0]} outputs %0");
}

TEST_CASE("fold: large results that are not uniform are left to run time") {
  const char* text =
      "%0: f32[2,1] = constant {data=[1,2]} %1: f32[2,10000] = broadcast %0 {shape=[2,10000]} outputs %1";
  CHECK_PASS(foldConstants, text, text);
}

TEST_CASE("cse: equal nodes become one, also with operands that were made equal") {
  CHECK_PASS(
      eliminateCommonSubexpressions,
      "%0: f32[2] = parameter {index=0} %1: f32[2] = exp %0 %2: f32[2] = exp %0 %3: f32[2] = neg %1"
      "%4: f32[2] = neg %2 %5: f32[2] = add %3, %4 outputs %5",
      "%0: f32[2] = parameter {index=0} %1: f32[2] = exp %0 %2: f32[2] = neg %1 %3: f32[2] = add %2, %2 outputs %3");
}

TEST_CASE("cse: attributes, types and operands tell nodes apart") {
  const char* text =
      "%0: f32[2,2] = parameter {index=0} %1: f32[2,2] = parameter {index=1}"
      "%2: f32[2,2] = matmul %0, %1 %3: f32[2,2] = matmul %0, %1 {transposeA=true}"
      "%4: f16[2,2] = cast %0 %5: bf16[2,2] = cast %0 %6: u32[2] = parameter {index=2} %7: u32[3] = random_bits %6"
      "%8: u32[4] = random_bits %6 outputs %2, %3, %4, %5, %7, %8";
  CHECK_PASS(eliminateCommonSubexpressions, text, text);
}

TEST_CASE("cse: the same key gives the same random bits") {
  CHECK_PASS(eliminateCommonSubexpressions,
             "%0: u32[2] = parameter {index=0} %1: u32[8] = random_bits %0 %2: u32[8] = random_bits %0 outputs %1, %2",
             "%0: u32[2] = parameter {index=0} %1: u32[8] = random_bits %0 outputs %1, %1");
}

TEST_CASE("dead code goes, parameters stay") {
  Graph graph = graphOf("%0: f32[2] = parameter {index=0} %1: f32[2] = parameter {index=1} %2: f32[2] = exp %0"
                        "%3: f32[2] = neg %2 %4: f32[2] = abs %0 outputs %4");
  eliminateDeadCode(graph);
  verify(graph);
  CHECK(printGraph(graph) == canonicalText("%0: f32[2] = parameter {index=0} %1: f32[2] = parameter {index=1}"
                                           "%2: f32[2] = abs %0 outputs %2"));
}

}  // namespace
}  // namespace ibex
