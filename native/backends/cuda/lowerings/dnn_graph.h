// A convolution and its epilogue as cuDNN is asked for it, and the ways in which it can do that.
#pragma once

#include <cstdint>
#include <list>
#include <vector>

#include "backends/cuda/lowerings/conv.h"
#include "backends/cuda/runtime/dnn_object.h"

namespace ibex::cuda {

// What the tensors of the graph are called in a call, by the order of these: memory for each that takes part. The
// filter is one as cuDNN has it: the channels of the output first, those of the input last.
enum class DnnTensor : int64_t { kInput = 1, kFilter, kOutput, kScale, kBias, kResidual };

class DnnPlan {
 public:
  DnnPlan(DnnObject config, DnnObject plan);
  const DnnObject& object() const { return plan_; }
  size_t workspaceBytes() const { return workspaceBytes_; }

 private:
  DnnObject config_, plan_;
  size_t workspaceBytes_;
};

class DnnGraph {
 public:
  // Throws Error{kUnsupported} where cuDNN has no such operation.
  DnnGraph(const CudnnFunctions& dnn, DnnHandle handle, const ConvProblem& problem);

  // Up to `most` of those that need at most that much memory and compute as makeDnnConv() says; the likely best first.
  std::vector<DnnPlan> plans(size_t most, size_t mostWorkspace) const;
  // Those that take part.
  const std::vector<DnnTensor>& tensors() const { return used_; }

  // Throws Error{kUnsupported} where it fails. memory: of tensors(), in their order. On the stream of `handle`, which
  // may be another than the one that the plan was made with.
  void run(DnnHandle handle, const DnnPlan& plan, const std::vector<void*>& memory, void* workspace) const;

 private:
  const DnnObject& tensor(int64_t id, int type, const std::vector<int64_t>& extents, bool isVirtual);
  void addConvolution(const DnnObject& input, const DnnObject& filter, const DnnObject& output);
  void addPointwise(int mode, const DnnObject& value, const DnnObject* operand, const DnnObject& result);
  void addEpilogue(const DnnObject* value, const DnnObject& output);
  bool fits(const DnnObject& config) const;
  void tryPlan(DnnObject& config, size_t mostWorkspace, std::vector<DnnPlan>& found) const;

  const CudnnFunctions& dnn_;
  DnnHandle handle_;
  ConvProblem problem_;
  int element_, compute_;
  std::vector<int64_t> outputExtents_;
  int64_t nextVirtual_ = 100;
  std::list<DnnObject> objects_;
  std::vector<DnnTensor> used_;
  std::vector<DnnDescriptor> operations_;
  DnnObject graph_;
};

}  // namespace ibex::cuda
