// The one exception type of the core. It never crosses the C or N-API boundary: bindings turn it into a typed JS error.
#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace ibex {

enum class ErrorCode {
  kInvalidArgument,   // IBEX_INVALID_ARGUMENT
  kInvalidGraph,      // IBEX_INVALID_GRAPH: malformed bytes or text, a graph the verifier refuses
  kUnsupported,       // IBEX_UNSUPPORTED: a dtype or option that the backend cannot do
  kIndexOutOfRange,   // IBEX_INDEX_OUT_OF_RANGE: gather/scatter index seen at run time
  kOutOfMemory,       // IBEX_OUT_OF_MEMORY
  kInternal,          // IBEX_INTERNAL
};

constexpr const char* errorCodeName(ErrorCode c) {
  switch (c) {
    case ErrorCode::kInvalidArgument: return "IBEX_INVALID_ARGUMENT";
    case ErrorCode::kInvalidGraph: return "IBEX_INVALID_GRAPH";
    case ErrorCode::kUnsupported: return "IBEX_UNSUPPORTED";
    case ErrorCode::kIndexOutOfRange: return "IBEX_INDEX_OUT_OF_RANGE";
    case ErrorCode::kOutOfMemory: return "IBEX_OUT_OF_MEMORY";
    case ErrorCode::kInternal: break;
  }
  return "IBEX_INTERNAL";
}

// An index that a kernel found out of range: where it stands among the indices, and the axis that it was to pick from.
struct IndexFault {
  int64_t index;
  int64_t axis;
  int64_t extent;
  std::vector<int64_t> position;
};

class Error : public std::runtime_error {
 public:
  Error(ErrorCode code, const std::string& message, std::string scope = {})
      : std::runtime_error(message), code_(code), scope_(std::move(scope)) {}
  Error(const IndexFault& fault, const std::string& message, std::string scope)
      : std::runtime_error(message), code_(ErrorCode::kIndexOutOfRange), scope_(std::move(scope)), fault_(fault) {}
  // The same, of the node with that scope, unless it says where it arose itself.
  Error in(const std::string& scope) const {
    Error copy = *this;
    if (copy.scope_.empty()) copy.scope_ = scope;
    return copy;
  }
  ErrorCode code() const { return code_; }
  // Layer path of the node that failed ("model/block_2/dense"), or empty.
  const std::string& scope() const { return scope_; }
  // What was wrong, for kIndexOutOfRange.
  const std::optional<IndexFault>& fault() const { return fault_; }

 private:
  ErrorCode code_;
  std::string scope_;
  std::optional<IndexFault> fault_;
};

}  // namespace ibex
