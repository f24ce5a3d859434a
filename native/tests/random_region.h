// Regions with layouts of all kinds, several outputs and reductions, from a seed. The numbers are small integers, so that
// every order of operations gives the same floats.
#pragma once

#include <algorithm>
#include <random>
#include <vector>

#include "tests/cpu_region_reference.h"

namespace ibex::testing {

class RandomRegion {
  using Kind = RegionOperand::Kind;

 public:
  RandomRegion(uint32_t seed, bool reduces) : engine_(seed) {
    const int rank = pick(5);
    const int64_t sizes[] = {1, 2, 3, 5, 17, 64, 130};
    int64_t total = 1;
    for (int a = 0; a < rank; ++a) {
      int64_t extent = sizes[pick(7)];
      if (pick(40) == 0) extent = 0;
      if (total * extent > 30000) extent = 2;
      total *= extent;
      region.space.push_back(extent);
    }
    region.reduceAxis.assign(region.space.size(), 0);
    if (reduces) {
      for (auto& r : region.reduceAxis) r = static_cast<uint8_t>(pick(2));
    }
    type_ = types()[pick(static_cast<int>(types().size()))];
    for (int i = 0, n = 1 + pick(3); i < n; ++i) addInput(i == 0 || !reduces || pick(2) == 0);
    const double values[] = {0, 1, 2, 3};
    for (double v : values) region.immediates.push_back(smallScalar(type_, static_cast<int>(v)));
    addInstrs(region.prologue, 1 + pick(7), false);
    if (!reduces) {
      for (int o = 0, n = 1 + pick(3); o < n; ++o) addOutput(operandOf(region.prologue, false), false);
      return;
    }
    for (int r = 0, n = 1 + pick(2); r < n; ++r) {
      RegionReduction reduction;
      // Products would leave the exact range.
      constexpr ReduceKind kKinds[] = {ReduceKind::kSum, ReduceKind::kMax, ReduceKind::kMin};
      reduction.kind = kKinds[pick(3)];
      reduction.operand = operandOf(region.prologue, false);
      reduction.dtype = type_;
      region.reductions.push_back(reduction);
    }
    if (pick(2) == 0) addInstrs(region.epilogue, 1 + pick(3), true);
    addOutput(pick(2) == 0 || region.epilogue.empty() ? RegionOperand{Kind::kReduction, 0} : lastOf(region.epilogue),
              true);
    if (pick(3) == 0) addOutput({Kind::kReduction, static_cast<uint32_t>(region.reductions.size() - 1)}, true);
    if (pick(3) == 0 && !region.epilogue.empty()) addOutput(lastOf(region.epilogue), true);
    if (pick(3) == 0) addOutput(operandOf(region.prologue, false), false);
  }

  Region region;
  std::vector<Array> inputs;

 private:
  static const std::vector<DType>& types() {
    static const std::vector<DType> all{DType::kFloat32, DType::kFloat32, DType::kFloat32, DType::kFloat64,
                                        DType::kInt32,   DType::kInt64,   DType::kUint8,   DType::kInt16};
    return all;
  }
  int pick(int n) { return static_cast<int>(engine_() % static_cast<uint32_t>(n)); }

  // Dense, broadcast along some axes, permuted, reversed, or with gaps.
  void addInput(bool full) {
    const size_t rank = region.space.size();
    std::vector<size_t> order(rank);
    for (size_t a = 0; a < rank; ++a) order[a] = a;
    if (pick(3) == 0) std::shuffle(order.begin(), order.end(), engine_);
    RegionInput in;
    in.dtype = type_;
    in.strides.assign(rank, 0);
    const int64_t gap = pick(5) == 0 ? 2 : 1;
    int64_t step = gap;
    for (size_t k = rank; k-- > 0;) {
      const size_t a = order[k];
      // Inputs that the epilogue may read do not vary along reduced axes.
      if ((!full && region.reduceAxis[a] != 0) || pick(5) == 0) continue;
      in.strides[a] = step;
      step *= std::max<int64_t>(1, region.space[a]);
    }
    for (size_t a = 0; a < rank; ++a) {
      if (pick(8) != 0 || region.space[a] == 0) continue;
      in.offset += in.strides[a] * (region.space[a] - 1);
      in.strides[a] = -in.strides[a];
    }
    epilogueInputs_.push_back(static_cast<uint8_t>(!full));
    region.inputs.push_back(in);
    Array a(type_, {std::max<int64_t>(1, step)});
    for (int64_t i = 0; i < a.size(); ++i) a.set(i, pick(4));
    inputs.push_back(std::move(a));
  }
  RegionOperand lastOf(const std::vector<RegionInstr>& instrs) const {
    return {Kind::kInstr, static_cast<uint32_t>(instrs.size() - 1)};
  }
  RegionOperand operandOf(const std::vector<RegionInstr>& instrs, bool epilogue) {
    for (;;) {
      switch (pick(5)) {
        case 0: return {Kind::kImmediate, static_cast<uint32_t>(pick(4))};
        case 1: {
          const auto i = static_cast<uint32_t>(pick(static_cast<int>(region.inputs.size())));
          if (!epilogue || epilogueInputs_[i]) return {Kind::kInput, i};
          break;
        }
        case 2:
          if (epilogue)
            return {Kind::kReduction, static_cast<uint32_t>(pick(static_cast<int>(region.reductions.size())))};
          break;
        default: {
          if (instrs.empty()) break;
          const auto i = static_cast<uint32_t>(pick(static_cast<int>(instrs.size())));
          if (instrs[i].dtype == type_) return {Kind::kInstr, i};
        }
      }
    }
  }
  void addInstrs(std::vector<RegionInstr>& instrs, int count, bool epilogue) {
    for (int i = 0; i < count; ++i) {
      constexpr Op kOps[] = {Op::kAdd, Op::kSub, Op::kSub, Op::kMaximum, Op::kMinimum, Op::kNeg, Op::kRelu};
      RegionInstr instr;
      instr.dtype = instr.operandDtype = type_;
      if (pick(5) == 0) {
        // A comparison and a select on it.
        instr.op = Op::kLess;
        instr.dtype = DType::kBool;
        instr.operandCount = 2;
        instr.operands[0] = operandOf(instrs, epilogue);
        instr.operands[1] = operandOf(instrs, epilogue);
        const RegionOperand yes = operandOf(instrs, epilogue);
        const RegionOperand no = operandOf(instrs, epilogue);
        instrs.push_back(instr);
        RegionInstr select;
        select.op = Op::kSelect;
        select.dtype = select.operandDtype = type_;
        select.operandCount = 3;
        select.operands[0] = lastOf(instrs);
        select.operands[1] = yes;
        select.operands[2] = no;
        instrs.push_back(select);
        continue;
      }
      instr.op = kOps[pick(7)];
      instr.operandCount = static_cast<uint8_t>(opInfo(instr.op).inputs);
      for (int k = 0; k < instr.operandCount; ++k) instr.operands[k] = operandOf(instrs, epilogue);
      instrs.push_back(instr);
    }
    // Not smaller than what is stored: the last one is a value of the region's type.
  }
  void addOutput(RegionOperand operand, bool reduced) { region.outputs.push_back({operand, reduced, type_}); }

  std::mt19937 engine_;
  DType type_ = DType::kFloat32;
  std::vector<uint8_t> epilogueInputs_;
};

}  // namespace ibex::testing
