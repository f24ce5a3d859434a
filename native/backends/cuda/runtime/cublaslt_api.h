// The functions of cuBLASLt that the backend calls, as a table that is filled at run time; declared as driver_api.h is.
#pragma once

#include <cstddef>
#include <cstdint>

namespace ibex::cuda {

using LtStatus = int;  // 0 for success
using LtHandle = struct LtHandleObject*;
using LtDesc = struct LtDescObject*;
using LtLayout = struct LtLayoutObject*;
using LtPreference = struct LtPreferenceObject*;
using LtStream = struct LtStreamObject*;  // a CUstream

struct LtAlgorithm {
  uint64_t data[8];
};
struct LtHeuristic {
  LtAlgorithm algorithm;
  size_t workspaceBytes;
  LtStatus state;
  float waves;
  int reserved[4];
};

// Of cudaDataType and cublasComputeType_t.
inline constexpr int kLtFloat32 = 0;
inline constexpr int kLtFloat64 = 1;
inline constexpr int kLtFloat16 = 2;
inline constexpr int kLtBFloat16 = 14;
inline constexpr int kLtComputeFloat32 = 68;
inline constexpr int kLtComputeFloat64 = 70;
inline constexpr int kLtComputeTf32 = 77;

// Of cublasLtMatmulDescAttributes_t, cublasLtMatrixLayoutAttribute_t and cublasLtMatmulPreferenceAttributes_t.
inline constexpr int kLtDescTransposeA = 3;
inline constexpr int kLtDescTransposeB = 4;
inline constexpr int kLtDescEpilogue = 7;
inline constexpr int kLtDescBiasPointer = 8;
inline constexpr int kLtLayoutBatchCount = 5;
inline constexpr int kLtLayoutBatchStride = 6;
inline constexpr int kLtPreferWorkspaceBytes = 1;
inline constexpr int kLtPreferReductions = 3;
inline constexpr int kLtPreferAlignment[] = {5, 6, 7, 8};  // of A, B, C, D

// Of cublasLtReductionScheme_t.
inline constexpr uint32_t kLtReduceInComputeType = 2;

// Of cublasOperation_t and cublasLtEpilogue_t.
inline constexpr int32_t kLtTranspose = 1;
inline constexpr int32_t kLtEpilogueNone = 1;
inline constexpr int32_t kLtEpilogueRelu = 2;
inline constexpr int32_t kLtEpilogueBias = 4;
inline constexpr int32_t kLtEpilogueReluBias = 6;

// name in the table, symbol in the library, parameters. All give a LtStatus.
#define IBEX_CUBLASLT_FUNCTIONS(F)                                                                                      \
  F(create, cublasLtCreate, (LtHandle*))                                                                                \
  F(destroy, cublasLtDestroy, (LtHandle))                                                                               \
  F(matmul, cublasLtMatmul,                                                                                             \
    (LtHandle, LtDesc, const void*, const void*, LtLayout, const void*, LtLayout, const void*, const void*, LtLayout,   \
     void*, LtLayout, const LtAlgorithm*, void*, size_t, LtStream))                                                     \
  F(descCreate, cublasLtMatmulDescCreate, (LtDesc*, int, int))                                                          \
  F(descDestroy, cublasLtMatmulDescDestroy, (LtDesc))                                                                   \
  F(descSet, cublasLtMatmulDescSetAttribute, (LtDesc, int, const void*, size_t))                                        \
  F(layoutCreate, cublasLtMatrixLayoutCreate, (LtLayout*, int, uint64_t, uint64_t, int64_t))                            \
  F(layoutDestroy, cublasLtMatrixLayoutDestroy, (LtLayout))                                                             \
  F(layoutSet, cublasLtMatrixLayoutSetAttribute, (LtLayout, int, const void*, size_t))                                  \
  F(preferenceCreate, cublasLtMatmulPreferenceCreate, (LtPreference*))                                                  \
  F(preferenceDestroy, cublasLtMatmulPreferenceDestroy, (LtPreference))                                                 \
  F(preferenceSet, cublasLtMatmulPreferenceSetAttribute, (LtPreference, int, const void*, size_t))                      \
  F(heuristic, cublasLtMatmulAlgoGetHeuristic,                                                                          \
    (LtHandle, LtDesc, LtLayout, LtLayout, LtLayout, LtLayout, LtPreference, int, LtHeuristic*, int*))

struct CublasLtFunctions {
#define IBEX_DECLARE(name, symbol, parameters) LtStatus(*name) parameters = nullptr;
  IBEX_CUBLASLT_FUNCTIONS(IBEX_DECLARE)
#undef IBEX_DECLARE
  size_t (*version)() = nullptr;
};

}  // namespace ibex::cuda
