// A descriptor of cuDNN's backend API, and how it is filled.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "backends/cuda/runtime/cudnn_api.h"
#include "ir/error.h"

namespace ibex::cuda {

// Throws Error{kUnsupported} where cuDNN refuses: a convolution then is done in another way.
inline void checkDnn(DnnStatus status, const char* call) {
  if (status == 0) return;
  throw Error(ErrorCode::kUnsupported, "cuDNN refuses " + std::string(call) + " with status " + std::to_string(status) + ".");
}

class DnnObject {
 public:
  DnnObject(const CudnnFunctions& dnn, int type) : dnn_(&dnn) {
    checkDnn(dnn.createDescriptor(type, &descriptor_), "cudnnBackendCreateDescriptor");
  }
  ~DnnObject() {
    if (descriptor_ != nullptr) dnn_->destroyDescriptor(descriptor_);
  }
  DnnObject(DnnObject&& other) noexcept : dnn_(other.dnn_), descriptor_(std::exchange(other.descriptor_, nullptr)) {}
  DnnObject& operator=(DnnObject&& other) noexcept {
    std::swap(dnn_, other.dnn_);
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }

  DnnDescriptor get() const { return descriptor_; }

  // type: of kDnnType…, and Value what the library reads for it: an int for its enumerations.
  template <class Value>
  DnnObject& set(int attribute, int type, const Value& value) {
    return setAll(attribute, type, std::span(&value, 1));
  }
  template <class Value>
  DnnObject& setAll(int attribute, int type, std::span<const Value> values) {
    checkDnn(dnn_->setAttribute(descriptor_, attribute, type, static_cast<int64_t>(values.size()), values.data()),
             "cudnnBackendSetAttribute");
    return *this;
  }
  DnnObject& set(int attribute, const DnnObject& value) { return set(attribute, kDnnTypeDescriptor, value.descriptor_); }
  DnnObject& setIntegers(int attribute, const std::vector<int64_t>& values) {
    return setAll(attribute, kDnnTypeInt64, std::span<const int64_t>(values));
  }
  DnnObject& finalize() {
    checkDnn(dnn_->finalize(descriptor_), "cudnnBackendFinalize");
    return *this;
  }

  // Gives how many there are; up to `room` of them are written.
  int64_t read(int attribute, int type, int64_t room, void* to) const {
    int64_t count = 0;
    checkDnn(dnn_->getAttribute(descriptor_, attribute, type, room, &count, to), "cudnnBackendGetAttribute");
    return count;
  }

 private:
  const CudnnFunctions* dnn_;
  DnnDescriptor descriptor_ = nullptr;
};

}  // namespace ibex::cuda
