// The functions of cuDNN's backend API that are called, as a table that is filled at run time; declared as driver_api.h is.
#pragma once

#include <cstddef>
#include <cstdint>

namespace ibex::cuda {

using DnnStatus = int;  // 0 for success
using DnnHandle = struct DnnHandleObject*;
using DnnDescriptor = void*;
using DnnStream = struct DnnStreamObject*;  // a CUstream

// Of cudnnBackendDescriptorType_t.
inline constexpr int kDnnPointwise = 0;
inline constexpr int kDnnConvolution = 1;
inline constexpr int kDnnEngine = 2;
inline constexpr int kDnnEngineConfig = 3;
inline constexpr int kDnnEngineHeuristic = 4;
inline constexpr int kDnnExecutionPlan = 5;
inline constexpr int kDnnConvForward = 10;
inline constexpr int kDnnConvBackwardFilter = 11;
inline constexpr int kDnnConvBackwardData = 12;
inline constexpr int kDnnPointwiseOperation = 13;
inline constexpr int kDnnOperationGraph = 15;
inline constexpr int kDnnVariantPack = 16;
inline constexpr int kDnnTensor = 17;

// Of cudnnBackendAttributeType_t.
inline constexpr int kDnnTypeHandle = 0;
inline constexpr int kDnnTypeDataType = 1;
inline constexpr int kDnnTypeBoolean = 2;
inline constexpr int kDnnTypeInt64 = 3;
inline constexpr int kDnnTypeFloat = 4;
inline constexpr int kDnnTypeDouble = 5;
inline constexpr int kDnnTypePointer = 6;
inline constexpr int kDnnTypeConvolutionMode = 7;
inline constexpr int kDnnTypeHeuristicMode = 8;
inline constexpr int kDnnTypeNumericalNote = 11;
inline constexpr int kDnnTypePointwiseMode = 14;
inline constexpr int kDnnTypeDescriptor = 15;

// Of cudnnBackendAttributeName_t.
inline constexpr int kDnnPointwiseMode = 0;
inline constexpr int kDnnPointwisePrecision = 1;
inline constexpr int kDnnConvComputeType = 100;
inline constexpr int kDnnConvMode = 101;
inline constexpr int kDnnConvDilations = 102;
inline constexpr int kDnnConvStrides = 103;
inline constexpr int kDnnConvPostPaddings = 104;
inline constexpr int kDnnConvPrePaddings = 105;
inline constexpr int kDnnConvSpatialDims = 106;
inline constexpr int kDnnHeuristicMode = 200;
inline constexpr int kDnnHeuristicGraph = 201;
inline constexpr int kDnnHeuristicResults = 202;
inline constexpr int kDnnConfigEngine = 300;
inline constexpr int kDnnPlanHandle = 400;
inline constexpr int kDnnPlanConfig = 401;
inline constexpr int kDnnPlanWorkspace = 402;
inline constexpr int kDnnForwardAlpha = 700;  // then beta, convolution, w, x, y
inline constexpr int kDnnBackwardDataAlpha = 706;  // then beta, convolution, w, dx, dy
inline constexpr int kDnnBackwardFilterAlpha = 712;  // then beta, convolution, dw, x, dy
inline constexpr int kDnnOperationPointwise = 750;
inline constexpr int kDnnOperationX = 751;
inline constexpr int kDnnOperationB = 752;
inline constexpr int kDnnOperationY = 753;
inline constexpr int kDnnGraphHandle = 800;
inline constexpr int kDnnGraphOperations = 801;
inline constexpr int kDnnTensorAlignment = 900;
inline constexpr int kDnnTensorDataType = 901;
inline constexpr int kDnnTensorDimensions = 902;
inline constexpr int kDnnTensorStrides = 903;
inline constexpr int kDnnTensorUniqueId = 906;
inline constexpr int kDnnTensorVirtual = 907;
inline constexpr int kDnnPackIds = 1000;
inline constexpr int kDnnPackPointers = 1001;
inline constexpr int kDnnPackWorkspace = 1003;
inline constexpr int kDnnEngineNotes = 1303;

// Of cudnnDataType_t, cudnnConvolutionMode_t, cudnnBackendHeurMode_t, cudnnPointwiseMode_t, cudnnBackendNumericalNote_t.
inline constexpr int kDnnFloat32 = 0;
inline constexpr int kDnnFloat64 = 1;
inline constexpr int kDnnFloat16 = 2;
inline constexpr int kDnnBFloat16 = 9;
inline constexpr int kDnnCrossCorrelation = 1;
inline constexpr int kDnnHeuristicsFallback = 2;
inline constexpr int kDnnHeuristicsBest = 3;
inline constexpr int kDnnAdd = 0;
inline constexpr int kDnnMultiply = 1;
inline constexpr int kDnnRelu = 100;
inline constexpr int kDnnNoteTensorCore = 0;
inline constexpr int kDnnNoteDownConvertInputs = 1;
inline constexpr int kDnnNoteReducedPrecision = 2;
inline constexpr int kDnnNoteNondeterministic = 4;
inline constexpr int kDnnNoteCount = 64;  // room for all, also of later versions

// name in the table, symbol in the library, parameters. All give a DnnStatus.
#define IBEX_CUDNN_FUNCTIONS(F)                                                                                \
  F(create, cudnnCreate, (DnnHandle*))                                                                         \
  F(destroy, cudnnDestroy, (DnnHandle))                                                                        \
  F(setStream, cudnnSetStream, (DnnHandle, DnnStream))                                                         \
  F(createDescriptor, cudnnBackendCreateDescriptor, (int, DnnDescriptor*))                                     \
  F(destroyDescriptor, cudnnBackendDestroyDescriptor, (DnnDescriptor))                                         \
  F(finalize, cudnnBackendFinalize, (DnnDescriptor))                                                           \
  F(setAttribute, cudnnBackendSetAttribute, (DnnDescriptor, int, int, int64_t, const void*))                   \
  F(getAttribute, cudnnBackendGetAttribute, (DnnDescriptor, int, int, int64_t, int64_t*, void*))               \
  F(execute, cudnnBackendExecute, (DnnHandle, DnnDescriptor, DnnDescriptor))

struct CudnnFunctions {
#define IBEX_DECLARE(name, symbol, parameters) DnnStatus(*name) parameters = nullptr;
  IBEX_CUDNN_FUNCTIONS(IBEX_DECLARE)
#undef IBEX_DECLARE
  size_t (*version)() = nullptr;
  size_t (*cudartVersion)() = nullptr;
};

}  // namespace ibex::cuda
