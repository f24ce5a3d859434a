#include "ir/printer.h"
#include "passes/plan.h"

namespace ibex {
namespace {

std::string formatStorage(const Storage& storage) {
  const std::string index = std::to_string(storage.index);
  switch (storage.kind) {
    case StorageKind::kNone: return "none";
    case StorageKind::kArena: return "arena+" + std::to_string(storage.offset);
    case StorageKind::kFeed: return "feed" + index;
    case StorageKind::kState: return "state" + index;
    case StorageKind::kNewState: return "new" + index;
    case StorageKind::kOutput: return "output" + index;
    case StorageKind::kConstant: break;
  }
  return "constant" + index;
}

}  // namespace

std::string printPlan(const Plan& plan) {
  std::string out;
  const auto copies = [&](const std::vector<PlannedCopy>& list, const char* when) {
    for (const PlannedCopy& copy : list) {
      out += std::string("copy ") + when + " " + formatStorage(copy.from) + " -> " + formatStorage(copy.to) + " " +
             std::to_string(copy.bytes) + "\n";
    }
  };
  copies(plan.before, "before");
  for (const PlannedCall& call : plan.calls) {
    const Node& node = plan.graph.nodes[call.node];
    out += opInfo(node.op).name;
    for (ValueId v : node.inputs) out += " " + formatStorage(plan.storage[v]);
    out += " ->";
    for (ValueId v : node.outputs) out += " " + formatStorage(plan.storage[v]) + ":" + printType(plan.graph.type(v));
    if (call.scratchBytes > 0) {
      out += " scratch arena+" + std::to_string(call.scratchOffset) + " " + std::to_string(call.scratchBytes);
    }
    if (node.scope != kNone) out += " @" + plan.graph.scopeOf(node);
    out += "\n";
  }
  copies(plan.after, "after");
  for (size_t i = 0; i < plan.states.size(); i++) {
    if (!plan.states[i].updated) continue;
    out += "state" + std::to_string(i) + (plan.states[i].inPlace ? " in place\n" : " fresh buffer\n");
  }
  out += "arena " + std::to_string(plan.arenaBytes) + ", constants " + std::to_string(plan.constantBytes) + "\n";
  return out;
}

}  // namespace ibex
