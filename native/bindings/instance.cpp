#include "bindings/instance.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "backends/cpu/cpu_backend.h"
#include "backends/cpu/simd_dispatch.h"
#include "backends/cpu/thread_pool.h"
#include "executor/transfer.h"
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

Instance::Instance(Napi::Env env, Napi::Object exports)
    : completions_(env) {
  devices_.push_back(std::make_unique<Device>(std::make_unique<cpu::CpuBackend>()));
  cpu().setNumThreads(defaultThreads());
  char hash[17];
  std::snprintf(hash, sizeof(hash), "%016llx", static_cast<unsigned long long>(kOpTableHash));
  exports.Set("opTableHash", Napi::String::New(env, hash));
  exports.Set("version", Napi::String::New(env, "1"));
  define<&Instance::buildInfo>(env, exports, "buildInfo");
  define<&Instance::setNumThreads>(env, exports, "setNumThreads");
  define<&Instance::getNumThreads>(env, exports, "getNumThreads");
  defineDevices(env, exports);
  define<&Instance::bufferFromData>(env, exports, "bufferFromData");
  define<&Instance::bufferByteLength>(env, exports, "bufferByteLength");
  define<&Instance::bufferDevice>(env, exports, "bufferDevice");
  define<&Instance::bufferToDevice>(env, exports, "bufferToDevice");
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
  define<&Instance::stats>(env, exports, "stats");
  // Before the environment goes: the device's thread must not reach for it afterwards.
  env.AddCleanupHook(
      [](Instance* self) {
        self->devices_.clear();
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
  cpu().setNumThreads(static_cast<int>(threads));
  return info.Env().Undefined();
}

Napi::Value Instance::getNumThreads(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), cpu::numThreads());
}

// V8 collects sooner when it knows how much memory its tensors hold.
void Instance::trackExternalMemory(Napi::Env env) {
  int64_t used = 0;
  for (const auto& device : devices_) used += static_cast<int64_t>(device->pool()->stats().usedBytes);
  constexpr int64_t kStep = int64_t{1} << 20;
  if (std::abs(used - reportedBytes_) < kStep) return;
  Napi::MemoryManagement::AdjustExternalMemory(env, used - reportedBytes_);
  reportedBytes_ = used;
}

Napi::Value Instance::bufferFromData(const Napi::CallbackInfo& info) {
  const Bytes bytes = bytesArgument(info, 0, "data");
  BufferPtr buffer = makeBuffer(deviceArgument(info, 1), bytes.size, [&](void* memory) {
    if (bytes.size > 0) std::memcpy(memory, bytes.data, bytes.size);
  });
  trackExternalMemory(info.Env());
  return Napi::Number::New(info.Env(), buffers_.add(std::move(buffer)));
}

Napi::Value Instance::bufferByteLength(const Napi::CallbackInfo& info) {
  const BufferPtr& buffer = buffers_.get(integerArgument(info, 0, "buffer"));
  return Napi::Number::New(info.Env(), static_cast<double>(buffer->bytes));
}

Napi::Value Instance::bufferDevice(const Napi::CallbackInfo& info) {
  const BufferPtr& buffer = buffers_.get(integerArgument(info, 0, "buffer"));
  return Napi::String::New(info.Env(), buffer->device->name());
}

Napi::Value Instance::bufferToDevice(const Napi::CallbackInfo& info) {
  const BufferPtr& buffer = buffers_.get(integerArgument(info, 0, "buffer"));
  return Napi::Number::New(info.Env(), buffers_.add(transferBuffer(buffer, deviceArgument(info, 1))));
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
  buffer->device->enqueue([this, buffer, into, completion] {
    readBufferLater(buffer, into.data, into.size, [this, completion](std::shared_ptr<const Error> error) {
      completions_.finish(completion, std::move(error));
    });
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
  buffer->device->runSync([&] { readBuffer(*buffer, into.data, into.size); });
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
  auto variable = std::make_shared<Variable>(*buffer->device, buffer->bytes);
  variable->device->enqueue([variable, buffer] {
    variable->block = buffer->block;
    variable->error = buffer->error;
  });
  return Napi::Number::New(info.Env(), variables_.add(std::move(variable)));
}

Napi::Value Instance::variableBuffer(const Napi::CallbackInfo& info) {
  const VariablePtr variable = variables_.get(integerArgument(info, 0, "variable"));
  auto buffer = std::make_shared<Buffer>(*variable->device, variable->bytes);
  variable->device->enqueue([variable, buffer] {
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
  Device& device = *variable->device;
  device.enqueue([variable, value = transferBuffer(buffer, device)] {
    variable->block = value->block;
    variable->error = value->error;
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
  int64_t device = 0;
  if (info.Length() > 1 && info[1].IsObject()) {
    const auto given = info[1].As<Napi::Object>();
    if (const Napi::Value name = given.Get("name"); name.IsString()) options.name = name.ToString();
    options.verify = given.Get("verify").ToBoolean();
    options.dump = given.Get("dump").ToBoolean();
    if (const Napi::Value number = given.Get("device"); number.IsNumber()) device = number.ToNumber().Int64Value();
    if (const Napi::Value passes = given.Get("disabledPasses"); passes.IsArray()) {
      const auto list = passes.As<Napi::Array>();
      for (uint32_t i = 0; i < list.Length(); ++i) options.disabledPasses.push_back(list.Get(i).ToString());
    }
  }
  auto program =
      std::make_shared<Program>(deviceOf(device), std::span<const uint8_t>(bytes.data, bytes.size), options);
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
  set("replayed", static_cast<double>(program->replayed()));
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
  if (profiled_ != nullptr) run.begun = ProfilerClock::now();
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
  if (info.Length() > 3 && !info[3].IsUndefined()) run.times = integerArgument(info, 3, "times");
  if (run.times < 1 || (run.times > 1 && !types.empty())) {
    badArgument("A program runs once at least, and with outputs once only; got times " + std::to_string(run.times) + ".");
  }
  Device& device = run.program->device();
  for (BufferPtr& feed : run.feeds) feed = transferBuffer(feed, device);
  for (const VariablePtr& variable : run.program->variables()) moveVariable(variable, device);
  run.outputs.reserve(types.size());
  for (size_t i = 0; i < types.size(); ++i) {
    auto buffer = std::make_shared<Buffer>(device, types[i].bytes());
    run.outputs.push_back(buffer);
    outputs.Data()[i] = buffers_.add(std::move(buffer));
  }
  runs_ += static_cast<uint64_t>(run.times);
  calls_ += static_cast<uint64_t>(run.times) * run.program->plan().calls.size();
  trackExternalMemory(info.Env());
  if (profiled_ != nullptr) run.took = ProfilerClock::now() - run.begun;
  return run;
}

std::shared_ptr<const Error> Instance::Run::run() const {
  Profiler* profiler = program->device().profiler();
  if (profiler != nullptr && took.count() > 0) {
    profiler->note(TraceKind::kEnqueue, program->profile().index, 0, begun, took);
  }
  std::shared_ptr<const Error> error;
  for (int64_t i = 0; i < times && !error; ++i) error = program->run(feeds, outputs);
  return error;
}

Napi::Value Instance::programRun(const Napi::CallbackInfo& info) {
  Run run = beginRun(info);
  Device& device = run.program->device();
  device.enqueueRun([&device, run = std::move(run)] {
    auto error = run.run();
    if (error && run.outputs.empty()) device.noteError(std::move(error));
  });
  return info.Env().Undefined();
}

Napi::Value Instance::programRunAsync(const Napi::CallbackInfo& info) {
  Run run = beginRun(info);
  Device& device = run.program->device();
  Completion* completion = completions_.begin(info.Env());
  const Napi::Promise promise = completion->deferred.Promise();
  device.enqueueRun([this, &device, run = std::move(run), completion] {
    auto error = run.run();
    device.whenDone([this, &device, completion, error, ticket = device.takeTicket()] {
      // An error of an earlier run that nothing else can show comes first: it is the cause.
      auto earlier = device.takeError(ticket);
      completions_.finish(completion, earlier ? std::move(earlier) : error);
    });
  });
  return promise;
}

Napi::Value Instance::programRunSync(const Napi::CallbackInfo& info) {
  const Run run = beginRun(info);
  try {
    Device& device = run.program->device();
    device.runSync([&] {
      if (auto error = run.run()) throw Error(*error);
      device.synchronize();
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

Napi::Value Instance::stats(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Napi::Object result = Napi::Object::New(env);
  result.Set("programRuns", Napi::Number::New(env, static_cast<double>(runs_)));
  result.Set("calls", Napi::Number::New(env, static_cast<double>(calls_)));
  const auto created = buffers_.created() + variables_.created() + programs_.created();
  result.Set("handlesCreated", Napi::Number::New(env, static_cast<double>(created)));
  return result;
}

}  // namespace ibex::bindings

static Napi::Object init(Napi::Env env, Napi::Object exports) {
  env.SetInstanceData(new ibex::bindings::Instance(env, exports));
  return exports;
}

NODE_API_MODULE(ibex, init)
