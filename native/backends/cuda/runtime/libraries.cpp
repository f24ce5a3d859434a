#include "backends/cuda/runtime/libraries.h"

#include <dlfcn.h>
#include <link.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <mutex>

#include "backends/cuda/runtime/library_folders.h"
#include "ir/error.h"

namespace ibex::cuda {
namespace {

namespace fs = std::filesystem;

std::optional<OpenedLibrary> tryOpen(const std::string& path, std::string* why) {
  void* handle = dlopen(path.c_str(), RTLD_NOW | RTLD_GLOBAL);
  if (handle != nullptr) {
    const link_map* map = nullptr;
    const bool told = dlinfo(handle, RTLD_DI_LINKMAP, &map) == 0 && map->l_name != nullptr && *map->l_name != 0;
    return OpenedLibrary{handle, told ? map->l_name : path};
  }
  const char* words = dlerror();
  // That there is no such file is no news.
  if (why != nullptr && words != nullptr && std::string(words).find("cannot open shared object file") == std::string::npos) {
    *why = words;
  }
  return std::nullopt;
}

std::optional<OpenedLibrary> openIn(const std::vector<std::string>& folders, const std::vector<std::string>& names,
                                    std::string* why) {
  for (const std::string& name : names) {
    for (const std::string& folder : folders) {
      const fs::path path = fs::path(folder) / name;
      std::error_code ignored;
      if (!fs::exists(path, ignored)) continue;
      if (auto library = tryOpen(path.string(), why)) return library;
      // That it was there counts more than what is said of others.
      return std::nullopt;
    }
  }
  return std::nullopt;
}

std::optional<OpenedLibrary> openByName(const std::vector<std::string>& names, std::string* why) {
  for (const std::string& name : names) {
    if (auto library = tryOpen(name, why)) return library;
  }
  return std::nullopt;
}

constexpr int kOldestCuda = 12;
constexpr int kNewestCuda = 13;

// NVRTC asks for this one by its name alone, which finds only what is open already where the system does not know it.
void openBuiltins(const std::string& nvrtc) {
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator(fs::path(nvrtc).parent_path(), ignored)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with("libnvrtc-builtins.so.")) dlopen(entry.path().c_str(), RTLD_NOW | RTLD_GLOBAL);
  }
}

// A driver takes what is compiled for its own CUDA version and for those before.
std::optional<OpenedLibrary> openNvrtc(int driverVersion, std::string* why) {
  std::vector<std::string> names;
  const int newest = driverVersion == 0 ? kNewestCuda : std::min(kNewestCuda, driverVersion / 1000);
  for (int major = newest; major >= kOldestCuda; --major) names.push_back("libnvrtc.so." + std::to_string(major));
  if (explicitFolders().empty()) {
    if (auto library = openByName(names, why)) {
      openBuiltins(library->path);
      return library;
    }
  }
  for (const std::string& name : names) {
    for (const std::string& folder : libraryFolders()) {
      std::error_code ignored;
      if (fs::exists(fs::path(folder) / name, ignored)) {
        openBuiltins((fs::path(folder) / name).string());
        return openIn({folder}, {name}, why);
      }
    }
  }
  return std::nullopt;
}

std::string cudaVersion(int version) {
  return "CUDA " + std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10);
}

// Gives the name of the first symbol that is missing, or null.
const char* fill(const OpenedLibrary& library, DriverFunctions& to) {
#define IBEX_LOAD(name, symbolName, parameters)                                            \
  to.name = reinterpret_cast<CuResult(*) parameters>(library.symbol(#symbolName));         \
  if (to.name == nullptr) return #symbolName;
  IBEX_DRIVER_FUNCTIONS(IBEX_LOAD)
#undef IBEX_LOAD
  return nullptr;
}
const char* fill(const OpenedLibrary& library, NvrtcFunctions& to) {
#define IBEX_LOAD(name, symbolName, parameters)                                            \
  to.name = reinterpret_cast<NvrtcResult(*) parameters>(library.symbol(#symbolName));      \
  if (to.name == nullptr) return #symbolName;
  IBEX_NVRTC_FUNCTIONS(IBEX_LOAD)
#undef IBEX_LOAD
  return nullptr;
}

std::string errorWords(const DriverFunctions& driver, CuResult result) {
  const char* name = nullptr;
  const char* words = nullptr;
  driver.getErrorName(result, &name);
  driver.getErrorString(result, &words);
  return std::string(name == nullptr ? "an error unknown to the driver" : name) + (words == nullptr ? "" : ": ") +
         (words == nullptr ? "" : words);
}

constexpr const char* kDriverAdvice =
    "Install NVIDIA's driver for your GPU (in a container: start it with the GPU, for instance docker run --gpus all).";
constexpr const char* kNvrtcAdvice =
    "Install the CUDA toolkit that the driver is for (12 or 13), or \"pip install nvidia-cuda-nvrtc\" in the active Python environment, or list "
    "folders with its libraries in IBEX_CUDA_LIBRARIES.";

// What does not do: `reason` gets the first.
void missing(Search& search, const std::string& reason) {
  if (search.reason.empty()) search.reason = reason;
}

ComponentReport searchDriver(Search& search, Libraries& found) {
  ComponentReport report{"NVIDIA driver (libcuda.so.1)", false, true, "", "", kDriverAdvice};
  std::string why;
  const auto library = openDriverLibrary(&why);
  if (!library) {
    missing(search, why.empty() ? "NVIDIA's driver (libcuda.so.1) is not installed." : "NVIDIA's driver can't be loaded: " + why);
    return report;
  }
  report.path = library->path;
  if (const char* symbol = fill(*library, found.driver)) {
    report.advice = "It is too old (it has no " + std::string(symbol) + "); install one for CUDA 12 or newer.";
    missing(search, "NVIDIA's driver (" + library->path + ") is too old: it has no " + symbol + ".");
    return report;
  }
  found.driver.driverGetVersion(&found.driverVersion);
  report.version = cudaVersion(found.driverVersion);
  if (found.driverVersion != 0 && found.driverVersion < kOldestCuda * 1000) {
    report.advice = "It is too old (" + report.version + "); install one for CUDA 12 or newer.";
    missing(search, "NVIDIA's driver is too old: it is for " + report.version + ", and CUDA 12 is needed.");
    return report;
  }
  if (const CuResult result = found.driver.init(0); result != 0) {
    const std::string words = errorWords(found.driver, result);
    report.advice = "The driver does not start (" + words + ").";
    missing(search, result == kCuNoDevice ? "NVIDIA's driver finds no GPU." : "NVIDIA's driver does not start (" + words + ").");
    return report;
  }
  report.found = true;
  found.driver.deviceGetCount(&found.deviceCount);
  if (found.deviceCount == 0) missing(search, "NVIDIA's driver finds no GPU.");
  return report;
}

ComponentReport searchNvrtc(Search& search, Libraries& found) {
  ComponentReport report{"NVRTC (libnvrtc), which compiles the kernels", false, true, "", "", kNvrtcAdvice};
  std::string why;
  const auto library = openNvrtc(found.driverVersion, &why);
  if (!library) {
    missing(search, why.empty() ? "NVRTC (libnvrtc), which compiles the kernels, was not found. " + std::string(kNvrtcAdvice)
                                : "NVRTC can't be loaded: " + why);
    return report;
  }
  report.path = library->path;
  if (const char* symbol = fill(*library, found.nvrtc)) {
    missing(search, "NVRTC (" + library->path + ") is too old: it has no " + symbol + ". " + kNvrtcAdvice);
    return report;
  }
  found.nvrtc.version(&found.nvrtcMajor, &found.nvrtcMinor);
  report.version = std::to_string(found.nvrtcMajor) + "." + std::to_string(found.nvrtcMinor);
  report.found = true;
  return report;
}

struct Searched {
  std::mutex mutex;
  bool done = false;
  Libraries libraries;
  Search result;
};

Searched& searched() {
  static auto* const state = new Searched;  // as long as the libraries are open, which is to the process's end
  return *state;
}

}  // namespace

void* OpenedLibrary::symbol(const char* name) const { return dlsym(handle, name); }

std::optional<OpenedLibrary> openLibrary(const std::vector<std::string>& names, std::string* why) {
  if (explicitFolders().empty()) {
    if (auto library = openByName(names, why)) return library;
  }
  return openIn(libraryFolders(), names, why);
}

std::optional<OpenedLibrary> openDriverLibrary(std::string* why) {
  const std::vector<std::string> names = {"libcuda.so.1"};
  if (auto library = openIn(explicitFolders(), names, why)) return library;
  return openByName(names, why);
}

std::vector<std::string> libraryFolders() {
  std::vector<std::string> folders = explicitFolders();
  return folders.empty() ? usualFolders() : folders;
}

Search searchLibraries(bool again) {
  Searched& state = searched();
  const std::lock_guard lock(state.mutex);
  if (state.done && (!again || state.result.usable != nullptr)) return state.result;
  state.result = {};
  Libraries found;
  ComponentReport driver = searchDriver(state.result, found);
  ComponentReport nvrtc = searchNvrtc(state.result, found);
  state.result.components = {std::move(driver), std::move(nvrtc)};
  if (state.result.reason.empty()) {
    state.libraries = found;
    state.result.usable = &state.libraries;
  }
  state.done = true;
  return state.result;
}

const Libraries& libraries() {
  const Search search = searchLibraries(false);
  if (search.usable == nullptr) throw Error(ErrorCode::kUnsupported, search.reason);
  return *search.usable;
}

void checkDriver(CuResult result, const char* call) {
  if (result == 0) return;
  const std::string words = errorWords(libraries().driver, result);
  if (result == kCuOutOfMemory) throw Error(ErrorCode::kOutOfMemory, "Out of the GPU's memory: " + words + ".");
  throw Error(ErrorCode::kInternal, "CUDA failed in " + std::string(call) + ": " + words + ".");
}

}  // namespace ibex::cuda
