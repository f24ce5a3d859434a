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
  uint64_t freeBytes = 0;  // 0 where it was not asked for
};

// Throws Error{kInvalidArgument} where there is no such device. To tell what is free takes a fraction of a second where the
// device is not in use.
DeviceDescription describeDevice(const Libraries& libraries, int index, bool withFree);

// 90 for compute capability 9.0. Likewise.
int capabilityOf(const Libraries& libraries, int index);

}  // namespace ibex::cuda
