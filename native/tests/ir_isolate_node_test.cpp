// Nodes on their way to other libraries: cut out, encoded with their regions, decoded.
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

// A reduction with work before and after it, that also updates a state.
Graph fusedGraph() {
  Graph graph = graphOf(
      "%0: bf16[8,16] = parameter {index=0, state=false}\n"
      "%1: f32[8] = parameter {index=3, state=true}\n"
      "%2: f32[8,16] = cast %0\n"
      "%3: f32[8,16] = exp %2\n"
      "%4: f32[8] = reduce_sum %3 {axes=[1], keepdims=false}\n"
      "%5: f32[8] = add %1, %4 @\"m/sum\"\n"
      "outputs %4\n"
      "update 3 %5\n");
  runPipeline(graph, {});
  return graph;
}

const Node& fusedNode(const Graph& graph) {
  for (const Node& node : graph.nodes) {
    if (node.op == Op::kFused) return node;
  }
  FAIL("nothing was fused");
  return graph.nodes.front();
}

TEST_CASE("a fused node is cut out, encoded and decoded with its region, states and updates") {
  const Graph graph = fusedGraph();
  const Node& node = fusedNode(graph);
  const Graph alone = isolateNode(graph, node);
  CHECK_NOTHROW(verify(alone));
  REQUIRE(alone.updates.size() == 1);
  CHECK(alone.updates[0].parameter == 3);
  bool state = false;
  for (const Node& each : alone.nodes) {
    const auto* parameter = std::get_if<ParameterAttrs>(&each.attrs);
    state = state || (parameter != nullptr && parameter->state && parameter->index == 3);
  }
  CHECK(state);
  const Graph decoded = decodeGraph(encodeGraph(alone), FusedNodes::kAllow);
  CHECK(printGraph(decoded) == printGraph(alone));
}

TEST_CASE("a value that is an input twice is one parameter") {
  const Graph graph = graphOf("%0: f32[4,4] = parameter {index=5}\n%1: f32[4,4] = matmul %0, %0\noutputs %1\n");
  const Graph alone = isolateNode(graph, graph.nodes.back());
  CHECK(alone.nodes.size() == 2);
  CHECK(alone.nodes.back().inputs == std::vector<ValueId>{0, 0});
  CHECK_NOTHROW(verify(alone));
}

TEST_CASE("programs hold no fused nodes") {
  const Graph graph = fusedGraph();
  const std::vector<uint8_t> bytes = encodeGraph(isolateNode(graph, fusedNode(graph)));
  CHECK_THROWS_AS(decodeGraph(bytes), Error);
}

TEST_CASE("mutated fused nodes decode and verify, or throw Error{kInvalidGraph}") {
  const Graph graph = fusedGraph();
  const std::vector<uint8_t> original = encodeGraph(isolateNode(graph, fusedNode(graph)));
  std::mt19937 random(11);
  const auto pick = [&](size_t n) { return std::uniform_int_distribution<size_t>(0, n - 1)(random); };
  int valid = 0;
  for (int round = 0; round < 20000; round++) {
    std::vector<uint8_t> bytes = original;
    for (size_t changes = 1 + pick(3); changes > 0; changes--) {
      bytes[16 + pick(bytes.size() - 16)] = static_cast<uint8_t>(pick(2) == 0 ? pick(4) : pick(256));
    }
    if (pick(10) == 0) bytes.resize(16 + pick(bytes.size() - 16));
    try {
      verify(decodeGraph(bytes, FusedNodes::kAllow));
      valid++;
    } catch (const Error& error) {
      CHECK(error.code() == ErrorCode::kInvalidGraph);
    }
  }
  CHECK(valid > 0);
}

}  // namespace
}  // namespace ibex
