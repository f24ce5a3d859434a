// What the backend declares of NVIDIA's functions, against NVIDIA's own headers: compiled where these are there.
#include <doctest/doctest.h>

#include <type_traits>

#include "backends/cuda/runtime/cublaslt_api.h"
#include "backends/cuda/runtime/driver_api.h"

#if __has_include(<cuda.h>)
#include <cuda.h>
#endif
#if __has_include(<cublasLt.h>)
#include <cublasLt.h>
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
  CHECK(kLtPreferAlignment[0] == CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES);
  CHECK(kLtPreferAlignment[3] == CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES);
  CHECK(kLtTranspose == CUBLAS_OP_T);
  CHECK(kLtEpilogueNone == CUBLASLT_EPILOGUE_DEFAULT);
  CHECK(kLtEpilogueRelu == CUBLASLT_EPILOGUE_RELU);
  CHECK(kLtEpilogueBias == CUBLASLT_EPILOGUE_BIAS);
  CHECK(kLtEpilogueReluBias == CUBLASLT_EPILOGUE_RELU_BIAS);
}
#endif
