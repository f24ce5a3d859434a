// What a profiler noted, as values of JavaScript.
#pragma once

#include <napi.h>

#include "backends/backend.h"
#include "executor/profiler.h"

namespace ibex::bindings {

Napi::Object profileToJs(Napi::Env env, const Profiler& profiler, const DeviceLimits& limits);

}  // namespace ibex::bindings
