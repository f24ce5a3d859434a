// Errors on their way through the plug-ins' table: ibex::Error to a status, and back.
#pragma once

#include <algorithm>
#include <new>
#include <optional>
#include <string>

#include "backends/plugin_abi.h"
#include "ir/error.h"

namespace ibex::plugin {

// The plug-in's side: what the thread's last failing call had to say.
inline std::optional<Error>& threadError() {
  static thread_local std::optional<Error> error;
  return error;
}

inline IbexStatus statusOf(ErrorCode code) { return 1 + static_cast<IbexStatus>(code); }

// Runs `body` of a function of the table: what it throws becomes the status and the thread's error.
template <class Body>
IbexStatus guarded(Body&& body) noexcept {
  try {
    try {
      body();
      return 0;
    } catch (const Error& error) {
      threadError().emplace(error);
    } catch (const std::bad_alloc&) {
      threadError().emplace(ErrorCode::kOutOfMemory, "Out of host memory.");
    } catch (const std::exception& error) {
      threadError().emplace(ErrorCode::kInternal, error.what());
    }
    return statusOf(threadError()->code());
  } catch (...) {
    threadError().reset();
    return statusOf(ErrorCode::kInternal);
  }
}

// The table's lastError().
inline void describeThreadError(IbexPluginError* out) noexcept {
  *out = {};
  const std::optional<Error>& error = threadError();
  if (!error) {
    out->status = statusOf(ErrorCode::kInternal);
    out->message = "The backend failed without a reason.";
    return;
  }
  out->status = statusOf(error->code());
  out->message = error->what();
  out->scope = error->scope().c_str();
  if (const auto& fault = error->fault()) {
    out->hasFault = 1;
    out->index = fault->index;
    out->axis = fault->axis;
    out->extent = fault->extent;
    out->rank = static_cast<int32_t>(std::min<size_t>(fault->position.size(), IBEX_PLUGIN_MAX_RANK));
    std::copy_n(fault->position.begin(), out->rank, out->position);
  }
}

// The host's side: throws what a status stands for.
inline void check(const IbexPluginTable& table, IbexStatus status) {
  if (status == 0) return;
  IbexPluginError error{};
  table.lastError(&error);
  const std::string message = error.message == nullptr ? "" : error.message;
  const std::string scope = error.scope == nullptr ? "" : error.scope;
  if (error.hasFault != 0) {
    const int32_t rank = std::clamp<int32_t>(error.rank, 0, IBEX_PLUGIN_MAX_RANK);
    throw Error(IndexFault{error.index, error.axis, error.extent, {error.position, error.position + rank}}, message,
                scope);
  }
  const bool known = status >= 1 && status <= statusOf(ErrorCode::kInternal);
  throw Error(known ? static_cast<ErrorCode>(status - 1) : ErrorCode::kInternal, message, scope);
}

}  // namespace ibex::plugin
