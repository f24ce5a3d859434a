// cuBLASLt, where it is there: without it, products of matrices are our own kernels'.
#pragma once

#include <memory>
#include <string>

#include "backends/cuda/runtime/context.h"
#include "backends/cuda/runtime/cublaslt_api.h"
#include "backends/cuda/runtime/libraries.h"

namespace ibex::cuda {

class CublasLt {
 public:
  // What the search for libraries finds, on the first call. Null where it is not there, or too old.
  static const CublasLt* find();
  // The library in that file. Null where it can't be used; `why` then says why not.
  static std::unique_ptr<CublasLt> open(const OpenedLibrary& library, std::string* why);
  // For reports.
  static ComponentReport report();

  const CublasLtFunctions& functions() const { return functions_; }
  const std::string& version() const { return version_; }
  const std::string& path() const { return path_; }

  // The context's handle, which lives as long as that does.
  LtHandle handle(Context& context) const;

 private:
  CublasLt() = default;

  CublasLtFunctions functions_;
  std::string version_, path_;
};

// Throws Error{kInternal} for what `call` gave.
void checkLt(LtStatus status, const char* call);

}  // namespace ibex::cuda
