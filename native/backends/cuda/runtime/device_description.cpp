#include "backends/cuda/runtime/device_description.h"

#include "ir/error.h"

namespace ibex::cuda {
namespace {

CuDevice deviceOf(const Libraries& libraries, int index) {
  if (index < 0 || index >= libraries.deviceCount) {
    throw Error(ErrorCode::kInvalidArgument, "There is no device cuda:" + std::to_string(index) + "; this machine has " +
                                                 std::to_string(libraries.deviceCount) + ".");
  }
  CuDevice device = 0;
  checkDriver(libraries.driver.deviceGet(&device, index), "cuDeviceGet");
  return device;
}

// Only a device in use tells what is free: it is taken for a moment.
uint64_t freeBytesOf(const DriverFunctions& driver, CuDevice device) {
  CuContext context = nullptr;
  if (driver.primaryContextRetain(&context, device) != 0) return 0;
  CuContext before = nullptr;
  driver.contextGetCurrent(&before);
  size_t free = 0;
  size_t total = 0;
  if (driver.contextSetCurrent(context) == 0) driver.memGetInfo(&free, &total);
  driver.contextSetCurrent(before);
  driver.primaryContextRelease(device);
  return free;
}

}  // namespace

int capabilityOf(const Libraries& libraries, int index) {
  const CuDevice device = deviceOf(libraries, index);
  int major = 0;
  int minor = 0;
  checkDriver(libraries.driver.deviceGetAttribute(&major, kCuCapabilityMajor, device), "cuDeviceGetAttribute");
  checkDriver(libraries.driver.deviceGetAttribute(&minor, kCuCapabilityMinor, device), "cuDeviceGetAttribute");
  return major * 10 + minor;
}

DeviceDescription describeDevice(const Libraries& libraries, int index, bool withFree) {
  const CuDevice device = deviceOf(libraries, index);
  const DriverFunctions& driver = libraries.driver;
  char name[256] = {};
  checkDriver(driver.deviceGetName(name, sizeof(name) - 1, device), "cuDeviceGetName");
  size_t total = 0;
  checkDriver(driver.deviceTotalMem(&total, device), "cuDeviceTotalMem");
  const int capability = capabilityOf(libraries, index);
  return {name, "compute capability " + std::to_string(capability / 10) + "." + std::to_string(capability % 10), total,
          withFree ? freeBytesOf(driver, device) : 0};
}

}  // namespace ibex::cuda
