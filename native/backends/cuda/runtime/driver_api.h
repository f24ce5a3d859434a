// The functions of the driver (libcuda) and of NVRTC that the backend calls, as tables that are filled at run time. They are
// declared here, so that building needs nothing of NVIDIA's; tests/cuda_headers_test.cpp holds them against cuda.h and nvrtc.h
// where those are there.
#pragma once

#include <cstddef>
#include <cstdint>

namespace ibex::cuda {

using CuResult = int;  // 0 for success
using CuDevice = int;
using CuDevicePtr = unsigned long long;
using CuContext = struct CuContextHandle*;
using CuModule = struct CuModuleHandle*;
using CuFunction = struct CuFunctionHandle*;
using CuStream = struct CuStreamHandle*;
using CuEvent = struct CuEventHandle*;
using CuGraph = struct CuGraphHandle*;
using CuGraphExec = struct CuGraphExecHandle*;

inline constexpr CuResult kCuOutOfMemory = 2;
inline constexpr CuResult kCuNoDevice = 100;
inline constexpr CuResult kCuNotReady = 600;

// Of CUdevice_attribute and CUfunction_attribute.
inline constexpr int kCuMaxSharedPerBlock = 8;
inline constexpr int kCuClockRate = 13;  // kHz
inline constexpr int kCuMultiprocessors = 16;
inline constexpr int kCuMemoryClockRate = 36;  // kHz
inline constexpr int kCuMemoryBusWidth = 37;   // bits
inline constexpr int kCuL2Bytes = 38;
inline constexpr int kCuCapabilityMajor = 75;
inline constexpr int kCuCapabilityMinor = 76;
inline constexpr int kCuMaxSharedPerBlockOptin = 97;
inline constexpr int kCuFunctionMaxDynamicShared = 8;

inline constexpr unsigned kCuHostAllocPortable = 1;
inline constexpr unsigned kCuHostAllocDeviceMap = 2;
inline constexpr unsigned kCuStreamNonBlocking = 1;
inline constexpr unsigned kCuEventBlockingSync = 1;
inline constexpr unsigned kCuEventDisableTiming = 2;
inline constexpr int kCuCaptureRelaxed = 2;

// name in the table, symbol in the library, parameters. All give a CuResult.
#define IBEX_DRIVER_FUNCTIONS(F)                                                                                        \
  F(init, cuInit, (unsigned))                                                                                           \
  F(driverGetVersion, cuDriverGetVersion, (int*))                                                                       \
  F(getErrorName, cuGetErrorName, (CuResult, const char**))                                                             \
  F(getErrorString, cuGetErrorString, (CuResult, const char**))                                                         \
  F(deviceGetCount, cuDeviceGetCount, (int*))                                                                           \
  F(deviceGet, cuDeviceGet, (CuDevice*, int))                                                                           \
  F(deviceGetName, cuDeviceGetName, (char*, int, CuDevice))                                                             \
  F(deviceTotalMem, cuDeviceTotalMem_v2, (size_t*, CuDevice))                                                           \
  F(deviceGetAttribute, cuDeviceGetAttribute, (int*, int, CuDevice))                                                    \
  F(primaryContextRetain, cuDevicePrimaryCtxRetain, (CuContext*, CuDevice))                                             \
  F(primaryContextRelease, cuDevicePrimaryCtxRelease_v2, (CuDevice))                                                    \
  F(contextGetCurrent, cuCtxGetCurrent, (CuContext*))                                                                   \
  F(contextSetCurrent, cuCtxSetCurrent, (CuContext))                                                                    \
  F(deviceCanAccessPeer, cuDeviceCanAccessPeer, (int*, CuDevice, CuDevice))                                             \
  F(contextEnablePeerAccess, cuCtxEnablePeerAccess, (CuContext, unsigned))                                              \
  F(memGetInfo, cuMemGetInfo_v2, (size_t*, size_t*))                                                                    \
  F(memAlloc, cuMemAlloc_v2, (CuDevicePtr*, size_t))                                                                    \
  F(memFree, cuMemFree_v2, (CuDevicePtr))                                                                               \
  F(memHostAlloc, cuMemHostAlloc, (void**, size_t, unsigned))                                                           \
  F(memHostGetDevicePointer, cuMemHostGetDevicePointer_v2, (CuDevicePtr*, void*, unsigned))                             \
  F(memFreeHost, cuMemFreeHost, (void*))                                                                                \
  F(memcpyHtoDAsync, cuMemcpyHtoDAsync_v2, (CuDevicePtr, const void*, size_t, CuStream))                                \
  F(memcpyDtoHAsync, cuMemcpyDtoHAsync_v2, (void*, CuDevicePtr, size_t, CuStream))                                      \
  F(memcpyDtoDAsync, cuMemcpyDtoDAsync_v2, (CuDevicePtr, CuDevicePtr, size_t, CuStream))                                \
  F(memcpyPeerAsync, cuMemcpyPeerAsync, (CuDevicePtr, CuContext, CuDevicePtr, CuContext, size_t, CuStream))             \
  F(memsetD8Async, cuMemsetD8Async, (CuDevicePtr, unsigned char, size_t, CuStream))                                     \
  F(streamCreate, cuStreamCreate, (CuStream*, unsigned))                                                                \
  F(streamDestroy, cuStreamDestroy_v2, (CuStream))                                                                      \
  F(streamSynchronize, cuStreamSynchronize, (CuStream))                                                                 \
  F(streamWaitEvent, cuStreamWaitEvent, (CuStream, CuEvent, unsigned))                                                  \
  F(streamQuery, cuStreamQuery, (CuStream))                                                                             \
  F(streamBeginCapture, cuStreamBeginCapture_v2, (CuStream, int))                                                       \
  F(streamEndCapture, cuStreamEndCapture, (CuStream, CuGraph*))                                                         \
  F(graphInstantiate, cuGraphInstantiateWithFlags, (CuGraphExec*, CuGraph, unsigned long long))                         \
  F(graphLaunch, cuGraphLaunch, (CuGraphExec, CuStream))                                                                \
  F(graphExecDestroy, cuGraphExecDestroy, (CuGraphExec))                                                                \
  F(graphDestroy, cuGraphDestroy, (CuGraph))                                                                            \
  F(eventCreate, cuEventCreate, (CuEvent*, unsigned))                                                                   \
  F(eventRecord, cuEventRecord, (CuEvent, CuStream))                                                                    \
  F(eventQuery, cuEventQuery, (CuEvent))                                                                                \
  F(eventSynchronize, cuEventSynchronize, (CuEvent))                                                                    \
  F(eventElapsedTime, cuEventElapsedTime, (float*, CuEvent, CuEvent))                                                   \
  F(eventDestroy, cuEventDestroy_v2, (CuEvent))                                                                         \
  F(moduleLoadData, cuModuleLoadData, (CuModule*, const void*))                                                         \
  F(moduleUnload, cuModuleUnload, (CuModule))                                                                           \
  F(moduleGetFunction, cuModuleGetFunction, (CuFunction*, CuModule, const char*))                                       \
  F(functionSetAttribute, cuFuncSetAttribute, (CuFunction, int, int))                                                   \
  F(launchKernel, cuLaunchKernel,                                                                                       \
    (CuFunction, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, CuStream, void**, void**))

struct DriverFunctions {
#define IBEX_MEMBER(name, symbol, parameters) CuResult(*name) parameters = nullptr;
  IBEX_DRIVER_FUNCTIONS(IBEX_MEMBER)
#undef IBEX_MEMBER
};

using NvrtcResult = int;  // 0 for success
using NvrtcProgram = struct NvrtcProgramHandle*;

#define IBEX_NVRTC_FUNCTIONS(F)                                                                                         \
  F(version, nvrtcVersion, (int*, int*))                                                                                \
  F(getNumSupportedArchs, nvrtcGetNumSupportedArchs, (int*))                                                            \
  F(getSupportedArchs, nvrtcGetSupportedArchs, (int*))                                                                  \
  F(createProgram, nvrtcCreateProgram,                                                                                  \
    (NvrtcProgram*, const char*, const char*, int, const char* const*, const char* const*))                             \
  F(destroyProgram, nvrtcDestroyProgram, (NvrtcProgram*))                                                               \
  F(compileProgram, nvrtcCompileProgram, (NvrtcProgram, int, const char* const*))                                       \
  F(getCubinSize, nvrtcGetCUBINSize, (NvrtcProgram, size_t*))                                                           \
  F(getCubin, nvrtcGetCUBIN, (NvrtcProgram, char*))                                                                     \
  F(getPtxSize, nvrtcGetPTXSize, (NvrtcProgram, size_t*))                                                               \
  F(getPtx, nvrtcGetPTX, (NvrtcProgram, char*))                                                                         \
  F(getLogSize, nvrtcGetProgramLogSize, (NvrtcProgram, size_t*))                                                        \
  F(getLog, nvrtcGetProgramLog, (NvrtcProgram, char*))

struct NvrtcFunctions {
#define IBEX_MEMBER(name, symbol, parameters) NvrtcResult(*name) parameters = nullptr;
  IBEX_NVRTC_FUNCTIONS(IBEX_MEMBER)
#undef IBEX_MEMBER
};

}  // namespace ibex::cuda
