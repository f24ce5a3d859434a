#include "passes/plan.h"

#include <algorithm>
#include <cstring>

#include "ir/error.h"
#include "passes/arena.h"

namespace ibex {
namespace {

class Planner {
 public:
  Planner(Graph graph, const std::vector<std::unique_ptr<Kernel>>& kernels) : kernels_(kernels) {
    plan_.graph = std::move(graph);
  }

  Plan run() {
    if (kernels_.size() != graph().nodes.size()) throw Error(ErrorCode::kInternal, "plan: a kernel per node is needed");
    plan_.storage.resize(graph().values.size());
    root_.resize(graph().values.size(), kNone);
    describeParameters();
    listCalls();
    findLifetimes();
    placeSinks();
    decideInPlace();
    placeArena();
    // Reshapes are views of what they reshape.
    for (ValueId v = 0; v < root_.size(); v++) {
      if (root_[v] != kNone) plan_.storage[v] = plan_.storage[root_[v]];
    }
    return std::move(plan_);
  }

 private:
  static constexpr uint32_t kNever = 0xffffffffu;

  Graph& graph() { return plan_.graph; }

  static bool isSource(StorageKind kind) {
    return kind == StorageKind::kFeed || kind == StorageKind::kState || kind == StorageKind::kConstant;
  }

  // Parameters and constants have their place; everything else gets one below.
  void describeParameters() {
    for (const Node& node : graph().nodes) {
      if (node.op == Op::kParameter) {
        const auto& attrs = std::get<ParameterAttrs>(node.attrs);
        const auto index = static_cast<uint32_t>(attrs.index);
        PlannedParameter& parameter = attrs.state ? state(index) : feed(index);
        parameter.present = true;
        parameter.type = graph().type(node.outputs[0]);
        plan_.storage[node.outputs[0]] = {attrs.state ? StorageKind::kState : StorageKind::kFeed, index, 0};
      } else if (node.op == Op::kConstant) {
        const ValueId v = node.outputs[0];
        const size_t bytes = graph().type(v).bytes();
        plan_.storage[v] = {StorageKind::kConstant, static_cast<uint32_t>(plan_.constants.size()), 0};
        plan_.constants.push_back({v, bytes});
        plan_.constantBytes += bytes;
      }
    }
    for (const StateUpdate& update : graph().updates) {
      PlannedState& target = state(update.parameter);
      target.updated = true;
      target.type = graph().type(update.value);
    }
    for (ValueId v : graph().outputs) plan_.outputs.push_back(graph().type(v));
  }

  PlannedState& state(uint32_t index) {
    if (index >= plan_.states.size()) plan_.states.resize(index + 1);
    return plan_.states[index];
  }
  PlannedParameter& feed(uint32_t index) {
    if (index >= plan_.feeds.size()) plan_.feeds.resize(index + 1);
    return plan_.feeds[index];
  }

  void listCalls() {
    for (NodeId id = 0; id < graph().nodes.size(); id++) {
      const Node& node = graph().nodes[id];
      for (ValueId v : node.outputs) root_[v] = node.op == Op::kReshape ? root_[node.inputs[0]] : v;
      if (!needsKernel(node)) continue;
      if (!kernels_[id]) throw Error(ErrorCode::kInternal, "plan: a kernel is missing", graph().scopeOf(node));
      plan_.calls.push_back({id, 0, kernels_[id]->scratchBytes()});
    }
  }

  // By root: the call that computes it, and the last one that reads it.
  void findLifetimes() {
    born_.assign(root_.size(), kNever);
    lastUse_.assign(root_.size(), 0);
    for (uint32_t at = 0; at < plan_.calls.size(); at++) {
      const Node& node = graph().nodes[plan_.calls[at].node];
      for (ValueId v : node.inputs) lastUse_[root_[v]] = at;
      for (ValueId v : node.outputs) born_[v] = lastUse_[v] = at;
    }
  }

  // Outputs and updates: what is computed is computed right there, for the first that wants it (updates first: they may
  // be in place); the others get copies.
  void placeSinks() {
    for (const StateUpdate& update : graph().updates) {
      placeSink(root_[update.value], {StorageKind::kNewState, update.parameter, 0});
    }
    for (uint32_t i = 0; i < graph().outputs.size(); i++) {
      placeSink(root_[graph().outputs[i]], {StorageKind::kOutput, i, 0});
    }
  }

  void placeSink(ValueId root, const Storage& target) {
    Storage& storage = plan_.storage[root];
    if (storage.kind == StorageKind::kNone) {
      storage = target;
      if (target.kind == StorageKind::kNewState) writer_.push_back({target.index, root});
      return;
    }
    const size_t bytes = graph().type(root).bytes();
    if (isSource(storage.kind)) {
      // The old value of a state is still to be read then, so the new one goes to a fresh buffer.
      plan_.before.push_back({storage, target, bytes});
    } else {
      plan_.after.push_back({storage, target, bytes});
      // Written when all calls are done: nothing reads the old value any more.
      if (target.kind == StorageKind::kNewState) plan_.states[target.index].inPlace = true;
    }
  }

  // A state may be overwritten by the call that computes its new value when no later call reads the old one, and that
  // call itself reads it, if at all, as the operand that its kernel can overwrite.
  void decideInPlace() {
    std::vector<ValueId> parameter(plan_.states.size(), kNone);
    for (ValueId v = 0; v < plan_.storage.size(); v++) {
      if (root_[v] == v && plan_.storage[v].kind == StorageKind::kState) parameter[plan_.storage[v].index] = v;
    }
    for (const auto& [index, root] : writer_) {
      const ValueId old = parameter[index];
      plan_.states[index].inPlace = old == kNone || mayOverwrite(root, old);
    }
  }

  bool mayOverwrite(ValueId result, ValueId operand) const {
    const uint32_t at = born_[result];
    const uint32_t last = lastUse_[operand];
    const Value& value = plan_.graph.values[result];
    const Node& node = plan_.graph.nodes[value.producer];
    const auto reads = std::count_if(node.inputs.begin(), node.inputs.end(),
                                     [&](ValueId v) { return root_[v] == operand; });
    if (reads == 0) return last <= at;
    return last == at && reads == 1 && overwritten(value) == operand;
  }

  // The root that the kernel of this value can overwrite with it, or kNone.
  ValueId overwritten(const Value& value) const {
    const Node& node = plan_.graph.nodes[value.producer];
    const int input = kernels_[value.producer]->inPlaceInput(static_cast<int>(value.index));
    return input < 0 || static_cast<size_t>(input) >= node.inputs.size() ? kNone : root_[node.inputs[input]];
  }

  void placeArena() {
    std::vector<ArenaBuffer> buffers;
    std::vector<uint32_t> bufferOf(root_.size(), kNever);  // by root
    std::vector<uint32_t> scratchOf(plan_.calls.size(), kNever);
    for (uint32_t at = 0; at < plan_.calls.size(); at++) {
      const PlannedCall& call = plan_.calls[at];
      std::vector<uint32_t> taken;
      for (ValueId v : graph().nodes[call.node].outputs) {
        if (plan_.storage[v].kind != StorageKind::kNone) continue;
        const size_t bytes = graph().type(v).bytes();
        const ValueId operand = overwritten(graph().values[v]);
        const uint32_t reused = operand == kNone ? kNever : bufferOf[operand];
        if (reused != kNever && buffers[reused].bytes == bytes && mayOverwrite(v, operand) &&
            std::find(taken.begin(), taken.end(), reused) == taken.end()) {
          taken.push_back(reused);
          bufferOf[v] = reused;
        } else {
          bufferOf[v] = static_cast<uint32_t>(buffers.size());
          buffers.push_back({bytes, at, at, 0});
        }
        buffers[bufferOf[v]].last = lastUse_[v];
      }
      if (call.scratchBytes > 0) {
        scratchOf[at] = static_cast<uint32_t>(buffers.size());
        buffers.push_back({call.scratchBytes, at, at, 0});
      }
    }
    plan_.arenaBytes = placeBuffers(buffers, kPlanAlignment);
    for (ValueId v = 0; v < root_.size(); v++) {
      if (bufferOf[v] != kNever) plan_.storage[v] = {StorageKind::kArena, 0, buffers[bufferOf[v]].offset};
    }
    for (uint32_t at = 0; at < plan_.calls.size(); at++) {
      if (scratchOf[at] != kNever) plan_.calls[at].scratchOffset = buffers[scratchOf[at]].offset;
    }
  }

  const std::vector<std::unique_ptr<Kernel>>& kernels_;
  Plan plan_;
  std::vector<ValueId> root_;      // value -> the value whose memory it is, behind reshapes
  std::vector<uint32_t> born_;     // root -> call
  std::vector<uint32_t> lastUse_;  // root -> call
  std::vector<std::pair<uint32_t, ValueId>> writer_;  // states whose new value is computed in place: state, root
};

}  // namespace

bool needsKernel(const Node& node) {
  return node.op != Op::kParameter && node.op != Op::kConstant && node.op != Op::kReshape;
}

Plan makePlan(Graph graph, const std::vector<std::unique_ptr<Kernel>>& kernels) {
  return Planner(std::move(graph), kernels).run();
}

void fillConstant(const Node& constant, const Type& type, void* memory) {
  const auto& data = std::get<ConstantAttrs>(constant.attrs).data;
  const size_t bytes = type.bytes();
  if (bytes == 0) return;
  auto* to = static_cast<uint8_t*>(memory);
  std::memcpy(to, data.data(), std::min(bytes, data.size()));
  // A splat: double what is there until it is full.
  for (size_t filled = data.size(); filled < bytes; filled *= 2) {
    std::memcpy(to + filled, to, std::min(filled, bytes - filled));
  }
}

}  // namespace ibex
