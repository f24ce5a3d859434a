#include "ir/region_rules.h"

#include <string>

#include "ir/element_ops.h"
#include "ir/type_rules.h"

namespace ibex {
namespace {

using rules::Context;
using Kind = RegionOperand::Kind;

class RegionChecker {
 public:
  RegionChecker(const Graph& graph, const Node& node) : graph_(graph), node_(node), region_(*node.region) {}

  void run() {
    const size_t rank = region_.space.size();
    Context::require(rank <= static_cast<size_t>(kMaxRank), "the space has too many axes");
    Context::require(region_.reduceAxis.size() == rank, "space and reduce differ in length");
    Context::require(region_.inputs.size() == node_.inputs.size(), "the region's inputs differ in number");
    Context::require(region_.outputs.size() == node_.outputs.size(), "the region's outputs differ in number");
    Context::require(!region_.outputs.empty(), "there is no output");
    constexpr int64_t limit = int64_t{1} << 48;
    for (size_t i = 0; i < rank; i++) {
      const int64_t extent = region_.space[i];
      Context::require(extent >= 0 && (extent == 0 || elements_ <= limit / extent), "the space is out of range");
      elements_ *= extent;
      if (region_.reduceAxis[i] == 0) kept_ *= extent;
    }
    for (size_t i = 0; i < region_.inputs.size(); i++) checkInput(i);
    for (const RegionImmediate& immediate : region_.immediates) {
      Context::require(isFloat(immediate.dtype) || static_cast<double>(immediate.integer) == immediate.value,
                       "an integer immediate differs from its value");
    }
    checkStage(region_.prologue, false);
    for (const RegionReduction& reduction : region_.reductions) {
      Context::require(typeOf(reduction.operand, false, region_.prologue.size()) == reduction.dtype,
                       "a reduction differs from its operand in dtype");
    }
    checkStage(region_.epilogue, true);
    for (size_t i = 0; i < region_.outputs.size(); i++) checkOutput(i);
  }

 private:
  void checkInput(size_t i) {
    const RegionInput& input = region_.inputs[i];
    const Type& type = graph_.type(node_.inputs[i]);
    Context::require(input.dtype == type.dtype, "an input differs from its value in dtype");
    Context::require(input.strides.size() == region_.space.size(), "an input has strides for another rank");
    if (elements_ == 0) return;  // nothing is read
    int64_t low = input.offset;
    int64_t high = input.offset;
    for (size_t d = 0; d < region_.space.size(); d++) {
      int64_t reach = 0;
      int64_t& end = input.strides[d] < 0 ? low : high;
      Context::require(!__builtin_mul_overflow(input.strides[d], region_.space[d] - 1, &reach) &&
                           !__builtin_add_overflow(end, reach, &end),
                       "an input's strides are out of range");
    }
    Context::require(low >= 0 && high < type.elements(), "an input is read outside its value");
  }

  // The dtype of an operand seen from the instruction `at` of a stage.
  DType typeOf(const RegionOperand& operand, bool epilogue, size_t at) const {
    switch (operand.kind) {
      case Kind::kInput:
        Context::require(operand.index < region_.inputs.size(), "there is no such input");
        if (epilogue) requireKeptOnly(operand.index);
        return region_.inputs[operand.index].dtype;
      case Kind::kImmediate:
        Context::require(operand.index < region_.immediates.size(), "there is no such immediate");
        return region_.immediates[operand.index].dtype;
      case Kind::kInstr:
        Context::require(operand.index < at, "an instruction is used before it is computed");
        return (epilogue ? region_.epilogue : region_.prologue)[operand.index].dtype;
      case Kind::kReduction: break;
    }
    Context::require(epilogue && operand.index < region_.reductions.size(), "there is no such reduction");
    return region_.reductions[operand.index].dtype;
  }

  void requireKeptOnly(size_t input) const {
    for (size_t d = 0; d < region_.space.size(); d++) {
      Context::require(region_.reduceAxis[d] == 0 || region_.inputs[input].strides[d] == 0,
                       "an input of the epilogue varies over a reduced axis");
    }
  }

  void checkStage(const std::vector<RegionInstr>& instrs, bool epilogue) const {
    for (size_t i = 0; i < instrs.size(); i++) {
      const RegionInstr& instr = instrs[i];
      const OpInfo& info = opInfo(instr.op);
      Context::require(info.kind == OpKind::kElementwise && instr.operandCount == info.inputs,
                       "an instruction is not an element-wise op of its operands");
      for (int k = 0; k < instr.operandCount; k++) {
        const bool condition = instr.op == Op::kSelect && k == 0;
        Context::require(typeOf(instr.operands[k], epilogue, i) == (condition ? DType::kBool : instr.operandDtype),
                         "an instruction's operand has another dtype");
      }
      const DType result = isPredicate(instr.op) ? DType::kBool : instr.operandDtype;
      Context::require(instr.op == Op::kCast || instr.dtype == result, "an instruction has the wrong dtype");
    }
  }

  void checkOutput(size_t i) const {
    const RegionOutput& output = region_.outputs[i];
    const Type& type = graph_.type(node_.outputs[i]);
    Context::require(output.reduced || output.operand.kind != Kind::kReduction, "a reduction is stored unreduced");
    const size_t end = output.reduced ? region_.epilogue.size() : region_.prologue.size();
    Context::require(typeOf(output.operand, output.reduced, end) == output.dtype && output.dtype == type.dtype,
                     "an output has another dtype");
    Context::require(type.elements() == (output.reduced ? kept_ : elements_), "an output has another size");
  }

  const Graph& graph_;
  const Node& node_;
  const Region& region_;
  int64_t elements_ = 1;
  int64_t kept_ = 1;
};

}  // namespace

void checkRegion(const Graph& graph, const Node& node) { RegionChecker(graph, node).run(); }

}  // namespace ibex
