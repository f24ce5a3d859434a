#include "backends/cuda/runtime/library_folders.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>

namespace ibex::cuda {
namespace {

namespace fs = std::filesystem;

std::string setting(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::vector<std::string> split(const std::string& list) {
  std::vector<std::string> parts;
  for (size_t begin = 0; begin <= list.size();) {
    const size_t end = std::min(list.find(':', begin), list.size());
    if (end > begin) parts.push_back(list.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

// The folders in `folder` whose name starts with `prefix`; newer versions first.
std::vector<fs::path> children(const fs::path& folder, const std::string& prefix = "") {
  std::vector<fs::path> found;
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, ignored)) {
    if (entry.is_directory(ignored) && entry.path().filename().string().starts_with(prefix)) found.push_back(entry.path());
  }
  std::sort(found.rbegin(), found.rend());
  return found;
}

void addIfThere(std::vector<std::string>& to, const fs::path& folder) {
  std::error_code ignored;
  if (!fs::is_directory(folder, ignored)) return;
  if (std::find(to.begin(), to.end(), folder.string()) == to.end()) to.push_back(folder.string());
}

// nvidia-cudnn-cu13 puts its libraries into nvidia/cudnn/lib, others of CUDA 13 into nvidia/cu13/lib.
void addWheels(std::vector<std::string>& to, const fs::path& sitePackages) {
  for (const fs::path& package : children(sitePackages / "nvidia")) addIfThere(to, package / "lib");
}

// Of an environment or installation of Python: lib/python3.11/site-packages below its root.
void addPython(std::vector<std::string>& to, const fs::path& root) {
  for (const fs::path& python : children(root / "lib", "python3")) {
    addWheels(to, python / "site-packages");
    addWheels(to, python / "dist-packages");
  }
}

}  // namespace

std::vector<std::string> explicitFolders() { return split(setting("IBEX_CUDA_LIBRARIES")); }

std::vector<std::string> usualFolders() {
  std::vector<std::string> folders;
  for (const char* variable : {"CUDA_HOME", "CUDA_PATH"}) {
    const std::string toolkit = setting(variable);
    if (toolkit.empty()) continue;
    addIfThere(folders, fs::path(toolkit) / "lib64");
    addIfThere(folders, fs::path(toolkit) / "lib");
  }
  std::vector<fs::path> toolkits = {"/usr/local/cuda", "/opt/cuda"};
  for (const fs::path& toolkit : children("/usr/local", "cuda-")) toolkits.push_back(toolkit);
  for (const fs::path& toolkit : toolkits) {
    addIfThere(folders, toolkit / "lib64");
    addIfThere(folders, toolkit / "targets" / "x86_64-linux" / "lib");
    addIfThere(folders, toolkit / "targets" / "sbsa-linux" / "lib");
  }
  for (const char* variable : {"VIRTUAL_ENV", "CONDA_PREFIX"}) {
    const std::string environment = setting(variable);
    if (environment.empty()) continue;
    addPython(folders, environment);
    addIfThere(folders, fs::path(environment) / "lib");
  }
  if (const std::string home = setting("HOME"); !home.empty()) addPython(folders, fs::path(home) / ".local");
  for (const std::string& folder : split(setting("PATH"))) {
    std::error_code ignored;
    const fs::path python = fs::path(folder) / "python3";
    if (!fs::exists(python, ignored)) continue;
    addPython(folders, fs::path(folder).parent_path());
    const fs::path real = fs::canonical(python, ignored);
    if (!real.empty()) addPython(folders, real.parent_path().parent_path());
    break;
  }
  addPython(folders, "/usr/local");
  addPython(folders, "/usr");
  addWheels(folders, "/usr/lib/python3/dist-packages");
  return folders;
}

}  // namespace ibex::cuda
