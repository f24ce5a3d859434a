#include "tests/mock_cuda/real_nvrtc.h"

#include <dlfcn.h>

#include "backends/cuda/runtime/driver_api.h"

namespace ibex::mock {
namespace {

using ibex::cuda::NvrtcFunctions;
using ibex::cuda::NvrtcProgram;
using ibex::cuda::NvrtcResult;

// Null where the library can't be opened.
const NvrtcFunctions* functionsOf(const std::string& path) {
  static const NvrtcFunctions* const functions = [&]() -> const NvrtcFunctions* {
    // Its own symbols before those of the mock, which have the same names.
    void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND);
    if (library == nullptr) return nullptr;
    auto* made = new NvrtcFunctions;
#define IBEX_LOAD(name, symbol, parameters) \
  made->name = reinterpret_cast<NvrtcResult(*) parameters>(dlsym(library, #symbol));
    IBEX_NVRTC_FUNCTIONS(IBEX_LOAD)
#undef IBEX_LOAD
    return made;
  }();
  return functions;
}

}  // namespace

std::string compileWithNvrtc(const std::string& path, const std::string& source,
                             const std::vector<std::pair<std::string, std::string>>& headers) {
  const NvrtcFunctions* nvrtc = functionsOf(path);
  if (nvrtc == nullptr) return path + " can't be opened";
  std::vector<const char*> texts;
  std::vector<const char*> names;
  for (const auto& [name, text] : headers) {
    names.push_back(name.c_str());
    texts.push_back(text.c_str());
  }
  for (const char* arch : {"--gpu-architecture=sm_75", "--gpu-architecture=sm_90"}) {
    NvrtcProgram program = nullptr;
    nvrtc->createProgram(&program, source.c_str(), "kernel.cu", static_cast<int>(texts.size()), texts.data(), names.data());
    const char* options[] = {arch, "--std=c++20", "--fmad=false"};
    const NvrtcResult result = nvrtc->compileProgram(program, 3, options);
    size_t bytes = 0;
    nvrtc->getLogSize(program, &bytes);
    std::string log(bytes, '\0');
    nvrtc->getLog(program, log.data());
    nvrtc->destroyProgram(&program);
    if (result != 0) return std::string(arch) + ": " + log.c_str();
  }
  return "";
}

}  // namespace ibex::mock
