// Fused regions: element-wise work and reductions over one iteration space, on tiles that stay in the nearest cache.
#include <algorithm>
#include <optional>

#include "backends/node_util.h"
#include "backends/region_of_node.h"
#include "backends/cpu/kernels/region_kernel.h"
#include "backends/cpu/kernels/region_program.h"
#include "backends/cpu/kernels/region_reduce.h"
#include "backends/cpu/lowering.h"
#include "backends/cpu/parallel.h"
#include "backends/cpu/thread_buffer.h"

namespace ibex::cpu {
namespace {

constexpr size_t kLine = 64;
// Below this a second thread costs more than it does.
constexpr double kLeastNanoseconds = 16000;
// Outputs of programs that move more than this do not wait in the caches for their readers.
constexpr int64_t kStreamBytes = 32 << 20;

size_t align(size_t bytes) { return (bytes + kLine - 1) / kLine * kLine; }

int64_t grainOf(const TileProgram& program, int64_t tiles, double unitsPerTile) {
  const double each =
      program.nanosecondsPerElement() * static_cast<double>(program.tiling().tileElements()) * unitsPerTile;
  return std::clamp<int64_t>(static_cast<int64_t>(kLeastNanoseconds / std::max(each, 1e-3)), 1,
                             std::max<int64_t>(1, tiles));
}

using Kind = RegionOperand::Kind;

// Takes the inputs of a region that its instructions use into a stage.
class StageBuilder {
 public:
  StageBuilder(const Region& region, std::vector<int64_t> space, std::vector<size_t> axes)
      : region_(region), axes_(std::move(axes)), inputOf_(region.inputs.size(), -1) {
    spec.space = std::move(space);
    spec.immediates = region.immediates;
  }

  RegionOperand operand(RegionOperand o) {
    if (o.kind == Kind::kInput) {
      int& at = inputOf_[o.index];
      if (at < 0) {
        const RegionInput& in = region_.inputs[o.index];
        StageInput s{static_cast<int>(o.index), in.dtype, {}, in.offset};
        for (size_t a : axes_) s.strides.push_back(in.strides[a]);
        at = static_cast<int>(spec.inputs.size());
        spec.inputs.push_back(std::move(s));
      }
      return {Kind::kInput, static_cast<uint32_t>(at)};
    }
    if (o.kind == Kind::kReduction) return {Kind::kInput, reductionInputs[o.index]};
    return o;
  }
  void addInstrs(const std::vector<RegionInstr>& instrs) {
    for (RegionInstr instr : instrs) {
      for (int k = 0; k < instr.operandCount; ++k) instr.operands[k] = operand(instr.operands[k]);
      spec.instrs.push_back(instr);
    }
  }

  StageSpec spec;
  std::vector<uint32_t> reductionInputs;  // stage inputs that hold the results of reductions

 private:
  const Region& region_;
  std::vector<size_t> axes_;
  std::vector<int> inputOf_;
};

// A stage without reductions.
class ElementwiseStage {
 public:
  ElementwiseStage() = default;
  ElementwiseStage(StageSpec spec, const std::vector<ValueId>& inputValues, const std::vector<int>& homes) {
    for (const StageInput& in : spec.inputs) inputPointers_.push_back(in.pointer);
    for (const StageOutput& out : spec.outputs) outputPointers_.push_back(out.pointer);
    inPlace_.assign(spec.outputs.size(), -1);
    chooseInPlace(spec, inputValues, homes);
    int64_t bytes = 0;
    StageSpec merged = spec;
    program_.emplace(merged, false);
    for (const StageInput& in : spec.inputs)
      bytes += static_cast<int64_t>(dtypeSize(in.dtype)) * program_->tiling().elements;
    for (const StageOutput& out : spec.outputs)
      bytes += static_cast<int64_t>(dtypeSize(out.dtype)) * program_->tiling().elements;
    if (bytes > kStreamBytes) streaming_.emplace(spec, true);
    grain_ = grainOf(*program_, program_->tiling().tiles, 1);
  }

  void run(char* const* pointers) const {
    const TileProgram& program = streaming_ && !aliased(pointers) ? *streaming_ : *program_;
    parallelFor(program.tiling().tiles, grain_, [&](int64_t begin, int64_t end) {
      TileWalk walk(program, pointers, threadBuffer(program.walkBytes()));
      walk.seek(begin);
      walk.run(end - begin);
      walk.finish();
    });
  }
  // The input (an index into the node's) that output `o` of the stage may overwrite, or -1.
  int inPlaceInput(size_t o) const { return inPlace_[o]; }

 private:
  // An output may take over an input with the same layout that nothing reads after it is written. Where only the order
  // of the instructions forbids it, the output is written late.
  void chooseInPlace(StageSpec& spec, const std::vector<ValueId>& inputValues, const std::vector<int>& homes) {
    StageSpec trial = spec;
    const TileProgram program(trial, false);
    std::vector<uint8_t> taken(spec.inputs.size(), 0);
    const auto homeOf = [&](size_t o) {
      const size_t output = static_cast<size_t>(spec.outputs[o].pointer) - inputValues.size();
      return output < homes.size() ? homes[output] : -1;
    };
    // First those that have a home, so that no other output takes it.
    for (const bool atHome : {true, false}) {
      for (size_t o = 0; o < spec.outputs.size(); ++o) {
        if (inPlace_[o] >= 0 || (atHome && homeOf(o) < 0)) continue;
        int best = -1;
        bool late = false;
        for (size_t i = 0; i < spec.inputs.size(); ++i) {
          const StageInput& in = spec.inputs[i];
          const auto node = static_cast<size_t>(in.pointer);
          if (atHome && in.pointer != homeOf(o)) continue;
          if (taken[i] || !program.dense(i) || dtypeSize(in.dtype) != dtypeSize(spec.outputs[o].dtype)) continue;
          if (node >= inputValues.size() || program.lastRead(i) > TileProgram::kEnd) continue;
          // The same value under another index could be read in another order.
          if (std::count(inputValues.begin(), inputValues.end(), inputValues[node]) > 1) continue;
          const bool inOrder = program.lastRead(i) <= program.written(o);
          if (best < 0 || (late && inOrder)) {
            best = static_cast<int>(i);
            late = !inOrder;
          }
        }
        if (best < 0) continue;
        taken[static_cast<size_t>(best)] = 1;
        inPlace_[o] = spec.inputs[static_cast<size_t>(best)].pointer;
        spec.outputs[o].late |= late;
      }
    }
  }
  bool aliased(char* const* pointers) const {
    return std::any_of(outputPointers_.begin(), outputPointers_.end(), [&](int o) {
      return std::any_of(inputPointers_.begin(), inputPointers_.end(),
                         [&](int i) { return pointers[i] == pointers[o]; });
    });
  }

  std::optional<TileProgram> program_;
  std::optional<TileProgram> streaming_;
  std::vector<int> inputPointers_;
  std::vector<int> outputPointers_;
  std::vector<int> inPlace_;
  int64_t grain_ = 1;
};

class RegionKernel final : public Kernel {
 public:
  RegionKernel(const Region& region, const std::vector<ValueId>& inputValues, const std::vector<int>& homes);
  size_t scratchBytes() const override { return scratchBytes_; }
  int inPlaceInput(int output) const override { return inPlace_[static_cast<size_t>(output)]; }
  void run(void* const* io) override;

 private:
  void makePrologue(const Region& region);
  void makeEpilogue(const Region& region, StageBuilder& stage, const std::vector<ValueId>& inputValues);

  size_t buffers_ = 0;  // of the node: inputs and outputs
  std::vector<char*> pointers_;
  std::vector<size_t> resultOffsets_;  // in the scratch, of the pointers after those
  size_t partialsAt_ = 0;
  size_t scratchBytes_ = 0;
  std::vector<int> inPlace_;
  // With reductions: the prologue and what folds its tiles.
  std::optional<TileProgram> prologue_;
  std::optional<RegionReducer> reducer_;
  int64_t grain_ = 1;
  std::optional<ElementwiseStage> elementwise_;  // the epilogue, or all of a region without reductions
};

RegionKernel::RegionKernel(const Region& region, const std::vector<ValueId>& inputValues,
                           const std::vector<int>& homes)
    : buffers_(region.inputs.size() + region.outputs.size()), inPlace_(region.outputs.size(), -1) {
  const auto inputs = static_cast<int>(region.inputs.size());
  std::vector<size_t> axes;
  for (size_t a = 0; a < region.space.size(); ++a) axes.push_back(a);
  if (region.reductions.empty()) {
    StageBuilder stage(region, region.space, axes);
    stage.addInstrs(region.prologue);
    for (size_t o = 0; o < region.outputs.size(); ++o) {
      const RegionOutput& out = region.outputs[o];
      stage.spec.outputs.push_back({inputs + static_cast<int>(o), out.dtype, stage.operand(out.operand), false});
    }
    elementwise_.emplace(std::move(stage.spec), inputValues, homes);
    for (size_t o = 0; o < region.outputs.size(); ++o) inPlace_[o] = elementwise_->inPlaceInput(o);
    pointers_.resize(buffers_);
    return;
  }

  // Where each reduction's result goes: to the first output that is just it, else to scratch.
  std::vector<int> resultPointers(region.reductions.size(), -1);
  for (size_t o = 0; o < region.outputs.size(); ++o) {
    const RegionOperand& operand = region.outputs[o].operand;
    if (operand.kind == Kind::kReduction && resultPointers[operand.index] < 0) {
      resultPointers[operand.index] = inputs + static_cast<int>(o);
    }
  }
  std::vector<size_t> keptAxes;
  std::vector<int64_t> keptSpace;
  int64_t results = 1;
  for (size_t a : axes) {
    if (region.reduceAxis[a]) continue;
    keptAxes.push_back(a);
    keptSpace.push_back(region.space[a]);
    results *= region.space[a];
  }
  StageBuilder prologue(region, region.space, axes);
  prologue.spec.reduceAxis = region.reduceAxis;
  prologue.addInstrs(region.prologue);
  StageBuilder epilogue(region, keptSpace, keptAxes);
  for (size_t r = 0; r < region.reductions.size(); ++r) {
    const RegionReduction& reduction = region.reductions[r];
    if (resultPointers[r] < 0) {
      resultPointers[r] = static_cast<int>(buffers_ + resultOffsets_.size());
      resultOffsets_.push_back(scratchBytes_);
      scratchBytes_ += align(static_cast<size_t>(results) * dtypeSize(reduction.dtype));
    }
    prologue.spec.reductions.push_back(
        {resultPointers[r], reduction.kind, reduction.dtype, prologue.operand(reduction.operand)});
    StageInput result{resultPointers[r], reduction.dtype, stridesOf(keptSpace), 0};
    epilogue.reductionInputs.push_back(static_cast<uint32_t>(epilogue.spec.inputs.size()));
    epilogue.spec.inputs.push_back(std::move(result));
  }
  epilogue.addInstrs(region.epilogue);
  std::vector<size_t> epilogueOutputs;
  for (size_t o = 0; o < region.outputs.size(); ++o) {
    const RegionOutput& out = region.outputs[o];
    const int pointer = inputs + static_cast<int>(o);
    if (!out.reduced) {
      prologue.spec.outputs.push_back({pointer, out.dtype, prologue.operand(out.operand), false});
    } else if (out.operand.kind != Kind::kReduction || resultPointers[out.operand.index] != pointer) {
      epilogue.spec.outputs.push_back({pointer, out.dtype, epilogue.operand(out.operand), false});
      epilogueOutputs.push_back(o);
    }
  }
  prologue_.emplace(prologue.spec, false);
  reducer_.emplace(*prologue_, prologue.spec);
  const int64_t tilesPerTask =
      std::max<int64_t>(1, prologue_->tiling().tiles / std::max<int64_t>(1, reducer_->tasks()));
  grain_ = grainOf(*prologue_, reducer_->tasks(), static_cast<double>(tilesPerTask));
  partialsAt_ = scratchBytes_;
  scratchBytes_ += reducer_->partialBytes();
  if (!epilogue.spec.outputs.empty()) {
    elementwise_.emplace(std::move(epilogue.spec), inputValues, homes);
    for (size_t e = 0; e < epilogueOutputs.size(); ++e) inPlace_[epilogueOutputs[e]] = elementwise_->inPlaceInput(e);
  }
  pointers_.resize(buffers_ + resultOffsets_.size());
}

void RegionKernel::run(void* const* io) {
  for (size_t i = 0; i < buffers_; ++i) pointers_[i] = static_cast<char*>(io[i]);
  char* scratch = scratchBytes_ == 0 ? nullptr : static_cast<char*>(io[buffers_]);
  for (size_t i = 0; i < resultOffsets_.size(); ++i) pointers_[buffers_ + i] = scratch + resultOffsets_[i];
  char* const* pointers = pointers_.data();
  if (reducer_) {
    char* partials = scratch + partialsAt_;
    if (reducer_->tasks() == 0) reducer_->fillIdentity(pointers);
    parallelFor(reducer_->tasks(), grain_, [&](int64_t begin, int64_t end) {
      reducer_->run(pointers, partials, threadBuffer(prologue_->walkBytes() + reducer_->threadBytes()), begin, end);
    });
    if (reducer_->needsCombine()) {
      constexpr int64_t kCombineGrain = 4096;
      parallelFor(reducer_->results(), kCombineGrain,
                  [&](int64_t begin, int64_t end) { reducer_->combine(pointers, partials, begin, end); });
    }
  }
  if (elementwise_) elementwise_->run(pointers);
}

std::unique_ptr<Kernel> prepareFused(const Graph& graph, const Node& node) {
  try {
    return makeRegionKernel(*node.region, node.inputs, homesOf(graph, node));
  } catch (const Error& e) {
    throw Error(e.code(), e.what(), graph.scopeOf(node));
  }
}

IBEX_CPU_LOWERING(kFused, prepareFused);

}  // namespace

std::unique_ptr<Kernel> makeRegionKernel(const Region& region, const std::vector<ValueId>& inputValues,
                                         const std::vector<int>& homes) {
  return std::make_unique<RegionKernel>(region, inputValues, homes);
}

}  // namespace ibex::cpu
