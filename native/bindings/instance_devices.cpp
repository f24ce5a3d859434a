// The addon's functions for devices as a whole: plug-ins, memory, waiting, profiles.
#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "backends/plugin_backend.h"
#include "backends/plugin_library.h"
#include "bindings/instance.h"
#include "bindings/profile_values.h"

namespace ibex::bindings {
namespace {

std::string stringArgument(const Napi::CallbackInfo& info, size_t at, const char* name) {
  if (info.Length() <= at || !info[at].IsString()) badArgument(std::string(name) + " must be a string.");
  return info[at].As<Napi::String>().Utf8Value();
}

}  // namespace

void Instance::defineDevices(Napi::Env env, Napi::Object exports) {
  define<&Instance::pluginProbe>(env, exports, "pluginProbe");
  define<&Instance::deviceOpen>(env, exports, "deviceOpen");
  define<&Instance::sync>(env, exports, "sync");
  define<&Instance::syncSync>(env, exports, "syncSync");
  define<&Instance::memoryStats>(env, exports, "memoryStats");
  define<&Instance::setMemoryLimit>(env, exports, "setMemoryLimit");
  define<&Instance::resetPeakMemory>(env, exports, "resetPeakMemory");
  define<&Instance::profileStart>(env, exports, "profileStart");
  define<&Instance::profileStop>(env, exports, "profileStop");
}

Device& Instance::deviceOf(int64_t number) {
  if (number < 0 || static_cast<size_t>(number) >= devices_.size()) {
    badArgument(std::to_string(number) + " is no open device.");
  }
  return *devices_[static_cast<size_t>(number)];
}

Device& Instance::deviceArgument(const Napi::CallbackInfo& info, size_t at) {
  if (info.Length() <= at || info[at].IsUndefined()) return cpu();
  return deviceOf(integerArgument(info, at, "device"));
}

Napi::Value Instance::pluginProbe(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto library = plugin::Library::open(stringArgument(info, 0, "path"));
  const plugin::Report report = library->probe(info.Length() > 1 && info[1].ToBoolean());
  const auto text = [env](const std::string& value) { return Napi::String::New(env, value); };
  Napi::Array components = Napi::Array::New(env);
  for (const plugin::Component& each : report.components) {
    Napi::Object entry = Napi::Object::New(env);
    entry.Set("name", text(each.name));
    entry.Set("found", Napi::Boolean::New(env, each.found));
    entry.Set("needed", Napi::Boolean::New(env, each.needed));
    entry.Set("version", text(each.version));
    entry.Set("path", text(each.path));
    entry.Set("advice", text(each.advice));
    components.Set(components.Length(), entry);
  }
  Napi::Array devices = Napi::Array::New(env);
  for (const plugin::DeviceDescription& each : report.devices) {
    Napi::Object entry = Napi::Object::New(env);
    entry.Set("description", text(each.name));
    entry.Set("detail", text(each.detail));
    entry.Set("totalBytes", Napi::Number::New(env, static_cast<double>(each.totalBytes)));
    entry.Set("freeBytes", Napi::Number::New(env, static_cast<double>(each.freeBytes)));
    devices.Set(devices.Length(), entry);
  }
  Napi::Object result = Napi::Object::New(env);
  result.Set("name", text(library->name()));
  result.Set("build", text(library->build()));
  result.Set("reason", text(report.reason));
  result.Set("missingOps", text(report.missingOps));
  result.Set("components", components);
  result.Set("devices", devices);
  return result;
}

Napi::Value Instance::deviceOpen(const Napi::CallbackInfo& info) {
  const auto library = plugin::Library::open(stringArgument(info, 0, "path"));
  const int64_t index = integerArgument(info, 1, "index");
  if (index < 0 || index > 1024) badArgument("index must lie between 0 and 1024.");
  const std::string name = library->name() + ":" + std::to_string(index);
  auto found = std::find_if(devices_.begin(), devices_.end(), [&](const auto& each) { return each->name() == name; });
  if (found == devices_.end()) {
    auto backend = std::make_shared<plugin::PluginBackend>(library, static_cast<int>(index));
    devices_.push_back(std::make_unique<Device>(std::move(backend), name));
    found = devices_.end() - 1;
  }
  return Napi::Number::New(info.Env(), static_cast<double>(found - devices_.begin()));
}

Napi::Value Instance::sync(const Napi::CallbackInfo& info) {
  Completion* completion = completions_.begin(info.Env());
  const Napi::Promise promise = completion->deferred.Promise();
  // One after another: each has finished what it was given before this call when its turn comes.
  std::function<void(std::shared_ptr<const Error>)> next = [this, completion](std::shared_ptr<const Error> error) {
    completions_.finish(completion, std::move(error));
  };
  for (const auto& each : devices_) {
    next = [device = each.get(), next](std::shared_ptr<const Error> error) {
      device->enqueue([device, next, error] {
        device->whenDone([device, next, error, ticket = device->takeTicket()] {
          auto own = device->takeError(ticket);
          next(error ? error : std::move(own));
        });
      });
    };
  }
  next(nullptr);
  return promise;
}

Napi::Value Instance::syncSync(const Napi::CallbackInfo& info) {
  for (const auto& device : devices_) {
    device->runSync([&device] {
      device->synchronize();
      if (auto error = device->takeError(device->takeTicket())) throw Error(*error);
    });
  }
  return info.Env().Undefined();
}

Napi::Value Instance::memoryStats(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Device& device = deviceArgument(info, 0);
  const MemoryPoolStats pool = device.pool()->stats();
  Napi::Object result = Napi::Object::New(env);
  const auto set = [&](const char* name, double value) { result.Set(name, Napi::Number::New(env, value)); };
  const size_t arena = device.arenaBytes();
  set("buffers", static_cast<double>(buffers_.live()));
  set("bufferBytes", static_cast<double>(pool.usedBytes - std::min(arena, pool.usedBytes)));
  set("arenaBytes", static_cast<double>(arena));
  set("poolBytes", static_cast<double>(pool.pooledBytes));
  set("peakBytes", static_cast<double>(pool.peakBytes));
  set("limitBytes", static_cast<double>(pool.limitBytes));
  set("variables", static_cast<double>(variables_.live()));
  set("programs", static_cast<double>(programs_.live()));
  set("handles", static_cast<double>(buffers_.live() + variables_.live() + programs_.live()));
  return result;
}

Napi::Value Instance::setMemoryLimit(const Napi::CallbackInfo& info) {
  const int64_t bytes = integerArgument(info, 0, "bytes");
  if (bytes < 0) badArgument("bytes must be at least 0.");
  deviceArgument(info, 1).pool()->setLimit(static_cast<size_t>(bytes));
  return info.Env().Undefined();
}

Napi::Value Instance::resetPeakMemory(const Napi::CallbackInfo& info) {
  deviceArgument(info, 0).pool()->resetPeak();
  return info.Env().Undefined();
}

Napi::Value Instance::profileStart(const Napi::CallbackInfo& info) {
  if (profiled_ != nullptr) badArgument("A profile is being made already.");
  const bool trace = info.Length() > 0 && info[0].ToBoolean();
  Device& device = deviceArgument(info, 1);
  device.runSync([&] { device.setProfiler(std::make_unique<Profiler>(trace)); });
  profiled_ = &device;
  return info.Env().Undefined();
}

Napi::Value Instance::profileStop(const Napi::CallbackInfo& info) {
  if (profiled_ == nullptr) badArgument("No profile is being made.");
  Device& device = *std::exchange(profiled_, nullptr);
  std::unique_ptr<Profiler> profiler;
  DeviceLimits limits;
  device.runSync([&] {
    profiler = device.takeProfiler();
    limits = device.limits();
  });
  return profileToJs(info.Env(), *profiler, limits);
}

}  // namespace ibex::bindings
