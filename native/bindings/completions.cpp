#include "bindings/completions.h"

#include "bindings/errors.h"

namespace ibex::bindings {

Completions::Completions(Napi::Env env)
    : function_(Function::New(env, "ibex", 0, 1, this)) {
  function_.Unref(env);
}

void Completions::close() { function_.Abort(); }

Completion* Completions::begin(Napi::Env env) {
  if (underWay_++ == 0) function_.Ref(env);
  return new Completion(env);
}

void Completions::finish(Completion* completion, std::shared_ptr<const Error> error) {
  completion->error = std::move(error);
  // Refused when the environment is going away: its promises and the memory they hold go with it, and must not be
  // touched from this thread.
  function_.NonBlockingCall(completion);
}

void Completions::settle(Napi::Env env, Napi::Function, Completions* self, Completion* completion) {
  const std::unique_ptr<Completion> owned(completion);
  if (static_cast<napi_env>(env) == nullptr) return;
  const Napi::HandleScope scope(env);
  if (--self->underWay_ == 0) self->function_.Unref(env);
  if (owned->error) {
    owned->deferred.Reject(toJs(env, *owned->error).Value());
  } else {
    owned->deferred.Resolve(env.Undefined());
  }
}

}  // namespace ibex::bindings
