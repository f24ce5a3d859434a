#include "backends/cuda/lowerings/dnn_conv.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "backends/cuda/lowerings/dnn_ways.h"
#include "backends/cuda/lowerings/kernel_macros.h"
#include "backends/cuda/lowerings/kernel_text.h"
#include "backends/cuda/lowerings/strided_copy.h"
#include "backends/cuda/lowerings/tile_plan.h"

namespace ibex::cuda {
namespace {

constexpr size_t kPart = 256;  // to which parts of scratch memory are aligned

size_t aligned(size_t bytes) { return (bytes + kPart - 1) / kPart * kPart; }

// What cuDNN did not take with the convolution.
class EpilogueLaunch {
 public:
  EpilogueLaunch(Context& context, const ConvProblem& problem) {
    const ConvGeometry& g = problem.geometry;
    const Epilogue& e = problem.epilogue;
    const auto elements = static_cast<int64_t>(elementsOf(DnnTensor::kOutput, g));
    const int64_t vector = commonPower(16 / static_cast<int64_t>(dtypeSize(problem.dtype)), {g.outChannels});
    Macros macros = elementMacros(problem.dtype);
    const auto flag = [&](const char* name, bool value) { macros.emplace_back(name, value ? "1" : "0"); };
    macros.insert(macros.end(), {{"INDEX", elements < (int64_t{1} << 30) ? "int" : "int64_t"},
                                 {"ELEMENTS", macroOf(elements)},
                                 {"CHANNELS", macroOf(g.outChannels)},
                                 {"VECTOR", std::to_string(vector)}});
    flag("SCALE", e.scale >= 0);
    flag("BIAS", e.bias >= 0);
    flag("RESIDUAL", e.residual >= 0);
    flag("RELU", e.relu);
    const std::string text = textOf({kValuesText, kVectorsText, kChannelEpilogueText});
    function_ = &context.function({text, macros}, "channelEpilogue");
    shape_ = {{divideUp(elements, vector * 256)}, {256}, 0};
  }
  void run(Context& context, const EpilogueArguments& arguments) const {
    context.launch(*function_, shape_, arguments);
  }

 private:
  const Function* function_;
  LaunchShape shape_;
};

class DnnConvKernel final : public Kernel {
 public:
  // rest: of the epilogue, where the ways are without it.
  DnnConvKernel(Context& context, std::shared_ptr<DnnState> state, std::shared_ptr<DnnWays> ways,
                const ConvProblem& problem, const OwnConv& own, bool rest)
      : context_(context), state_(std::move(state)), ways_(std::move(ways)), problem_(problem), own_(own) {
    const ConvGeometry& g = problem.geometry;
    const int64_t window = g.kernelPositions() * g.inPerGroup(), out = g.outChannels;
    const size_t size = dtypeSize(problem.dtype);
    if (problem.part == ConvPart::kFilterGrad) {
      transpose_.emplace(context, Shape{window, out}, Shape{1, window}, Shape{out, 1}, size);
    } else {
      transpose_.emplace(context, Shape{out, window}, Shape{1, out}, Shape{window, 1}, size);
    }
    filterBytes_ = aligned(elementsOf(DnnTensor::kFilter, g) * size);
    if (rest) rest_.emplace(context, problem);
  }

  // The memory of an operand is not the result's: the library does not say that it may be.
  size_t scratchBytes() const override {
    return std::max(kPart + filterBytes_ + ways_->workspaceBytes(), own_.scratchBytes);
  }
  bool recordable() const override { return true; }

  void run(void* const* io) override { runWith(state_->running(), io); }

  // The first plan that does not fail is kept, and our own kernel where all do.
  void runWith(DnnHandle handle, void* const* io) {
    for (; plan_ < ways_->plans.size(); ++plan_) {
      try {
        return runPlan(handle, ways_->plans[plan_], io);
      } catch (const Error& error) {
        if (error.code() != ErrorCode::kUnsupported) throw;
      }
    }
    if (instead_ == nullptr) instead_ = own_.make();
    instead_->run(io);
  }

 private:
  void runPlan(DnnHandle handle, const DnnPlan& plan, void* const* io) {
    const size_t output = outputOf(problem_);
    const auto scratch = aligned(reinterpret_cast<uintptr_t>(io[output + 1]));
    auto* filter = reinterpret_cast<char*>(scratch);
    const CudnnFunctions& dnn = state_->cudnn().functions();
    if (problem_.part != ConvPart::kFilterGrad) transpose_->run(io[1], filter);
    checkDnn(dnn.setStream(handle, static_cast<DnnStream>(context_.stream())), "cudnnSetStream");
    ways_->graph.run(handle, plan, memoryOf(io, filter), filter + filterBytes_);
    if (problem_.part == ConvPart::kFilterGrad) transpose_->run(filter, io[output]);
    if (rest_) rest_->run(context_, EpilogueArguments(problem_.epilogue, io));
  }

  static size_t outputOf(const ConvProblem& problem) { return static_cast<size_t>(problem.epilogue.end()); }

  std::vector<void*> memoryOf(void* const* io, void* filter) const {
    const Epilogue& e = problem_.epilogue;
    void* const out = io[outputOf(problem_)];
    std::vector<void*> memory;
    for (const DnnTensor each : ways_->graph.tensors()) {
      switch (each) {
        case DnnTensor::kInput: memory.push_back(problem_.part == ConvPart::kInputGrad ? out : io[0]); break;
        case DnnTensor::kFilter: memory.push_back(filter); break;
        // Of the gradients' operands dy is the output.
        case DnnTensor::kOutput:
          memory.push_back(problem_.part == ConvPart::kForward     ? out
                           : problem_.part == ConvPart::kInputGrad ? io[0]
                                                                   : io[1]);
          break;
        case DnnTensor::kScale: memory.push_back(io[e.scale]); break;
        case DnnTensor::kBias: memory.push_back(io[e.bias]); break;
        case DnnTensor::kResidual: memory.push_back(io[e.residual]); break;
      }
    }
    return memory;
  }

  Context& context_;
  std::shared_ptr<DnnState> state_;
  std::shared_ptr<DnnWays> ways_;
  ConvProblem problem_;
  OwnConv own_;
  std::optional<StridedCopy> transpose_;
  size_t filterBytes_ = 0;
  std::optional<EpilogueLaunch> rest_;
  size_t plan_ = 0;
  std::unique_ptr<Kernel> instead_;
};

// What the library can't be asked.
bool askable(const ConvGeometry& g) {
  const auto negative = [](int64_t value) { return value < 0; };
  return !g.empty() && std::none_of(g.padLow.begin(), g.padLow.end(), negative) &&
         std::none_of(g.padHigh.begin(), g.padHigh.end(), negative);
}

// Its kernels for matrices of some size are better than ours. Of few channels, of groups and of float64 it may have
// none that is, and ours need no filter of another order.
bool clearlyTheirs(const ConvProblem& p) {
  constexpr int64_t kManyChannels = 16;
  const ConvGeometry& g = p.geometry;
  if (p.dtype == DType::kFloat64 || g.groups > 1) return false;
  return g.inChannels >= kManyChannels && g.outChannels >= kManyChannels;
}

std::unique_ptr<DnnConvKernel> theirsFor(Context& context, const std::shared_ptr<DnnState>& state,
                                         const ConvProblem& problem, const OwnConv& own) {
  if (auto ways = state->waysFor(problem)) {
    return std::make_unique<DnnConvKernel>(context, state, std::move(ways), problem, own, false);
  }
  if (!problem.epilogue.any()) return nullptr;
  ConvProblem alone = problem;
  alone.epilogue = {};
  if (auto ways = state->waysFor(alone)) {
    return std::make_unique<DnnConvKernel>(context, state, std::move(ways), problem, own, true);
  }
  return nullptr;
}

}  // namespace

std::unique_ptr<Kernel> makeDnnConv(Context& context, const Cudnn& cudnn, const ConvProblem& problem,
                                    const OwnConv& own) {
  if (!askable(problem.geometry)) return nullptr;
  const auto state = DnnState::on(context, cudnn);
  if (state == nullptr) return nullptr;
  std::unique_ptr<DnnConvKernel> theirs = theirsFor(context, state, problem, own);
  if (theirs == nullptr || problem.numerics.deterministic || clearlyTheirs(problem)) return theirs;
  if (workOf(problem.geometry) < kMeasuredWork) return theirs;
  std::unique_ptr<Kernel> ours = own.make();
  const auto run = [&](DnnHandle handle, void* const* io) { theirs->runWith(handle, io); };
  if (state->isFaster(problem, *ours, run, theirs->scratchBytes())) return ours;
  return theirs;
}

}  // namespace ibex::cuda
