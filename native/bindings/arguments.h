// Checked access to what JavaScript passes.
#pragma once

#include <napi.h>

#include <cstdint>
#include <span>
#include <string>

#include "ir/error.h"

namespace ibex::bindings {

[[noreturn]] inline void badArgument(const std::string& message) {
  throw Error(ErrorCode::kInvalidArgument, message);
}

inline int64_t integerArgument(const Napi::CallbackInfo& info, size_t at, const char* name) {
  if (info.Length() <= at || !info[at].IsNumber()) badArgument(std::string(name) + " must be a number.");
  const double value = info[at].As<Napi::Number>().DoubleValue();
  if (!(value >= -9007199254740992.0 && value <= 9007199254740992.0) || value != static_cast<double>(static_cast<int64_t>(value))) {
    badArgument(std::string(name) + " must be an integer.");
  }
  return static_cast<int64_t>(value);
}

struct Bytes {
  uint8_t* data;
  size_t size;
};

// The bytes of a typed array, DataView or Buffer.
inline Bytes bytesArgument(const Napi::CallbackInfo& info, size_t at, const char* name) {
  if (info.Length() > at && info[at].IsTypedArray()) {
    const auto array = info[at].As<Napi::TypedArray>();
    auto* base = static_cast<uint8_t*>(array.ArrayBuffer().Data());
    return {base == nullptr ? nullptr : base + array.ByteOffset(), array.ByteLength()};
  }
  if (info.Length() > at && info[at].IsDataView()) {
    const auto view = info[at].As<Napi::DataView>();
    return {static_cast<uint8_t*>(view.Data()), view.ByteLength()};
  }
  badArgument(std::string(name) + " must be a typed array, a DataView or a Buffer.");
}

inline Napi::Int32Array int32Argument(const Napi::CallbackInfo& info, size_t at, const char* name) {
  if (info.Length() <= at || !info[at].IsTypedArray() ||
      info[at].As<Napi::TypedArray>().TypedArrayType() != napi_int32_array) {
    badArgument(std::string(name) + " must be an Int32Array.");
  }
  return info[at].As<Napi::Int32Array>();
}

}  // namespace ibex::bindings
