// Promises that the device's thread fulfils.
#pragma once

#include <napi.h>

#include <memory>

#include "ir/error.h"

namespace ibex::bindings {

// A promise under way. Made on JavaScript's thread; the device's thread calls `finish` once, from then on it is not its own.
struct Completion {
  explicit Completion(Napi::Env env) : deferred(Napi::Promise::Deferred::New(env)) {}
  Napi::Promise::Deferred deferred;
  Napi::Reference<Napi::Value> keptAlive;  // memory that the device's thread writes to
  std::shared_ptr<const Error> error;
};

class Completions {
 public:
  explicit Completions(Napi::Env env);

  // Of an addon instance that is shutting down nothing is called any more.
  void close();

  // On JavaScript's thread: a new promise. While there are any, they keep the process alive.
  Completion* begin(Napi::Env env);
  // On the device's thread.
  void finish(Completion* completion, std::shared_ptr<const Error> error);

 private:
  static void settle(Napi::Env env, Napi::Function, Completions* self, Completion* completion);
  using Function = Napi::TypedThreadSafeFunction<Completions, Completion, settle>;

  Function function_;
  size_t underWay_ = 0;  // JavaScript's thread only
};

}  // namespace ibex::bindings
