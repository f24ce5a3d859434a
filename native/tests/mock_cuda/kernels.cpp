// The mock's modules, their functions, and launches.
#include <dlfcn.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <functional>

#include "tests/mock_cuda/envelope.h"
#include "tests/mock_cuda/state.h"

using namespace ibex::cuda;
using namespace ibex::mock;

IBEX_MOCK_EXPORT cuModuleLoadData(CuModule* module, const void* image) {
  if (const CuResult result = usable()) return result;
  const auto library = inEnvelope(image);
  if (!library) return kInvalidImage;
  // A file of its own: of one that it knows, dlopen() would give the library that is loaded already.
  std::string path = (std::getenv("TMPDIR") == nullptr ? std::string("/tmp") : std::string(std::getenv("TMPDIR"))) +
                     "/ibex-mock-XXXXXX";
  const int file = mkstemp(path.data());
  if (file < 0) return kInvalidImage;
  size_t written = 0;
  while (written < library->size()) {
    const ssize_t now = write(file, library->data() + written, library->size() - written);
    if (now <= 0) break;
    written += static_cast<size_t>(now);
  }
  close(file);
  void* handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  unlink(path.c_str());
  if (handle == nullptr) {
    std::fprintf(stderr, "mock CUDA: %s\n", dlerror());
    return kInvalidImage;
  }
  reinterpret_cast<void (*)(host::Engine*)>(dlsym(handle, "ibex_host_bind"))(host::engineTable());
  *module = new CuModuleHandle{handle, {}};
  return 0;
}

IBEX_MOCK_EXPORT cuModuleUnload(CuModule module) {
  dlclose(module->library);
  delete module;
  return 0;
}

IBEX_MOCK_EXPORT cuModuleGetFunction(CuFunction* function, CuModule module, const char* name) {
  auto& made = module->functions[name];
  if (made == nullptr) {
    void* kernel = dlsym(module->library, (std::string("ibex_host_") + name).c_str());
    if (kernel == nullptr) return kNotFound;
    made = std::make_unique<CuFunctionHandle>();
    made->kernel = static_cast<const host::Kernel*>(kernel);
    made->name = name;
  }
  *function = made.get();
  return 0;
}

IBEX_MOCK_EXPORT cuFuncSetAttribute(CuFunction function, int attribute, int value) {
  if (attribute != kCuFunctionMaxDynamicShared || value > 227 * 1024) return kInvalidValue;
  function->sharedLimit = value;
  return 0;
}

IBEX_MOCK_EXPORT cuLaunchKernel(CuFunction function, unsigned gridX, unsigned gridY, unsigned gridZ, unsigned blockX,
                                unsigned blockY, unsigned blockZ, unsigned sharedBytes, CuStream stream,
                                void** parameters, void**) {
  if (gridX == 0 || gridY == 0 || gridZ == 0 || gridY > 65535 || gridZ > 65535 || blockX * blockY * blockZ > 1024 ||
      blockX * blockY * blockZ == 0 || static_cast<int>(sharedBytes) > function->sharedLimit) {
    return kInvalidValue;
  }
  if (blockX * blockY * blockZ > function->kernel->mostThreads) {
    std::fprintf(stderr, "mock CUDA: %s: a block of %u threads, which needs __launch_bounds__\n", function->name.c_str(),
                 blockX * blockY * blockZ);
    return kLaunchOutOfResources;
  }
  const auto* bytes = static_cast<const char*>(parameters[0]);
  std::vector<char> arguments(bytes, bytes + function->kernel->argumentBytes);
  const host::Index grid{gridX, gridY, gridZ};
  const host::Index block{blockX, blockY, blockZ};
  const auto work = [=, context = stream->context] {
    if (const char* wrong = host::launch(*function->kernel, arguments.data(), grid, block, sharedBytes)) {
      std::fprintf(stderr, "mock CUDA: %s: %s\n", function->name.c_str(), wrong);
      context->broken = kLaunchFailed;
    }
  };
  return enqueue(stream, {.work = work});
}

// For mocks of libraries that put work on streams.
extern "C" __attribute__((visibility("default"))) int ibex_mock_enqueue(void* stream, std::function<void()>* work) {
  return enqueue(static_cast<CuStream>(stream), {.work = *work});
}
