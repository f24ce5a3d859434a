// cuBLASLt as far as the CUDA backend calls it, for tests without a GPU: it checks what it is asked as the library's
// documentation says, and computes it plainly on the mock driver's streams. ibex_mock_cublaslt_seen() tells what it was asked.
#include <dlfcn.h>

#include <atomic>
#include <cstdint>
#include <cstring>
#include <functional>
#include <map>

#include "backends/cuda/runtime/cublaslt_api.h"
#include "ir/half.h"

#define EXPORT extern "C" __attribute__((visibility("default"))) LtStatus

using namespace ibex::cuda;

namespace ibex::cuda {

struct LtHandleObject {
  int alive = 1;
};
struct LtDescObject {
  int compute, scale;
  int32_t transposeA = 0, transposeB = 0, epilogue = kLtEpilogueNone;
  const void* bias = nullptr;
};
struct LtLayoutObject {
  int type;
  int64_t rows, columns, leading;
  int32_t count = 1;
  int64_t stride = 0;
};
struct LtPreferenceObject {
  uint64_t workspace = 0;
  uint32_t reductions = 7;
};

}  // namespace ibex::cuda

namespace {

constexpr LtStatus kInvalid = 7;  // CUBLAS_STATUS_INVALID_VALUE
constexpr LtStatus kNotSupported = 15;
constexpr uint64_t kWorkspace = 1000;  // that the second algorithm wants

std::atomic<int> seenAlgorithms = 0, lastCompute = 0;

double elementAt(const void* memory, int type, int64_t at) {
  switch (type) {
    case kLtFloat32: return static_cast<const float*>(memory)[at];
    case kLtFloat64: return static_cast<const double*>(memory)[at];
    case kLtFloat16: return ibex::float16ToFloat(static_cast<const uint16_t*>(memory)[at]);
    default: return ibex::bfloat16ToFloat(static_cast<const uint16_t*>(memory)[at]);
  }
}

void setElement(void* memory, int type, int64_t at, double value) {
  switch (type) {
    case kLtFloat32: static_cast<float*>(memory)[at] = static_cast<float>(value); break;
    case kLtFloat64: static_cast<double*>(memory)[at] = value; break;
    case kLtFloat16: static_cast<uint16_t*>(memory)[at] = ibex::floatToFloat16(static_cast<float>(value)); break;
    default: static_cast<uint16_t*>(memory)[at] = ibex::floatToBfloat16(static_cast<float>(value)); break;
  }
}

bool fits(int compute, int scale, int type) {
  switch (type) {
    case kLtFloat64: return compute == kLtComputeFloat64 && scale == kLtFloat64;
    case kLtFloat32: return (compute == kLtComputeFloat32 || compute == kLtComputeTf32) && scale == kLtFloat32;
    case kLtFloat16:
    case kLtBFloat16: return compute == kLtComputeFloat32 && scale == kLtFloat32;
    default: return false;
  }
}

// Rows, columns and depth agree, and so do the types and the batch.
bool agree(const LtDescObject& d, const LtLayoutObject& a, const LtLayoutObject& b, const LtLayoutObject& c) {
  const int64_t m = d.transposeA != 0 ? a.columns : a.rows, ka = d.transposeA != 0 ? a.rows : a.columns;
  const int64_t n = d.transposeB != 0 ? b.rows : b.columns, kb = d.transposeB != 0 ? b.columns : b.rows;
  return ka == kb && m == c.rows && n == c.columns && a.type == b.type && a.type == c.type && a.count == c.count &&
         b.count == c.count && fits(d.compute, d.scale, a.type);
}

double factor(const void* address, int scale) {
  return scale == kLtFloat64 ? *static_cast<const double*>(address) : *static_cast<const float*>(address);
}

template <class T>
LtStatus read(T& to, const void* from, size_t bytes) {
  if (from == nullptr || bytes != sizeof to) return kInvalid;
  std::memcpy(&to, from, bytes);
  return 0;
}

// The mock driver runs it in the stream's order.
LtStatus enqueue(LtStream stream, std::function<void()> work) {
  using Enqueue = int (*)(void*, std::function<void()>*);
  static const auto function = reinterpret_cast<Enqueue>(dlsym(RTLD_DEFAULT, "ibex_mock_enqueue"));
  return function == nullptr || function(stream, &work) != 0 ? kInvalid : 0;
}

}  // namespace

extern "C" __attribute__((visibility("default"))) size_t cublasLtGetVersion() { return 130100; }

// The algorithms of the products since the last call, a bit for each, and the last product's compute type.
extern "C" __attribute__((visibility("default"))) void ibex_mock_cublaslt_seen(int* algorithms, int* compute) {
  *algorithms = seenAlgorithms.exchange(0);
  *compute = lastCompute;
}

EXPORT cublasLtCreate(LtHandle* handle) {
  *handle = new LtHandleObject;
  return 0;
}
EXPORT cublasLtDestroy(LtHandle handle) {
  delete handle;
  return 0;
}

EXPORT cublasLtMatmulDescCreate(LtDesc* desc, int compute, int scale) {
  *desc = new LtDescObject{compute, scale};
  return 0;
}
EXPORT cublasLtMatmulDescDestroy(LtDesc desc) {
  delete desc;
  return 0;
}
EXPORT cublasLtMatmulDescSetAttribute(LtDesc desc, int attribute, const void* value, size_t bytes) {
  switch (attribute) {
    case kLtDescTransposeA: return read(desc->transposeA, value, bytes);
    case kLtDescTransposeB: return read(desc->transposeB, value, bytes);
    case kLtDescEpilogue: return read(desc->epilogue, value, bytes);
    case kLtDescBiasPointer: return read(desc->bias, value, bytes);
    default: return kInvalid;
  }
}

EXPORT cublasLtMatrixLayoutCreate(LtLayout* layout, int type, uint64_t rows, uint64_t columns, int64_t leading) {
  if (leading < static_cast<int64_t>(rows)) return kInvalid;
  *layout = new LtLayoutObject{type, static_cast<int64_t>(rows), static_cast<int64_t>(columns), leading};
  return 0;
}
EXPORT cublasLtMatrixLayoutDestroy(LtLayout layout) {
  delete layout;
  return 0;
}
EXPORT cublasLtMatrixLayoutSetAttribute(LtLayout layout, int attribute, const void* value, size_t bytes) {
  switch (attribute) {
    case kLtLayoutBatchCount: return read(layout->count, value, bytes);
    case kLtLayoutBatchStride: return read(layout->stride, value, bytes);
    default: return kInvalid;
  }
}

EXPORT cublasLtMatmulPreferenceCreate(LtPreference* preference) {
  *preference = new LtPreferenceObject;
  return 0;
}
EXPORT cublasLtMatmulPreferenceDestroy(LtPreference preference) {
  delete preference;
  return 0;
}
EXPORT cublasLtMatmulPreferenceSetAttribute(LtPreference preference, int attribute, const void* value, size_t bytes) {
  if (attribute == kLtPreferWorkspaceBytes) return read(preference->workspace, value, bytes);
  if (attribute == kLtPreferReductions) return read(preference->reductions, value, bytes);
  uint32_t alignment = 0;
  for (const int which : kLtPreferAlignment) {
    if (attribute == which) return read(alignment, value, bytes);
  }
  return kInvalid;
}

EXPORT cublasLtMatmulAlgoGetHeuristic(LtHandle handle, LtDesc desc, LtLayout a, LtLayout b, LtLayout c, LtLayout d,
                                      LtPreference preference, int wanted, LtHeuristic* results, int* count) {
  *count = 0;
  if (handle == nullptr || !agree(*desc, *a, *b, *c) || c != d) return kInvalid;
  // The backend wants no sums in 16 bits.
  const bool narrow = a->type == kLtFloat16 || a->type == kLtBFloat16;
  if (narrow && preference->reductions != kLtReduceInComputeType) return kInvalid;
  // One that is refused when it runs, one that wants a workspace, one that does not.
  for (int i = 0; i < 3 && i < wanted; ++i) {
    results[i] = {};
    results[i].algorithm.data[0] = static_cast<uint64_t>(i);
    results[i].workspaceBytes = i == 1 ? kWorkspace : 0;
    if (results[i].workspaceBytes <= preference->workspace) *count = i + 1;
  }
  return *count > 0 ? 0 : kNotSupported;
}

EXPORT cublasLtMatmul(LtHandle handle, LtDesc desc, const void* alpha, const void* a, LtLayout aLayout, const void* b,
                      LtLayout bLayout, const void* beta, const void* c, LtLayout cLayout, void* d, LtLayout dLayout,
                      const LtAlgorithm* algorithm, void* workspace, size_t workspaceBytes, LtStream stream) {
  if (handle == nullptr || !agree(*desc, *aLayout, *bLayout, *cLayout) || cLayout != dLayout) return kInvalid;
  seenAlgorithms |= 1 << algorithm->data[0];
  lastCompute = desc->compute;
  if (algorithm->data[0] == 0 && aLayout->rows * bLayout->columns > 100000) return kNotSupported;
  const bool workspaceGood = workspace != nullptr && reinterpret_cast<uintptr_t>(workspace) % 256 == 0;
  if (algorithm->data[0] == 1 && (!workspaceGood || workspaceBytes < kWorkspace)) return kInvalid;
  const LtDescObject how = *desc;
  const LtLayoutObject al = *aLayout, bl = *bLayout, cl = *cLayout;
  const double scale = factor(alpha, how.scale), added = factor(beta, how.scale);
  if ((how.epilogue & kLtEpilogueBias) != 0 && how.bias == nullptr) return kInvalid;
  return enqueue(stream, [=] {
    const int type = al.type;
    const int64_t depth = how.transposeA != 0 ? al.rows : al.columns;
    for (int64_t batch = 0; batch < cl.count; ++batch) {
      for (int64_t column = 0; column < cl.columns; ++column) {
        for (int64_t row = 0; row < cl.rows; ++row) {
          double sum = 0;
          for (int64_t k = 0; k < depth; ++k) {
            const int64_t atA = how.transposeA != 0 ? k + row * al.leading : row + k * al.leading;
            const int64_t atB = how.transposeB != 0 ? column + k * bl.leading : k + column * bl.leading;
            sum += elementAt(a, type, batch * al.stride + atA) * elementAt(b, type, batch * bl.stride + atB);
          }
          const int64_t at = batch * cl.stride + row + column * cl.leading;
          sum *= scale;
          if (added != 0) sum += added * elementAt(c, type, at);
          if ((how.epilogue & kLtEpilogueBias) != 0) sum += elementAt(how.bias, type, row);
          if ((how.epilogue & kLtEpilogueRelu) != 0 && sum < 0) sum = 0;
          setElement(d, type, at, sum);
        }
      }
    }
  });
}
