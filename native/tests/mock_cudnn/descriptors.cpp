#include "tests/mock_cudnn/descriptors.h"

#include <algorithm>

namespace ibex::mock_cudnn {
namespace {

struct Rule {
  int descriptor, name, type;
  int64_t least, most;
  bool needed;
};

void addConvolution(std::vector<Rule>& rules, int descriptor, int first) {
  for (const int factor : {first, first + 1}) {
    rules.push_back({descriptor, factor, kDnnTypeFloat, 1, 1, false});
    rules.push_back({descriptor, factor, kDnnTypeDouble, 1, 1, false});
  }
  for (int i = 2; i < 6; ++i) rules.push_back({descriptor, first + i, kDnnTypeDescriptor, 1, 1, true});
}

const std::vector<Rule>& rules() {
  static const std::vector<Rule> all = [] {
    constexpr int64_t kAny = 64;
    std::vector<Rule> made = {
        {kDnnTensor, kDnnTensorUniqueId, kDnnTypeInt64, 1, 1, true},
        {kDnnTensor, kDnnTensorDataType, kDnnTypeDataType, 1, 1, true},
        {kDnnTensor, kDnnTensorAlignment, kDnnTypeInt64, 1, 1, true},
        {kDnnTensor, kDnnTensorDimensions, kDnnTypeInt64, 1, kMostExtents, true},
        {kDnnTensor, kDnnTensorStrides, kDnnTypeInt64, 1, kMostExtents, true},
        {kDnnTensor, kDnnTensorVirtual, kDnnTypeBoolean, 1, 1, false},
        {kDnnConvolution, kDnnConvComputeType, kDnnTypeDataType, 1, 1, true},
        {kDnnConvolution, kDnnConvMode, kDnnTypeConvolutionMode, 1, 1, true},
        {kDnnConvolution, kDnnConvSpatialDims, kDnnTypeInt64, 1, 1, true},
        {kDnnConvolution, kDnnConvDilations, kDnnTypeInt64, 2, 3, true},
        {kDnnConvolution, kDnnConvStrides, kDnnTypeInt64, 2, 3, true},
        {kDnnConvolution, kDnnConvPrePaddings, kDnnTypeInt64, 2, 3, true},
        {kDnnConvolution, kDnnConvPostPaddings, kDnnTypeInt64, 2, 3, true},
        {kDnnPointwise, kDnnPointwiseMode, kDnnTypePointwiseMode, 1, 1, true},
        {kDnnPointwise, kDnnPointwisePrecision, kDnnTypeDataType, 1, 1, true},
        {kDnnPointwiseOperation, kDnnOperationPointwise, kDnnTypeDescriptor, 1, 1, true},
        {kDnnPointwiseOperation, kDnnOperationX, kDnnTypeDescriptor, 1, 1, true},
        {kDnnPointwiseOperation, kDnnOperationY, kDnnTypeDescriptor, 1, 1, true},
        {kDnnPointwiseOperation, kDnnOperationB, kDnnTypeDescriptor, 1, 1, false},
        {kDnnOperationGraph, kDnnGraphHandle, kDnnTypeHandle, 1, 1, true},
        {kDnnOperationGraph, kDnnGraphOperations, kDnnTypeDescriptor, 1, kAny, true},
        {kDnnEngineHeuristic, kDnnHeuristicGraph, kDnnTypeDescriptor, 1, 1, true},
        {kDnnEngineHeuristic, kDnnHeuristicMode, kDnnTypeHeuristicMode, 1, 1, true},
        {kDnnExecutionPlan, kDnnPlanHandle, kDnnTypeHandle, 1, 1, true},
        {kDnnExecutionPlan, kDnnPlanConfig, kDnnTypeDescriptor, 1, 1, true},
        {kDnnVariantPack, kDnnPackIds, kDnnTypeInt64, 1, kAny, true},
        {kDnnVariantPack, kDnnPackPointers, kDnnTypePointer, 1, kAny, true},
        {kDnnVariantPack, kDnnPackWorkspace, kDnnTypePointer, 1, 1, true},
    };
    addConvolution(made, kDnnConvForward, kDnnForwardAlpha);
    addConvolution(made, kDnnConvBackwardData, kDnnBackwardDataAlpha);
    addConvolution(made, kDnnConvBackwardFilter, kDnnBackwardFilterAlpha);
    return made;
  }();
  return all;
}

size_t sizeOf(int type) {
  switch (type) {
    case kDnnTypeBoolean: return 1;
    case kDnnTypeHandle:
    case kDnnTypeInt64:
    case kDnnTypeDouble:
    case kDnnTypePointer:
    case kDnnTypeDescriptor: return 8;
    default: return 4;
  }
}

}  // namespace

DnnStatus Data::set(int name, int valueType, int64_t count, const void* from) {
  const bool known = std::any_of(rules().begin(), rules().end(), [&](const Rule& rule) {
    return rule.descriptor == type && rule.name == name && rule.type == valueType && count >= rule.least && count <= rule.most;
  });
  if (finalized || !known || from == nullptr) return kBadParameter;
  Value value;
  const auto* bytes = static_cast<const char*>(from);
  value.bytes.assign(bytes, bytes + static_cast<size_t>(count) * sizeOf(valueType));
  if (valueType == kDnnTypeDescriptor) {
    for (int64_t i = 0; i < count; ++i) {
      const Descriptor* child = static_cast<Descriptor* const*>(from)[i];
      if (child == nullptr || !child->data->finalized) return kNotFinalized;
      value.children.push_back(child->data);
    }
  }
  values[name] = std::move(value);
  return 0;
}

DnnStatus Data::finalize() const {
  const bool all = std::all_of(rules().begin(), rules().end(), [&](const Rule& rule) {
    return rule.descriptor != type || !rule.needed || has(rule.name);
  });
  return all && !finalized ? 0 : kBadParameter;
}

}  // namespace ibex::mock_cudnn
