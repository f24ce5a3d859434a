#include <doctest/doctest.h>

#include "ir/error.h"
#include "tests/ir_graph_text.h"

namespace ibex {
namespace {

// What the verifier says of the text, or "" when it is content.
std::string complaint(std::string_view text) {
  try {
    verify(parseGraph(text));
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::kInvalidGraph);
    return error.what();
  }
  return "";
}

#define P(type) "%0: " type " = parameter {index=0}\n"
#define P2(a, b) "%0: " a " = parameter {index=0}\n%1: " b " = parameter {index=1}\n"
#define P3(a, b, c) P2(a, b) "%2: " c " = parameter {index=2}\n"

TEST_CASE("verifier: an error names node, op and scope") {
  const char* text = P2("f32[2,3]", "f32[4]") "%2: f32[2,4] = add %0, %1 @\"model/dense\"";
  CHECK(complaint(text) == "node 2 (add) of model/dense: shapes [2,3] and [4] don't broadcast");
  try {
    verify(parseGraph(text));
    CHECK(false);
  } catch (const Error& error) {
    CHECK(error.scope() == "model/dense");
  }
}

TEST_CASE("verifier: arity, order and single definition") {
  CHECK(complaint(P("f32[]") "%1: f32[] = add %0, %0, %0") == "node 1 (add): expected 2 inputs, has 3");
  CHECK(complaint(P("f32[]") "%1: f32[], %2: f32[] = neg %0") == "node 1 (neg): expected 1 outputs, has 2");
  Graph graph = parseGraph(P("f32[]") "%1: f32[] = neg %0\n%2: f32[] = exp %1");
  std::swap(graph.nodes[1], graph.nodes[2]);
  CHECK_THROWS_AS(verify(graph), Error);
  graph = parseGraph(P("f32[]") "%1: f32[] = neg %0\n%2: f32[] = exp %1");
  graph.nodes[2].outputs[0] = 1;
  CHECK_THROWS_AS(verify(graph), Error);
  graph = parseGraph(P("f32[]"));
  graph.nodes[0].attrs = IotaAttrs{};
  CHECK_THROWS_AS(verify(graph), Error);
}

TEST_CASE("verifier: element-wise dtypes") {
  CHECK(complaint(P2("f32[2]", "i32[2]") "%2: f32[2] = add %0, %1") != "");
  CHECK(complaint(P("i32[2]") "%1: i32[2] = exp %0") == "node 1 (exp): does not take int32");
  CHECK(complaint(P("bool[2]") "%1: bool[2] = neg %0") != "");
  CHECK(complaint(P("f32[2]") "%1: f32[2] = bitwise_not %0") != "");
  CHECK(complaint(P2("f32[2]", "f32[2]") "%2: f32[2] = less %0, %1") != "");
  CHECK(complaint(P2("f32[2]", "f32[2]") "%2: bool[2] = less %0, %1") == "");
  CHECK(complaint(P3("f32[2]", "f32[2]", "f32[2]") "%3: f32[2] = select %0, %1, %2") != "");
  CHECK(complaint(P3("bool[1]", "f32[2]", "f32[3,1]") "%3: f32[3,2] = select %0, %1, %2") == "");
  CHECK(complaint(P("f32[2]") "%1: i32[3] = cast %0") != "");
}

TEST_CASE("verifier: sources") {
  CHECK(complaint("%0: f32[2] = constant {data=[1,2,3]}") != "");
  CHECK(complaint("%0: f32[2] = iota {axis=1}") != "");
  CHECK(complaint("%0: u8[2] = iota {axis=0}") != "");
  CHECK(complaint(P("u32[3]") "%1: u32[8] = random_bits %0") != "");
  CHECK(complaint(P("u32[2]") "%1: i32[8] = random_bits %0") != "");
  CHECK(complaint(P("f32[2]") "%1: f32[2] = parameter {index=0}") != "");
  CHECK(complaint(P("f32[2]") "%1: f32[2] = parameter {index=0, state=true}") == "");
  CHECK(complaint("%0: f32[2] = parameter {index=-1}") != "");
}

TEST_CASE("verifier: movement") {
  CHECK(complaint(P("f32[2,3]") "%1: f32[7] = reshape %0 {shape=[7]}") != "");
  CHECK(complaint(P("f32[2,3]") "%1: f32[6] = reshape %0 {shape=[3,2]}") != "");
  CHECK(complaint(P("f32[2,3]") "%1: f32[2,4] = broadcast %0 {shape=[2,4]}") != "");
  CHECK(complaint(P("f32[2,3]") "%1: f32[3] = broadcast %0 {shape=[3]}") != "");
  CHECK(complaint(P("f32[2,3]") "%1: f32[2,2] = transpose %0 {perm=[0,0]}") != "");
  CHECK(complaint(P("f32[2,3]") "%1: f32[3,2] = transpose %0 {perm=[1,2]}") != "");
  CHECK(complaint(P("f32[4]") "%1: f32[2] = slice %0 {starts=[3], limits=[5], strides=[1]}") != "");
  CHECK(complaint(P("f32[4]") "%1: f32[2] = slice %0 {starts=[0], limits=[4], strides=[0]}") != "");
  CHECK(complaint(P("f32[4]") "%1: f32[2] = slice %0 {starts=[0], limits=[3], strides=[2]}") == "");
  CHECK(complaint(P("f32[4]") "%1: f32[4] = reverse %0 {axes=[0,0]}") != "");
  CHECK(complaint(P("f32[4]") "%1: f32[0] = pad %0 {low=[-3], high=[-2], interior=[0]}") != "");
  CHECK(complaint(P("f32[4]") "%1: f32[9] = pad %0 {low=[1], high=[1], interior=[1]}") == "");
  CHECK(complaint(P("f32[4]") "%1: f32[9] = pad %0 {low=[9223372036854775807], high=[1], interior=[1]}") != "");
  CHECK(complaint(P2("f32[2,3]", "f32[2,4]") "%2: f32[4,3] = concat %0, %1 {axis=0}") != "");
  CHECK(complaint(P2("f32[2,3]", "f32[2,4]") "%2: f32[2,7] = concat %0, %1 {axis=1}") == "");
  CHECK(complaint(P2("f32[4,4]", "i32[2]") "%2: f32[2,5] = dynamic_slice %0, %1 {sizes=[2,5]}") != "");
  CHECK(complaint(P2("f32[4,4]", "i64[2]") "%2: f32[2,2] = dynamic_slice %0, %1 {sizes=[2,2]}") != "");
  CHECK(complaint(P3("f32[4]", "f32[5]", "i32[1]") "%3: f32[4] = dynamic_update_slice %0, %1, %2") != "");
}

TEST_CASE("verifier: indexing") {
  CHECK(complaint(P2("f32[4,5]", "i32[2,3]") "%2: f32[2,3,5] = gather %0, %1 {axis=0}") == "");
  CHECK(complaint(P2("f32[4,5]", "f32[2,3]") "%2: f32[2,3,5] = gather %0, %1 {axis=0}") != "");
  CHECK(complaint(P2("f32[4,5]", "i32[2]") "%2: f32[2,5] = gather %0, %1 {axis=2}") != "");
  CHECK(complaint(P2("f32[4,5]", "i32[3,5]") "%2: f32[3,5] = gather_elements %0, %1 {axis=0}") == "");
  CHECK(complaint(P2("f32[4,5]", "i32[3,6]") "%2: f32[3,6] = gather_elements %0, %1 {axis=0}") != "");
  CHECK(complaint(P2("f32[4,5]", "i32[7,1]") "%2: f32[7,5] = gather_nd %0, %1") == "");
  CHECK(complaint(P2("f32[4,5]", "i32[7,3]") "%2: f32[7] = gather_nd %0, %1") != "");
  CHECK(complaint(P3("f32[4,5]", "i32[2]", "f32[2,5]") "%3: f32[4,5] = scatter %0, %1, %2 {axis=0, mode=1}") == "");
  CHECK(complaint(P3("f32[4,5]", "i32[2]", "f32[2,5]") "%3: f32[4,5] = scatter %0, %1, %2 {axis=0, mode=5}") != "");
  CHECK(complaint(P3("f32[4,5]", "i32[2]", "f32[3,5]") "%3: f32[4,5] = scatter %0, %1, %2 {axis=0, mode=0}") != "");
}

TEST_CASE("verifier: reductions and library ops") {
  CHECK(complaint(P("f32[2,3]") "%1: f32[2,1] = reduce_sum %0 {axes=[1], keepdims=true}") == "");
  CHECK(complaint(P("f32[2,3]") "%1: f32[2] = reduce_sum %0 {axes=[1,1]}") != "");
  CHECK(complaint(P("f32[2,3]") "%1: f32[2] = reduce_sum %0 {axes=[-1]}") != "");
  CHECK(complaint(P("bool[2]") "%1: bool[] = reduce_sum %0 {axes=[0]}") != "");
  CHECK(complaint(P("f32[0]") "%1: f32[] = reduce_max %0 {axes=[0]}") != "");
  CHECK(complaint(P("f32[2,3]") "%1: f32[2] = arg_max %0 {axis=1}") != "");
  CHECK(complaint(P("f32[2,3]") "%1: f32[2,4], %2: i32[2,4] = top_k %0 {k=4}") != "");
  CHECK(complaint(P2("f32[2,3]", "f32[4,3]") "%2: f32[2,4] = matmul %0, %1 {transposeB=true}") == "");
  CHECK(complaint(P2("f32[2,3]", "f32[4,3]") "%2: f32[2,4] = matmul %0, %1") != "");
  CHECK(complaint(P2("f32[5,1,2,3]", "f32[4,3,2]") "%2: f32[5,4,2,2] = matmul %0, %1") == "");
  CHECK(complaint(P2("u8[2,2]", "u8[2,2]") "%2: u8[2,2] = matmul %0, %1") != "");
  CHECK(complaint(P("i32[2]") "%1: i32[2] = softmax %0") != "");
  CHECK(complaint(P3("f16[2,4]", "f16[4]", "f32[4]")
                  "%3: f16[2,4], %4: f32[4], %5: f32[4] = batch_norm %0, %1, %2 {epsilon=0.001}") != "");
  CHECK(complaint(P3("f16[2,4]", "f32[4]", "f32[4]")
                  "%3: f16[2,4], %4: f32[4], %5: f32[4] = batch_norm %0, %1, %2 {epsilon=0.001}") == "");
}

TEST_CASE("verifier: windows") {
  const std::string one = "strides=[2], padLow=[1], padHigh=[0], dilation=[2]";
  const std::string conv = P2("f32[2,9,4]", "f32[3,2,6]") "%2: f32[2,3,6] = conv %0, %1 {" + one;
  CHECK(complaint(conv + ", groups=2}") == "");
  CHECK(complaint(conv + ", groups=1}") != "");
  CHECK(complaint(conv + ", groups=0}") != "");
  CHECK(complaint(P2("f32[2,9,4]", "f32[3,4,6]") "%2: f32[2,3,6] = conv %0, %1 {strides=[0], padLow=[1], padHigh=[0], "
                  "dilation=[1], groups=1}") != "");
  CHECK(complaint(P2("f32[2,3,6]", "f32[3,2,6]") "%2: f32[2,9,4] = conv_input_grad %0, %1 {" + one +
                  ", groups=2, spatial=[9]}") == "");
  CHECK(complaint(P2("f32[2,3,6]", "f32[3,2,6]") "%2: f32[2,11,4] = conv_input_grad %0, %1 {" + one +
                  ", groups=2, spatial=[11]}") != "");
  CHECK(complaint(P2("f32[2,9,4]", "f32[2,3,6]") "%2: f32[3,2,6] = conv_filter_grad %0, %1 {" + one +
                  ", groups=2, spatial=[3]}") == "");
  const std::string pool = "window=[2], strides=[2], padLow=[0], padHigh=[1], dilation=[1]";
  CHECK(complaint(P("f32[2,5,4]") "%1: f32[2,3,4], %2: i32[2,3,4] = max_pool %0 {" + pool + "}") == "");
  CHECK(complaint(P("f32[2,5,4]") "%1: f32[2,3,4], %2: i64[2,3,4] = max_pool %0 {" + pool + "}") != "");
  CHECK(complaint(P2("f32[2,3,4]", "i32[2,3,4]") "%2: f32[2,5,4] = max_pool_grad %0, %1 {" + pool + ", spatial=[5]}") ==
        "");
  CHECK(complaint(P("f32[2,3,4]") "%1: f32[2,7,4] = avg_pool_grad %0 {" + pool + ", spatial=[7]}") != "");
}

TEST_CASE("verifier: recurrent layers") {
  const std::string inputs =
      "%0: f32[2,7,12] = parameter {index=0} %1: f32[3,12] = parameter {index=1} %2: f32[2,3] = parameter {index=2}"
      "%3: f32[2,3] = parameter {index=3} %4: bool[2,7] = parameter {index=4}";
  const std::string results = "%5: f32[2,7,3], %6: f32[2,7,3], %7: f32[2,7,12] = lstm %0, %1, %2, %3";
  CHECK(complaint(inputs + results) == "");
  CHECK(complaint(inputs + results + ", %4 {mask=true}") == "");
  CHECK(complaint(inputs + results + ", %4") != "");
  CHECK(complaint(inputs + results + " {mask=true}") != "");
  CHECK(complaint(inputs + "%5: f32[2,7,3], %6: f32[2,7,3], %7: f32[2,7,12] = lstm %0, %1, %2, %4") != "");
}

TEST_CASE("verifier: updates") {
  const std::string text =
      "%0: f32[2] = parameter {index=0, state=true} %1: f32[2] = neg %0 %2: f32[1,2] = reshape %1 {shape=[1,2]}";
  CHECK(complaint(text + "update 0 %1") == "");
  CHECK(complaint(text + "update 0 %2") == "state 0 is f32[2], its update is f32[1,2]");
  CHECK(complaint(text + "update 0 %1 update 0 %1") == "state 0 is updated twice");
  CHECK(complaint(text + "update 4000000000 %1") == "state 4000000000 is out of range");
  Graph graph = parseGraph(text);
  graph.outputs.push_back(99);
  CHECK_THROWS_AS(verify(graph), Error);
}

TEST_CASE("verifier: regions") {
  const auto region = [](const std::string& body) {
    return complaint("%0: f32[4,6] = parameter {index=0} %1: f32[4] = fused %0 { space [4,6] reduce [0,1]" + body +
                     " }");
  };
  const std::string input = " in0: f32 strides [6,1] offset 0";
  const std::string sum = " r0: f32 = sum in0 out0: f32 = r0 reduced";
  CHECK(region(input + sum) == "");
  CHECK(region(" in0: f32 strides [6,1] offset 1" + sum) == "node 1 (fused): an input is read outside its value");
  CHECK(region(" in0: f32 strides [-6,1] offset 0" + sum) == "node 1 (fused): an input is read outside its value");
  CHECK(region(" in0: f32 strides [4611686018427387904,1] offset 0" + sum) != "");
  CHECK(region(" in0: f16 strides [6,1] offset 0" + sum) != "");
  CHECK(region(" in0: f32 strides [6] offset 0" + sum) != "");
  CHECK(region(input + " r0: f32 = sum in0 out0: f32 = r0") != "");
  CHECK(region(input + " r0: f32 = sum in0 out0: f32 = r1 reduced") != "");
  CHECK(region(input + " r0: f32 = sum in0 e0: f32 = add r0, in0 out0: f32 = e0 reduced") ==
        "node 1 (fused): an input of the epilogue varies over a reduced axis");
  CHECK(region(input + " p0: f32 = exp p0 r0: f32 = sum p0 out0: f32 = r0 reduced") ==
        "node 1 (fused): an instruction is used before it is computed");
  CHECK(region(input + " p0: f32 = less in0, in0" + sum) != "");
  CHECK(region(input + " p0: f32 = add in0" + sum) != "");
  CHECK(region(input + " p0: f32 = exp in0 out0: f32 = p0") == "node 1 (fused): an output has another size");
  CHECK(region(input) != "");
}

}  // namespace
}  // namespace ibex
