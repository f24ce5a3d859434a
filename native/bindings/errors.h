// Native errors as JavaScript's.
#pragma once

#include <napi.h>

#include "ir/error.h"

namespace ibex::bindings {

// An Error with `code` and, where there are, `scope` and `fault`.
inline Napi::Error toJs(Napi::Env env, const Error& error) {
  Napi::Error result = Napi::Error::New(env, error.what());
  result.Set("code", Napi::String::New(env, errorCodeName(error.code())));
  if (!error.scope().empty()) result.Set("scope", Napi::String::New(env, error.scope()));
  if (const auto& fault = error.fault()) {
    Napi::Array position = Napi::Array::New(env, fault->position.size());
    for (size_t i = 0; i < fault->position.size(); ++i) {
      position.Set(static_cast<uint32_t>(i), Napi::Number::New(env, static_cast<double>(fault->position[i])));
    }
    Napi::Object object = Napi::Object::New(env);
    object.Set("index", Napi::Number::New(env, static_cast<double>(fault->index)));
    object.Set("axis", Napi::Number::New(env, static_cast<double>(fault->axis)));
    object.Set("extent", Napi::Number::New(env, static_cast<double>(fault->extent)));
    object.Set("position", position);
    result.Set("fault", object);
  }
  return result;
}

}  // namespace ibex::bindings
