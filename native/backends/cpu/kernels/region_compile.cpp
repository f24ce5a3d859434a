#include <algorithm>

#include "backends/cpu/kernels/region_compiler.h"
#include "backends/cpu/kernels/region_op_traits.h"

namespace ibex::cpu {

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
  joined_.resize(count);
  std::vector<int> uses(count, 0);
  const auto use = [&](const RegionOperand& o, int at) {
    if (o.kind == Kind::kImmediate) return;
    Value& v = valueOf(o);
    v.lastUse = std::max(v.lastUse, at);
    if (o.kind == Kind::kInstr) ++uses[o.index];
  };
  for (size_t i = 0; i < count; ++i) {
    for (int k = 0; k < spec_.instrs[i].operandCount; ++k) use(spec_.instrs[i].operands[k], static_cast<int>(i));
  }
  for (const StageReduction& r : spec_.reductions) use(r.operand, TileProgram::kEnd);
  for (const StageOutput& o : spec_.outputs) use(o.operand, TileProgram::kEnd);
  for (size_t o = 0; o < spec_.outputs.size(); ++o) {
    const StageOutput& out = spec_.outputs[o];
    if (out.operand.kind != Kind::kInstr) continue;
    const uint32_t i = out.operand.index;
    if (uses[i] == 1) soleOutput_[i] = static_cast<int>(o);
    if (!out.late && !p_.streaming_ && !isHalf(out.dtype) && directOutput_[i] < 0)
      directOutput_[i] = static_cast<int>(o);
  }
  joinComparisons(uses);
  joinPairs(uses);
}

// Leaves an instruction to its user: what it reads is read then.
void TileCompiler::join(uint32_t instr, int user) {
  joined_[instr].joined = true;
  for (int k = 0; k < spec_.instrs[instr].operandCount; ++k) {
    const RegionOperand& o = spec_.instrs[instr].operands[k];
    if (o.kind == Kind::kImmediate) continue;
    Value& v = valueOf(o);
    v.lastUse = std::max(v.lastUse, user);
  }
}

// A comparison of 4-byte values that only a select of 4-byte values uses is left to the select.
void TileCompiler::joinComparisons(const std::vector<int>& uses) {
  for (size_t i = 0; i < spec_.instrs.size(); ++i) {
    const RegionInstr& select = spec_.instrs[i];
    const RegionOperand& condition = select.operands[0];
    if (select.op != Op::kSelect || dtypeSize(tileType(select.dtype)) != 4 || condition.kind != Kind::kInstr) continue;
    const RegionInstr& comparison = spec_.instrs[condition.index];
    if (uses[condition.index] != 1 || !isComparison(comparison.op)) continue;
    if (dtypeSize(tileType(comparison.operandDtype)) != 4) continue;
    join(condition.index, static_cast<int>(i));
  }
}

// Sums, differences, products and squares of float32 are left to an only user that has a function for both.
void TileCompiler::joinPairs(const std::vector<int>& uses) {
  pairOperand_.assign(spec_.instrs.size(), -1);
  for (size_t i = 0; i < spec_.instrs.size(); ++i) {
    const RegionInstr& user = spec_.instrs[i];
    if (user.dtype != DType::kFloat32 || !endsPair(user.op)) continue;
    for (int k = 0; k < user.operandCount && pairOperand_[i] < 0; ++k) {
      if (user.operands[k].kind != Kind::kInstr) continue;
      const uint32_t first = user.operands[k].index;
      const RegionInstr& instr = spec_.instrs[first];
      if (uses[first] != 1 || pairOperand_[first] >= 0) continue;
      if (instr.dtype != DType::kFloat32 || !startsPair(instr.op)) continue;
      pairOperand_[i] = k;
      join(first, static_cast<int>(i));
    }
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
  planPrefetch();
}

// For spaces that do not fit in the caches.
void TileCompiler::planPrefetch() {
  constexpr int64_t kLeastElements = 256 * 1024;
  constexpr int64_t kLine = 64;
  if (p_.tiling_.elements < kLeastElements) return;
  const int64_t calls =
      std::max<int64_t>(1, static_cast<int64_t>(p_.calls_.size() + (spec_.reductions.empty() ? 0 : 1)));
  if (p_.loops_.empty()) return;
  for (size_t i = 0; i < spec_.inputs.size(); ++i) {
    const uint16_t slot = inputSlots_[i];
    const bool gathered =
        std::any_of(p_.gathers_.begin(), p_.gathers_.end(), [&](const auto& g) { return g.src == slot; });
    const auto moving =
        std::find_if(p_.moving_.begin(), p_.moving_.end(), [&](const auto& m) { return m.slot == slot; });
    if (gathered || moving == p_.moving_.end() || moving->strides.back() == 0 || p_.lastRead_[i] == kNever) continue;
    const int64_t bytes = p_.tiling_.tileElements() * static_cast<int64_t>(dtypeSize(spec_.inputs[i].dtype));
    p_.prefetches_.push_back(
        {slot, moving->strides.back(), (bytes + calls * kLine - 1) / (calls * kLine) * kLine});
  }
}

// Tiles of a few KiB: several of them, with the inputs and outputs, stay in the nearest cache. A bare reduction has no tiles
// but its operand's and its sums: memory gives long ones faster, and those of rows let the end of one row overlap with the
// next.
static TileSizes tileSizesFor(const StageSpec& spec) {
  constexpr size_t kManyInstrs = 12;
  const bool reducesRows = !spec.reduceAxis.empty() && spec.reduceAxis.back() != 0;
  if (spec.instrs.empty() && !spec.reductions.empty()) return {4096, reducesRows ? 2048 : 256};
  return {spec.instrs.size() > kManyInstrs ? 512 : 1024, 256};
}

TileProgram::TileProgram(StageSpec& spec, bool streaming) : streaming_(streaming) {
  tiling_ = makeTiling(spec, tileSizesFor(spec));
  TileCompiler(*this, spec).compile();
}

}  // namespace ibex::cpu
