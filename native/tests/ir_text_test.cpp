#include <doctest/doctest.h>

#include "ir/error.h"
#include "tests/ir_graph_text.h"

namespace ibex {
namespace {

TEST_CASE("a graph with attributes, scopes, outputs and updates prints as it was written") {
  const std::string text =
      "%0: f32[2,3] = parameter {index=0, state=false}\n"
      "%1: f32[3,4] = parameter {index=0, state=true}\n"
      "%2: f32[2,4] = matmul %0, %1 {transposeA=false, transposeB=false} @\"model/dense\"\n"
      "%3: f32[] = constant {data=[2.5]}\n"
      "%4: f32[3,4] = constant {data=splat -0.1}\n"
      "%5: i64[3] = constant {data=[1,-2,9007199254740993]}\n"
      "%6: f32[2,4] = mul %2, %3\n"
      "outputs %6, %5\n"
      "update 0 %4\n";
  CHECK(printGraph(parseGraph(text)) == text);
  CHECK_NOTHROW(verify(parseGraph(text)));
}

TEST_CASE("values are numbered anew in order of definition") {
  CHECK(canonicalText("%7: f32[] = parameter {index=0, state=false} %3: f32[] = neg %7 outputs %3") ==
        "%0: f32[] = parameter {index=0, state=false}\n%1: f32[] = neg %0\noutputs %1\n");
}

TEST_CASE("every element type's constants round-trip") {
  for (const char* line :
       {"%0: bool[2] = constant {data=[true,false]}\n", "%0: u8[2] = constant {data=[0,255]}\n",
        "%0: i8[2] = constant {data=[-128,127]}\n", "%0: i16[1] = constant {data=[-32768]}\n",
        "%0: i32[1] = constant {data=[-2147483648]}\n", "%0: u32[1] = constant {data=[4294967295]}\n",
        "%0: i64[1] = constant {data=[-9223372036854775808]}\n",
        "%0: f16[3] = constant {data=[65504,5.9604645e-08,-inf]}\n", "%0: bf16[1] = constant {data=[3.140625]}\n",
        "%0: f32[3] = constant {data=[nan,1e-45,3.4028235e+38]}\n", "%0: f64[1] = constant {data=[0.1]}\n",
        "%0: f32[0] = constant {data=[]}\n", "%0: f32[20] = constant {data=splat 1}\n"}) {
    CAPTURE(line);
    CHECK(printGraph(parseGraph(line)) == line);
    CHECK_NOTHROW(verify(parseGraph(line)));
  }
}

TEST_CASE("large constants and unusual NaNs print as bytes") {
  std::string hex;
  for (int i = 0; i < 17; i++) hex += "ab";
  const std::string text = "%0: u8[17] = constant {data=0x" + hex + "}\n";
  CHECK(printGraph(parseGraph(text)) == text);
  const std::string nan = "%0: f32[] = constant {data=0x0100c07f}\n";
  CHECK(printGraph(parseGraph(nan)) == nan);
}

TEST_CASE("regions round-trip") {
  const std::string text =
      "%0: f32[32,10] = parameter {index=0, state=false}\n"
      "%1: f32[10] = parameter {index=1, state=false}\n"
      "%2: bool[32,10], %3: f32[32] = fused %0, %1 {\n"
      "  space [32,10] reduce [0,1]\n"
      "  in0: f32 strides [10,1] offset 0\n"
      "  in1: f32 strides [0,1] offset 0\n"
      "  imm0: f32 0.5\n"
      "  imm1: i64 -3\n"
      "  p0: f32 = add in0, in1\n"
      "  p1: bool = less.f32 p0, imm0\n"
      "  p2: f32 = select p1, p0, imm0\n"
      "  r0: f32 = sum p2\n"
      "  e0: f32 = mul r0, imm0\n"
      "  out0: bool = p1\n"
      "  out1: f32 = e0 reduced\n"
      "} @\"a \\\"quoted\\\" scope\"\n"
      "outputs %2, %3\n";
  CHECK(printGraph(parseGraph(text)) == text);
  CHECK_NOTHROW(verify(parseGraph(text)));
}

TEST_CASE("malformed text names the line") {
  const auto error = [](std::string_view text) -> std::string {
    try {
      parseGraph(text);
    } catch (const Error& e) {
      CHECK(e.code() == ErrorCode::kInvalidGraph);
      return e.what();
    }
    return "";
  };
  CHECK(error("%0: f32[] = parameter\n%1: f32[] = nag %0") == "graph text, line 2: no op 'nag'");
  CHECK(error("%0: f33[] = parameter") == "graph text, line 1: no element type 'f33'");
  CHECK(error("%1: f32[] = neg %0") == "graph text, line 1: %0 is not defined before its use");
  CHECK(error("%0: f32[] = parameter {size=1}") == "graph text, line 1: no attribute 'size'");
  CHECK(error("%0: f32[2 = parameter") == "graph text, line 1: expected ']'");
  CHECK(error("%0: f32[] = parameter @\"x") == "graph text, line 1: a string without end");
  CHECK(error("%0: f32[] = parameter\n%0: f32[] = parameter") == "graph text, line 2: %0 is defined twice");
}

}  // namespace
}  // namespace ibex
