// The ways in which cuDNN does a convolution on a context: found once for all nodes that are alike, the fastest first.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "backends/cuda/lowerings/dnn_graph.h"
#include "backends/cuda/runtime/cudnn.h"

namespace ibex::cuda {

// A graph, and what can run it; at least one plan.
struct DnnWays {
  DnnGraph graph;
  std::vector<DnnPlan> plans;
  size_t workspaceBytes() const;  // that suffice for each
};

// Multiply-adds of a convolution, and how many pay for choosing by measurement.
int64_t workOf(const ConvGeometry& geometry);
constexpr int64_t kMeasuredWork = int64_t{1} << 22;

// Elements of a convolution's tensor.
size_t elementsOf(DnnTensor which, const ConvGeometry& geometry);

// What a context keeps of cuDNN. Two handles: one is only for the thread that runs kernels, so that it never waits
// while plans are built and measured with the other.
class DnnState {
 public:
  // Null where cuDNN does not start on the device.
  static std::shared_ptr<DnnState> on(Context& context, const Cudnn& cudnn);

  DnnState(Context& context, const Cudnn& cudnn, std::shared_ptr<DnnHandleObject> running,
           std::shared_ptr<DnnHandleObject> setup);
  DnnHandle running() const { return running_.get(); }
  const Cudnn& cudnn() const { return cudnn_; }

  // Null where there is none.
  std::shared_ptr<DnnWays> waysFor(const ConvProblem& problem);
  // Whether `ours` is faster than `theirs`, both for the problem. `theirs` is run with a handle, and addresses as
  // Kernel::run is; scratchBytes: that suffice for both.
  using Run = std::function<void(DnnHandle handle, void* const* io)>;
  bool isFaster(const ConvProblem& problem, Kernel& ours, const Run& theirs, size_t scratchBytes);

 private:
  std::shared_ptr<DnnWays> find(const ConvProblem& problem);
  std::vector<DnnPlan> ranked(const ConvProblem& problem, const DnnGraph& graph, std::vector<DnnPlan> plans);

  Context& context_;
  const Cudnn& cudnn_;
  std::shared_ptr<DnnHandleObject> running_, setup_;
  std::mutex mutex_;  // of the setup handle and of what follows
  std::map<std::string, std::shared_ptr<DnnWays>> ways_;
  std::map<std::string, bool> faster_;
};

}  // namespace ibex::cuda
