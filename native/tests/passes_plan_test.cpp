#include <doctest/doctest.h>

#include <random>

#include "ir/error.h"
#include "passes/arena.h"
#include "passes/pipeline.h"
#include "passes/plan.h"
#include "tests/passes_test_util.h"

namespace ibex {
namespace {

// A kernel that can overwrite its input `inPlace` with its first output.
class PlainKernel : public Kernel {
 public:
  PlainKernel(int inPlace, size_t scratch) : inPlace_(inPlace), scratch_(scratch) {}
  size_t scratchBytes() const override { return scratch_; }
  int inPlaceInput(int output) const override { return output == 0 ? inPlace_ : -1; }
  void run(void* const*) override {}

 private:
  int inPlace_;
  size_t scratch_;
};

Plan planOf(std::string_view text, int inPlace = -1, size_t scratch = 0) {
  Graph graph = graphOf(text);
  std::vector<std::unique_ptr<Kernel>> kernels;
  for (const Node& node : graph.nodes) {
    kernels.push_back(needsKernel(node) ? std::make_unique<PlainKernel>(inPlace, scratch) : nullptr);
  }
  return makePlan(std::move(graph), kernels);
}

#define STATE "%0: f32[64] = parameter {index=0, state=true}\n"
#define FEED "%0: f32[64] = parameter {index=0}\n"

TEST_CASE("plan: intermediates share the arena, the output is written in place") {
  const Plan plan =
      planOf(FEED "%1: f32[64] = exp %0 %2: f32[64] = exp %1 %3: f32[64] = exp %2 %4: f32[64] = exp %3 outputs %4");
  CHECK(plan.arenaBytes == 512);
  CHECK(plan.calls.size() == 4);
  CHECK(plan.storage[0] == Storage{StorageKind::kFeed, 0, 0});
  CHECK(plan.storage[1].offset == plan.storage[3].offset);
  CHECK(plan.storage[1].offset != plan.storage[2].offset);
  CHECK(plan.storage[4] == Storage{StorageKind::kOutput, 0, 0});
  CHECK(plan.before.empty());
  CHECK(plan.after.empty());
}

TEST_CASE("plan: a kernel that can works in place on what dies") {
  const char* text =
      FEED "%1: f32[64] = exp %0 %2: f32[64] = exp %1 %3: f32[64] = add %1, %2 %4: f32[64] = exp %3 outputs %4";
  const Plan plan = planOf(text, 0);
  CHECK(plan.storage[2] != plan.storage[1]);  // %1 is read once more
  CHECK(plan.storage[3] == plan.storage[1]);
  CHECK(plan.arenaBytes == 512);
}

TEST_CASE("plan: reshapes are views") {
  const Plan plan = planOf(FEED "%1: f32[64] = exp %0 %2: f32[8,8] = reshape %1 {shape=[8,8]} %3: f32[8,8] = exp %2"
                                "%4: f32[64] = reshape %3 {shape=[64]} outputs %4");
  CHECK(plan.storage[2] == plan.storage[1]);
  CHECK(plan.storage[3] == Storage{StorageKind::kOutput, 0, 0});
  CHECK(plan.calls.size() == 2);
}

TEST_CASE("plan: scratch lies beside what is alive") {
  const Plan plan = planOf(FEED "%1: f32[64] = exp %0 %2: f32[64] = exp %1 outputs %2", -1, 100);
  CHECK(plan.calls[0].scratchOffset != plan.storage[1].offset);
  CHECK(plan.calls[1].scratchOffset != plan.storage[1].offset);
  CHECK(plan.arenaBytes == 256 + 128);
}

TEST_CASE("plan: a state is updated in place when its old value is not read later") {
  CHECK(planOf(STATE "%1: f32[64] = exp %0 update 0 %1", 0).states[0].inPlace);
  // The kernel can't overwrite its operand.
  CHECK_FALSE(planOf(STATE "%1: f32[64] = exp %0 update 0 %1", -1).states[0].inPlace);
  // Read later.
  CHECK_FALSE(planOf(STATE "%1: f32[64] = exp %0 %2: f32[64] = neg %0 update 0 %1 outputs %2", 0).states[0].inPlace);
  // Read before.
  CHECK(planOf(STATE "%1: f32[64] = neg %0 %2: f32[64] = exp %0 update 0 %2 outputs %1", 0).states[0].inPlace);
  // Read twice by the call that writes it.
  CHECK_FALSE(planOf(STATE "%1: f32[64] = add %0, %0 update 0 %1", 0).states[0].inPlace);
  CHECK_FALSE(planOf(STATE "%1: f32[8,8] = reshape %0 {shape=[8,8]} %2: f32[64] = reshape %1 {shape=[64]}"
                           "%3: f32[64] = add %0, %2 update 0 %3", 0).states[0].inPlace);
  // Not read at all.
  CHECK(planOf(STATE "%1: f32[64] = parameter {index=0} %2: f32[64] = exp %1 update 0 %2").states[0].inPlace);
}

TEST_CASE("plan: an old state that is an output is copied before it is overwritten") {
  const Plan plan = planOf(STATE "%1: f32[64] = exp %0 update 0 %1 outputs %0", 0);
  CHECK(plan.states[0].inPlace);
  REQUIRE(plan.before.size() == 1);
  CHECK(plan.before[0].from == Storage{StorageKind::kState, 0, 0});
  CHECK(plan.before[0].to == Storage{StorageKind::kOutput, 0, 0});
  CHECK(plan.before[0].bytes == 256);
}

TEST_CASE("plan: states that take each other's values get fresh buffers") {
  const Plan plan = planOf(STATE "%1: f32[64] = parameter {index=1, state=true} update 0 %1 update 1 %0");
  CHECK_FALSE(plan.states[0].inPlace);
  CHECK_FALSE(plan.states[1].inPlace);
  CHECK(plan.before.size() == 2);
}

TEST_CASE("plan: a value that is update and output is computed once and copied at the end") {
  const Plan plan = planOf(STATE "%1: f32[64] = exp %0 update 0 %1 outputs %1, %1", 0);
  CHECK(plan.states[0].inPlace);
  CHECK(plan.storage[1] == Storage{StorageKind::kNewState, 0, 0});
  REQUIRE(plan.after.size() == 2);
  CHECK(plan.after[1].to == Storage{StorageKind::kOutput, 1, 0});
}

TEST_CASE("plan: outputs that are feeds or constants are copies; unread parameters are known") {
  const Plan plan = planOf("%0: f32[2] = parameter {index=1} %1: f32[3] = constant {data=splat 2} outputs %0, %1");
  CHECK(plan.before.size() == 2);
  CHECK(plan.feeds.size() == 2);
  CHECK_FALSE(plan.feeds[0].present);
  CHECK(plan.constantBytes == 12);
  float filled[3];
  fillConstant(plan.graph.nodes[1], plan.graph.type(1), filled);
  CHECK(filled[2] == 2);
}

TEST_CASE("plan: text") {
  CHECK(printPlan(planOf(STATE "%1: f32[64] = exp %0 @\"m\" update 0 %1 outputs %1", 0)) ==
        "exp state0 -> new0:f32[64] @m\ncopy after new0 -> output0 256\nstate0 in place\narena 0, constants 0\n");
}

TEST_CASE("arena: buffers that live together never overlap, and the peak is near the best") {
  std::mt19937 random(3);
  const auto pick = [&](uint32_t n) { return std::uniform_int_distribution<uint32_t>(0, n - 1)(random); };
  for (size_t count : {3, 40, 400, 2000}) {
    std::vector<ArenaBuffer> buffers(count);
    for (uint32_t i = 0; i < count; i++) buffers[i] = {pick(5) == 0 ? 0 : pick(5000), i, i + pick(20), 0};
    const size_t bytes = placeBuffers(buffers, 64);
    size_t lower = 0;
    for (uint32_t at = 0; at < count + 20; at++) {
      size_t alive = 0;
      for (const ArenaBuffer& b : buffers) alive += b.first <= at && at <= b.last ? (b.bytes + 63) / 64 * 64 : 0;
      lower = std::max(lower, alive);
    }
    CHECK(bytes >= lower);
    CHECK(bytes <= lower + lower / 2);
    bool apart = true;
    for (const ArenaBuffer& a : buffers) {
      CHECK(a.offset % 64 == 0);
      CHECK(a.offset + a.bytes <= bytes);
      for (const ArenaBuffer& b : buffers) {
        if (&a == &b || a.last < b.first || b.last < a.first || a.bytes == 0 || b.bytes == 0) continue;
        apart = apart && (a.offset + a.bytes <= b.offset || b.offset + b.bytes <= a.offset);
      }
    }
    CHECK(apart);
  }
}

TEST_CASE("schedule: a layer's update comes before the next layer's gradient, after the old value was read") {
  // Two layers; all gradients come first here, as a depth-first trace from the first update would have it.
  Graph graph = graphOf(
      "%0: f32[4,4] = parameter {index=0} %1: f32[4,4] = parameter {index=0, state=true}"
      "%2: f32[4,4] = parameter {index=1, state=true} %3: f32[4,4] = matmul %0, %1 %4: f32[4,4] = matmul %3, %2"
      "%5: f32[4,4] = matmul %4, %2 {transposeB=true} %6: f32[4,4] = matmul %0, %5 {transposeA=true}"
      "%7: f32[4,4] = sub %1, %6 %8: f32[4,4] = matmul %3, %4 {transposeA=true} %9: f32[4,4] = sub %2, %8"
      "update 0 %7 update 1 %9");
  schedule(graph);
  verify(graph);
  CHECK(printGraph(graph) ==
        canonicalText("%0: f32[4,4] = parameter {index=0} %1: f32[4,4] = parameter {index=0, state=true}"
                      "%2: f32[4,4] = parameter {index=1, state=true} %3: f32[4,4] = matmul %0, %1"
                      "%4: f32[4,4] = matmul %3, %2 %8: f32[4,4] = matmul %3, %4 {transposeA=true}"
                      "%5: f32[4,4] = matmul %4, %2 {transposeB=true} %9: f32[4,4] = sub %2, %8"
                      "%6: f32[4,4] = matmul %0, %5 {transposeA=true} %7: f32[4,4] = sub %1, %6"
                      "update 0 %7 update 1 %9"));
}

TEST_CASE("schedule: updates that read each other's states are not held up for ever") {
  Graph graph = graphOf("%0: f32[4] = parameter {index=0, state=true} %1: f32[4] = parameter {index=1, state=true}"
                        "%2: f32[4] = exp %1 %3: f32[4] = exp %0 update 0 %2 update 1 %3");
  schedule(graph);
  CHECK_NOTHROW(verify(graph));
  CHECK(graph.nodes.size() == 4);
}

TEST_CASE("pipeline: stages are dumped, passes can be switched off, elementwise work is always wrapped") {
  const char* text = FEED
      "%1: f32[] = constant {data=[1]} %2: f32[64] = mul %0, %1 %3: f32[64] = exp %2 %4: f32[64] = neg %3 outputs %4";
  std::vector<std::string> stages;
  PipelineOptions options;
  options.verify = true;
  options.dump = [&](std::string_view stage, const std::string&) { stages.emplace_back(stage); };
  Graph graph = graphOf(text);
  runPipeline(graph, options);
  CHECK(stages.front() == "input");
  CHECK(stages.back() == "schedule");
  CHECK(graph.nodes.size() == 2);

  for (const Pass& pass : pipelinePasses()) {
    if (!pass.required) options.disabledPasses.emplace_back(pass.name);
  }
  graph = graphOf(text);
  runPipeline(graph, options);
  CHECK(graph.nodes.size() == 4);
  for (const Node& node : graph.nodes) CHECK(opInfo(node.op).kind != OpKind::kElementwise);
}

TEST_CASE("pipeline: unknown and required passes can't be switched off") {
  for (const char* name : {"no-such-pass", "wrap-elementwise"}) {
    Graph graph = graphOf(FEED "outputs %0");
    PipelineOptions options;
    options.disabledPasses = {name};
    CHECK_THROWS_AS(runPipeline(graph, options), Error);
  }
}

}  // namespace
}  // namespace ibex
