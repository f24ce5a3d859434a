#include "ir/verifier.h"

#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "ir/error.h"
#include "ir/printer.h"
#include "ir/region_rules.h"
#include "ir/type_rules.h"

namespace ibex {
namespace {

class Verifier {
 public:
  explicit Verifier(const Graph& graph) : graph_(graph), defined_(graph.values.size()) {}

  void run() {
    for (NodeId id = 0; id < graph_.nodes.size(); id++) {
      const Node& node = graph_.nodes[id];
      try {
        checkNode(node, id);
      } catch (const Error& error) {
        const bool known = node.scope < graph_.scopes.size();
        const std::string scope = known ? graph_.scopes[node.scope] : std::string();
        const int op = static_cast<int>(node.op);
        throw Error(error.code(),
                    "node " + std::to_string(id) + " (" +
                        (op < kOpCount ? std::string(kOpInfo[op].name) : "op " + std::to_string(op)) + ")" +
                        (known ? " of " + scope : std::string()) + ": " + error.what(),
                    scope);
      }
    }
    for (ValueId value : graph_.outputs) requireDefined(value);
    checkUpdates();
  }

 private:
  void requireDefined(ValueId value) const {
    if (value >= graph_.values.size() || !defined_[value]) {
      throw Error(ErrorCode::kInvalidGraph, "value " + std::to_string(value) + " is used before it is defined");
    }
  }

  void checkNode(const Node& node, NodeId id) {
    using rules::Context;
    Context::require(static_cast<int>(node.op) < kOpCount, "no such op");
    const OpInfo& info = opInfo(node.op);
    if (info.inputs >= 0 && node.inputs.size() != static_cast<size_t>(info.inputs)) {
      Context::fail("expected " + std::to_string(info.inputs) + " inputs, has " + std::to_string(node.inputs.size()));
    }
    if (info.outputs >= 0 && node.outputs.size() != static_cast<size_t>(info.outputs)) {
      Context::fail("expected " + std::to_string(info.outputs) + " outputs, has " +
                    std::to_string(node.outputs.size()));
    }
    Context::require(node.attrs.index() == info.attrs, "has the attributes of another op");
    Context::require((node.op == Op::kFused) == (node.region != nullptr), "a region belongs to fused nodes only");
    Context::require(node.scope == kNone || node.scope < graph_.scopes.size(), "no such scope");
    for (ValueId input : node.inputs) requireDefined(input);
    for (size_t i = 0; i < node.outputs.size(); i++) {
      const ValueId output = node.outputs[i];
      Context::require(output < graph_.values.size(), "an output is no value");
      Context::require(!defined_[output], "an output is defined twice");
      const Value& value = graph_.values[output];
      Context::require(value.producer == id && value.index == i, "an output's value names another producer");
      checkType(value.type);
      defined_[output] = true;
    }
    if (node.op == Op::kFused) {
      checkRegion(graph_, node);
      return;
    }
    const std::vector<Type> expected = resultTypes(graph_, node);
    for (size_t i = 0; i < expected.size(); i++) {
      Context::requireType(graph_.type(node.outputs[i]), expected[i], "the result");
    }
    if (node.op == Op::kParameter) {
      const auto& a = std::get<ParameterAttrs>(node.attrs);
      Context::require((a.state ? states_ : feeds_).emplace(a.index, node.outputs[0]).second,
                       "the parameter is declared twice");
    }
  }

  static void checkType(const Type& type) {
    rules::Context::require(static_cast<int>(type.dtype) < kDTypeCount, "no such element type");
    rules::Context::require(type.rank() <= kMaxRank, "a value has too many axes");
    int64_t room = int64_t{1} << 48;
    for (int64_t extent : type.shape) {
      rules::Context::require(extent >= 0 && (extent == 0 || room / extent > 0), "a value's shape is out of range");
      if (extent > 0) room /= extent;
    }
  }

  void checkUpdates() const {
    std::unordered_set<uint32_t> updated;
    for (const StateUpdate& update : graph_.updates) {
      requireDefined(update.value);
      const std::string name = "state " + std::to_string(update.parameter);
      if (update.parameter >= kMaxParameters) throw Error(ErrorCode::kInvalidGraph, name + " is out of range");
      if (!updated.insert(update.parameter).second) throw Error(ErrorCode::kInvalidGraph, name + " is updated twice");
      const auto old = states_.find(update.parameter);
      if (old != states_.end() && graph_.type(update.value) != graph_.type(old->second)) {
        throw Error(ErrorCode::kInvalidGraph, name + " is " + printType(graph_.type(old->second)) +
                                                  ", its update is " + printType(graph_.type(update.value)));
      }
    }
  }

  const Graph& graph_;
  std::vector<bool> defined_;
  std::unordered_map<int64_t, ValueId> feeds_;  // by index: the value
  std::unordered_map<int64_t, ValueId> states_;
};

}  // namespace

void verify(const Graph& graph) { Verifier(graph).run(); }

}  // namespace ibex
