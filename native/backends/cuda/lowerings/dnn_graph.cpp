#include "backends/cuda/lowerings/dnn_graph.h"

#include <algorithm>
#include <array>
#include <utility>

namespace ibex::cuda {
namespace {

constexpr int64_t kAlignment = 64;  // of all our memory

int elementOf(DType dtype) {
  switch (dtype) {
    case DType::kFloat64: return kDnnFloat64;
    case DType::kFloat16: return kDnnFloat16;
    case DType::kBFloat16: return kDnnBFloat16;
    default: return kDnnFloat32;
  }
}

// The library has two or three spatial axes.
std::vector<int64_t> spatial(const ConvGeometry& g, const std::array<int64_t, 3>& values) {
  return {values.begin() + (g.rank == 3 ? 0 : 1), values.end()};
}

// As [samples, channels, positions...], whatever the order in memory.
std::vector<int64_t> extentsOf(const ConvGeometry& g, int64_t first, int64_t channels,
                               const std::array<int64_t, 3>& positions) {
  std::vector<int64_t> extents = {first, channels};
  for (const int64_t each : spatial(g, positions)) extents.push_back(each);
  return extents;
}

// Channels last in memory.
std::vector<int64_t> stridesFor(const std::vector<int64_t>& extents) {
  std::vector<int64_t> strides(extents.size());
  strides[1] = 1;
  int64_t stride = extents[1];
  for (size_t i = extents.size(); i-- > 2;) {
    strides[i] = stride;
    stride *= extents[i];
  }
  strides[0] = stride;
  return strides;
}

}  // namespace

DnnPlan::DnnPlan(DnnObject config, DnnObject plan) : config_(std::move(config)), plan_(std::move(plan)) {
  int64_t bytes = 0;
  plan_.read(kDnnPlanWorkspace, kDnnTypeInt64, 1, &bytes);
  workspaceBytes_ = static_cast<size_t>(bytes);
}

DnnGraph::DnnGraph(const CudnnFunctions& dnn, DnnHandle handle, const ConvProblem& problem)
    : dnn_(dnn),
      handle_(handle),
      problem_(problem),
      element_(elementOf(problem.dtype)),
      compute_(problem.dtype == DType::kFloat64 ? kDnnFloat64 : kDnnFloat32),
      graph_(dnn, kDnnOperationGraph) {
  const ConvGeometry& g = problem.geometry;
  outputExtents_ = extentsOf(g, g.batch, g.outChannels, g.out);
  const auto named = [&](DnnTensor which, const std::vector<int64_t>& extents) -> const DnnObject& {
    used_.push_back(which);
    return tensor(static_cast<int64_t>(which), element_, extents, false);
  };
  const DnnObject& input = named(DnnTensor::kInput, extentsOf(g, g.batch, g.inChannels, g.in));
  const DnnObject& filter = named(DnnTensor::kFilter, extentsOf(g, g.outChannels, g.inPerGroup(), g.kernel));
  const DnnObject& output = named(DnnTensor::kOutput, outputExtents_);
  if (problem.epilogue.any()) {
    const DnnObject& sums = tensor(nextVirtual_++, compute_, outputExtents_, true);
    addConvolution(input, filter, sums);
    addEpilogue(&sums, output);
  } else {
    addConvolution(input, filter, output);
  }
  graph_.set(kDnnGraphHandle, kDnnTypeHandle, handle_)
      .setAll(kDnnGraphOperations, kDnnTypeDescriptor, std::span<const DnnDescriptor>(operations_))
      .finalize();
}

const DnnObject& DnnGraph::tensor(int64_t id, int type, const std::vector<int64_t>& extents, bool isVirtual) {
  DnnObject& made = objects_.emplace_back(dnn_, kDnnTensor);
  made.set(kDnnTensorUniqueId, kDnnTypeInt64, id)
      .set(kDnnTensorDataType, kDnnTypeDataType, type)
      .set(kDnnTensorAlignment, kDnnTypeInt64, kAlignment)
      .setIntegers(kDnnTensorDimensions, extents)
      .setIntegers(kDnnTensorStrides, stridesFor(extents))
      .set(kDnnTensorVirtual, kDnnTypeBoolean, isVirtual)
      .finalize();
  return made;
}

void DnnGraph::addConvolution(const DnnObject& input, const DnnObject& filter, const DnnObject& output) {
  const ConvGeometry& g = problem_.geometry;
  DnnObject& how = objects_.emplace_back(dnn_, kDnnConvolution);
  const std::vector<int64_t> strides = spatial(g, g.stride);
  how.set(kDnnConvComputeType, kDnnTypeDataType, compute_)
      .set(kDnnConvMode, kDnnTypeConvolutionMode, kDnnCrossCorrelation)
      .set(kDnnConvSpatialDims, kDnnTypeInt64, static_cast<int64_t>(strides.size()))
      .setIntegers(kDnnConvDilations, spatial(g, g.dilation))
      .setIntegers(kDnnConvStrides, strides)
      .setIntegers(kDnnConvPrePaddings, spatial(g, g.padLow))
      .setIntegers(kDnnConvPostPaddings, spatial(g, g.padHigh))
      .finalize();
  // Attributes of each: alpha, beta, the convolution, then the tensors.
  int type = kDnnConvForward, first = kDnnForwardAlpha;
  std::array<const DnnObject*, 3> tensors = {&filter, &input, &output};
  if (problem_.part == ConvPart::kInputGrad) {
    type = kDnnConvBackwardData;
    first = kDnnBackwardDataAlpha;
  } else if (problem_.part == ConvPart::kFilterGrad) {
    type = kDnnConvBackwardFilter;
    first = kDnnBackwardFilterAlpha;
  }
  DnnObject& operation = objects_.emplace_back(dnn_, type);
  if (compute_ == kDnnFloat64) {
    operation.set(first, kDnnTypeDouble, 1.0).set(first + 1, kDnnTypeDouble, 0.0);
  } else {
    operation.set(first, kDnnTypeFloat, 1.0f).set(first + 1, kDnnTypeFloat, 0.0f);
  }
  operation.set(first + 2, how);
  for (int i = 0; i < 3; ++i) operation.set(first + 3 + i, *tensors[static_cast<size_t>(i)]);
  operation.finalize();
  operations_.push_back(operation.get());
}

void DnnGraph::addPointwise(int mode, const DnnObject& value, const DnnObject* operand, const DnnObject& result) {
  DnnObject& how = objects_.emplace_back(dnn_, kDnnPointwise);
  how.set(kDnnPointwiseMode, kDnnTypePointwiseMode, mode)
      .set(kDnnPointwisePrecision, kDnnTypeDataType, compute_)
      .finalize();
  DnnObject& operation = objects_.emplace_back(dnn_, kDnnPointwiseOperation);
  operation.set(kDnnOperationPointwise, how).set(kDnnOperationX, value).set(kDnnOperationY, result);
  if (operand != nullptr) operation.set(kDnnOperationB, *operand);
  operation.finalize();
  operations_.push_back(operation.get());
}

void DnnGraph::addEpilogue(const DnnObject* value, const DnnObject& output) {
  const Epilogue& e = problem_.epilogue;
  std::vector<std::pair<int, const DnnObject*>> steps;
  const auto operand = [&](int mode, DnnTensor which) {
    std::vector<int64_t> extents = outputExtents_;
    if (which != DnnTensor::kResidual) {
      std::fill(extents.begin(), extents.end(), 1);
      extents[1] = problem_.geometry.outChannels;
    }
    used_.push_back(which);
    steps.push_back({mode, &tensor(static_cast<int64_t>(which), element_, extents, false)});
  };
  if (e.scale >= 0) operand(kDnnMultiply, DnnTensor::kScale);
  // The residual before the bias: so the library's own fused kernels have it.
  if (e.residual >= 0) operand(kDnnAdd, DnnTensor::kResidual);
  if (e.bias >= 0) operand(kDnnAdd, DnnTensor::kBias);
  if (e.relu) steps.push_back({kDnnRelu, nullptr});
  for (size_t i = 0; i < steps.size(); ++i) {
    const bool last = i + 1 == steps.size();
    const DnnObject& result = last ? output : tensor(nextVirtual_++, compute_, outputExtents_, true);
    addPointwise(steps[i].first, *value, steps[i].second, result);
    value = &result;
  }
}

// Whether it computes within the rules.
bool DnnGraph::fits(const DnnObject& config) const {
  const DnnObject engine(dnn_, kDnnEngine);
  DnnDescriptor address = engine.get();
  config.read(kDnnConfigEngine, kDnnTypeDescriptor, 1, &address);
  std::array<int, kDnnNoteCount> notes{};
  const int64_t count = engine.read(kDnnEngineNotes, kDnnTypeNumericalNote, kDnnNoteCount, notes.data());
  return std::none_of(notes.begin(), notes.begin() + std::min<int64_t>(count, kDnnNoteCount), [&](int note) {
    return note == kDnnNoteDownConvertInputs || note == kDnnNoteReducedPrecision || note == kDnnNoteNondeterministic ||
           (note == kDnnNoteTensorCore && element_ == kDnnFloat32 && !problem_.numerics.roundFloat32);
  });
}

std::vector<DnnPlan> DnnGraph::plans(size_t most, size_t mostWorkspace) const {
  std::vector<DnnPlan> found;
  for (const int mode : {kDnnHeuristicsBest, kDnnHeuristicsFallback}) {
    if (!found.empty()) break;
    try {
      DnnObject heuristic(dnn_, kDnnEngineHeuristic);
      heuristic.set(kDnnHeuristicGraph, graph_).set(kDnnHeuristicMode, kDnnTypeHeuristicMode, mode).finalize();
      const int64_t count = heuristic.read(kDnnHeuristicResults, kDnnTypeDescriptor, 0, nullptr);
      std::vector<DnnObject> configs;
      std::vector<DnnDescriptor> addresses;
      for (int64_t i = 0; i < count; ++i) addresses.push_back(configs.emplace_back(dnn_, kDnnEngineConfig).get());
      const int64_t given = heuristic.read(kDnnHeuristicResults, kDnnTypeDescriptor, count, addresses.data());
      for (int64_t i = 0; i < std::min(given, count) && found.size() < most; ++i) {
        tryPlan(configs[static_cast<size_t>(i)], mostWorkspace, found);
      }
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kUnsupported) throw;
    }
  }
  return found;
}

// Engines that are proposed may yet refuse.
void DnnGraph::tryPlan(DnnObject& config, size_t mostWorkspace, std::vector<DnnPlan>& found) const {
  try {
    if (!fits(config)) return;
    DnnObject plan(dnn_, kDnnExecutionPlan);
    plan.set(kDnnPlanHandle, kDnnTypeHandle, handle_).set(kDnnPlanConfig, config).finalize();
    found.emplace_back(std::move(config), std::move(plan));
    if (found.back().workspaceBytes() > mostWorkspace) found.pop_back();
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kUnsupported) throw;
  }
}

void DnnGraph::run(DnnHandle handle, const DnnPlan& plan, const std::vector<void*>& memory, void* workspace) const {
  std::vector<int64_t> ids;
  for (const DnnTensor each : used_) ids.push_back(static_cast<int64_t>(each));
  DnnObject pack(dnn_, kDnnVariantPack);
  pack.setIntegers(kDnnPackIds, ids)
      .setAll(kDnnPackPointers, kDnnTypePointer, std::span<void* const>(memory))
      .set(kDnnPackWorkspace, kDnnTypePointer, workspace)
      .finalize();
  checkDnn(dnn_.execute(handle, plan.object().get(), pack.get()), "cudnnBackendExecute");
}

}  // namespace ibex::cuda
