// What the backend declares of NVIDIA's functions, against NVIDIA's own headers: compiled where these are there.
#include <doctest/doctest.h>

#include <type_traits>

#include "backends/cuda/runtime/cublaslt_api.h"
#include "backends/cuda/runtime/cudnn_api.h"
#include "backends/cuda/runtime/driver_api.h"

#if __has_include(<cuda.h>)
#include <cuda.h>
#endif
#if __has_include(<cublasLt.h>)
#include <cublasLt.h>
#endif
#if __has_include(<cudnn.h>)
#include <cudnn.h>
#endif
#if __has_include(<nvrtc.h>)
#include <nvrtc.h>
#endif

namespace {

// Passed in the same way: as many bytes, and a pointer where the other is one.
template <class A, class B>
constexpr bool kAlike = sizeof(A) == sizeof(B) && std::is_pointer_v<A> == std::is_pointer_v<B>;

template <class OursResult, class... Ours, class Result, class... Theirs>
constexpr bool alike(OursResult (*)(Ours...), Result (*)(Theirs...)) {
  if constexpr (sizeof...(Ours) != sizeof...(Theirs)) {
    return false;
  } else {
    return sizeof(OursResult) == sizeof(Result) && (kAlike<Ours, Theirs> && ...);
  }
}

}  // namespace

#ifdef CUDA_VERSION
TEST_CASE("cuda: the driver's functions and numbers are declared as NVIDIA does") {
  const ibex::cuda::DriverFunctions ours;
#define IBEX_CHECK(name, symbol, parameters) \
  static_assert(alike(decltype(ours.name){}, static_cast<decltype(&::symbol)>(nullptr)), #symbol);
  IBEX_DRIVER_FUNCTIONS(IBEX_CHECK)
#undef IBEX_CHECK
  using namespace ibex::cuda;
  CHECK(kCuOutOfMemory == CUDA_ERROR_OUT_OF_MEMORY);
  CHECK(kCuNoDevice == CUDA_ERROR_NO_DEVICE);
  CHECK(kCuNotReady == CUDA_ERROR_NOT_READY);
  CHECK(kCuMaxSharedPerBlock == CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK);
  CHECK(kCuClockRate == CU_DEVICE_ATTRIBUTE_CLOCK_RATE);
  CHECK(kCuMultiprocessors == CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT);
  CHECK(kCuMemoryClockRate == CU_DEVICE_ATTRIBUTE_MEMORY_CLOCK_RATE);
  CHECK(kCuMemoryBusWidth == CU_DEVICE_ATTRIBUTE_GLOBAL_MEMORY_BUS_WIDTH);
  CHECK(kCuL2Bytes == CU_DEVICE_ATTRIBUTE_L2_CACHE_SIZE);
  CHECK(kCuCapabilityMajor == CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR);
  CHECK(kCuCapabilityMinor == CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR);
  CHECK(kCuMaxSharedPerBlockOptin == CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN);
  CHECK(kCuFunctionMaxDynamicShared == CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES);
  CHECK(kCuHostAllocPortable == CU_MEMHOSTALLOC_PORTABLE);
  CHECK(kCuHostAllocDeviceMap == CU_MEMHOSTALLOC_DEVICEMAP);
  CHECK(kCuStreamNonBlocking == CU_STREAM_NON_BLOCKING);
  CHECK(kCuEventBlockingSync == CU_EVENT_BLOCKING_SYNC);
  CHECK(kCuEventDisableTiming == CU_EVENT_DISABLE_TIMING);
  CHECK(kCuCaptureRelaxed == CU_STREAM_CAPTURE_MODE_RELAXED);
}
#endif

#ifdef __NVRTC_H__
TEST_CASE("cuda: NVRTC's functions are declared as NVIDIA does") {
  const ibex::cuda::NvrtcFunctions ours;
#define IBEX_CHECK(name, symbol, parameters) \
  static_assert(alike(decltype(ours.name){}, static_cast<decltype(&::symbol)>(nullptr)), #symbol);
  IBEX_NVRTC_FUNCTIONS(IBEX_CHECK)
#undef IBEX_CHECK
  CHECK(NVRTC_SUCCESS == 0);
}
#endif

#if __has_include(<cublasLt.h>)
TEST_CASE("cuda: cuBLASLt's functions and numbers are declared as NVIDIA does") {
  const ibex::cuda::CublasLtFunctions ours;
#define IBEX_CHECK(name, symbol, parameters) \
  static_assert(alike(decltype(ours.name){}, static_cast<decltype(&::symbol)>(nullptr)), #symbol);
  IBEX_CUBLASLT_FUNCTIONS(IBEX_CHECK)
#undef IBEX_CHECK
  using namespace ibex::cuda;
  static_assert(sizeof(LtAlgorithm) == sizeof(cublasLtMatmulAlgo_t));
  static_assert(sizeof(LtHeuristic) == sizeof(cublasLtMatmulHeuristicResult_t));
  static_assert(offsetof(LtHeuristic, workspaceBytes) == offsetof(cublasLtMatmulHeuristicResult_t, workspaceSize));
  static_assert(offsetof(LtHeuristic, state) == offsetof(cublasLtMatmulHeuristicResult_t, state));
  CHECK(kLtFloat32 == CUDA_R_32F);
  CHECK(kLtFloat64 == CUDA_R_64F);
  CHECK(kLtFloat16 == CUDA_R_16F);
  CHECK(kLtBFloat16 == CUDA_R_16BF);
  CHECK(kLtComputeFloat32 == CUBLAS_COMPUTE_32F);
  CHECK(kLtComputeFloat64 == CUBLAS_COMPUTE_64F);
  CHECK(kLtComputeTf32 == CUBLAS_COMPUTE_32F_FAST_TF32);
  CHECK(kLtDescTransposeA == CUBLASLT_MATMUL_DESC_TRANSA);
  CHECK(kLtDescTransposeB == CUBLASLT_MATMUL_DESC_TRANSB);
  CHECK(kLtDescEpilogue == CUBLASLT_MATMUL_DESC_EPILOGUE);
  CHECK(kLtDescBiasPointer == CUBLASLT_MATMUL_DESC_BIAS_POINTER);
  CHECK(kLtLayoutBatchCount == CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT);
  CHECK(kLtLayoutBatchStride == CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET);
  CHECK(kLtPreferWorkspaceBytes == CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES);
  CHECK(kLtPreferReductions == CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK);
  CHECK(kLtReduceInComputeType == CUBLASLT_REDUCTION_SCHEME_COMPUTE_TYPE);
  CHECK(kLtPreferAlignment[0] == CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES);
  CHECK(kLtPreferAlignment[3] == CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES);
  CHECK(kLtTranspose == CUBLAS_OP_T);
  CHECK(kLtEpilogueNone == CUBLASLT_EPILOGUE_DEFAULT);
  CHECK(kLtEpilogueRelu == CUBLASLT_EPILOGUE_RELU);
  CHECK(kLtEpilogueBias == CUBLASLT_EPILOGUE_BIAS);
  CHECK(kLtEpilogueReluBias == CUBLASLT_EPILOGUE_RELU_BIAS);
}
#endif

#if __has_include(<cudnn.h>)
TEST_CASE("cuda: cuDNN's functions and numbers are declared as NVIDIA does") {
  const ibex::cuda::CudnnFunctions ours;
#define IBEX_CHECK(name, symbol, parameters) \
  static_assert(alike(decltype(ours.name){}, static_cast<decltype(&::symbol)>(nullptr)), #symbol);
  IBEX_CUDNN_FUNCTIONS(IBEX_CHECK)
#undef IBEX_CHECK
  using namespace ibex::cuda;
  CHECK(kDnnPointwise == static_cast<int>(CUDNN_BACKEND_POINTWISE_DESCRIPTOR));
  CHECK(kDnnConvolution == static_cast<int>(CUDNN_BACKEND_CONVOLUTION_DESCRIPTOR));
  CHECK(kDnnEngine == static_cast<int>(CUDNN_BACKEND_ENGINE_DESCRIPTOR));
  CHECK(kDnnEngineConfig == static_cast<int>(CUDNN_BACKEND_ENGINECFG_DESCRIPTOR));
  CHECK(kDnnEngineHeuristic == static_cast<int>(CUDNN_BACKEND_ENGINEHEUR_DESCRIPTOR));
  CHECK(kDnnExecutionPlan == static_cast<int>(CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR));
  CHECK(kDnnConvForward == static_cast<int>(CUDNN_BACKEND_OPERATION_CONVOLUTION_FORWARD_DESCRIPTOR));
  CHECK(kDnnConvBackwardFilter == static_cast<int>(CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_FILTER_DESCRIPTOR));
  CHECK(kDnnConvBackwardData == static_cast<int>(CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_DATA_DESCRIPTOR));
  CHECK(kDnnPointwiseOperation == static_cast<int>(CUDNN_BACKEND_OPERATION_POINTWISE_DESCRIPTOR));
  CHECK(kDnnOperationGraph == static_cast<int>(CUDNN_BACKEND_OPERATIONGRAPH_DESCRIPTOR));
  CHECK(kDnnVariantPack == static_cast<int>(CUDNN_BACKEND_VARIANT_PACK_DESCRIPTOR));
  CHECK(kDnnTensor == static_cast<int>(CUDNN_BACKEND_TENSOR_DESCRIPTOR));
  CHECK(kDnnTypeHandle == static_cast<int>(CUDNN_TYPE_HANDLE));
  CHECK(kDnnTypeDataType == static_cast<int>(CUDNN_TYPE_DATA_TYPE));
  CHECK(kDnnTypeBoolean == static_cast<int>(CUDNN_TYPE_BOOLEAN));
  CHECK(kDnnTypeInt64 == static_cast<int>(CUDNN_TYPE_INT64));
  CHECK(kDnnTypeFloat == static_cast<int>(CUDNN_TYPE_FLOAT));
  CHECK(kDnnTypeDouble == static_cast<int>(CUDNN_TYPE_DOUBLE));
  CHECK(kDnnTypePointer == static_cast<int>(CUDNN_TYPE_VOID_PTR));
  CHECK(kDnnTypeConvolutionMode == static_cast<int>(CUDNN_TYPE_CONVOLUTION_MODE));
  CHECK(kDnnTypeHeuristicMode == static_cast<int>(CUDNN_TYPE_HEUR_MODE));
  CHECK(kDnnTypeNumericalNote == static_cast<int>(CUDNN_TYPE_NUMERICAL_NOTE));
  CHECK(kDnnTypePointwiseMode == static_cast<int>(CUDNN_TYPE_POINTWISE_MODE));
  CHECK(kDnnTypeDescriptor == static_cast<int>(CUDNN_TYPE_BACKEND_DESCRIPTOR));
  CHECK(kDnnPointwiseMode == static_cast<int>(CUDNN_ATTR_POINTWISE_MODE));
  CHECK(kDnnPointwisePrecision == static_cast<int>(CUDNN_ATTR_POINTWISE_MATH_PREC));
  CHECK(kDnnConvComputeType == static_cast<int>(CUDNN_ATTR_CONVOLUTION_COMP_TYPE));
  CHECK(kDnnConvMode == static_cast<int>(CUDNN_ATTR_CONVOLUTION_CONV_MODE));
  CHECK(kDnnConvDilations == static_cast<int>(CUDNN_ATTR_CONVOLUTION_DILATIONS));
  CHECK(kDnnConvStrides == static_cast<int>(CUDNN_ATTR_CONVOLUTION_FILTER_STRIDES));
  CHECK(kDnnConvPostPaddings == static_cast<int>(CUDNN_ATTR_CONVOLUTION_POST_PADDINGS));
  CHECK(kDnnConvPrePaddings == static_cast<int>(CUDNN_ATTR_CONVOLUTION_PRE_PADDINGS));
  CHECK(kDnnConvSpatialDims == static_cast<int>(CUDNN_ATTR_CONVOLUTION_SPATIAL_DIMS));
  CHECK(kDnnHeuristicMode == static_cast<int>(CUDNN_ATTR_ENGINEHEUR_MODE));
  CHECK(kDnnHeuristicGraph == static_cast<int>(CUDNN_ATTR_ENGINEHEUR_OPERATION_GRAPH));
  CHECK(kDnnHeuristicResults == static_cast<int>(CUDNN_ATTR_ENGINEHEUR_RESULTS));
  CHECK(kDnnConfigEngine == static_cast<int>(CUDNN_ATTR_ENGINECFG_ENGINE));
  CHECK(kDnnPlanHandle == static_cast<int>(CUDNN_ATTR_EXECUTION_PLAN_HANDLE));
  CHECK(kDnnPlanConfig == static_cast<int>(CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG));
  CHECK(kDnnPlanWorkspace == static_cast<int>(CUDNN_ATTR_EXECUTION_PLAN_WORKSPACE_SIZE));
  CHECK(kDnnForwardAlpha == static_cast<int>(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_ALPHA));
  CHECK(kDnnForwardAlpha + 3 == static_cast<int>(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_W));
  CHECK(kDnnForwardAlpha + 4 == static_cast<int>(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_X));
  CHECK(kDnnForwardAlpha + 5 == static_cast<int>(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_Y));
  CHECK(kDnnBackwardDataAlpha == static_cast<int>(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_ALPHA));
  CHECK(kDnnBackwardDataAlpha + 3 == static_cast<int>(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_W));
  CHECK(kDnnBackwardDataAlpha + 4 == static_cast<int>(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DX));
  CHECK(kDnnBackwardDataAlpha + 5 == static_cast<int>(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DY));
  CHECK(kDnnBackwardFilterAlpha == static_cast<int>(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_ALPHA));
  CHECK(kDnnBackwardFilterAlpha + 2 == static_cast<int>(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_CONV_DESC));
  CHECK(kDnnBackwardFilterAlpha + 3 == static_cast<int>(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DW));
  CHECK(kDnnBackwardFilterAlpha + 4 == static_cast<int>(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_X));
  CHECK(kDnnBackwardFilterAlpha + 5 == static_cast<int>(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DY));
  CHECK(kDnnOperationPointwise == static_cast<int>(CUDNN_ATTR_OPERATION_POINTWISE_PW_DESCRIPTOR));
  CHECK(kDnnOperationX == static_cast<int>(CUDNN_ATTR_OPERATION_POINTWISE_XDESC));
  CHECK(kDnnOperationB == static_cast<int>(CUDNN_ATTR_OPERATION_POINTWISE_BDESC));
  CHECK(kDnnOperationY == static_cast<int>(CUDNN_ATTR_OPERATION_POINTWISE_YDESC));
  CHECK(kDnnGraphHandle == static_cast<int>(CUDNN_ATTR_OPERATIONGRAPH_HANDLE));
  CHECK(kDnnGraphOperations == static_cast<int>(CUDNN_ATTR_OPERATIONGRAPH_OPS));
  CHECK(kDnnTensorAlignment == static_cast<int>(CUDNN_ATTR_TENSOR_BYTE_ALIGNMENT));
  CHECK(kDnnTensorDataType == static_cast<int>(CUDNN_ATTR_TENSOR_DATA_TYPE));
  CHECK(kDnnTensorDimensions == static_cast<int>(CUDNN_ATTR_TENSOR_DIMENSIONS));
  CHECK(kDnnTensorStrides == static_cast<int>(CUDNN_ATTR_TENSOR_STRIDES));
  CHECK(kDnnTensorUniqueId == static_cast<int>(CUDNN_ATTR_TENSOR_UNIQUE_ID));
  CHECK(kDnnTensorVirtual == static_cast<int>(CUDNN_ATTR_TENSOR_IS_VIRTUAL));
  CHECK(kDnnPackIds == static_cast<int>(CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS));
  CHECK(kDnnPackPointers == static_cast<int>(CUDNN_ATTR_VARIANT_PACK_DATA_POINTERS));
  CHECK(kDnnPackWorkspace == static_cast<int>(CUDNN_ATTR_VARIANT_PACK_WORKSPACE));
  CHECK(kDnnEngineNotes == static_cast<int>(CUDNN_ATTR_ENGINE_NUMERICAL_NOTE));
  CHECK(kDnnFloat32 == static_cast<int>(CUDNN_DATA_FLOAT));
  CHECK(kDnnFloat64 == static_cast<int>(CUDNN_DATA_DOUBLE));
  CHECK(kDnnFloat16 == static_cast<int>(CUDNN_DATA_HALF));
  CHECK(kDnnBFloat16 == static_cast<int>(CUDNN_DATA_BFLOAT16));
  CHECK(kDnnCrossCorrelation == static_cast<int>(CUDNN_CROSS_CORRELATION));
  CHECK(kDnnHeuristicsFallback == static_cast<int>(CUDNN_HEUR_MODE_FALLBACK));
  CHECK(kDnnHeuristicsBest == static_cast<int>(CUDNN_HEUR_MODE_A));
  CHECK(kDnnAdd == static_cast<int>(CUDNN_POINTWISE_ADD));
  CHECK(kDnnMultiply == static_cast<int>(CUDNN_POINTWISE_MUL));
  CHECK(kDnnRelu == static_cast<int>(CUDNN_POINTWISE_RELU_FWD));
  CHECK(kDnnNoteTensorCore == static_cast<int>(CUDNN_NUMERICAL_NOTE_TENSOR_CORE));
  CHECK(kDnnNoteDownConvertInputs == static_cast<int>(CUDNN_NUMERICAL_NOTE_DOWN_CONVERT_INPUTS));
  CHECK(kDnnNoteReducedPrecision == static_cast<int>(CUDNN_NUMERICAL_NOTE_REDUCED_PRECISION_REDUCTION));
  CHECK(kDnnNoteNondeterministic == static_cast<int>(CUDNN_NUMERICAL_NOTE_NONDETERMINISTIC));
  // A count of a read has room for them all, also of those that come later.
  CHECK(kDnnNoteCount >= CUDNN_NUMERICAL_NOTE_TYPE_COUNT);
}
#endif
