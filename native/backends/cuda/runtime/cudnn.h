// cuDNN, where it is there: without it, convolutions are our own kernels'.
#pragma once

#include <memory>
#include <string>

#include "backends/cuda/runtime/context.h"
#include "backends/cuda/runtime/cudnn_api.h"
#include "backends/cuda/runtime/libraries.h"

namespace ibex::cuda {

class Cudnn {
 public:
  // What the search for libraries finds, on the first call. Null where it is not there, or not for this driver.
  static const Cudnn* find();
  // The library in that file. Null where it can't be used; `why` then says why not.
  static std::unique_ptr<Cudnn> open(const OpenedLibrary& library, std::string* why);
  // For reports.
  static ComponentReport report();

  const CudnnFunctions& functions() const { return functions_; }
  const std::string& version() const { return version_; }
  const std::string& path() const { return path_; }

  // For one thread at a time. Null where cuDNN does not start on the device.
  std::shared_ptr<DnnHandleObject> makeHandle(Context& context) const;

 private:
  Cudnn() = default;

  CudnnFunctions functions_;
  std::string version_, path_;
};

}  // namespace ibex::cuda
