#include <doctest/doctest.h>

#include <random>

#include "ir/decoder.h"
#include "ir/encoder.h"
#include "ir/error.h"
#include "ir/isolate_node.h"
#include "passes/pipeline.h"
#include "tests/ir_graph_text.h"

namespace ibex {
namespace {

// One of each kind of attribute, a scope, an output, an update.
Graph sample() {
  return graphOf(
      "%0: f32[2,8,8,3] = parameter {index=0, state=false}\n"
      "%1: f32[3,3,3,4] = parameter {index=0, state=true}\n"
      "%2: f32[2,8,8,4] = conv %0, %1 {strides=[1,1], padLow=[1,1], padHigh=[1,1], dilation=[1,1], groups=1} "
      "@\"m/conv\"\n"
      "%3: f32[2,4,4,4], %4: i32[2,4,4,4] = max_pool %2 {window=[2,2], strides=[2,2], padLow=[0,0], padHigh=[0,0], "
      "dilation=[1,1]} @\"m/pool\"\n"
      "%5: f32[2,4,4,4] = pad %3 {low=[0,-1,0,0], high=[0,1,0,0], interior=[0,0,0,0], value=-0.5}\n"
      "%6: f32[] = reduce_sum %5 {axes=[0,1,2,3], keepdims=false}\n"
      "%7: f32[3,3,3,4] = mul %1, %6\n"
      "%8: u8[5] = constant {data=[1,2,3,4,5]}\n"
      "outputs %6, %8\n"
      "update 0 %7\n");
}

ErrorCode decodeError(const std::vector<uint8_t>& bytes) {
  try {
    decodeGraph(bytes);
  } catch (const Error& error) {
    return error.code();
  }
  return ErrorCode::kInternal;
}

TEST_CASE("decoding gives back what was encoded") {
  const Graph graph = sample();
  const Graph decoded = decodeGraph(encodeGraph(graph));
  CHECK(printGraph(decoded) == printGraph(graph));
  CHECK_NOTHROW(verify(decoded));
}

TEST_CASE("how kernels may compute goes with the graph, and bits that mean nothing are refused") {
  for (const Numerics numerics : {Numerics{}, Numerics{true, false}, Numerics{false, true}, Numerics{true, true}}) {
    Graph graph = sample();
    graph.numerics = numerics;
    CHECK(decodeGraph(encodeGraph(graph)).numerics == numerics);
    CHECK(parseGraph(printGraph(graph)).numerics == numerics);
    runPipeline(graph, {});
    CHECK(isolateNode(graph, graph.nodes.back()).numerics == numerics);
  }
  std::vector<uint8_t> bytes = encodeGraph(sample());
  bytes[32] = 4;
  CHECK(decodeError(bytes) == ErrorCode::kInvalidGraph);
  CHECK_THROWS_AS(parseGraph("numerics exact\n"), Error);
}

TEST_CASE("another op table, version or magic number is refused") {
  for (size_t at : {0, 4, 8, 12}) {
    std::vector<uint8_t> bytes = encodeGraph(sample());
    bytes[at] ^= 1;
    CHECK(decodeError(bytes) == ErrorCode::kInvalidGraph);
  }
}

TEST_CASE("every truncation is refused") {
  const std::vector<uint8_t> bytes = encodeGraph(sample());
  for (size_t n = 0; n < bytes.size(); n++) {
    CHECK(decodeError({bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(n)}) == ErrorCode::kInvalidGraph);
  }
  std::vector<uint8_t> longer = bytes;
  longer.push_back(0);
  CHECK(decodeError(longer) == ErrorCode::kInvalidGraph);
}

TEST_CASE("mutated bytes decode and verify, or throw Error{kInvalidGraph}") {
  const std::vector<uint8_t> original = encodeGraph(sample());
  std::mt19937 random(7);
  const auto pick = [&](size_t n) { return std::uniform_int_distribution<size_t>(0, n - 1)(random); };
  constexpr uint8_t interesting[] = {0, 1, 0x7f, 0x80, 0xff};
  int valid = 0;
  for (int round = 0; round < 20000; round++) {
    std::vector<uint8_t> bytes = original;
    for (size_t changes = 1 + pick(3); changes > 0; changes--) {
      // The header's magic number, version and hash would hide the rest.
      const size_t at = 16 + pick(bytes.size() - 16);
      bytes[at] = pick(2) == 0 ? interesting[pick(std::size(interesting))] : static_cast<uint8_t>(pick(256));
    }
    if (pick(10) == 0) bytes.resize(16 + pick(bytes.size() - 16));
    try {
      Graph graph = decodeGraph(bytes);
      verify(graph);
      valid++;
      // What the verifier lets through, the passes can work with.
      runPipeline(graph, {});
      verify(graph);
    } catch (const Error& error) {
      CHECK(error.code() == ErrorCode::kInvalidGraph);
    }
  }
  // Some changes (a dtype, a constant's byte) leave a valid graph: the rest was not refused blindly.
  CHECK(valid > 0);
}

TEST_CASE("a huge shape is refused before anyone multiplies its extents") {
  Graph graph = graphOf("%0: f32[2,2] = parameter {index=0}");
  graph.values[0].type.shape = {int64_t{1} << 40, int64_t{1} << 40};
  CHECK(decodeError(encodeGraph(graph)) == ErrorCode::kInvalidGraph);
  graph.values[0].type.shape = {0, int64_t{1} << 62};
  CHECK(decodeError(encodeGraph(graph)) == ErrorCode::kInvalidGraph);
  graph.values[0].type.shape = {-1};
  CHECK(decodeError(encodeGraph(graph)) == ErrorCode::kInvalidGraph);
}

}  // namespace
}  // namespace ibex
