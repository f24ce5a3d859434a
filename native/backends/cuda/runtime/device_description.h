// What a GPU is, for reports: it need not be in use.
#pragma once

#include <cstdint>
#include <string>

#include "backends/cuda/runtime/libraries.h"

namespace ibex::cuda {

struct DeviceDescription {
  std::string name;
  std::string detail;
  uint64_t totalBytes = 0;
  uint64_t freeBytes = 0;
};

// Throws Error{kInvalidArgument} where there is no such device.
DeviceDescription describeDevice(const Libraries& libraries, int index);

// 90 for compute capability 9.0. Likewise.
int capabilityOf(const Libraries& libraries, int index);

}  // namespace ibex::cuda
