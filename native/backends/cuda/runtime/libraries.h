// Finds and opens NVIDIA's libraries. Nothing is linked: a machine without them is told so, in words.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "backends/cuda/runtime/driver_api.h"

namespace ibex::cuda {

struct OpenedLibrary {
  void* handle = nullptr;
  std::string path;  // of the file
  // Null where the library does not have it.
  void* symbol(const char* name) const;
};

// Opens the first that is there of several names ("libcublasLt.so.13", "libcublasLt.so.12"), and keeps it open for the life
// of the process. Where IBEX_CUDA_LIBRARIES lists folders, only these are searched; else what the system finds by the name
// (LD_LIBRARY_PATH, ld.so.conf), the toolkit's usual folders, and those of Python's nvidia-* wheels (of the active
// environment, of the user, of the python3 on the path). Where one was found but can't be loaded, `why` says what
// the loader said.
std::optional<OpenedLibrary> openLibrary(const std::vector<std::string>& names, std::string* why = nullptr);

// The driver's library is the system's: IBEX_CUDA_LIBRARIES only comes first.
std::optional<OpenedLibrary> openDriverLibrary(std::string* why = nullptr);

// Folders that openLibrary() searches besides what the system finds, in their order.
std::vector<std::string> libraryFolders();

// A library that the backend looked for, as the plug-in's table reports it.
struct ComponentReport {
  std::string name;
  bool found = false;
  bool needed = false;
  std::string version;
  std::string path;
  std::string advice;
};

// The driver and NVRTC, once they are both there and work, with the number of devices.
struct Libraries {
  DriverFunctions driver;
  NvrtcFunctions nvrtc;
  int driverVersion = 0;  // 13000 for CUDA 13.0
  int nvrtcMajor = 0;
  int nvrtcMinor = 0;
  int deviceCount = 0;
};

// What was found of the two. `usable` is null where something that is needed is missing; `reason` then says what, and
// what to do.
struct Search {
  const Libraries* usable = nullptr;
  std::string reason;
  std::vector<ComponentReport> components;
};

// Searches on the first call; `again` searches anew where it was in vain. Thread-safe.
Search searchLibraries(bool again);

// Throws Error{kUnsupported} with the reason where they can't be used.
const Libraries& libraries();

// Throws Error{kOutOfMemory} or Error{kInternal} for what `call` gave, with the driver's own words.
void checkDriver(CuResult result, const char* call);

}  // namespace ibex::cuda
