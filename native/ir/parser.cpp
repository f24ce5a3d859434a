#include "ir/parser.h"

#include <charconv>
#include <optional>
#include <string>
#include <unordered_map>

#include "ir/attrs.h"
#include "ir/error.h"
#include "ir/scalar.h"
#include "ir/text.h"

namespace ibex {
namespace {

// Characters to tokens. White space and # comments separate; line ends matter nowhere.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  [[noreturn]] void fail(const std::string& what) const {
    throw Error(ErrorCode::kInvalidGraph, "graph text, line " + std::to_string(line_) + ": " + what);
  }

  void skipSpace() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '#') {
        while (at_ < text_.size() && text_[at_] != '\n') at_++;
      } else if (c == '\n' || c == ' ' || c == '\t' || c == '\r') {
        line_ += c == '\n';
        at_++;
      } else {
        return;
      }
    }
  }
  bool done() {
    skipSpace();
    return at_ == text_.size();
  }
  bool accept(std::string_view token) {
    skipSpace();
    if (text_.substr(at_, token.size()) != token) return false;
    at_ += token.size();
    return true;
  }
  void expect(std::string_view token) {
    if (!accept(token)) fail("expected '" + std::string(token) + "'");
  }
  // Letters, digits and underscores.
  std::string_view word() {
    skipSpace();
    const size_t from = at_;
    while (at_ < text_.size() && isWord(text_[at_])) at_++;
    if (at_ == from) fail("expected a name");
    return text_.substr(from, at_ - from);
  }
  template <class T>
  T number() {
    skipSpace();
    T value{};
    const char* from = text_.data() + at_;
    const auto [end, status] = std::from_chars(from, text_.data() + text_.size(), value);
    if (status != std::errc() || end == from) fail("expected a number in range");
    at_ += static_cast<size_t>(end - from);
    return value;
  }
  bool boolean() {
    const std::string_view text = word();
    if (text != "true" && text != "false") fail("expected true or false");
    return text == "true";
  }
  std::string quoted() {
    expect("\"");
    std::string out;
    for (; at_ < text_.size() && text_[at_] != '"'; at_++) {
      if (text_[at_] == '\\') {
        if (++at_ == text_.size()) break;
        out += text_[at_] == 'n' ? '\n' : text_[at_];
      } else {
        out += text_[at_];
      }
    }
    if (at_ == text_.size()) fail("a string without end");
    at_++;
    return out;
  }
  template <class Item>
  void list(Item&& item) {
    expect("[");
    if (accept("]")) return;
    do item();
    while (accept(","));
    expect("]");
  }
  template <class T>
  std::vector<T> numbers() {
    std::vector<T> out;
    list([&] { out.push_back(number<T>()); });
    return out;
  }

 private:
  static bool isWord(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  }
  std::string_view text_;
  size_t at_ = 0;
  int line_ = 1;
};

class Parser {
 public:
  explicit Parser(std::string_view text) : in_(text) {
    for (int i = 0; i < kOpCount; i++) ops_.emplace(kOpInfo[i].name, static_cast<Op>(i));
  }

  Graph parse() {
    while (!in_.done()) {
      if (in_.accept("outputs")) {
        do graph_.outputs.push_back(value());
        while (in_.accept(","));
      } else if (in_.accept("numerics")) {
        numerics(in_.word());
      } else if (in_.accept("update")) {
        const auto state = in_.number<uint32_t>();
        graph_.updates.push_back({state, value()});
      } else {
        node();
      }
    }
    return std::move(graph_);
  }

 private:
  void numerics(std::string_view name) {
    if (name == "roundFloat32") {
      graph_.numerics.roundFloat32 = true;
    } else if (name == "deterministic") {
      graph_.numerics.deterministic = true;
    } else {
      in_.fail("no numerics '" + std::string(name) + "'");
    }
  }

  struct FieldParser {
    Parser& parser;
    const Type& type;
    std::string_view name;
    bool found = false;

    template <class T>
    void operator()(const char* field, T& into) {
      if (name != field) return;
      found = true;
      parser.field(into, type);
    }
  };

  void field(int64_t& into, const Type&) { into = in_.number<int64_t>(); }
  void field(double& into, const Type&) { into = in_.number<double>(); }
  void field(bool& into, const Type&) { into = in_.boolean(); }
  void field(DType& into, const Type&) { into = dtype(); }
  void field(std::vector<int64_t>& into, const Type&) { into = in_.numbers<int64_t>(); }
  void field(std::vector<double>& into, const Type&) { into = in_.numbers<double>(); }
  void field(std::vector<uint8_t>& into, const Type& type) {
    const auto append = [&] {
      into.resize(into.size() + dtypeSize(type.dtype));
      storeScalar(scalar(type.dtype), &into[into.size() - dtypeSize(type.dtype)]);
    };
    into.clear();
    if (in_.accept("splat")) {
      append();
    } else if (in_.accept("0x")) {
      hex(in_.word(), into);
    } else {
      in_.list(append);
    }
  }

  void hex(std::string_view digits, std::vector<uint8_t>& into) {
    if (digits.size() % 2 != 0) in_.fail("expected pairs of hexadecimal digits");
    for (size_t i = 0; i < digits.size(); i += 2) {
      uint8_t byte = 0;
      const auto [end, status] = std::from_chars(&digits[i], &digits[i] + 2, byte, 16);
      if (status != std::errc() || end != &digits[i] + 2) in_.fail("expected pairs of hexadecimal digits");
      into.push_back(byte);
    }
  }

  DType dtypeNamed(std::string_view name) {
    for (int i = 0; i < kDTypeCount; i++) {
      if (kShortDTypeNames[i] == name) return static_cast<DType>(i);
    }
    in_.fail("no element type '" + std::string(name) + "'");
  }
  DType dtype() { return dtypeNamed(in_.word()); }

  Type type() {
    Type type;
    type.dtype = dtype();
    type.shape = in_.numbers<int64_t>();
    return type;
  }

  RegionImmediate scalar(DType dtype) {
    if (dtype == DType::kBool) return integerScalar(dtype, in_.boolean());
    if (isFloat(dtype)) return floatScalar(dtype, in_.number<double>());
    return integerScalar(dtype, in_.number<int64_t>());
  }

  Op op() {
    const std::string_view name = in_.word();
    const auto found = ops_.find(name);
    if (found == ops_.end()) in_.fail("no op '" + std::string(name) + "'");
    return found->second;
  }

  ValueId value() {
    in_.expect("%");
    return numbered(in_.number<uint32_t>());
  }
  ValueId numbered(uint32_t number) {
    const auto found = values_.find(number);
    if (found == values_.end()) in_.fail("%" + std::to_string(number) + " is not defined before its use");
    return found->second;
  }

  void node() {
    Node node;
    const auto id = static_cast<NodeId>(graph_.nodes.size());
    std::vector<uint32_t> names;
    do {
      in_.expect("%");
      names.push_back(in_.number<uint32_t>());
      in_.expect(":");
      const auto index = static_cast<uint32_t>(node.outputs.size());
      node.outputs.push_back(static_cast<ValueId>(graph_.values.size()));
      graph_.values.push_back({type(), id, index});
    } while (in_.accept(","));
    in_.expect("=");
    node.op = op();
    // A node without operands may be followed by another node's name.
    if (opInfo(node.op).inputs != 0 && in_.accept("%")) {
      node.inputs.push_back(numbered(in_.number<uint32_t>()));
      while (in_.accept(",")) node.inputs.push_back(value());
    }
    node.attrs = defaultAttrs(node.op);
    if (node.op == Op::kFused) {
      region(node);
    } else if (in_.accept("{")) {
      attributes(node);
    }
    if (in_.accept("@")) node.scope = scope(in_.quoted());
    for (size_t i = 0; i < names.size(); i++) {
      if (!values_.emplace(names[i], node.outputs[i]).second) {
        in_.fail("%" + std::to_string(names[i]) + " is defined twice");
      }
    }
    graph_.nodes.push_back(std::move(node));
  }

  void attributes(Node& node) {
    do {
      FieldParser parser{*this, graph_.type(node.outputs[0]), in_.word()};
      in_.expect("=");
      visitAttrs(node.attrs, parser);
      if (!parser.found) in_.fail("no attribute '" + std::string(parser.name) + "'");
    } while (in_.accept(","));
    in_.expect("}");
  }

  uint32_t scope(std::string name) {
    const auto [at, isNew] = scopes_.emplace(name, static_cast<uint32_t>(graph_.scopes.size()));
    if (isNew) graph_.scopes.push_back(std::move(name));
    return at->second;
  }

  // "in0", "p3", "imm1", "r0", "e2".
  RegionOperand operand(char stage) {
    const std::string_view text = in_.word();
    const size_t digits = text.find_first_of("0123456789");
    if (digits == std::string_view::npos) in_.fail("expected an operand");
    RegionOperand operand;
    const std::string_view prefix = text.substr(0, digits);
    if (prefix == "in") operand.kind = RegionOperand::Kind::kInput;
    else if (prefix == "imm") operand.kind = RegionOperand::Kind::kImmediate;
    else if (prefix == "r") operand.kind = RegionOperand::Kind::kReduction;
    else if (prefix == std::string_view(&stage, 1)) operand.kind = RegionOperand::Kind::kInstr;
    else in_.fail("expected an operand");
    const auto [end, status] = std::from_chars(&text[digits], text.data() + text.size(), operand.index);
    if (status != std::errc() || end != text.data() + text.size()) in_.fail("expected an operand");
    return operand;
  }

  RegionInstr instr(char stage) {
    RegionInstr instr;
    instr.dtype = dtype();
    in_.expect("=");
    instr.op = op();
    instr.operandDtype = in_.accept(".") ? dtype() : instr.dtype;
    if (opInfo(instr.op).inputs < 1 || opInfo(instr.op).inputs > 3) in_.fail("not an element-wise op");
    do {
      if (instr.operandCount == 3) in_.fail("too many operands");
      instr.operands[instr.operandCount++] = operand(stage);
    } while (in_.accept(","));
    return instr;
  }

  void region(Node& node) {
    auto region = std::make_shared<Region>();
    in_.expect("{");
    in_.expect("space");
    region->space = in_.numbers<int64_t>();
    in_.expect("reduce");
    in_.list([&] { region->reduceAxis.push_back(in_.number<uint8_t>()); });
    while (!in_.accept("}")) regionLine(*region);
    node.region = std::move(region);
  }

  void regionLine(Region& region) {
    const std::string_view label = in_.word();
    const std::string_view kind = label.substr(0, label.find_first_of("0123456789"));
    in_.expect(":");
    if (kind == "in") {
      RegionInput& input = region.inputs.emplace_back();
      input.dtype = dtype();
      in_.expect("strides");
      input.strides = in_.numbers<int64_t>();
      in_.expect("offset");
      input.offset = in_.number<int64_t>();
    } else if (kind == "imm") {
      const DType type = dtype();
      region.immediates.push_back(scalar(type));
    } else if (kind == "p") {
      region.prologue.push_back(instr('p'));
    } else if (kind == "e") {
      region.epilogue.push_back(instr('e'));
    } else if (kind == "r") {
      RegionReduction& reduction = region.reductions.emplace_back();
      reduction.dtype = dtype();
      in_.expect("=");
      reduction.kind = reduceKind();
      reduction.operand = operand('p');
    } else if (kind == "out") {
      const DType type = dtype();
      in_.expect("=");
      region.outputs.push_back(regionOutput(type));
    } else {
      in_.fail("expected a line of a region");
    }
  }

  RegionOutput regionOutput(DType dtype) {
    RegionOutput output;
    output.dtype = dtype;
    in_.skipSpace();
    const Scanner before = in_;
    const bool epilogue = in_.accept("e");
    in_ = before;
    output.operand = operand(epilogue ? 'e' : 'p');
    output.reduced = in_.accept("reduced");
    if (epilogue && !output.reduced) in_.fail("an epilogue value is stored reduced");
    return output;
  }

  ReduceKind reduceKind() {
    const std::string_view name = in_.word();
    for (int i = 0; i < 4; i++) {
      if (kReduceKindNames[i] == name) return static_cast<ReduceKind>(i);
    }
    in_.fail("expected sum, prod, max or min");
  }

  Scanner in_;
  Graph graph_;
  std::unordered_map<std::string_view, Op> ops_;
  std::unordered_map<uint32_t, ValueId> values_;
  std::unordered_map<std::string, uint32_t> scopes_;
};

}  // namespace

Graph parseGraph(std::string_view text) { return Parser(text).parse(); }

}  // namespace ibex
