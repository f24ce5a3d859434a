#include <algorithm>

#include "backends/cuda/codegen/region_source.h"

namespace ibex::cuda {
namespace {

using Kind = RegionOperand::Kind;

bool reads(const std::vector<RegionInstr>& instrs, uint32_t input) {
  return std::any_of(instrs.begin(), instrs.end(), [input](const RegionInstr& instr) {
    return std::any_of(instr.operands, instr.operands + instr.operandCount,
                       [input](const RegionOperand& o) { return o.kind == Kind::kInput && o.index == input; });
  });
}

bool is(const RegionOperand& operand, uint32_t input) { return operand.kind == Kind::kInput && operand.index == input; }

// Is the input read by the whole space's threads, or stored from there?
bool readInPrologue(const Region& region, uint32_t input) {
  return reads(region.prologue, input) ||
         std::any_of(region.reductions.begin(), region.reductions.end(),
                     [input](const RegionReduction& r) { return is(r.operand, input); }) ||
         std::any_of(region.outputs.begin(), region.outputs.end(),
                     [input](const RegionOutput& o) { return !o.reduced && is(o.operand, input); });
}

bool readInEpilogue(const Region& region, uint32_t input) {
  return reads(region.epilogue, input) ||
         std::any_of(region.outputs.begin(), region.outputs.end(),
                     [input](const RegionOutput& o) { return o.reduced && is(o.operand, input); });
}

// Does the input lie in memory as an output does: dense over the space, or over its kept axes?
bool dense(const Region& region, uint32_t input, bool reduced) {
  const RegionInput& in = region.inputs[input];
  if (in.offset != 0) return false;
  int64_t step = 1;
  for (size_t a = region.space.size(); a-- > 0;) {
    if (region.space[a] == 1 || (reduced && region.reduceAxis[a] != 0)) continue;
    if (in.strides[a] != step) return false;
    step *= region.space[a];
  }
  return true;
}

}  // namespace

std::vector<int> regionInPlaceInputs(const Region& region, const std::vector<ValueId>& inputs,
                                     const std::vector<int>& homes) {
  std::vector<int> chosen(region.outputs.size(), -1);
  std::vector<uint8_t> taken(region.inputs.size(), 0);
  const bool reduces = !region.reductions.empty();
  const auto fits = [&](uint32_t i, const RegionOutput& output) {
    // A thread reads what it needs of a stage before it writes; another stage may be another thread, or come later.
    const bool onlyHere = output.reduced ? !readInPrologue(region, i) : !(reduces && readInEpilogue(region, i));
    return !taken[i] && onlyHere && dtypeSize(region.inputs[i].dtype) == dtypeSize(output.dtype) &&
           dense(region, i, output.reduced) && std::count(inputs.begin(), inputs.end(), inputs[i]) == 1;
  };
  // First those that have a home, so that no other output takes it.
  for (const bool atHome : {true, false}) {
    for (size_t o = 0; o < region.outputs.size(); ++o) {
      const int home = o < homes.size() ? homes[o] : -1;
      for (uint32_t i = 0; i < region.inputs.size() && chosen[o] < 0; ++i) {
        if ((atHome && static_cast<int>(i) != home) || !fits(i, region.outputs[o])) continue;
        chosen[o] = static_cast<int>(i);
        taken[i] = 1;
      }
    }
  }
  return chosen;
}

}  // namespace ibex::cuda
