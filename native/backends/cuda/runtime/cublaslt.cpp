#include "backends/cuda/runtime/cublaslt.h"

#include <utility>

#include "ir/error.h"

namespace ibex::cuda {
namespace {

struct Found {
  std::unique_ptr<CublasLt> library;
  std::string why;
};

const Found& found() {
  static const auto* const once = [] {
    auto* found = new Found;
    // Of the version that NVRTC has: what is installed together works together.
    const std::string newest = std::to_string(libraries().nvrtcMajor);
    if (const auto library = openLibrary({"libcublasLt.so." + newest}, &found->why)) {
      found->library = CublasLt::open(*library, &found->why);
    }
    return found;
  }();
  return *once;
}

}  // namespace

const CublasLt* CublasLt::find() { return found().library.get(); }

std::unique_ptr<CublasLt> CublasLt::open(const OpenedLibrary& library, std::string* why) {
  std::unique_ptr<CublasLt> lt(new CublasLt);
  const auto load = [&](auto& function, const char* name) {
    function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(library.symbol(name));
    if (function == nullptr) *why = std::string("it has no ") + name;
    return function != nullptr;
  };
#define IBEX_LOAD(name, symbol, parameters) \
  if (!load(lt->functions_.name, #symbol)) return nullptr;
  IBEX_CUBLASLT_FUNCTIONS(IBEX_LOAD)
#undef IBEX_LOAD
  if (!load(lt->functions_.version, "cublasLtGetVersion")) return nullptr;
  const size_t version = lt->functions_.version();  // 130100 for 13.1
  lt->version_ = std::to_string(version / 10000) + "." + std::to_string(version / 100 % 100) + "." + std::to_string(version % 100);
  lt->path_ = library.path;
  return lt;
}

ComponentReport CublasLt::report() {
  ComponentReport report{"cuBLASLt (libcublasLt), for products of matrices", false, false, "", "", ""};
  if (const CublasLt* lt = find()) {
    report.found = true;
    report.version = lt->version();
    report.path = lt->path();
    return report;
  }
  report.advice = found().why.empty() ? "" : "It can't be used: " + found().why + ". ";
  report.advice +=
      "Kernels of our own take its place, which are slower. It comes with the CUDA toolkit, or with "
      "\"pip install nvidia-cublas\".";
  return report;
}

LtHandle CublasLt::handle(Context& context) const {
  std::shared_ptr<void>& kept = context.attachment(this);
  if (kept == nullptr) {
    context.stream();  // makes the device the thread's
    LtHandle handle = nullptr;
    checkLt(functions_.create(&handle), "cublasLtCreate");
    kept = {static_cast<void*>(handle), [destroy = functions_.destroy](void* each) { destroy(static_cast<LtHandle>(each)); }};
  }
  return static_cast<LtHandle>(kept.get());
}

void checkLt(LtStatus status, const char* call) {
  if (status == 0) return;
  throw Error(ErrorCode::kInternal, "cuBLASLt failed in " + std::string(call) + " with status " + std::to_string(status) + ".");
}

}  // namespace ibex::cuda
