#include "bindings/instance.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "backends/cpu/cpu_backend.h"
#include "backends/cpu/simd_dispatch.h"
#include "backends/cpu/thread_pool.h"
#include "bindings/errors.h"
#include "bindings/profile_values.h"
#include "oneapi/dnnl/dnnl.h"

namespace ibex::bindings {

namespace {

int defaultThreads() {
  if (const char* given = std::getenv("IBEX_NUM_THREADS")) {
    const int threads = std::atoi(given);
    if (threads >= 1) return threads;
  }
  return cpu::numThreads();
}

#if defined(__SANITIZE_ADDRESS__)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

#if defined(__x86_64__)
constexpr const char* kArch = "x64";
#elif defined(__aarch64__)
constexpr const char* kArch = "arm64";
#else
constexpr const char* kArch = "unknown";
#endif

}  // namespace

template <Napi::Value (Instance::*Method)(const Napi::CallbackInfo&)>
void Instance::define(Napi::Env env, Napi::Object exports, const char* name) {
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

Instance::Instance(Napi::Env env, Napi::Object exports)
    : completions_(env), device_(std::make_unique<Device>(std::make_unique<cpu::CpuBackend>())) {
  device_->setNumThreads(defaultThreads());
  char hash[17];
  std::snprintf(hash, sizeof(hash), "%016llx", static_cast<unsigned long long>(kOpTableHash));
  exports.Set("opTableHash", Napi::String::New(env, hash));
  exports.Set("version", Napi::String::New(env, "1"));
  define<&Instance::buildInfo>(env, exports, "buildInfo");
  define<&Instance::setNumThreads>(env, exports, "setNumThreads");
  define<&Instance::getNumThreads>(env, exports, "getNumThreads");
  define<&Instance::bufferFromData>(env, exports, "bufferFromData");
  define<&Instance::bufferByteLength>(env, exports, "bufferByteLength");
  define<&Instance::bufferRead>(env, exports, "bufferRead");
  define<&Instance::bufferReadSync>(env, exports, "bufferReadSync");
  define<&Instance::bufferRetain>(env, exports, "bufferRetain");
  define<&Instance::bufferRelease>(env, exports, "bufferRelease");
  define<&Instance::variableCreate>(env, exports, "variableCreate");
  define<&Instance::variableBuffer>(env, exports, "variableBuffer");
  define<&Instance::variableSet>(env, exports, "variableSet");
  define<&Instance::variableRelease>(env, exports, "variableRelease");
  define<&Instance::programCompile>(env, exports, "programCompile");
  define<&Instance::programInfo>(env, exports, "programInfo");
  define<&Instance::programDump>(env, exports, "programDump");
  define<&Instance::programBind>(env, exports, "programBind");
  define<&Instance::programRun>(env, exports, "programRun");
  define<&Instance::programRunAsync>(env, exports, "programRunAsync");
  define<&Instance::programRunSync>(env, exports, "programRunSync");
  define<&Instance::programRelease>(env, exports, "programRelease");
  define<&Instance::sync>(env, exports, "sync");
  define<&Instance::syncSync>(env, exports, "syncSync");
  define<&Instance::memoryStats>(env, exports, "memoryStats");
  define<&Instance::setMemoryLimit>(env, exports, "setMemoryLimit");
  define<&Instance::stats>(env, exports, "stats");
  define<&Instance::profileStart>(env, exports, "profileStart");
  define<&Instance::profileStop>(env, exports, "profileStop");
  // Before the environment goes: the device's thread must not reach for it afterwards.
  env.AddCleanupHook(
      [](Instance* self) {
        self->device_.reset();
        self->completions_.close();
      },
      this);
}

Napi::Value Instance::buildInfo(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const dnnl_version_t* onednn = dnnl_version();
  char version[32];
  std::snprintf(version, sizeof(version), "%d.%d.%d", onednn->major, onednn->minor, onednn->patch);
  Napi::Object result = Napi::Object::New(env);
#ifdef NDEBUG
  result.Set("type", "Release");
#else
  result.Set("type", "Debug");
#endif
  result.Set("sanitizer", Napi::Boolean::New(env, kSanitized));
  result.Set("simd", Napi::String::New(env, std::string(cpu::simdLevelName(cpu::simdLevel()))));
  result.Set("onednn", Napi::String::New(env, version));
  result.Set("platform", "linux");
  result.Set("arch", kArch);
  return result;
}

Napi::Value Instance::setNumThreads(const Napi::CallbackInfo& info) {
  const int64_t threads = integerArgument(info, 0, "threads");
  if (threads < 1 || threads > 4096) badArgument("threads must lie between 1 and 4096.");
  device_->setNumThreads(static_cast<int>(threads));
  return info.Env().Undefined();
}

Napi::Value Instance::getNumThreads(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), cpu::numThreads());
}

// V8 collects sooner when it knows how much memory its tensors hold.
void Instance::trackExternalMemory(Napi::Env env) {
  const auto used = static_cast<int64_t>(device_->pool()->stats().usedBytes);
  constexpr int64_t kStep = int64_t{1} << 20;
  if (std::abs(used - reportedBytes_) < kStep) return;
  Napi::MemoryManagement::AdjustExternalMemory(env, used - reportedBytes_);
  reportedBytes_ = used;
}

Napi::Value Instance::bufferFromData(const Napi::CallbackInfo& info) {
  const Bytes bytes = bytesArgument(info, 0, "data");
  auto buffer = std::make_shared<Buffer>(bytes.size);
  buffer->block = std::make_shared<Block>(device_->pool(), bytes.size);
  if (bytes.size > 0) std::memcpy(buffer->block->data(), bytes.data, bytes.size);
  trackExternalMemory(info.Env());
  return Napi::Number::New(info.Env(), buffers_.add(std::move(buffer)));
}

Napi::Value Instance::bufferByteLength(const Napi::CallbackInfo& info) {
  const BufferPtr& buffer = buffers_.get(integerArgument(info, 0, "buffer"));
  return Napi::Number::New(info.Env(), static_cast<double>(buffer->bytes));
}

void Instance::copyTo(const Buffer& buffer, Bytes into) {
  if (buffer.error) throw Error(*buffer.error);
  if (!buffer.block) throw Error(ErrorCode::kInternal, "The buffer has no value.");
  if (into.size > 0) std::memcpy(into.data, buffer.block->data(), into.size);
}

Napi::Value Instance::bufferRead(const Napi::CallbackInfo& info) {
  const BufferPtr buffer = buffers_.get(integerArgument(info, 0, "buffer"));
  const Bytes into = bytesArgument(info, 1, "into");
  if (into.size != buffer->bytes) {
    badArgument("The buffer has " + std::to_string(buffer->bytes) + " bytes, but there is room for " +
                std::to_string(into.size) + ".");
  }
  Completion* completion = completions_.begin(info.Env());
  const Napi::Promise promise = completion->deferred.Promise();
  completion->keptAlive = Napi::Reference<Napi::Value>::New(info[1], 1);
  device_->enqueue([this, buffer, into, completion] {
    std::shared_ptr<const Error> error;
    try {
      copyTo(*buffer, into);
    } catch (const Error& failure) {
      error = std::make_shared<const Error>(failure);
    }
    completions_.finish(completion, std::move(error));
  });
  return promise;
}

Napi::Value Instance::bufferReadSync(const Napi::CallbackInfo& info) {
  const BufferPtr buffer = buffers_.get(integerArgument(info, 0, "buffer"));
  const Bytes into = bytesArgument(info, 1, "into");
  if (into.size != buffer->bytes) {
    badArgument("The buffer has " + std::to_string(buffer->bytes) + " bytes, but there is room for " +
                std::to_string(into.size) + ".");
  }
  device_->runSync([&] { copyTo(*buffer, into); });
  return info.Env().Undefined();
}

Napi::Value Instance::bufferRetain(const Napi::CallbackInfo& info) {
  buffers_.retain(integerArgument(info, 0, "buffer"));
  return info.Env().Undefined();
}

Napi::Value Instance::bufferRelease(const Napi::CallbackInfo& info) {
  buffers_.release(integerArgument(info, 0, "buffer"));
  trackExternalMemory(info.Env());
  return info.Env().Undefined();
}

Napi::Value Instance::variableCreate(const Napi::CallbackInfo& info) {
  const BufferPtr buffer = buffers_.get(integerArgument(info, 0, "buffer"));
  auto variable = std::make_shared<Variable>(buffer->bytes);
  device_->enqueue([variable, buffer] {
    variable->block = buffer->block;
    variable->error = buffer->error;
  });
  return Napi::Number::New(info.Env(), variables_.add(std::move(variable)));
}

Napi::Value Instance::variableBuffer(const Napi::CallbackInfo& info) {
  const VariablePtr variable = variables_.get(integerArgument(info, 0, "variable"));
  auto buffer = std::make_shared<Buffer>(variable->bytes);
  device_->enqueue([variable, buffer] {
    buffer->block = variable->block;
    buffer->error = variable->error;
  });
  return Napi::Number::New(info.Env(), buffers_.add(std::move(buffer)));
}

Napi::Value Instance::variableSet(const Napi::CallbackInfo& info) {
  const VariablePtr variable = variables_.get(integerArgument(info, 0, "variable"));
  const BufferPtr buffer = buffers_.get(integerArgument(info, 1, "buffer"));
  if (buffer->bytes != variable->bytes) {
    badArgument("The variable has " + std::to_string(variable->bytes) + " bytes, the buffer " +
                std::to_string(buffer->bytes) + ".");
  }
  device_->enqueue([variable, buffer] {
    variable->block = buffer->block;
    variable->error = buffer->error;
    variable->version++;
  });
  return info.Env().Undefined();
}

Napi::Value Instance::variableRelease(const Napi::CallbackInfo& info) {
  variables_.release(integerArgument(info, 0, "variable"));
  return info.Env().Undefined();
}

Napi::Value Instance::programCompile(const Napi::CallbackInfo& info) {
  const Bytes bytes = bytesArgument(info, 0, "graph");
  ProgramOptions options;
  if (info.Length() > 1 && info[1].IsObject()) {
    const auto given = info[1].As<Napi::Object>();
    if (const Napi::Value name = given.Get("name"); name.IsString()) options.name = name.ToString();
    options.verify = given.Get("verify").ToBoolean();
    options.dump = given.Get("dump").ToBoolean();
    if (const Napi::Value passes = given.Get("disabledPasses"); passes.IsArray()) {
      const auto list = passes.As<Napi::Array>();
      for (uint32_t i = 0; i < list.Length(); ++i) options.disabledPasses.push_back(list.Get(i).ToString());
    }
  }
  auto program = std::make_shared<Program>(*device_, std::span<const uint8_t>(bytes.data, bytes.size), options);
  return Napi::Number::New(info.Env(), programs_.add(std::move(program)));
}

Napi::Value Instance::programInfo(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const ProgramPtr& program = programs_.get(integerArgument(info, 0, "program"));
  const Plan& plan = program->plan();
  Napi::Object result = Napi::Object::New(env);
  const auto set = [&](const char* name, double value) { result.Set(name, Napi::Number::New(env, value)); };
  set("calls", static_cast<double>(plan.calls.size()));
  set("arenaBytes", static_cast<double>(plan.arenaBytes));
  set("constantBytes", static_cast<double>(plan.constantBytes));
  set("feeds", static_cast<double>(plan.feeds.size()));
  set("states", static_cast<double>(plan.states.size()));
  set("outputs", static_cast<double>(plan.outputs.size()));
  set("compileMicroseconds", static_cast<double>(program->compileMicroseconds()));
  return result;
}

Napi::Value Instance::programDump(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const ProgramPtr& program = programs_.get(integerArgument(info, 0, "program"));
  Napi::Array result = Napi::Array::New(env);
  uint32_t at = 0;
  for (const DumpedStage& stage : program->dump()) {
    Napi::Object entry = Napi::Object::New(env);
    entry.Set("stage", Napi::String::New(env, stage.stage));
    entry.Set("text", Napi::String::New(env, stage.text));
    result.Set(at++, entry);
  }
  return result;
}

Napi::Value Instance::programBind(const Napi::CallbackInfo& info) {
  const ProgramPtr program = programs_.get(integerArgument(info, 0, "program"));
  if (info.Length() < 2 || !info[1].IsArray()) badArgument("variables must be an array of handles.");
  const auto list = info[1].As<Napi::Array>();
  std::vector<VariablePtr> variables;
  for (uint32_t i = 0; i < list.Length(); ++i) {
    variables.push_back(variables_.get(list.Get(i).ToNumber().Int64Value()));
  }
  if (program->bound()) badArgument("The program's variables are bound already.");
  program->bind(std::move(variables));
  return info.Env().Undefined();
}

Instance::Run Instance::beginRun(const Napi::CallbackInfo& info) {
  Run run;
  if (profiling_) run.begun = ProfilerClock::now();
  run.program = programs_.get(integerArgument(info, 0, "program"));
  const Napi::Int32Array feeds = int32Argument(info, 1, "feeds");
  Napi::Int32Array outputs = int32Argument(info, 2, "outputs");
  run.feeds.reserve(feeds.ElementLength());
  for (size_t i = 0; i < feeds.ElementLength(); ++i) run.feeds.push_back(buffers_.get(feeds.Data()[i]));
  run.program->checkFeeds(run.feeds);
  const std::vector<Type>& types = run.program->plan().outputs;
  if (outputs.ElementLength() != types.size()) {
    badArgument("The program has " + std::to_string(types.size()) + " outputs, but there is room for " +
                std::to_string(outputs.ElementLength()) + ".");
  }
  run.outputs.reserve(types.size());
  for (size_t i = 0; i < types.size(); ++i) {
    auto buffer = std::make_shared<Buffer>(types[i].bytes());
    run.outputs.push_back(buffer);
    outputs.Data()[i] = buffers_.add(std::move(buffer));
  }
  ++runs_;
  calls_ += run.program->plan().calls.size();
  trackExternalMemory(info.Env());
  if (profiling_) run.took = ProfilerClock::now() - run.begun;
  return run;
}

std::shared_ptr<const Error> Instance::Run::run(Device& device) const {
  if (Profiler* profiler = device.profiler(); profiler && took.count() > 0) {
    profiler->note(TraceKind::kEnqueue, program->profile().index, 0, begun, took);
  }
  return program->run(feeds, outputs);
}

Napi::Value Instance::programRun(const Napi::CallbackInfo& info) {
  device_->enqueueRun([device = device_.get(), run = beginRun(info)] {
    auto error = run.run(*device);
    if (error && run.outputs.empty()) device->noteError(std::move(error));
  });
  return info.Env().Undefined();
}

Napi::Value Instance::programRunAsync(const Napi::CallbackInfo& info) {
  Run run = beginRun(info);
  Completion* completion = completions_.begin(info.Env());
  const Napi::Promise promise = completion->deferred.Promise();
  device_->enqueueRun([this, device = device_.get(), run = std::move(run), completion] {
    auto error = run.run(*device);
    // An error of an earlier run that nothing else can show comes first: it is the cause.
    if (auto earlier = device->takeError()) error = std::move(earlier);
    completions_.finish(completion, std::move(error));
  });
  return promise;
}

Napi::Value Instance::programRunSync(const Napi::CallbackInfo& info) {
  const Run run = beginRun(info);
  try {
    device_->runSync([&] {
      if (auto error = run.run(*device_)) throw Error(*error);
    });
  } catch (const Error&) {
    const Napi::Int32Array outputs = int32Argument(info, 2, "outputs");
    for (size_t i = 0; i < outputs.ElementLength(); ++i) buffers_.release(outputs.Data()[i]);
    throw;
  }
  return info.Env().Undefined();
}

Napi::Value Instance::programRelease(const Napi::CallbackInfo& info) {
  programs_.release(integerArgument(info, 0, "program"));
  return info.Env().Undefined();
}

Napi::Value Instance::sync(const Napi::CallbackInfo& info) {
  Completion* completion = completions_.begin(info.Env());
  const Napi::Promise promise = completion->deferred.Promise();
  device_->enqueue([this, device = device_.get(), completion] { completions_.finish(completion, device->takeError()); });
  return promise;
}

Napi::Value Instance::syncSync(const Napi::CallbackInfo& info) {
  device_->runSync([this] {
    if (auto error = device_->takeError()) throw Error(*error);
  });
  return info.Env().Undefined();
}

Napi::Value Instance::memoryStats(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const MemoryPoolStats pool = device_->pool()->stats();
  Napi::Object result = Napi::Object::New(env);
  const auto set = [&](const char* name, double value) { result.Set(name, Napi::Number::New(env, value)); };
  const size_t arena = device_->arenaBytes();
  set("buffers", static_cast<double>(buffers_.live()));
  set("bufferBytes", static_cast<double>(pool.usedBytes - std::min(arena, pool.usedBytes)));
  set("arenaBytes", static_cast<double>(arena));
  set("poolBytes", static_cast<double>(pool.pooledBytes));
  set("peakBytes", static_cast<double>(pool.peakBytes));
  set("variables", static_cast<double>(variables_.live()));
  set("programs", static_cast<double>(programs_.live()));
  set("handles", static_cast<double>(buffers_.live() + variables_.live() + programs_.live()));
  return result;
}

Napi::Value Instance::setMemoryLimit(const Napi::CallbackInfo& info) {
  const int64_t bytes = integerArgument(info, 0, "bytes");
  if (bytes < 0) badArgument("bytes must be at least 0.");
  device_->pool()->setLimit(static_cast<size_t>(bytes));
  return info.Env().Undefined();
}

Napi::Value Instance::stats(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Napi::Object result = Napi::Object::New(env);
  result.Set("programRuns", Napi::Number::New(env, static_cast<double>(runs_)));
  result.Set("calls", Napi::Number::New(env, static_cast<double>(calls_)));
  const auto created = buffers_.created() + variables_.created() + programs_.created();
  result.Set("handlesCreated", Napi::Number::New(env, static_cast<double>(created)));
  return result;
}

Napi::Value Instance::profileStart(const Napi::CallbackInfo& info) {
  if (profiling_) badArgument("A profile is being made already.");
  const bool trace = info.Length() > 0 && info[0].ToBoolean();
  device_->runSync([&] { device_->setProfiler(std::make_unique<Profiler>(trace)); });
  profiling_ = true;
  return info.Env().Undefined();
}

Napi::Value Instance::profileStop(const Napi::CallbackInfo& info) {
  if (!profiling_) badArgument("No profile is being made.");
  profiling_ = false;
  std::unique_ptr<Profiler> profiler;
  DeviceLimits limits;
  device_->runSync([&] {
    profiler = device_->takeProfiler();
    limits = device_->limits();
  });
  return profileToJs(info.Env(), *profiler, limits);
}

}  // namespace ibex::bindings

static Napi::Object init(Napi::Env env, Napi::Object exports) {
  env.SetInstanceData(new ibex::bindings::Instance(env, exports));
  return exports;
}

NODE_API_MODULE(ibex, init)
