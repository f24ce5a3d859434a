#include <doctest/doctest.h>

#include <algorithm>

#include "tests/passes_test_util.h"

namespace ibex {
namespace {

int countOp(const Graph& graph, Op op) {
  return static_cast<int>(
      std::count_if(graph.nodes.begin(), graph.nodes.end(), [&](const Node& n) { return n.op == op; }));
}

Graph fused(std::string_view text) {
  Graph graph = graphOf(text);
  fuse(graph);
  verify(graph);
  for (const Node& node : graph.nodes) {
    const OpKind kind = opInfo(node.op).kind;
    CHECK(kind != OpKind::kElementwise);
    CHECK(kind != OpKind::kReduction);
  }
  return graph;
}

TEST_CASE("fuse: a chain with a broadcast and an immediate is one region over the fewest axes") {
  CHECK_PASS(fuse,
             "%0: f32[8,4,6] = parameter {index=0} %1: f32[6] = parameter {index=1} %2: f32[] = constant {data=[0.5]}"
             "%3: f32[8,4,6] = add %0, %1 %4: f32[8,4,6] = relu %3 %5: f32[8,4,6] = mul %4, %2 outputs %5",
             "%0: f32[8,4,6] = parameter {index=0} %1: f32[6] = parameter {index=1}"
             "%2: f32[8,4,6] = fused %0, %1 { space [32,6] reduce [0,0]"
             " in0: f32 strides [6,1] offset 0 in1: f32 strides [0,1] offset 0 imm0: f32 0.5"
             " p0: f32 = add in0, in1 p1: f32 = relu p0 p2: f32 = mul p1, imm0 out0: f32 = p2 } outputs %2");
}

TEST_CASE("fuse: a reduction takes what feeds it and what follows it") {
  CHECK_PASS(fuse,
             "%0: f32[32,10] = parameter {index=0} %1: f32[] = constant {data=[0.1]} %2: f32[32] = parameter {index=1}"
             "%3: f32[32,10] = square %0 %4: f32[32] = reduce_sum %3 {axes=[1]} %5: f32[32] = mul %4, %1"
             "%6: f32[32] = sub %5, %2 outputs %6",
             "%0: f32[32,10] = parameter {index=0} %1: f32[32] = parameter {index=1}"
             "%2: f32[32] = fused %0, %1 { space [32,10] reduce [0,1]"
             " in0: f32 strides [10,1] offset 0 in1: f32 strides [1,0] offset 0 imm0: f32 0.1"
             " p0: f32 = square in0 r0: f32 = sum p0 e0: f32 = mul r0, imm0 e1: f32 = sub e0, in1"
             " out0: f32 = e1 reduced } outputs %2");
}

TEST_CASE("fuse: an optimizer step is one region with an output a state") {
  const Graph graph = fused(
      "%0: f32[64,10] = parameter {index=0, state=true} %1: f32[64,10] = parameter {index=1, state=true}"
      "%2: f32[64,10] = parameter {index=2, state=true} %3: f32[64,10] = parameter {index=0}"
      "%4: f32[] = constant {data=[0.9]} %5: f32[] = constant {data=[0.999]} %6: f32[] = constant {data=[0.1]}"
      "%7: f32[] = constant {data=[0.001]} %8: f32[] = parameter {index=1}"
      "%10: f32[64,10] = mul %1, %4 %11: f32[64,10] = mul %3, %6 %12: f32[64,10] = add %10, %11"
      "%13: f32[64,10] = mul %2, %5 %14: f32[64,10] = square %3 %15: f32[64,10] = mul %14, %7"
      "%16: f32[64,10] = add %13, %15 %17: f32[64,10] = sqrt %16 %18: f32[64,10] = add %17, %7"
      "%19: f32[64,10] = mul %12, %8 %20: f32[64,10] = div %19, %18 %21: f32[64,10] = sub %0, %20"
      "update 0 %21 update 1 %12 update 2 %16");
  CHECK(graph.nodes.size() == 6);
  const Node& step = graph.nodes.back();
  CHECK(step.outputs.size() == 3);
  CHECK(step.inputs.size() == 5);
  CHECK(step.region->space == Shape{640});
}

TEST_CASE("fuse: softmax in parts, as few regions as its two reductions allow") {
  const Graph graph = fused(
      "%0: f32[32,10] = parameter {index=0} %1: f32[32,1] = reduce_max %0 {axes=[1], keepdims=true}"
      "%2: f32[32,10] = sub %0, %1 %3: f32[32,10] = exp %2 %4: f32[32,1] = reduce_sum %3 {axes=[1], keepdims=true}"
      "%5: f32[32,10] = div %3, %4 outputs %5");
  // The maximum; exp with its sum; the quotient.
  CHECK(countOp(graph, Op::kFused) == 3);
}

TEST_CASE("fuse: nothing is fused around a node that cannot be") {
  const Graph graph = fused(
      "%0: f32[4,4] = parameter {index=0} %1: f32[4,4] = exp %0 %2: f32[4,4] = matmul %1, %1"
      "%3: f32[4,4] = add %1, %2 %4: f32[4,4] = neg %3 outputs %4");
  CHECK(countOp(graph, Op::kFused) == 2);
  CHECK(countOp(graph, Op::kMatmul) == 1);
}

TEST_CASE("fuse: a value read by a library op and a reduction is stored by the region that reduces it") {
  const Graph graph = fused(
      "%0: f32[32,8] = parameter {index=0} %1: f32[32,8] = parameter {index=1} %2: f32[8,4] = parameter {index=2}"
      "%3: f32[32,8] = mul %0, %1 %4: f32[32,4] = matmul %3, %2 %5: f32[8] = reduce_sum %3 {axes=[0]} outputs %4, %5");
  CHECK(countOp(graph, Op::kFused) == 1);
}

TEST_CASE("fuse: siblings that read the same array share the reading") {
  const Graph graph = fused(
      "%0: f32[1024] = parameter {index=0} %1: f32[1024] = exp %0 %2: f32[1024] = sin %0"
      "%3: f32[] = reduce_sum %0 {axes=[0]} %4: f32[] = reduce_max %0 {axes=[0]} outputs %1, %2, %3, %4");
  CHECK(countOp(graph, Op::kFused) == 1);
}

TEST_CASE("fuse: strangers of a size that matters stay apart, tiny ones share a call") {
  const char* text =
      "%0: f32[1024] = parameter {index=0} %1: f32[1024] = parameter {index=1} %2: f32[1024] = exp %0"
      "%3: f32[1024] = exp %1 outputs %2, %3";
  CHECK(countOp(fused(text), Op::kFused) == 2);
  std::string tiny = text;
  for (size_t at; (at = tiny.find("1024")) != std::string::npos;) tiny.replace(at, 4, "3");
  CHECK(countOp(fused(tiny), Op::kFused) == 1);
}

TEST_CASE("fuse: reshapes do not part a region") {
  const Graph graph = fused(
      "%0: f32[8,4,6] = parameter {index=0} %1: f32[6] = parameter {index=1} %2: f32[8,4,6] = add %0, %1"
      "%3: f32[8,24] = reshape %2 {shape=[8,24]} %4: f32[8,24] = exp %3 outputs %4");
  CHECK(countOp(graph, Op::kFused) == 1);
  CHECK(countOp(graph, Op::kReshape) == 0);
  CHECK(graph.nodes.back().region->space == Shape{32, 6});
}

TEST_CASE("fuse: shapes without common axes stay apart") {
  const Graph graph = fused(
      "%0: f32[4,6] = parameter {index=0} %1: f32[6] = parameter {index=1} %2: f32[4] = parameter {index=2}"
      "%3: f32[4,6] = add %0, %1 %4: f32[6,4] = reshape %3 {shape=[6,4]} %5: f32[6,4] = add %4, %2 outputs %5");
  CHECK(countOp(graph, Op::kFused) == 2);
}

TEST_CASE("fuse: a small transpose is read by strides, a large one is copied first") {
  CHECK(countOp(fused("%0: f32[6,4] = parameter {index=0} %1: f32[4,6] = transpose %0 {perm=[1,0]}"
                      "%2: f32[4,6] = exp %1 outputs %2"), Op::kTranspose) == 0);
  CHECK(countOp(fused("%0: f32[512,512] = parameter {index=0} %1: f32[512,512] = transpose %0 {perm=[1,0]}"
                      "%2: f32[512,512] = exp %1 outputs %2"), Op::kTranspose) == 1);
  // Rows stay whole: no need for a copy.
  CHECK(countOp(fused("%0: f32[64,32,64] = parameter {index=0} %1: f32[32,64,64] = transpose %0 {perm=[1,0,2]}"
                      "%2: f32[32,64,64] = exp %1 outputs %2"), Op::kTranspose) == 0);
}

TEST_CASE("fuse: an array and its own transpose are not one region") {
  const Graph graph = fused(
      "%0: f32[4,4] = parameter {index=0} %1: f32[4,4] = exp %0 %2: f32[4,4] = transpose %1 {perm=[1,0]}"
      "%3: f32[4,4] = add %1, %2 outputs %3");
  CHECK(countOp(graph, Op::kFused) == 2);
}

TEST_CASE("fuse: empty tensors, scalars and other element types") {
  CHECK_PASS(fuse, "%0: f32[0,3] = parameter {index=0} %1: f32[3] = reduce_sum %0 {axes=[0]} outputs %1",
             "%0: f32[0,3] = parameter {index=0} %1: f32[3] = fused %0 { space [0,3] reduce [1,0]"
             " in0: f32 strides [0,0] offset 0 r0: f32 = sum in0 out0: f32 = r0 reduced } outputs %1");
  CHECK_PASS(fuse, "%0: u8[] = parameter {index=0} %1: f32[] = cast %0 outputs %1",
             "%0: u8[] = parameter {index=0} %1: f32[] = fused %0 { space [] reduce []"
             " in0: u8 strides [] offset 0 p0: f32 = cast.u8 in0 out0: f32 = p0 } outputs %1");
  const Graph graph = fused(
      "%0: f32[0] = parameter {index=0} %1: f32[0] = exp %0 %2: f32[0] = neg %1 outputs %2");
  CHECK(countOp(graph, Op::kFused) == 2);
}

TEST_CASE("fuse: a reduction of single elements is a view") {
  CHECK_PASS(
      fuse, "%0: f32[3,1] = parameter {index=0} %1: f32[3,1] = exp %0 %2: f32[3] = reduce_sum %1 {axes=[1]} outputs %2",
      "%0: f32[3,1] = parameter {index=0} %1: f32[3,1] = fused %0 { space [3] reduce [0]"
      " in0: f32 strides [1] offset 0 p0: f32 = exp in0 out0: f32 = p0 }"
      "%2: f32[3] = reshape %1 {shape=[3]} outputs %2");
}

TEST_CASE("fuse: regions stay within their limits") {
  std::string text = "%0: f32[64] = parameter {index=0}\n";
  for (int i = 1; i <= 200; i++) {
    text += "%" + std::to_string(i) + ": f32[64] = exp %" + std::to_string(i - 1) + "\n";
  }
  const Graph chain = fused(text + "outputs %200");
  for (const Node& node : chain.nodes) CHECK((node.op != Op::kFused || node.region->prologue.size() <= 64));
  CHECK(countOp(chain, Op::kFused) == 4);

  std::string wide;
  for (int i = 0; i < 40; i++) {
    wide += "%" + std::to_string(i) + ": f32[4096] = parameter {index=" + std::to_string(i) + "}\n";
  }
  for (int i = 1; i < 40; i++) {
    wide += "%" + std::to_string(99 + i) + ": f32[4096] = add %" + std::to_string(i == 1 ? 0 : 98 + i) + ", %" +
            std::to_string(i) + "\n";
  }
  const Graph sum = fused(wide + "outputs %138");
  for (const Node& node : sum.nodes) CHECK(node.inputs.size() <= 16);
}

TEST_CASE("wrap: without fusion every op is a region of its own") {
  CHECK_PASS(
      wrapElementwise,
      "%0: f32[2,3] = parameter {index=0} %1: f32[2,3] = exp %0 %2: f32[2] = reduce_max %1 {axes=[1]} outputs %2",
      "%0: f32[2,3] = parameter {index=0} %1: f32[2,3] = fused %0 { space [6] reduce [0]"
      " in0: f32 strides [1] offset 0 p0: f32 = exp in0 out0: f32 = p0 }"
      "%2: f32[2] = fused %1 { space [2,3] reduce [0,1] in0: f32 strides [3,1] offset 0"
      " r0: f32 = max in0 out0: f32 = r0 reduced } outputs %2");
}

TEST_CASE("rematerialise: a cast that several read is done by each") {
  CHECK_PASS(
      rematerialise,
      "%0: f16[4] = parameter {index=0} %1: f32[4] = cast %0 %2: f32[4] = exp %1 %3: f32[4] = sin %1 outputs %2, %3",
      "%0: f16[4] = parameter {index=0} %1: f32[4] = cast %0 %2: f32[4] = exp %1 %3: f32[4] = cast %0"
      "%4: f32[4] = sin %3 outputs %2, %4");
  // Not what is stored anyway, costs more, or is read by something that cannot compute it.
  for (const char* text : {
           "%0: f16[4] = parameter {index=0} %1: f32[4] = cast %0 %2: f32[4] = exp %1 outputs %1, %2",
           "%0: f32[4] = parameter {index=0} %1: f32[4] = exp %0 %2: f32[4] = neg %1 %3: f32[4] = abs %1 outputs %2, "
           "%3",
           "%0: f16[4,4] = parameter {index=0} %1: f32[4,4] = cast %0 %2: f32[4,4] = exp %1"
           "%3: f32[4,4] = matmul %1, %2 outputs %3",
       }) {
    CHECK_PASS(rematerialise, text, text);
  }
}

}  // namespace
}  // namespace ibex
