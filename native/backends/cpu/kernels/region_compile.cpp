// From a stage to calls: where each value lives, which values are single elements or the same for all tiles, and which
// function computes each.
#include <algorithm>
#include <string>

#include "backends/cpu/kernels/region_program.h"
#include "ir/error.h"
#include "ir/half.h"

namespace ibex::cpu {
namespace {

constexpr int kNever = -1;

// Results of these on values of a 16-bit type are values of it.
bool needsNoRounding(Op op) {
  switch (op) {
    case Op::kNeg:
    case Op::kAbs:
    case Op::kSign:
    case Op::kFloor:
    case Op::kCeil:
    case Op::kRound:
    case Op::kTrunc:
    case Op::kRelu:
    case Op::kMaximum:
    case Op::kMinimum:
    case Op::kSelect: return true;
    default: return false;
  }
}

// Nanoseconds an element, roughly.
double costOf(Op op, DType t) {
  const bool slow = t == DType::kFloat64;
  switch (op) {
    case Op::kExp:
    case Op::kExpm1:
    case Op::kLog:
    case Op::kLog1p:
    case Op::kLog2:
    case Op::kTanh:
    case Op::kSigmoid:
    case Op::kSoftplus:
    case Op::kErf:
    case Op::kSin:
    case Op::kCos: return slow ? 6 : 0.5;
    case Op::kTan:
    case Op::kAsin:
    case Op::kAcos:
    case Op::kAtan:
    case Op::kSinh:
    case Op::kCosh:
    case Op::kAsinh:
    case Op::kAcosh:
    case Op::kAtanh:
    case Op::kErfinv:
    case Op::kErfc:
    case Op::kLgamma:
    case Op::kDigamma:
    case Op::kPow:
    case Op::kAtan2: return slow ? 15 : 2;
    case Op::kMod:
    case Op::kFloorDiv: return 3;
    case Op::kDiv:
    case Op::kSqrt:
    case Op::kRsqrt: return slow ? 0.8 : 0.2;
    default: return slow ? 0.12 : 0.06;
  }
}

std::vector<uint8_t> constantBytes(const RegionImmediate& immediate) {
  const auto bytes = [](auto v) {
    const auto* p = reinterpret_cast<const uint8_t*>(&v);
    return std::vector<uint8_t>(p, p + sizeof v);
  };
  switch (immediate.dtype) {
    case DType::kBool: return bytes(static_cast<uint8_t>(immediate.integer != 0));
    case DType::kUint8:
    case DType::kInt8: return bytes(static_cast<uint8_t>(immediate.integer));
    case DType::kInt16: return bytes(static_cast<uint16_t>(immediate.integer));
    case DType::kInt32:
    case DType::kUint32: return bytes(static_cast<uint32_t>(immediate.integer));
    case DType::kInt64: return bytes(immediate.integer);
    case DType::kFloat16: return bytes(float16ToFloat(floatToFloat16(static_cast<float>(immediate.value))));
    case DType::kBFloat16: return bytes(bfloat16ToFloat(floatToBfloat16(static_cast<float>(immediate.value))));
    case DType::kFloat32: return bytes(static_cast<float>(immediate.value));
    case DType::kFloat64: break;
  }
  return bytes(immediate.value);
}

}  // namespace

class TileCompiler {
 public:
  TileCompiler(TileProgram& program, StageSpec& spec) : p_(program), spec_(spec), functions_(regionFunctions()) {}

  void compile();

 private:
  struct Place {
    uint16_t slot = 0;
    bool scalar = false;  // one element for the whole tile
    bool once = false;    // the same for all tiles
    int buffer = -1;      // into owned_, where the value lives in a tile buffer
  };
  // A value: known after the instruction (or the load) that makes it.
  struct Value {
    bool made = false;
    Place place;
    int lastUse = kNever;
  };
  struct OwnedBuffer {
    uint16_t slot;
    int size;   // log2 of the element size
    int users;  // values that live in it
  };

  void chooseLoops();
  void addMoving();
  void findUses();
  void compileInstr(int i);
  void compileCast(const RegionInstr& instr, Value& value, int i);
  void storeOutput(size_t o);
  void bindReduction(size_t r);
  void finishLayout();

  Place operand(const RegionOperand& o, int at);
  Place loadInput(size_t input, int at);
  Place rawInput(size_t input, int at);
  Place vectorOf(const Place& place, DType type);
  Place newPlace(DType type, bool scalar, bool once);
  void releaseUnused(int at);
  void call(TileFunction f, const Place& dst, const Place* operands, int count);
  void call(TileFunction f, const Place& dst, const Place& a) { call(f, dst, &a, 1); }
  Value& valueOf(const RegionOperand& o) {
    return o.kind == RegionOperand::Kind::kInput ? inputs_[o.index] : instrs_[o.index];
  }
  DType typeOf(const RegionOperand& o) const {
    switch (o.kind) {
      case RegionOperand::Kind::kInput: return spec_.inputs[o.index].dtype;
      case RegionOperand::Kind::kInstr: return spec_.instrs[o.index].dtype;
      default: return spec_.immediates[o.index].dtype;
    }
  }
  [[noreturn]] void refuse(Op op, DType t) const {
    throw Error(ErrorCode::kUnsupported,
                std::string(opInfo(op).name) + " is not defined for " + std::string(dtypeName(t)));
  }

  TileProgram& p_;
  StageSpec& spec_;
  const RegionFunctions& functions_;
  std::vector<Value> inputs_;
  std::vector<Value> instrs_;
  std::vector<int> directOutput_;  // by instruction: the output that it writes itself, or -1
  std::vector<int> soleOutput_;    // by instruction: the output that is its only use, or -1
  std::vector<OwnedBuffer> owned_;
  std::vector<int> temporaries_;   // buffers that die with the current instruction
  std::vector<uint16_t> freeSlots_[4];
  struct Sized {
    uint16_t slot;
    int size;
    bool scalar;
  };
  std::vector<Sized> allBuffers_;
  std::vector<uint16_t> inputSlots_;
  std::vector<uint16_t> outputSlots_;
};

void TileCompiler::compile() {
  chooseLoops();
  addMoving();
  findUses();
  p_.lastRead_.assign(spec_.inputs.size(), kNever);
  p_.written_.assign(spec_.outputs.size(), TileProgram::kEnd);
  for (size_t i = 0; i < spec_.immediates.size(); ++i) {
    p_.constants_.push_back(constantBytes(spec_.immediates[i]));
    p_.constantSlots_.push_back(p_.slots_++);
  }
  for (size_t i = 0; i < spec_.instrs.size(); ++i) compileInstr(static_cast<int>(i));
  for (size_t r = 0; r < spec_.reductions.size(); ++r) bindReduction(r);
  for (size_t o = 0; o < spec_.outputs.size(); ++o) storeOutput(o);
  finishLayout();
}

void TileCompiler::chooseLoops() {
  const Tiling& t = p_.tiling_;
  const auto split = static_cast<size_t>(t.split);
  p_.items_ = t.elements == 0 ? 0 : 1;
  // Strides of the reduced result.
  std::vector<int64_t> kept(t.extents.size(), 0);
  int64_t step = 1;
  for (size_t a = t.extents.size(); a-- > 0;) {
    if (t.reduced[a]) continue;
    kept[a] = step;
    step *= t.extents[a];
  }
  // Strides of the outputs, and of the inputs, follow in the same order.
  for (const uint8_t reduced : {0, 1}) {
    for (size_t a = 0; a <= split; ++a) {
      if (t.reduced[a] != reduced) continue;
      const int64_t extent = a == split ? t.chunks : t.extents[a];
      if (a == split) p_.chunkLoop_ = p_.loops_.size();
      p_.loops_.push_back(extent);
      p_.resultStrides_.push_back(kept[a] * (a == split ? t.chunk : 1));
      (reduced ? p_.stepsPerItem_ : p_.items_) *= extent;
    }
  }
}

void TileCompiler::addMoving() {
  const Tiling& t = p_.tiling_;
  const size_t axes = t.extents.size();
  std::vector<int64_t> dense(axes);
  int64_t step = 1;
  for (size_t a = axes; a-- > 0; step *= t.extents[a]) dense[a] = step;
  const auto add = [&](int pointer, DType dtype, int64_t offset, const std::vector<int64_t>& strides) {
    const auto size = static_cast<int64_t>(dtypeSize(dtype));
    TileProgram::Moving m{p_.slots_++, pointer, offset * size, {}};
    for (const uint8_t reduced : {0, 1}) {
      for (size_t a = 0; a <= static_cast<size_t>(t.split); ++a) {
        if (t.reduced[a] != reduced) continue;
        m.strides.push_back(strides[a] * size * (a == static_cast<size_t>(t.split) ? t.chunk : 1));
      }
    }
    p_.moving_.push_back(std::move(m));
    return p_.moving_.back().slot;
  };
  for (const StageInput& in : spec_.inputs) {
    inputSlots_.push_back(add(in.pointer, in.dtype, in.offset, in.strides));
    p_.dense_.push_back(in.offset == 0 && in.strides == dense);
    p_.cost_ += 0.04 * static_cast<double>(dtypeSize(in.dtype));
  }
  for (const StageOutput& out : spec_.outputs) {
    outputSlots_.push_back(add(out.pointer, out.dtype, 0, dense));
    p_.cost_ += 0.06 * static_cast<double>(dtypeSize(out.dtype));
  }
}

void TileCompiler::findUses() {
  const size_t count = spec_.instrs.size();
  inputs_.resize(spec_.inputs.size());
  instrs_.resize(count);
  directOutput_.assign(count, -1);
  soleOutput_.assign(count, -1);
  std::vector<int> uses(count, 0);
  const auto use = [&](const RegionOperand& o, int at) {
    if (o.kind == RegionOperand::Kind::kImmediate) return;
    Value& v = valueOf(o);
    v.lastUse = std::max(v.lastUse, at);
    if (o.kind == RegionOperand::Kind::kInstr) ++uses[o.index];
  };
  for (size_t i = 0; i < count; ++i) {
    for (int k = 0; k < spec_.instrs[i].operandCount; ++k) use(spec_.instrs[i].operands[k], static_cast<int>(i));
  }
  for (const StageReduction& r : spec_.reductions) use(r.operand, TileProgram::kEnd);
  for (const StageOutput& o : spec_.outputs) use(o.operand, TileProgram::kEnd);
  for (size_t o = 0; o < spec_.outputs.size(); ++o) {
    const StageOutput& out = spec_.outputs[o];
    if (out.operand.kind != RegionOperand::Kind::kInstr) continue;
    const uint32_t i = out.operand.index;
    if (uses[i] == 1) soleOutput_[i] = static_cast<int>(o);
    if (!out.late && !p_.streaming_ && !isHalf(out.dtype) && directOutput_[i] < 0) directOutput_[i] = static_cast<int>(o);
  }
}

TileCompiler::Place TileCompiler::newPlace(DType type, bool scalar, bool once) {
  const int size = log2Size(dtypeSize(type));
  Place place{0, scalar, once, static_cast<int>(owned_.size())};
  // What is computed once stays where it is.
  if (!scalar && !once && !freeSlots_[size].empty()) {
    place.slot = freeSlots_[size].back();
    freeSlots_[size].pop_back();
  } else {
    place.slot = p_.slots_++;
    allBuffers_.push_back({place.slot, size, scalar});
  }
  owned_.push_back({place.slot, size, 1});
  return place;
}

void TileCompiler::releaseUnused(int at) {
  const auto release = [&](int buffer) {
    OwnedBuffer& b = owned_[static_cast<size_t>(buffer)];
    if (--b.users == 0) freeSlots_[b.size].push_back(b.slot);
  };
  for (int buffer : temporaries_) release(buffer);
  temporaries_.clear();
  for (auto* values : {&inputs_, &instrs_}) {
    for (Value& v : *values) {
      if (!v.made || v.lastUse != at || v.place.buffer < 0 || v.place.once || v.place.scalar) continue;
      release(v.place.buffer);
      v.lastUse = kNever;
    }
  }
}

void TileCompiler::call(TileFunction f, const Place& dst, const Place* operands, int count) {
  TileProgram::Call c{f, dst.slot, dst.slot, dst.slot, dst.slot, dst.scalar};
  if (count > 0) c.a = operands[0].slot;
  if (count > 1) c.b = operands[1].slot;
  if (count > 2) c.c = operands[2].slot;
  (dst.once ? p_.onceCalls_ : p_.calls_).push_back(c);
}

// The input's elements of the tile in its own type: where they are, or gathered.
TileCompiler::Place TileCompiler::rawInput(size_t input, int at) {
  const Tiling& t = p_.tiling_;
  const StageInput& in = spec_.inputs[input];
  p_.lastRead_[input] = std::max(p_.lastRead_[input], at);
  const auto split = static_cast<size_t>(t.split);
  const auto& s = in.strides;
  const bool constantOutside = std::all_of(s.begin(), s.begin() + t.split, [](int64_t v) { return v == 0; });
  const bool once = t.tiles > 1 && constantOutside && (s[split] == 0 || t.chunks == 1);
  const bool scalar = std::all_of(s.begin() + t.split, s.end(), [](int64_t v) { return v == 0; });
  if (scalar) return {inputSlots_[input], true, once, -1};
  bool contiguous = true;
  int64_t step = 1;
  for (size_t a = s.size(); a-- > split; step *= t.extents[a]) contiguous &= s[a] == step || (a == split && t.chunk == 1);
  if (contiguous) return {inputSlots_[input], false, once, -1};
  const Place place = newPlace(in.dtype, false, once);
  TileProgram::Gather g{place.slot, inputSlots_[input], dtypeSize(in.dtype), {}};
  for (size_t a = split; a < s.size(); ++a) g.strides.push_back(s[a] * static_cast<int64_t>(dtypeSize(in.dtype)));
  const auto index = static_cast<uint16_t>(p_.gathers_.size());
  p_.gathers_.push_back(std::move(g));
  (once ? p_.onceCalls_ : p_.calls_).push_back({nullptr, 0, index, 0, 0, false});
  p_.cost_ += 0.3;
  return place;
}

TileCompiler::Place TileCompiler::loadInput(size_t input, int at) {
  Value& v = inputs_[input];
  p_.lastRead_[input] = std::max(p_.lastRead_[input], at);
  if (v.made) return v.place;
  v.made = true;
  const DType type = spec_.inputs[input].dtype;
  const Place raw = rawInput(input, at);
  v.place = raw;
  if (isHalf(type)) {
    v.place = newPlace(tileType(type), raw.scalar, raw.once);
    call(functions_.cast[static_cast<int>(type)][static_cast<int>(DType::kFloat32)], v.place, raw);
    if (raw.buffer >= 0 && !raw.once) temporaries_.push_back(raw.buffer);
  }
  return v.place;
}

TileCompiler::Place TileCompiler::operand(const RegionOperand& o, int at) {
  switch (o.kind) {
    case RegionOperand::Kind::kInput: return loadInput(o.index, at);
    case RegionOperand::Kind::kInstr: return instrs_[o.index].place;
    default: return {p_.constantSlots_[o.index], true, true, -1};
  }
}

// A tile filled with a scalar, for functions that take no scalars.
TileCompiler::Place TileCompiler::vectorOf(const Place& place, DType type) {
  if (!place.scalar) return place;
  const Place filled = newPlace(type, false, place.once);
  call(functions_.fill[log2Size(dtypeSize(type))], filled, place);
  if (!filled.once) temporaries_.push_back(filled.buffer);
  return filled;
}

void TileCompiler::compileCast(const RegionInstr& instr, Value& value, int i) {
  const DType from = tileType(instr.operandDtype);
  const DType to = tileType(instr.dtype);
  const Place a = operand(instr.operands[0], i);
  const bool rounds = isHalf(instr.dtype) && instr.operandDtype != instr.dtype;
  if (from == to && !rounds && a.buffer >= 0) {
    // The same value: it lives on in its place.
    value.place = a;
    if (!a.once && !a.scalar) ++owned_[static_cast<size_t>(a.buffer)].users;
    return;
  }
  const int out = directOutput_[static_cast<size_t>(i)];
  if (out >= 0 && !a.scalar && !a.once) {
    value.place = {outputSlots_[static_cast<size_t>(out)], false, false, -1};
    p_.written_[static_cast<size_t>(out)] = i;
  } else {
    value.place = newPlace(to, a.scalar, a.once);
  }
  if (from == DType::kFloat64 && rounds) {
    // To the 16-bit type at once, so that it is rounded once.
    const Place narrow = newPlace(instr.dtype, a.scalar, a.once);
    const int half = static_cast<int>(instr.dtype);
    call(functions_.cast[static_cast<int>(from)][half], narrow, a);
    call(functions_.cast[half][static_cast<int>(to)], value.place, narrow);
    if (!a.once && !a.scalar) temporaries_.push_back(narrow.buffer);
    return;
  }
  Place source = a;
  if (from != to) {
    call(functions_.cast[static_cast<int>(from)][static_cast<int>(to)], value.place, a);
    source = value.place;
  } else if (!rounds) {
    call(functions_.copy[log2Size(dtypeSize(to))], value.place, a);
  }
  if (rounds) call(instr.dtype == DType::kFloat16 ? functions_.roundHalf : functions_.roundBfloat, value.place, source);
}

void TileCompiler::compileInstr(int i) {
  const RegionInstr& instr = spec_.instrs[static_cast<size_t>(i)];
  Value& value = instrs_[static_cast<size_t>(i)];
  if (value.lastUse == kNever) return;
  value.made = true;
  p_.cost_ += costOf(instr.op, tileType(instr.operandDtype));
  if (instr.op == Op::kCast) {
    compileCast(instr, value, i);
    return releaseUnused(i);
  }
  const DType type = tileType(instr.operandDtype);
  const int op = static_cast<int>(instr.op);
  const int t = static_cast<int>(type);
  const int count = instr.operandCount;
  Place operands[3];
  bool scalar = true;
  bool once = true;
  for (int k = 0; k < count; ++k) {
    operands[k] = operand(instr.operands[k], i);
    scalar &= operands[k].scalar;
    once &= operands[k].once;
  }
  TileFunction f = nullptr;
  if (instr.op == Op::kSelect) {
    if (!scalar) operands[0] = vectorOf(operands[0], DType::kBool);
    const int kinds = scalar ? 0 : (operands[1].scalar ? 1 : 0) | (operands[2].scalar ? 2 : 0);
    f = functions_.select[log2Size(dtypeSize(type))][kinds];
  } else if (count == 1) {
    f = functions_.unary[op][t];
  } else {
    const auto find = [&](OperandKinds kinds) { return functions_.binary[static_cast<int>(kinds)][op][t]; };
    if (!scalar && operands[1].scalar) f = find(OperandKinds::kVectorScalar);
    if (!scalar && operands[0].scalar) f = find(OperandKinds::kScalarVector);
    if (f == nullptr && !scalar) {
      operands[0] = vectorOf(operands[0], type);
      operands[1] = vectorOf(operands[1], type);
    }
    if (f == nullptr) f = find(OperandKinds::kVectorVector);
  }
  if (f == nullptr) refuse(instr.op, instr.operandDtype);
  const int out = directOutput_[static_cast<size_t>(i)];
  if (out >= 0 && !scalar && !once) {
    value.place = {outputSlots_[static_cast<size_t>(out)], false, false, -1};
    p_.written_[static_cast<size_t>(out)] = i;
    call(f, value.place, operands, count);
    return releaseUnused(i);
  }
  // Operands that die here leave their buffers to the result: the functions work in place.
  releaseUnused(i);
  value.place = newPlace(tileType(instr.dtype), scalar, once);
  call(f, value.place, operands, count);
  const int sole = soleOutput_[static_cast<size_t>(i)];
  const bool roundedByStore = sole >= 0 && !scalar && spec_.outputs[static_cast<size_t>(sole)].dtype == instr.dtype;
  if (isHalf(instr.dtype) && !needsNoRounding(instr.op) && !roundedByStore) {
    call(instr.dtype == DType::kFloat16 ? functions_.roundHalf : functions_.roundBfloat, value.place, value.place);
  }
}

void TileCompiler::bindReduction(size_t r) {
  const StageReduction& reduction = spec_.reductions[r];
  const Place place = operand(reduction.operand, TileProgram::kAfterEnd);
  const Place tile = vectorOf(place, tileType(typeOf(reduction.operand)));
  p_.reductionSlots_.push_back(tile.slot);
  p_.cost_ += 0.06;
}

void TileCompiler::storeOutput(size_t o) {
  const StageOutput& out = spec_.outputs[o];
  const int size = log2Size(dtypeSize(out.dtype));
  const Place dst{outputSlots_[o], false, false, -1};
  Place src;
  bool narrow = isHalf(out.dtype);
  if (out.operand.kind == RegionOperand::Kind::kInput && !(narrow && inputs_[out.operand.index].made)) {
    src = rawInput(out.operand.index, TileProgram::kAfterEnd);
    narrow = false;
  } else {
    src = operand(out.operand, TileProgram::kAfterEnd);
  }
  if (src.slot == dst.slot) return;  // its instruction wrote it
  if (src.scalar && narrow) {
    const Place rounded = newPlace(out.dtype, true, src.once);
    call(functions_.cast[static_cast<int>(DType::kFloat32)][static_cast<int>(out.dtype)], rounded, src);
    call(functions_.fill[size], dst, rounded);
  } else if (src.scalar) {
    call(functions_.fill[size], dst, src);
  } else if (narrow) {
    call(functions_.cast[static_cast<int>(DType::kFloat32)][static_cast<int>(out.dtype)], dst, src);
  } else {
    call(p_.streaming_ ? functions_.stream[size] : functions_.copy[size], dst, src);
  }
}

void TileCompiler::finishLayout() {
  constexpr size_t kLine = 64;
  const auto align = [](size_t bytes) { return (bytes + kLine - 1) / kLine * kLine; };
  p_.buffersAt_ = align(p_.slots_ * sizeof(char*) + p_.loops_.size() * sizeof(int64_t));
  size_t offset = 0;
  for (const auto& b : allBuffers_) {
    p_.buffers_.push_back({b.slot, offset});
    const auto elements = b.scalar ? size_t{1} : static_cast<size_t>(p_.tiling_.tileElements());
    // Not a multiple of the page: loads that follow stores at the same offset in a page wait for them.
    offset += align(elements << b.size) + (b.scalar ? 0 : 3 * kLine);
  }
  p_.walkBytes_ = p_.buffersAt_ + offset;
}

TileProgram::TileProgram(StageSpec& spec, bool streaming) : streaming_(streaming) {
  constexpr int64_t kTile = 1024;
  constexpr int64_t kSmallTile = 512;
  tiling_ = makeTiling(spec, spec.instrs.size() > 12 ? kSmallTile : kTile);
  TileCompiler(*this, spec).compile();
}

}  // namespace ibex::cpu
