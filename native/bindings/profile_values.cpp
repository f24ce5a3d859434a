#include "bindings/profile_values.h"

namespace ibex::bindings {

namespace {

constexpr double kNanosecondsPerMillisecond = 1e6;
constexpr double kNanosecondsPerMicrosecond = 1e3;

void set(Napi::Object& object, const char* name, double value) {
  object.Set(name, Napi::Number::New(object.Env(), value));
}

void set(Napi::Object& object, const char* name, const std::string& value) {
  object.Set(name, Napi::String::New(object.Env(), value));
}

Napi::Object callToJs(Napi::Env env, const CallProfile& call) {
  Napi::Object result = Napi::Object::New(env);
  set(result, "name", call.name);
  set(result, "shape", call.shape);
  set(result, "scope", call.scope);
  set(result, "flops", static_cast<double>(call.cost.flops));
  set(result, "bytes", static_cast<double>(call.cost.bytes));
  set(result, "count", static_cast<double>(call.count));
  set(result, "milliseconds", static_cast<double>(call.nanoseconds) / kNanosecondsPerMillisecond);
  set(result, "leastMilliseconds", static_cast<double>(call.leastNanoseconds) / kNanosecondsPerMillisecond);
  return result;
}

Napi::Object programToJs(Napi::Env env, const ProgramProfile& program) {
  Napi::Object result = Napi::Object::New(env);
  set(result, "name", program.name);
  set(result, "runs", static_cast<double>(program.runs));
  set(result, "milliseconds", static_cast<double>(program.nanoseconds) / kNanosecondsPerMillisecond);
  set(result, "compileMilliseconds", static_cast<double>(program.compileNanoseconds) / kNanosecondsPerMillisecond);
  Napi::Array calls = Napi::Array::New(env, program.calls.size());
  for (size_t i = 0; i < program.calls.size(); ++i) calls.Set(static_cast<uint32_t>(i), callToJs(env, program.calls[i]));
  result.Set("calls", calls);
  return result;
}

// Five numbers an event: kind, program, call, start and duration in microseconds.
Napi::Float64Array eventsToJs(Napi::Env env, const std::vector<TraceEvent>& events) {
  Napi::Float64Array result = Napi::Float64Array::New(env, events.size() * 5);
  double* to = result.Data();
  for (const TraceEvent& event : events) {
    *to++ = static_cast<double>(event.kind);
    *to++ = event.program;
    *to++ = event.call;
    *to++ = static_cast<double>(event.start) / kNanosecondsPerMicrosecond;
    *to++ = static_cast<double>(event.duration) / kNanosecondsPerMicrosecond;
  }
  return result;
}

}  // namespace

Napi::Object profileToJs(Napi::Env env, const Profiler& profiler, const DeviceLimits& limits) {
  Napi::Object result = Napi::Object::New(env);
  set(result, "flopsPerSecond", limits.flopsPerSecond);
  set(result, "halfProductFlopsPerSecond", limits.halfProductFlopsPerSecond);
  set(result, "bytesPerSecond", limits.bytesPerSecond);
  Napi::Array programs = Napi::Array::New(env, profiler.programs().size());
  for (const auto& program : profiler.programs()) programs.Set(program->index, programToJs(env, *program));
  result.Set("programs", programs);
  result.Set("events", eventsToJs(env, profiler.events()));
  set(result, "eventsDropped", static_cast<double>(profiler.dropped()));
  return result;
}

}  // namespace ibex::bindings
