// Native errors as JavaScript's.
#pragma once

#include <napi.h>

#include "ir/error.h"

namespace ibex::bindings {

// An Error with `code` and, where there is one, `scope`.
inline Napi::Error toJs(Napi::Env env, const Error& error) {
  Napi::Error result = Napi::Error::New(env, error.what());
  result.Set("code", Napi::String::New(env, errorCodeName(error.code())));
  if (!error.scope().empty()) result.Set("scope", Napi::String::New(env, error.scope()));
  return result;
}

}  // namespace ibex::bindings
