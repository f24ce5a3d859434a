// What must hold for any graph: passes keep the values, and the plan keeps memory apart.
#include <doctest/doctest.h>

#include <map>

#include "passes/pipeline.h"
#include "passes/plan.h"
#include "tests/ir_interpreter.h"
#include "tests/passes_random_graphs.h"
#include "tests/passes_random_values.h"
#include "tests/passes_test_util.h"

namespace ibex {
namespace {

// Outputs, then the new values of states by index.
std::vector<Tensor> results(const Graph& graph, uint32_t seed) {
  const Interpreter values(graph, parametersOf(graph, seed));
  std::vector<Tensor> out;
  for (ValueId v : graph.outputs) out.push_back(values[v]);
  std::map<uint32_t, ValueId> states;
  for (const Node& node : graph.nodes) {
    const auto* attrs = std::get_if<ParameterAttrs>(&node.attrs);
    if (attrs && attrs->state) states[static_cast<uint32_t>(attrs->index)] = node.outputs[0];
  }
  for (const StateUpdate& update : graph.updates) states[update.parameter] = update.value;
  for (const auto& [index, v] : states) out.push_back(values[v]);
  return out;
}

TEST_CASE("every pass and the whole pipeline keep the values of random graphs") {
  for (uint32_t seed = 0; seed < 150; seed++) {
    CAPTURE(seed);
    const Graph graph = RandomGraph(seed).make(60);
    REQUIRE_NOTHROW(verify(graph));
    const std::vector<Tensor> expected = results(graph, seed);
    Graph changed = graph;
    for (const Pass& pass : pipelinePasses()) {
      CAPTURE(pass.name);
      const std::string before = printGraph(changed);
      CAPTURE(before);
      pass.run(changed);
      REQUIRE_NOTHROW(verify(changed));
      const std::vector<Tensor> actual = results(changed, seed);
      REQUIRE(actual.size() == expected.size());
      for (size_t i = 0; i < actual.size(); i++) {
        CAPTURE(i);
        REQUIRE(close(actual[i], expected[i]));
      }
    }
    CHECK(printGraph(parseGraph(printGraph(changed))) == printGraph(changed));
  }
}

class FakeKernel : public Kernel {
 public:
  FakeKernel(const Graph& graph, const Node& node) {
    if (!node.region || node.op != Op::kFused) {
      scratch_ = node.op == Op::kMatmul ? 100 : 0;
      return;
    }
    for (size_t o = 0; o < node.outputs.size(); o++) {
      inPlace_.push_back(-1);
      for (size_t i = 0; i < node.inputs.size(); i++) {
        const Type& in = graph.type(node.inputs[i]);
        const bool dense = in.elements() == graph.type(node.outputs[o]).elements() && node.region->reductions.empty();
        const bool taken = std::find(inPlace_.begin(), inPlace_.end(), static_cast<int>(i)) != inPlace_.end();
        if (dense && !taken && in.bytes() == graph.type(node.outputs[o]).bytes()) inPlace_.back() = static_cast<int>(i);
      }
    }
  }
  size_t scratchBytes() const override { return scratch_; }
  int inPlaceInput(int output) const override { return inPlace_.empty() ? -1 : inPlace_[static_cast<size_t>(output)]; }
  void run(void* const*) override {}

 private:
  size_t scratch_ = 0;
  std::vector<int> inPlace_;
};

std::vector<std::unique_ptr<Kernel>> fakeKernels(const Graph& graph) {
  std::vector<std::unique_ptr<Kernel>> kernels;
  for (const Node& node : graph.nodes) {
    kernels.push_back(needsKernel(node) ? std::make_unique<FakeKernel>(graph, node) : nullptr);
  }
  return kernels;
}

// Plays the plan with a label for what each byte range holds, and asks every call whether its operands are still there.
class Playback {
 public:
  explicit Playback(const Plan& plan) : plan_(plan) {
    for (ValueId v = 0; v < plan.graph.values.size(); v++) {
      if (plan.storage[v].kind == StorageKind::kFeed || plan.storage[v].kind == StorageKind::kState ||
          plan.storage[v].kind == StorageKind::kConstant) {
        holds_[keyOf(plan.storage[v])] = root(v);
      }
    }
    for (const PlannedCopy& copy : plan.before) holds_[keyOf(copy.to)] = holds_.at(keyOf(copy.from));
    for (const PlannedCall& call : plan.calls) play(call);
    for (const PlannedCopy& copy : plan.after) holds_[keyOf(copy.to)] = holds_.at(keyOf(copy.from));
    for (uint32_t i = 0; i < plan.outputs.size(); i++) {
      CHECK(holds_.at({1, static_cast<size_t>(StorageKind::kOutput), i}) == root(plan.graph.outputs[i]));
    }
    for (const StateUpdate& update : plan.graph.updates) {
      CHECK(holds_.at(stateKey(update.parameter, true)) == root(update.value));
    }
  }

 private:
  using Place = std::tuple<int, size_t, size_t>;

  ValueId root(ValueId v) const {
    const Node& node = plan_.graph.nodes[plan_.graph.values[v].producer];
    return node.op == Op::kReshape ? root(node.inputs[0]) : v;
  }
  Place stateKey(uint32_t index, bool isNew) const {
    const bool one = plan_.states[index].updated && plan_.states[index].inPlace;
    return {2, one ? 0 : (isNew ? 1 : 0), index};
  }
  Place keyOf(const Storage& s) const {
    if (s.kind == StorageKind::kState || s.kind == StorageKind::kNewState) {
      return stateKey(s.index, s.kind == StorageKind::kNewState);
    }
    if (s.kind == StorageKind::kArena) return {0, s.offset, 0};
    return {1, static_cast<size_t>(s.kind), s.index};
  }

  void write(size_t offset, size_t bytes, ValueId what) {
    CHECK(offset % kPlanAlignment == 0);
    CHECK(offset + bytes <= plan_.arenaBytes);
    for (size_t b = offset; b < offset + bytes; b++) {
      if (b >= arena_.size()) arena_.resize(b + 1, kNone);
      arena_[b] = what;
    }
  }

  void play(const PlannedCall& call) {
    const Node& node = plan_.graph.nodes[call.node];
    const auto check = [&](ValueId v) {
      const Storage& s = plan_.storage[v];
      if (s.kind != StorageKind::kArena) {
        CHECK(holds_.at(keyOf(s)) == root(v));
        return;
      }
      bool whole = true;
      for (size_t b = s.offset; b < s.offset + plan_.graph.type(v).bytes(); b++)
        whole = whole && arena_.at(b) == root(v);
      CHECK(whole);
    };
    for (ValueId v : node.inputs) check(v);
    if (call.scratchBytes > 0) write(call.scratchOffset, call.scratchBytes, kNone);
    // Scratch must not lie on an operand.
    for (ValueId v : node.inputs) check(v);
    for (ValueId v : node.outputs) {
      const Storage& s = plan_.storage[v];
      CHECK(s.kind != StorageKind::kNone);
      if (s.kind == StorageKind::kArena) write(s.offset, plan_.graph.type(v).bytes(), v);
      else holds_[keyOf(s)] = v;
    }
    // No output lies on another, nor on an operand but the one its kernel allows.
    const FakeKernel kernel(plan_.graph, node);
    for (ValueId v : node.outputs) check(v);
    for (size_t o = 0; o < node.outputs.size(); o++) {
      for (size_t i = 0; i < node.inputs.size(); i++) {
        const bool same = keyOf(plan_.storage[node.outputs[o]]) == keyOf(plan_.storage[node.inputs[i]]);
        if (same && plan_.graph.type(node.outputs[o]).bytes() > 0)
          CHECK(kernel.inPlaceInput(static_cast<int>(o)) == static_cast<int>(i));
      }
    }
  }

  const Plan& plan_;
  std::map<Place, ValueId> holds_;
  std::vector<ValueId> arena_;
};

TEST_CASE("the plans of random graphs never overwrite what is still read") {
  for (uint32_t seed = 0; seed < 300; seed++) {
    CAPTURE(seed);
    Graph graph = RandomGraph(seed).make(60);
    runPipeline(graph, {});
    const auto kernels = fakeKernels(graph);
    const Plan plan = makePlan(std::move(graph), kernels);
    const std::string text = printPlan(plan);
    CAPTURE(text);
    const Playback playback(plan);
  }
}

}  // namespace
}  // namespace ibex
