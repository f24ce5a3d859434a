#include "backends/cuda/runtime/cudnn.h"

#include <type_traits>

namespace ibex::cuda {
namespace {

struct Found {
  std::unique_ptr<Cudnn> library;
  std::string why;
};

const Found& found() {
  static const auto* const once = [] {
    auto* found = new Found;
    if (const auto library = openLibrary({"libcudnn.so.9"}, &found->why)) {
      found->library = Cudnn::open(*library, &found->why);
      // It is built for one version of CUDA; the driver runs that or an older one.
      const auto cuda = found->library == nullptr ? 0 : static_cast<int>(found->library->functions().cudartVersion());
      if (cuda / 1000 > libraries().driverVersion / 1000) {
        found->library = nullptr;
        found->why = "it is for CUDA " + std::to_string(cuda / 1000) + ", which the driver is too old for";
      }
      // Parts of it ask for these by their names alone, which finds only what is open already where the system does not
      // know them. What needs them and does not get them refuses.
      for (const char* needed : {"libcublasLt.so.", "libcublas.so."}) {
        if (found->library != nullptr) openLibrary({needed + std::to_string(cuda / 1000)});
      }
    }
    return found;
  }();
  return *once;
}

}  // namespace

const Cudnn* Cudnn::find() { return found().library.get(); }

std::unique_ptr<Cudnn> Cudnn::open(const OpenedLibrary& library, std::string* why) {
  std::unique_ptr<Cudnn> dnn(new Cudnn);
  const auto load = [&](auto& function, const char* name) {
    function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(library.symbol(name));
    if (function == nullptr) *why = std::string("it has no ") + name;
    return function != nullptr;
  };
#define IBEX_LOAD(name, symbol, parameters) \
  if (!load(dnn->functions_.name, #symbol)) return nullptr;
  IBEX_CUDNN_FUNCTIONS(IBEX_LOAD)
#undef IBEX_LOAD
  if (!load(dnn->functions_.version, "cudnnGetVersion")) return nullptr;
  if (!load(dnn->functions_.cudartVersion, "cudnnGetCudartVersion")) return nullptr;
  const size_t version = dnn->functions_.version();  // 92400 for 9.24
  dnn->version_ = std::to_string(version / 10000) + "." + std::to_string(version / 100 % 100) + "." +
                  std::to_string(version % 100);
  dnn->path_ = library.path;
  return dnn;
}

ComponentReport Cudnn::report() {
  ComponentReport report{"cuDNN (libcudnn), for convolutions", false, false, "", "", ""};
  if (const Cudnn* dnn = find()) {
    report.found = true;
    report.version = dnn->version();
    report.path = dnn->path();
    return report;
  }
  report.advice = found().why.empty() ? "" : "It can't be used: " + found().why + ". ";
  report.advice += "Kernels of our own take its place, which are slower. Get it with \"pip install nvidia-cudnn-cu" +
                   std::to_string(libraries().nvrtcMajor) + "\", or from NVIDIA.";
  return report;
}

std::shared_ptr<DnnHandleObject> Cudnn::makeHandle(Context& context) const {
  context.stream();  // makes the device the thread's
  DnnHandle handle = nullptr;
  if (functions_.create(&handle) != 0) return nullptr;
  return {handle, functions_.destroy};
}

}  // namespace ibex::cuda
