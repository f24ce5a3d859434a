#include <algorithm>
#include <string>
#include <utility>

#include "backends/cpu/kernels/region_compiler.h"
#include "backends/cpu/kernels/region_op_traits.h"
#include "ir/error.h"

namespace ibex::cpu {
namespace {

// b op a, for a op b.
Op mirrored(Op op) {
  switch (op) {
    case Op::kLess: return Op::kGreater;
    case Op::kLessEqual: return Op::kGreaterEqual;
    case Op::kGreater: return Op::kLess;
    case Op::kGreaterEqual: return Op::kLessEqual;
    default: return op;
  }
}

PairFirst pairFirst(Op op) {
  return op == Op::kAdd ? PairFirst::kAdd : op == Op::kSub ? PairFirst::kSub : PairFirst::kMul;
}

// `joined`: which operand of the second operation is the first one's result.
PairForm pairForm(Op op, int joined) {
  switch (op) {
    case Op::kAdd: return PairForm::kAdd;
    case Op::kMul: return PairForm::kMul;
    case Op::kSub: return joined == 0 ? PairForm::kSub : PairForm::kSubFrom;
    case Op::kDiv: return joined == 0 ? PairForm::kDiv : PairForm::kDivInto;
    default: return PairForm::kRelu;
  }
}

[[noreturn]] void refuse(Op op, DType t) {
  throw Error(ErrorCode::kUnsupported,
              std::string(opInfo(op).name) + " is not defined for " + std::string(dtypeName(t)));
}

}  // namespace

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
  for (size_t a = s.size(); a-- > split; step *= t.extents[a])
    contiguous &= s[a] == step || (a == split && t.chunk == 1);
  if (contiguous) return {inputSlots_[input], false, once, -1};
  const Place place = newPlace(in.dtype, false, once);
  TileProgram::Gather g{place.slot, inputSlots_[input], dtypeSize(in.dtype), {}};
  for (size_t a = split; a < s.size(); ++a) g.strides.push_back(s[a] * static_cast<int64_t>(dtypeSize(in.dtype)));
  const auto index = static_cast<uint16_t>(p_.gathers_.size());
  p_.gathers_.push_back(std::move(g));
  (once ? p_.onceCalls_ : p_.calls_).push_back({nullptr, nullptr, 0, index, 0, 0, 0, false});
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
    case Kind::kInput: return loadInput(o.index, at);
    case Kind::kInstr: return instrs_[o.index].place;
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

void TileCompiler::call(TileFunction f, const Place& dst, const Place* operands, int count) {
  TileProgram::Call c{f, nullptr, dst.slot, dst.slot, dst.slot, dst.slot, dst.slot, dst.scalar};
  if (count > 0) c.a = operands[0].slot;
  if (count > 1) c.b = operands[1].slot;
  if (count > 2) c.c = operands[2].slot;
  (dst.once ? p_.onceCalls_ : p_.calls_).push_back(c);
}

// Where instruction `i` puts its result: an output, if it is one, else a tile.
TileCompiler::Place TileCompiler::destination(int i, DType type, bool scalar, bool once) {
  const int out = directOutput_[static_cast<size_t>(i)];
  if (out < 0 || scalar || once) return newPlace(type, scalar, once);
  p_.written_[static_cast<size_t>(out)] = i;
  return {outputSlots_[static_cast<size_t>(out)], false, false, -1};
}

// Whether it is left to its user. What works on single elements is not.
bool TileCompiler::compileJoined(const RegionInstr& instr, int i) {
  Joined& j = joined_[static_cast<size_t>(i)];
  if (!j.joined) return false;
  j.operands[0] = operand(instr.operands[0], i);
  j.operands[1] = instr.operandCount == 2 ? operand(instr.operands[1], i) : j.operands[0];
  j.joined = !j.operands[0].scalar || !j.operands[1].scalar;
  return j.joined;
}

// A joined instruction's inputs are read when its user runs.
void TileCompiler::readJoined(const RegionInstr& instr, int user) {
  for (int k = 0; k < instr.operandCount; ++k) {
    const RegionOperand& o = instr.operands[k];
    if (o.kind == Kind::kInput) p_.lastRead_[o.index] = std::max(p_.lastRead_[o.index], user);
  }
}

bool TileCompiler::compilePair(const RegionInstr& instr, Value& value, int i) {
  const int k = pairOperand_[static_cast<size_t>(i)];
  if (k < 0) return false;
  const Joined& first = joined_[instr.operands[k].index];
  if (!first.joined) return false;
  const RegionInstr& firstInstr = spec_.instrs[instr.operands[k].index];
  readJoined(firstInstr, i);
  const Place operands[3] = {first.operands[0], first.operands[1],
                             instr.operandCount == 2 ? operand(instr.operands[1 - k], i) : first.operands[0]};
  const OperandKinds kinds = operands[0].scalar   ? OperandKinds::kScalarVector
                             : operands[1].scalar ? OperandKinds::kVectorScalar
                                                  : OperandKinds::kVectorVector;
  const PairFunctions& functions = functions_.pair[static_cast<int>(pairFirst(firstInstr.op))];
  const TileFunction f =
      functions.of[static_cast<int>(pairForm(instr.op, k))][static_cast<int>(kinds)][operands[2].scalar ? 1 : 0];
  const bool once = operands[0].once && operands[1].once && operands[2].once;
  releaseUnused(i);
  value.place = destination(i, DType::kFloat32, false, once);
  call(f, value.place, operands, 3);
  return true;
}

bool TileCompiler::compileCompareSelect(const RegionInstr& instr, Value& value, int i) {
  if (instr.op != Op::kSelect || instr.operands[0].kind != Kind::kInstr) return false;
  const uint32_t condition = instr.operands[0].index;
  if (!joined_[condition].joined) return false;
  const RegionInstr& comparison = spec_.instrs[condition];
  Op op = comparison.op;
  Place a = joined_[condition].operands[0];
  Place b = joined_[condition].operands[1];
  if (a.scalar) {
    std::swap(a, b);
    op = mirrored(op);
  }
  readJoined(comparison, i);
  const Place x = operand(instr.operands[1], i);
  const Place y = operand(instr.operands[2], i);
  const SelectFunction f =
      functions_.compareSelect[comparisonIndex(op)][static_cast<int>(tileType(comparison.operandDtype))]
                              [b.scalar ? 1 : 0][(x.scalar ? 1 : 0) | (y.scalar ? 2 : 0)];
  const bool once = a.once && b.once && x.once && y.once;
  releaseUnused(i);
  value.place = destination(i, tileType(instr.dtype), false, once);
  (once ? p_.onceCalls_ : p_.calls_).push_back({nullptr, f, value.place.slot, a.slot, b.slot, x.slot, y.slot, false});
  return true;
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
  value.place = destination(i, to, a.scalar, a.once);
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
  if (compileJoined(instr, i) || compileCompareSelect(instr, value, i) || compilePair(instr, value, i)) return;
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
  // Operands that die here leave their buffers to the result: the functions work in place.
  releaseUnused(i);
  value.place = destination(i, tileType(instr.dtype), scalar, once);
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
  if (out.operand.kind == Kind::kInput && !(narrow && inputs_[out.operand.index].made)) {
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

}  // namespace ibex::cpu
