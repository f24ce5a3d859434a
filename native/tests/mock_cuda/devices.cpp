// The mock's driver itself, its errors, devices and their contexts.
#include <cstdio>
#include <cstdlib>

#include "tests/mock_cuda/state.h"

using namespace ibex::cuda;
using namespace ibex::mock;

namespace ibex::mock {

thread_local CuContext current = nullptr;

long long setting(const char* name, long long otherwise) {
  const char* value = std::getenv(name);
  return value == nullptr || *value == 0 ? otherwise : std::atoll(value);
}

size_t memoryOfDevice() { return static_cast<size_t>(setting("IBEX_MOCK_CUDA_MEMORY", 4ll << 30)); }

std::vector<std::unique_ptr<CuContextHandle>>& contexts() {
  static auto* const all = [] {
    auto* made = new std::vector<std::unique_ptr<CuContextHandle>>;
    for (long long i = 0; i < setting("IBEX_MOCK_CUDA_DEVICES", 2); ++i) {
      made->push_back(std::make_unique<CuContextHandle>());
      made->back()->index = static_cast<int>(i);
    }
    return made;
  }();
  return *all;
}

CuResult usable() { return current == nullptr ? kInvalidContext : current->broken.load(); }

CuResult usable(CuStream stream) {
  if (const CuResult result = usable()) return result;
  return stream != nullptr && stream->context == current ? 0 : kInvalidValue;
}

}  // namespace ibex::mock

namespace {

bool isDevice(CuDevice device) { return device >= 0 && static_cast<size_t>(device) < contexts().size(); }

}  // namespace

IBEX_MOCK_EXPORT cuInit(unsigned) { return static_cast<CuResult>(setting("IBEX_MOCK_CUDA_INIT", 0)); }

IBEX_MOCK_EXPORT cuDriverGetVersion(int* version) {
  *version = static_cast<int>(setting("IBEX_MOCK_CUDA_VERSION", 13000));
  return 0;
}

IBEX_MOCK_EXPORT cuGetErrorName(CuResult result, const char** name) {
  static const std::map<CuResult, const char*> names = {{2, "CUDA_ERROR_OUT_OF_MEMORY"},
                                                        {100, "CUDA_ERROR_NO_DEVICE"},
                                                        {719, "CUDA_ERROR_LAUNCH_FAILED"},
                                                        {803, "CUDA_ERROR_SYSTEM_DRIVER_MISMATCH"}};
  const auto found = names.find(result);
  *name = found == names.end() ? "CUDA_ERROR_OF_THE_MOCK" : found->second;
  return 0;
}

IBEX_MOCK_EXPORT cuGetErrorString(CuResult result, const char** words) {
  static thread_local std::string text;
  text = "error " + std::to_string(result) + " of the mock";
  *words = text.c_str();
  return 0;
}

IBEX_MOCK_EXPORT cuDeviceGetCount(int* count) {
  *count = static_cast<int>(contexts().size());
  return 0;
}

IBEX_MOCK_EXPORT cuDeviceGet(CuDevice* device, int index) {
  if (!isDevice(index)) return kInvalidDevice;
  *device = index;
  return 0;
}

IBEX_MOCK_EXPORT cuDeviceGetName(char* name, int bytes, CuDevice) {
  std::snprintf(name, static_cast<size_t>(bytes), "Mock GPU");
  return 0;
}

IBEX_MOCK_EXPORT cuDeviceTotalMem_v2(size_t* bytes, CuDevice) {
  *bytes = memoryOfDevice();
  return 0;
}

IBEX_MOCK_EXPORT cuDeviceGetAttribute(int* value, int attribute, CuDevice) {
  switch (attribute) {
    case kCuMaxSharedPerBlock: *value = 48 * 1024; return 0;
    case kCuMaxSharedPerBlockOptin: *value = 227 * 1024; return 0;
    case kCuMultiprocessors: *value = 132; return 0;
    case kCuClockRate: *value = 1'980'000; return 0;
    case kCuMemoryClockRate: *value = 2'619'000; return 0;
    case kCuMemoryBusWidth: *value = 5120; return 0;
    case kCuL2Bytes: *value = 50 << 20; return 0;
    case kCuCapabilityMajor: *value = 9; return 0;
    case kCuCapabilityMinor: *value = 0; return 0;
    default: return kInvalidValue;
  }
}

IBEX_MOCK_EXPORT cuDevicePrimaryCtxRetain(CuContext* context, CuDevice device) {
  if (!isDevice(device)) return kInvalidDevice;
  *context = contexts()[static_cast<size_t>(device)].get();
  ++(*context)->retained;
  return 0;
}

IBEX_MOCK_EXPORT cuDevicePrimaryCtxRelease_v2(CuDevice device) {
  if (!isDevice(device)) return kInvalidDevice;
  CuContextHandle& context = *contexts()[static_cast<size_t>(device)];
  if (--context.retained > 0) return 0;
  context.broken = 0;
  context.peers.clear();
  return 0;
}

IBEX_MOCK_EXPORT cuCtxGetCurrent(CuContext* context) {
  *context = current;
  return 0;
}

IBEX_MOCK_EXPORT cuCtxSetCurrent(CuContext context) {
  current = context;
  return 0;
}

IBEX_MOCK_EXPORT cuDeviceCanAccessPeer(int* can, CuDevice device, CuDevice peer) {
  if (!isDevice(device) || !isDevice(peer)) return kInvalidDevice;
  *can = device != peer && setting("IBEX_MOCK_CUDA_PEERS", 1) != 0 ? 1 : 0;
  return 0;
}

IBEX_MOCK_EXPORT cuCtxEnablePeerAccess(CuContext peer, unsigned flags) {
  if (const CuResult result = usable()) return result;
  if (peer == nullptr || peer == current || flags != 0) return kInvalidContext;
  const std::lock_guard lock(current->mutex);
  return current->peers.insert(peer).second ? 0 : kPeerAccessAlreadyEnabled;
}
