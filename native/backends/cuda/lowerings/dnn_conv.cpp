#include "backends/cuda/lowerings/dnn_conv.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "backends/cuda/lowerings/dnn_graph.h"
#include "backends/cuda/lowerings/kernel_macros.h"
#include "backends/cuda/lowerings/kernel_text.h"
#include "backends/cuda/lowerings/strided_copy.h"
#include "backends/cuda/lowerings/tile_plan.h"

namespace ibex::cuda {
namespace {

constexpr size_t kMostWorkspace = size_t{128} << 20;
constexpr size_t kCandidates = 6;
constexpr int64_t kMeasuredWork = int64_t{1} << 22;  // multiply-adds from which choosing by measurement pays
constexpr size_t kPart = 256;                        // to which parts of scratch memory are rounded

size_t filterElements(const ConvGeometry& g) {
  return static_cast<size_t>(g.kernelPositions() * g.inPerGroup() * g.outChannels);
}

size_t elementsOf(DnnTensor which, const ConvGeometry& g) {
  switch (which) {
    case DnnTensor::kInput: return static_cast<size_t>(g.batch * g.inPositions() * g.inChannels);
    case DnnTensor::kFilter: return filterElements(g);
    case DnnTensor::kScale:
    case DnnTensor::kBias: return static_cast<size_t>(g.outChannels);
    default: return static_cast<size_t>(g.batch * g.outPositions() * g.outChannels);
  }
}

// A way to do a convolution on a context, for all nodes that are alike.
struct Way {
  DnnGraph graph;
  DnnPlan plan;
};

// Of a context. Where a convolution is known to have no way, that is null.
struct State {
  std::shared_ptr<DnnHandleObject> handle;
  std::mutex mutex;  // the handle is for one thread at a time
  std::map<std::string, std::shared_ptr<Way>> ways;
};

std::shared_ptr<State> stateOn(Context& context, const Cudnn& cudnn) {
  static std::mutex mutex;
  const std::lock_guard lock(mutex);
  const auto handle = cudnn.handle(context);
  if (handle == nullptr) return nullptr;
  static const char key = 0;
  std::shared_ptr<void>& kept = context.attachment(&key);
  if (kept == nullptr) {
    auto state = std::make_shared<State>();
    state->handle = handle;
    kept = state;
  }
  return std::static_pointer_cast<State>(kept);
}

std::string keyOf(const ConvProblem& p) {
  std::string key;
  const auto add = [&](int64_t value) { key += std::to_string(value) + ","; };
  const ConvGeometry& g = p.geometry;
  const Epilogue& e = p.epilogue;
  for (const int64_t value : {int64_t{g.rank}, g.batch, g.inChannels, g.outChannels, g.groups, static_cast<int64_t>(p.part),
                              static_cast<int64_t>(p.dtype), int64_t{e.scale >= 0}, int64_t{e.bias >= 0},
                              int64_t{e.residual >= 0}, int64_t{e.relu}, int64_t{p.numerics.roundFloat32}, int64_t{p.numerics.deterministic}}) {
    add(value);
  }
  for (const auto* each : {&g.in, &g.out, &g.kernel, &g.stride, &g.padLow, &g.padHigh, &g.dilation}) {
    for (const int64_t value : *each) add(value);
  }
  return key;
}

int64_t workOf(const ConvGeometry& g) {
  return g.batch * g.outPositions() * g.outChannels * g.kernelPositions() * g.inPerGroup();
}

// The fastest of them, on memory that holds anything, or the first that runs where nothing may be chosen by time. The first
// of all where there is no memory to try with.
std::optional<DnnPlan> fastest(Context& context, const Cudnn& cudnn, DnnHandle handle, const ConvProblem& problem,
                               const DnnGraph& graph, std::list<DnnPlan> plans) {
  if (plans.empty()) return std::nullopt;
  if (plans.size() == 1 || workOf(problem.geometry) < kMeasuredWork) return std::move(plans.front());
  std::vector<std::shared_ptr<void>> held;
  std::vector<void*> memory;
  for (const DnnTensor each : graph.tensors()) {
    held.push_back(context.temporary(elementsOf(each, problem.geometry) * dtypeSize(problem.dtype)));
    memory.push_back(held.back().get());
  }
  size_t workspaceBytes = 1;
  for (const DnnPlan& plan : plans) workspaceBytes = std::max(workspaceBytes, plan.workspaceBytes());
  held.push_back(context.temporary(workspaceBytes));
  if (std::find(held.begin(), held.end(), nullptr) != held.end()) return std::move(plans.front());
  DnnPlan* best = nullptr;
  double least = 0;
  for (DnnPlan& plan : plans) {
    try {
      const double seconds = context.measure([&](void* stream) {
        checkDnn(cudnn.functions().setStream(handle, static_cast<DnnStream>(stream)), "cudnnSetStream");
        graph.run(plan, memory, held.back().get());
      });
      if (best != nullptr && seconds >= least) continue;
      best = &plan;
      if (problem.numerics.deterministic) break;
      least = seconds;
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kUnsupported) throw;
    }
  }
  if (best == nullptr) return std::nullopt;
  return std::move(*best);
}

std::shared_ptr<Way> makeWay(Context& context, const Cudnn& cudnn, DnnHandle handle, const ConvProblem& problem) {
  try {
    DnnGraph graph(cudnn.functions(), handle, problem);
    auto plan = fastest(context, cudnn, handle, problem, graph, graph.plans(kCandidates, kMostWorkspace));
    if (!plan) return nullptr;
    return std::make_shared<Way>(std::move(graph), std::move(*plan));
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kUnsupported) throw;
    return nullptr;
  }
}

std::shared_ptr<Way> wayFor(Context& context, const Cudnn& cudnn, State& state, const ConvProblem& problem) {
  const std::lock_guard lock(state.mutex);
  const std::string key = keyOf(problem);
  if (const auto known = state.ways.find(key); known != state.ways.end()) return known->second;
  context.stream();  // makes the device the thread's
  return state.ways[key] = makeWay(context, cudnn, state.handle.get(), problem);
}

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
    function_ = &context.function({textOf({kValuesText, kVectorsText, kChannelEpilogueText}), macros}, "channelEpilogue");
    shape_ = {{divideUp(elements, vector * 256)}, {256}, 0};
  }
  void run(Context& context, const EpilogueArguments& arguments) const { context.launch(*function_, shape_, arguments); }

 private:
  const Function* function_;
  LaunchShape shape_;
};

class DnnConvKernel final : public Kernel {
 public:
  // rest: of the epilogue, where the way is without it.
  DnnConvKernel(Context& context, const Cudnn& cudnn, std::shared_ptr<State> state, std::shared_ptr<Way> way,
                const ConvProblem& problem, bool rest)
      : context_(context), cudnn_(cudnn), state_(std::move(state)), way_(std::move(way)), problem_(problem) {
    const ConvGeometry& g = problem.geometry;
    const int64_t window = g.kernelPositions() * g.inPerGroup(), out = g.outChannels;
    const size_t size = dtypeSize(problem.dtype);
    if (problem.part == ConvPart::kFilterGrad) {
      transpose_.emplace(context, Shape{window, out}, Shape{1, window}, Shape{out, 1}, size);
    } else {
      transpose_.emplace(context, Shape{out, window}, Shape{1, out}, Shape{window, 1}, size);
    }
    filterBytes_ = (filterElements(g) * size + kPart - 1) / kPart * kPart;
    if (rest) rest_.emplace(context, problem);
  }

  // The memory of an operand is not the result's: the library does not say that it may be.
  size_t scratchBytes() const override { return filterBytes_ + way_->plan.workspaceBytes(); }
  bool recordable() const override { return true; }

  void run(void* const* io) override {
    const auto output = static_cast<size_t>(problem_.epilogue.end());
    auto* filter = static_cast<char*>(io[output + 1]);
    const ConvPart part = problem_.part;
    if (part != ConvPart::kFilterGrad) transpose_->run(io[1], filter);
    {
      const std::lock_guard lock(state_->mutex);
      const auto stream = static_cast<DnnStream>(context_.stream());
      try {
        checkDnn(cudnn_.functions().setStream(state_->handle.get(), stream), "cudnnSetStream");
        way_->graph.run(way_->plan, memoryOf(io, filter), filter + filterBytes_);
      } catch (const Error& error) {
        throw Error(ErrorCode::kInternal, error.what());
      }
    }
    if (part == ConvPart::kFilterGrad) transpose_->run(filter, io[output]);
    if (rest_) rest_->run(context_, EpilogueArguments(problem_.epilogue, io));
  }

 private:
  std::vector<void*> memoryOf(void* const* io, void* filter) const {
    const Epilogue& e = problem_.epilogue;
    void* const out = io[static_cast<size_t>(e.end())];
    std::vector<void*> memory;
    for (const DnnTensor each : way_->graph.tensors()) {
      switch (each) {
        case DnnTensor::kInput: memory.push_back(problem_.part == ConvPart::kInputGrad ? out : io[0]); break;
        case DnnTensor::kFilter: memory.push_back(filter); break;
        // Of the gradients' operands dy is the output.
        case DnnTensor::kOutput:
          memory.push_back(problem_.part == ConvPart::kForward      ? out
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
  const Cudnn& cudnn_;
  std::shared_ptr<State> state_;
  std::shared_ptr<Way> way_;
  ConvProblem problem_;
  std::optional<StridedCopy> transpose_;
  size_t filterBytes_ = 0;
  std::optional<EpilogueLaunch> rest_;
};

// What the library can't be asked.
bool askable(const ConvGeometry& g) {
  const auto negative = [](int64_t value) { return value < 0; };
  return !g.empty() && std::none_of(g.padLow.begin(), g.padLow.end(), negative) &&
         std::none_of(g.padHigh.begin(), g.padHigh.end(), negative);
}

}  // namespace

std::unique_ptr<Kernel> makeDnnConv(Context& context, const Cudnn& cudnn, const ConvProblem& problem) {
  if (!askable(problem.geometry)) return nullptr;
  const auto state = stateOn(context, cudnn);
  if (state == nullptr) return nullptr;
  if (auto way = wayFor(context, cudnn, *state, problem)) {
    return std::make_unique<DnnConvKernel>(context, cudnn, state, std::move(way), problem, false);
  }
  if (!problem.epilogue.any()) return nullptr;
  ConvProblem alone = problem;
  alone.epilogue = {};
  if (auto way = wayFor(context, cudnn, *state, alone)) {
    return std::make_unique<DnnConvKernel>(context, cudnn, state, std::move(way), problem, true);
  }
  return nullptr;
}

}  // namespace ibex::cuda
