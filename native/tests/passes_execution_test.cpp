// Random graphs through all passes, the plan and the CPU backend's kernels, against the reference.
#include <doctest/doctest.h>

#include <cstring>

#include "backends/cpu/cpu_backend.h"
#include "passes/pipeline.h"
#include "passes/plan.h"
#include "tests/passes_random_graphs.h"
#include "tests/passes_random_values.h"

namespace ibex {
namespace {

// Runs a plan once, with states in place where the plan allows it.
class PlanRunner {
 public:
  PlanRunner(Graph graph, cpu::CpuBackend& backend) {
    for (const Node& node : graph.nodes) {
      kernels_.push_back(needsKernel(node) ? backend.prepare(graph, node) : nullptr);
    }
    plan_ = makePlan(std::move(graph), kernels_);
    arena_ = Memory(plan_.arenaBytes);
    for (const PlannedConstant& constant : plan_.constants) {
      constants_.emplace_back(constant.bytes);
      const Value& value = plan_.graph.values[constant.value];
      fillConstant(plan_.graph.nodes[value.producer], value.type, constants_.back().at(0));
    }
    for (const Type& type : plan_.outputs) outputs_.emplace_back(type.bytes());
    for (const PlannedState& state : plan_.states) {
      states_.emplace_back(state.type.bytes());
      newStates_.emplace_back(state.type.bytes());
    }
    for (const PlannedParameter& feed : plan_.feeds) feeds_.emplace_back(feed.type.bytes());
  }

  void setParameter(const Node& node, const Tensor& tensor) {
    const auto& attrs = std::get<ParameterAttrs>(node.attrs);
    const auto index = static_cast<size_t>(attrs.index);
    // Parameters that a disabled or enabled pass left unread have no place.
    if (index >= (attrs.state ? states_ : feeds_).size()) return;
    store(tensor, (attrs.state ? states_ : feeds_)[index]);
  }

  void run() {
    for (const PlannedCopy& copy : plan_.before) play(copy);
    for (const PlannedCall& call : plan_.calls) {
      const Node& node = plan_.graph.nodes[call.node];
      std::vector<void*> io;
      for (ValueId v : node.inputs) io.push_back(address(plan_.storage[v]));
      for (ValueId v : node.outputs) io.push_back(address(plan_.storage[v]));
      io.push_back(call.scratchBytes > 0 ? arena_.at(call.scratchOffset) : nullptr);
      kernels_[call.node]->run(io.data());
    }
    for (const PlannedCopy& copy : plan_.after) play(copy);
  }

  Tensor output(size_t i) { return load(plan_.outputs[i], outputs_[i]); }
  Tensor newState(size_t i) {
    const PlannedState& state = plan_.states[i];
    return load(state.type, state.inPlace || !state.updated ? states_[i] : newStates_[i]);
  }

 private:
  // 64-byte aligned bytes, poisoned.
  class Memory {
   public:
    explicit Memory(size_t bytes = 0) : bytes_(bytes + 64, 0xee) {}
    void* at(size_t offset) {
      const auto start = reinterpret_cast<uintptr_t>(bytes_.data());
      return bytes_.data() + ((64 - start % 64) % 64) + offset;
    }

   private:
    std::vector<uint8_t> bytes_;
  };

  void* address(const Storage& storage) {
    switch (storage.kind) {
      case StorageKind::kArena: return arena_.at(storage.offset);
      case StorageKind::kFeed: return feeds_[storage.index].at(0);
      case StorageKind::kState: return states_[storage.index].at(0);
      case StorageKind::kNewState:
        return (plan_.states[storage.index].inPlace ? states_ : newStates_)[storage.index].at(0);
      case StorageKind::kOutput: return outputs_[storage.index].at(0);
      case StorageKind::kConstant: return constants_[storage.index].at(0);
      case StorageKind::kNone: break;
    }
    FAIL("an operand without storage");
    return nullptr;
  }

  void play(const PlannedCopy& copy) { std::memcpy(address(copy.to), address(copy.from), copy.bytes); }

  static void store(const Tensor& tensor, Memory& memory) {
    for (size_t e = 0; e < tensor.size(); e++) {
      storeScalar(tensor[e], static_cast<uint8_t*>(memory.at(e * dtypeSize(tensor[e].dtype))));
    }
  }
  static Tensor load(const Type& type, Memory& memory) {
    Tensor tensor;
    for (size_t e = 0; e < static_cast<size_t>(type.elements()); e++) {
      tensor.push_back(loadScalar(type.dtype, static_cast<const uint8_t*>(memory.at(e * dtypeSize(type.dtype)))));
    }
    return tensor;
  }

  std::vector<std::unique_ptr<Kernel>> kernels_;
  Plan plan_;
  Memory arena_;
  std::vector<Memory> constants_, outputs_, states_, newStates_, feeds_;
};

TEST_CASE("random programs on the CPU give the reference's values") {
  cpu::CpuBackend backend;
  for (uint32_t seed = 1000; seed < 1150; seed++) {
    CAPTURE(seed);
    const Graph original = RandomGraph(seed, false).make(60);
    const std::vector<Tensor> parameters = parametersOf(original, seed);
    const Interpreter expected(original, parameters);
    PipelineOptions options;
    if (seed % 3 == 0) options.disabledPasses = {"fuse"};
    Graph graph = original;
    runPipeline(graph, options);
    const std::string text = printGraph(graph);
    CAPTURE(text);
    PlanRunner runner(std::move(graph), backend);
    for (const Node& node : original.nodes) {
      if (node.op == Op::kParameter) runner.setParameter(node, parameters[node.outputs[0]]);
    }
    runner.run();
    for (size_t i = 0; i < original.outputs.size(); i++) {
      CAPTURE(i);
      CHECK(close(runner.output(i), expected[original.outputs[i]]));
    }
    for (const StateUpdate& update : original.updates) {
      CAPTURE(update.parameter);
      CHECK(close(runner.newState(update.parameter), expected[update.value]));
    }
  }
}

}  // namespace
}  // namespace ibex
