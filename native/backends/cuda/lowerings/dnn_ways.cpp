#include "backends/cuda/lowerings/dnn_ways.h"

#include <algorithm>
#include <utility>

namespace ibex::cuda {
namespace {

constexpr size_t kMostWorkspace = size_t{128} << 20;
constexpr size_t kCandidates = 6;
constexpr size_t kKept = 3;  // of the plans that were measured: one to run, others in case it fails

std::string keyOf(const ConvProblem& p) {
  std::string key;
  const auto add = [&](int64_t value) { key += std::to_string(value) + ","; };
  const ConvGeometry& g = p.geometry;
  const Epilogue& e = p.epilogue;
  for (const int64_t value : {int64_t{g.rank}, g.batch, g.inChannels, g.outChannels, g.groups,
                              static_cast<int64_t>(p.part), static_cast<int64_t>(p.dtype), int64_t{e.scale >= 0},
                              int64_t{e.bias >= 0}, int64_t{e.residual >= 0}, int64_t{e.relu},
                              int64_t{p.numerics.roundFloat32}, int64_t{p.numerics.deterministic}}) {
    add(value);
  }
  for (const auto* each : {&g.in, &g.out, &g.kernel, &g.stride, &g.padLow, &g.padHigh, &g.dilation}) {
    for (const int64_t value : *each) add(value);
  }
  return key;
}

// Memory to measure with, whatever stands in it. Nothing where there is none.
class Memory {
 public:
  explicit Memory(Context& context) : context_(context) {}
  void add(size_t bytes) {
    held_.push_back(context_.temporary(std::max<size_t>(bytes, 1)));
    addresses_.push_back(held_.back().get());
  }
  bool enough() const { return std::find(held_.begin(), held_.end(), nullptr) == held_.end(); }
  const std::vector<void*>& addresses() const { return addresses_; }

 private:
  Context& context_;
  std::vector<std::shared_ptr<void>> held_;
  std::vector<void*> addresses_;
};

// The tensors of a node's inputs, then of its output.
std::vector<DnnTensor> tensorsOfNode(const ConvProblem& p) {
  switch (p.part) {
    case ConvPart::kInputGrad: return {DnnTensor::kOutput, DnnTensor::kFilter, DnnTensor::kInput};
    case ConvPart::kFilterGrad: return {DnnTensor::kInput, DnnTensor::kOutput, DnnTensor::kFilter};
    case ConvPart::kForward: break;
  }
  std::vector<DnnTensor> tensors(static_cast<size_t>(p.epilogue.end()) + 1, DnnTensor::kOutput);
  tensors[0] = DnnTensor::kInput;
  tensors[1] = DnnTensor::kFilter;
  if (p.epilogue.scale >= 0) tensors[static_cast<size_t>(p.epilogue.scale)] = DnnTensor::kScale;
  if (p.epilogue.bias >= 0) tensors[static_cast<size_t>(p.epilogue.bias)] = DnnTensor::kBias;
  return tensors;
}

}  // namespace

int64_t workOf(const ConvGeometry& g) {
  return g.batch * g.outPositions() * g.outChannels * g.kernelPositions() * g.inPerGroup();
}

size_t elementsOf(DnnTensor which, const ConvGeometry& g) {
  switch (which) {
    case DnnTensor::kInput: return static_cast<size_t>(g.batch * g.inPositions() * g.inChannels);
    case DnnTensor::kFilter: return static_cast<size_t>(g.kernelPositions() * g.inPerGroup() * g.outChannels);
    case DnnTensor::kScale:
    case DnnTensor::kBias: return static_cast<size_t>(g.outChannels);
    default: return static_cast<size_t>(g.batch * g.outPositions() * g.outChannels);
  }
}

size_t DnnWays::workspaceBytes() const {
  size_t bytes = 0;
  for (const DnnPlan& plan : plans) bytes = std::max(bytes, plan.workspaceBytes());
  return bytes;
}

std::shared_ptr<DnnState> DnnState::on(Context& context, const Cudnn& cudnn) {
  static std::mutex mutex;
  const std::lock_guard lock(mutex);
  static const char key = 0;
  std::shared_ptr<void>& kept = context.attachment(&key);
  if (kept == nullptr) {
    auto running = cudnn.makeHandle(context), setup = cudnn.makeHandle(context);
    if (running == nullptr || setup == nullptr) return nullptr;
    kept = std::make_shared<DnnState>(context, cudnn, std::move(running), std::move(setup));
  }
  return std::static_pointer_cast<DnnState>(kept);
}

DnnState::DnnState(Context& context, const Cudnn& cudnn, std::shared_ptr<DnnHandleObject> running,
                   std::shared_ptr<DnnHandleObject> setup)
    : context_(context), cudnn_(cudnn), running_(std::move(running)), setup_(std::move(setup)) {}

std::shared_ptr<DnnWays> DnnState::waysFor(const ConvProblem& problem) {
  const std::lock_guard lock(mutex_);
  const std::string key = keyOf(problem);
  if (const auto known = ways_.find(key); known != ways_.end()) return known->second;
  context_.stream();  // makes the device the thread's
  return ways_[key] = find(problem);
}

std::shared_ptr<DnnWays> DnnState::find(const ConvProblem& problem) {
  try {
    DnnGraph graph(cudnn_.functions(), setup_.get(), problem);
    auto plans = ranked(problem, graph, graph.plans(kCandidates, kMostWorkspace));
    if (plans.empty()) return nullptr;
    return std::make_shared<DnnWays>(DnnWays{std::move(graph), std::move(plans)});
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kUnsupported) throw;
    return nullptr;
  }
}

// Those that run, the fastest first. Where nothing may be chosen by time, from the first that runs on, in the library's
// order; all where there is no memory to try with.
std::vector<DnnPlan> DnnState::ranked(const ConvProblem& problem, const DnnGraph& graph, std::vector<DnnPlan> plans) {
  if (plans.size() <= 1 || workOf(problem.geometry) < kMeasuredWork) return plans;
  Memory memory(context_), workspace(context_);
  for (const DnnTensor each : graph.tensors()) {
    memory.add(elementsOf(each, problem.geometry) * dtypeSize(problem.dtype));
  }
  size_t workspaceBytes = 0;
  for (const DnnPlan& plan : plans) workspaceBytes = std::max(workspaceBytes, plan.workspaceBytes());
  workspace.add(workspaceBytes);
  if (!memory.enough() || !workspace.enough()) return plans;
  const bool byTime = !problem.numerics.deterministic;
  std::vector<std::pair<double, size_t>> times;
  for (size_t i = 0; i < plans.size(); ++i) {
    try {
      if (!byTime && !times.empty()) {
        times.emplace_back(static_cast<double>(i), i);
        continue;
      }
      const double seconds = context_.measure([&](void* stream) {
        checkDnn(cudnn_.functions().setStream(setup_.get(), static_cast<DnnStream>(stream)), "cudnnSetStream");
        graph.run(setup_.get(), plans[i], memory.addresses(), workspace.addresses()[0]);
      });
      times.emplace_back(byTime ? seconds : 0, i);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kUnsupported) throw;
    }
  }
  std::sort(times.begin(), times.end());
  std::vector<DnnPlan> fastest;
  for (size_t i = 0; i < std::min(times.size(), kKept); ++i) fastest.push_back(std::move(plans[times[i].second]));
  return fastest;
}

bool DnnState::isFaster(const ConvProblem& problem, Kernel& ours, const Run& theirs, size_t scratchBytes) {
  const std::lock_guard lock(mutex_);
  const std::string key = keyOf(problem);
  if (const auto known = faster_.find(key); known != faster_.end()) return known->second;
  Memory memory(context_);
  for (const DnnTensor each : tensorsOfNode(problem)) {
    memory.add(elementsOf(each, problem.geometry) * dtypeSize(problem.dtype));
  }
  memory.add(scratchBytes);
  if (!memory.enough()) return false;
  void* const* io = memory.addresses().data();
  const double oursTakes = context_.measure([&](void*) { ours.run(io); });
  const double theirsTakes = context_.measure([&](void*) { theirs(setup_.get(), io); });
  return faster_[key] = oursTakes < theirsTakes;
}

}  // namespace ibex::cuda
