// What one instance of the addon (one per worker thread) owns.
#pragma once

#include <napi.h>

#include <memory>
#include <new>
#include <vector>

#include "bindings/arguments.h"
#include "bindings/completions.h"
#include "bindings/errors.h"
#include "bindings/handles.h"
#include "executor/device.h"
#include "executor/program.h"

namespace ibex::bindings {

class Instance {
 public:
  Instance(Napi::Env env, Napi::Object exports);

 private:
  void defineDevices(Napi::Env env, Napi::Object exports);
  template <Napi::Value (Instance::*Method)(const Napi::CallbackInfo&)>
  void define(Napi::Env env, Napi::Object exports, const char* name) {
    const auto call = [](const Napi::CallbackInfo& info) -> Napi::Value {
      auto* self = static_cast<Instance*>(info.Data());
      try {
        return (self->*Method)(info);
      } catch (const Napi::Error&) {
        throw;
      } catch (const Error& error) {
        throw toJs(info.Env(), error);
      } catch (const std::bad_alloc&) {
        throw toJs(info.Env(), Error(ErrorCode::kOutOfMemory, "Out of memory."));
      } catch (const std::exception& error) {
        throw toJs(info.Env(), Error(ErrorCode::kInternal, error.what()));
      }
    };
    exports.Set(name, Napi::Function::New(env, call, name, this));
  }

  Napi::Value buildInfo(const Napi::CallbackInfo& info);
  Napi::Value setNumThreads(const Napi::CallbackInfo& info);
  Napi::Value getNumThreads(const Napi::CallbackInfo& info);
  Napi::Value pluginProbe(const Napi::CallbackInfo& info);
  Napi::Value deviceOpen(const Napi::CallbackInfo& info);
  Napi::Value bufferFromData(const Napi::CallbackInfo& info);
  Napi::Value bufferByteLength(const Napi::CallbackInfo& info);
  Napi::Value bufferDevice(const Napi::CallbackInfo& info);
  Napi::Value bufferToDevice(const Napi::CallbackInfo& info);
  Napi::Value bufferRead(const Napi::CallbackInfo& info);
  Napi::Value bufferReadSync(const Napi::CallbackInfo& info);
  Napi::Value bufferRetain(const Napi::CallbackInfo& info);
  Napi::Value bufferRelease(const Napi::CallbackInfo& info);
  Napi::Value variableCreate(const Napi::CallbackInfo& info);
  Napi::Value variableBuffer(const Napi::CallbackInfo& info);
  Napi::Value variableSet(const Napi::CallbackInfo& info);
  Napi::Value variableRelease(const Napi::CallbackInfo& info);
  Napi::Value programCompile(const Napi::CallbackInfo& info);
  Napi::Value programInfo(const Napi::CallbackInfo& info);
  Napi::Value programDump(const Napi::CallbackInfo& info);
  Napi::Value programBind(const Napi::CallbackInfo& info);
  Napi::Value programRun(const Napi::CallbackInfo& info);
  Napi::Value programRunAsync(const Napi::CallbackInfo& info);
  Napi::Value programRunSync(const Napi::CallbackInfo& info);
  Napi::Value programRelease(const Napi::CallbackInfo& info);
  Napi::Value sync(const Napi::CallbackInfo& info);
  Napi::Value syncSync(const Napi::CallbackInfo& info);
  Napi::Value memoryStats(const Napi::CallbackInfo& info);
  Napi::Value setMemoryLimit(const Napi::CallbackInfo& info);
  Napi::Value resetPeakMemory(const Napi::CallbackInfo& info);
  Napi::Value stats(const Napi::CallbackInfo& info);
  Napi::Value profileStart(const Napi::CallbackInfo& info);
  Napi::Value profileStop(const Napi::CallbackInfo& info);

  using ProgramPtr = std::shared_ptr<Program>;

  // A run that is ready to be enqueued; the handles of its outputs are written to the caller's array already.
  struct Run {
    ProgramPtr program;
    std::vector<BufferPtr> feeds;
    std::vector<BufferPtr> outputs;
    int64_t times = 1;  // one after another, until one fails
    // While profiling: the time on the JavaScript thread until it was ready.
    ProfilerClock::time_point begun;
    ProfilerClock::duration took{0};

    // On the device's thread.
    std::shared_ptr<const Error> run() const;
  };

  Run beginRun(const Napi::CallbackInfo& info);
  void trackExternalMemory(Napi::Env env);
  Device& cpu() { return *devices_.front(); }
  // The device with the number in the argument; the CPU when there is no such argument.
  Device& deviceArgument(const Napi::CallbackInfo& info, size_t at);
  Device& deviceOf(int64_t number);

  HandleTable<BufferPtr, HandleKind::kBuffer> buffers_;
  HandleTable<VariablePtr, HandleKind::kVariable> variables_;
  HandleTable<ProgramPtr, HandleKind::kProgram> programs_;
  Device* profiled_ = nullptr;  // while a profile is being made
  uint64_t runs_ = 0;
  uint64_t calls_ = 0;
  int64_t reportedBytes_ = 0;
  Completions completions_;
  // Last, so that their threads have ended before anything that its work touches goes.
  std::vector<std::unique_ptr<Device>> devices_;  // the first is the CPU
};

}  // namespace ibex::bindings
