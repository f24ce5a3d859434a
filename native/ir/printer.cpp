#include "ir/printer.h"

#include <vector>

#include "ir/attrs.h"
#include "ir/scalar.h"
#include "ir/text.h"

namespace ibex {
namespace {

template <class Items>
std::string list(const Items& items) {
  std::string text = "[";
  for (size_t i = 0; i < items.size(); i++) {
    if (i != 0) text += ",";
    text += std::to_string(items[i]);
  }
  return text + "]";
}

// Whether reading the printed elements back gives these bytes: not for unusual NaNs or bools.
bool printsExactly(DType dtype, const std::vector<uint8_t>& data) {
  uint8_t again[8];
  const size_t size = dtypeSize(dtype);
  for (size_t at = 0; at < data.size(); at += size) {
    RegionImmediate scalar = loadScalar(dtype, &data[at]);
    if (isFloat(dtype) && std::isnan(scalar.value)) scalar = floatScalar(dtype, std::nan(""));
    storeScalar(scalar, again);
    if (std::memcmp(again, &data[at], size) != 0) return false;
  }
  return true;
}

std::string formatData(const Type& type, const std::vector<uint8_t>& data) {
  if (data.empty()) return "[]";
  const size_t size = dtypeSize(type.dtype);
  const size_t count = data.size() / size;
  const bool splat = count == 1 && type.elements() != 1;
  if (count * size == data.size() && count <= kMaxPrintedElements && printsExactly(type.dtype, data)) {
    std::string text = splat ? "splat " : "[";
    for (size_t i = 0; i < count; i++) {
      if (i != 0) text += ",";
      text += formatScalar(loadScalar(type.dtype, &data[i * size]));
    }
    return splat ? text : text + "]";
  }
  static constexpr char digits[] = "0123456789abcdef";
  std::string text = "0x";
  for (uint8_t byte : data) {
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
  return text;
}

struct FieldPrinter {
  const Type* type;  // of the node's first output, to spell a constant
  std::string& out;
  bool first = true;

  void name(const char* name) {
    out += first ? " {" : ", ";
    first = false;
    out += name;
    out += "=";
  }
  void operator()(const char* n, int64_t field) { name(n), out += std::to_string(field); }
  void operator()(const char* n, double field) { name(n), out += formatDouble(field); }
  void operator()(const char* n, bool field) { name(n), out += field ? "true" : "false"; }
  void operator()(const char* n, DType field) { name(n), out += shortDTypeName(field); }
  void operator()(const char* n, const std::vector<int64_t>& field) { name(n), out += list(field); }
  void operator()(const char* n, const std::vector<double>& field) {
    name(n);
    for (size_t i = 0; i < field.size(); i++) out += (i == 0 ? "[" : ",") + formatDouble(field[i]);
    out += field.empty() ? "[]" : "]";
  }
  void operator()(const char* n, const std::vector<uint8_t>& field) { name(n), out += formatData(*type, field); }
};

std::string formatOperand(const RegionOperand& operand, char stage) {
  const std::string index = std::to_string(operand.index);
  switch (operand.kind) {
    case RegionOperand::Kind::kInput: return "in" + index;
    case RegionOperand::Kind::kInstr: return stage + index;
    case RegionOperand::Kind::kImmediate: return "imm" + index;
    case RegionOperand::Kind::kReduction: break;
  }
  return "r" + index;
}

void printStage(const std::vector<RegionInstr>& instrs, char stage, std::string& out) {
  for (size_t i = 0; i < instrs.size(); i++) {
    const RegionInstr& instr = instrs[i];
    out += std::string("  ") + stage + std::to_string(i) + ": ";
    out += shortDTypeName(instr.dtype);
    out += " = ";
    out += opInfo(instr.op).name;
    if (instr.operandDtype != instr.dtype) {
      out += ".";
      out += shortDTypeName(instr.operandDtype);
    }
    for (uint8_t k = 0; k < instr.operandCount; k++) {
      out += (k == 0 ? " " : ", ") + formatOperand(instr.operands[k], stage);
    }
    out += "\n";
  }
}

void printRegion(const Region& region, std::string& out) {
  out += " {\n  space " + list(region.space) + " reduce " + list(region.reduceAxis) + "\n";
  for (size_t i = 0; i < region.inputs.size(); i++) {
    const RegionInput& input = region.inputs[i];
    out += "  in" + std::to_string(i) + ": ";
    out += shortDTypeName(input.dtype);
    out += " strides " + list(input.strides) + " offset " + std::to_string(input.offset) + "\n";
  }
  for (size_t i = 0; i < region.immediates.size(); i++) {
    out += "  imm" + std::to_string(i) + ": ";
    out += shortDTypeName(region.immediates[i].dtype);
    out += " " + formatScalar(region.immediates[i]) + "\n";
  }
  printStage(region.prologue, 'p', out);
  for (size_t i = 0; i < region.reductions.size(); i++) {
    const RegionReduction& reduction = region.reductions[i];
    out += "  r" + std::to_string(i) + ": ";
    out += shortDTypeName(reduction.dtype);
    out += " = ";
    out += reduceKindName(reduction.kind);
    out += " " + formatOperand(reduction.operand, 'p') + "\n";
  }
  printStage(region.epilogue, 'e', out);
  for (size_t i = 0; i < region.outputs.size(); i++) {
    const RegionOutput& output = region.outputs[i];
    out += "  out" + std::to_string(i) + ": ";
    out += shortDTypeName(output.dtype);
    out += " = " + formatOperand(output.operand, output.reduced ? 'e' : 'p');
    out += output.reduced ? " reduced\n" : "\n";
  }
  out += "}";
}

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '\n') {
      out += "\\n";
      continue;
    }
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

}  // namespace

std::string printType(const Type& type) { return std::string(shortDTypeName(type.dtype)) + list(type.shape); }

std::string printGraph(const Graph& graph) {
  std::vector<uint32_t> number(graph.values.size(), kNone);
  uint32_t next = 0;
  std::string out;
  if (graph.numerics.roundFloat32) out += "numerics roundFloat32\n";
  if (graph.numerics.deterministic) out += "numerics deterministic\n";
  const auto use = [&](ValueId v) {
    return v < number.size() && number[v] != kNone ? "%" + std::to_string(number[v]) : "%undefined";
  };
  for (const Node& node : graph.nodes) {
    for (size_t i = 0; i < node.outputs.size(); i++) {
      number[node.outputs[i]] = next;
      out += (i == 0 ? "%" : ", %") + std::to_string(next++) + ": " + printType(graph.type(node.outputs[i]));
    }
    out += " = ";
    out += opInfo(node.op).name;
    for (size_t i = 0; i < node.inputs.size(); i++) out += (i == 0 ? " " : ", ") + use(node.inputs[i]);
    if (node.region) {
      printRegion(*node.region, out);
    } else {
      FieldPrinter printer{node.outputs.empty() ? nullptr : &graph.type(node.outputs[0]), out};
      visitAttrs(node.attrs, printer);
      if (!printer.first) out += "}";
    }
    if (node.scope != kNone) out += " @" + quoted(graph.scopes[node.scope]);
    out += "\n";
  }
  for (size_t i = 0; i < graph.outputs.size(); i++) out += (i == 0 ? "outputs " : ", ") + use(graph.outputs[i]);
  if (!graph.outputs.empty()) out += "\n";
  for (const StateUpdate& update : graph.updates) {
    out += "update " + std::to_string(update.parameter) + " " + use(update.value) + "\n";
  }
  return out;
}

}  // namespace ibex
