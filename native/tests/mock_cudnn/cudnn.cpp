// cuDNN's backend API as far as the CUDA backend calls it, for tests without a GPU: it checks the names, types and
// numbers of attributes as the library's documentation gives them, and computes the graph plainly on the mock driver's
// streams. What engines it has is made up: some that the backend must not use, which compute wrongly, and some that
// refuse, at once or when they run. A handle that two threads use at the same time is an error.
// ibex_mock_cudnn_engines() tells which were used.
#include <dlfcn.h>

#include <atomic>
#include <cstring>
#include <functional>
#include <memory>

#include "tests/mock_cudnn/descriptors.h"
#include "tests/mock_cudnn/graph.h"

#define EXPORT extern "C" __attribute__((visibility("default"))) DnnStatus

using namespace ibex::cuda;
using namespace ibex::mock_cudnn;

namespace ibex::cuda {
struct DnnHandleObject {
  DnnStream stream = nullptr;
  std::atomic<bool> used{false};
};
}  // namespace ibex::cuda

namespace {

// Engines by their index.
enum Engine { kNondeterministic, kTensorCore, kRefusesPlans, kFails, kWithWorkspace, kWithout, kEngines };
constexpr int64_t kWorkspace = 1000;
std::atomic<bool> allFail{false};

class Use {
 public:
  explicit Use(DnnHandle handle) : handle_(handle), alone_(handle != nullptr && !handle->used.exchange(true)) {}
  ~Use() {
    if (alone_) handle_->used = false;
  }
  Use(const Use&) = delete;
  Use& operator=(const Use&) = delete;
  bool good() const { return alone_; }

 private:
  DnnHandle handle_;
  bool alone_;
};

std::atomic<int> seenEngines = 0;

DnnStatus enqueue(DnnStream stream, std::function<void()> work) {
  using Enqueue = int (*)(void*, std::function<void()>*);
  static const auto function = reinterpret_cast<Enqueue>(dlsym(RTLD_DEFAULT, "ibex_mock_enqueue"));
  return function == nullptr || function(stream, &work) != 0 ? kBadParameter : 0;
}

template <class T>
void give(void* to, size_t at, T value) {
  std::memcpy(static_cast<char*>(to) + at * sizeof value, &value, sizeof value);
}

DnnStatus giveResults(const Descriptor& heuristic, int64_t room, int64_t* count, void* to) {
  *count = heuristic.data->one<int>(kDnnHeuristicMode) == kDnnHeuristicsBest ? kEngines : 0;
  for (int64_t i = 0; i < room && i < *count; ++i) {
    Descriptor* config = static_cast<Descriptor**>(to)[i];
    if (config == nullptr || config->data->type != kDnnEngineConfig) return kBadParameter;
    config->data->engine = static_cast<int>(i);
    config->data->graph = heuristic.data->child(kDnnHeuristicGraph);
    config->data->finalized = true;
  }
  return 0;
}

DnnStatus giveNotes(const Data& engine, int64_t room, int64_t* count, void* to) {
  *count = engine.engine == kNondeterministic || engine.engine == kTensorCore ? 1 : 0;
  if (*count > room) return kBadParameter;
  if (*count > 0) give(to, 0, engine.engine == kTensorCore ? kDnnNoteTensorCore : kDnnNoteNondeterministic);
  return 0;
}

}  // namespace

// Whether everything shall fail that is run.
extern "C" __attribute__((visibility("default"))) void ibex_mock_cudnn_fail(bool all) { allFail = all; }

extern "C" __attribute__((visibility("default"))) size_t cudnnGetVersion() { return 92400; }
extern "C" __attribute__((visibility("default"))) size_t cudnnGetCudartVersion() { return 13000; }

// Since the last call; a bit for each.
extern "C" __attribute__((visibility("default"))) int ibex_mock_cudnn_engines() { return seenEngines.exchange(0); }

EXPORT cudnnCreate(DnnHandle* handle) {
  *handle = new DnnHandleObject;
  return 0;
}
EXPORT cudnnDestroy(DnnHandle handle) {
  delete handle;
  return 0;
}
EXPORT cudnnSetStream(DnnHandle handle, DnnStream stream) {
  const Use use(handle);
  if (!use.good()) return kBadParameter;
  handle->stream = stream;
  return 0;
}

EXPORT cudnnBackendCreateDescriptor(int type, DnnDescriptor* descriptor) {
  *descriptor = new Descriptor{std::make_shared<Data>(type)};
  return 0;
}
EXPORT cudnnBackendDestroyDescriptor(DnnDescriptor descriptor) {
  delete static_cast<Descriptor*>(descriptor);
  return 0;
}
EXPORT cudnnBackendSetAttribute(DnnDescriptor descriptor, int name, int type, int64_t count, const void* values) {
  return static_cast<Descriptor*>(descriptor)->data->set(name, type, count, values);
}

EXPORT cudnnBackendFinalize(DnnDescriptor descriptor) {
  Data& data = *static_cast<Descriptor*>(descriptor)->data;
  if (const DnnStatus status = data.finalize(); status != 0) return status;
  DnnStatus status = 0;
  if (isOperation(data.type)) status = checkOperation(data);
  if (data.type == kDnnOperationGraph) status = checkGraph(data);
  if (data.type == kDnnExecutionPlan) {
    const Use use(data.one<DnnHandle>(kDnnPlanHandle));
    if (!use.good()) return kBadParameter;
    if (data.child(kDnnPlanConfig)->engine == kRefusesPlans) status = kNotSupported;
  }
  data.finalized = status == 0;
  return status;
}

EXPORT cudnnBackendGetAttribute(DnnDescriptor descriptor, int name, int type, int64_t room, int64_t* count, void* to) {
  const auto& from = *static_cast<Descriptor*>(descriptor);
  if (!from.data->finalized) return kNotFinalized;
  if (name == kDnnHeuristicResults && type == kDnnTypeDescriptor) return giveResults(from, room, count, to);
  if (name == kDnnEngineNotes && type == kDnnTypeNumericalNote) return giveNotes(*from.data, room, count, to);
  if (name == kDnnConfigEngine && type == kDnnTypeDescriptor && room == 1) {
    Descriptor* engine = *static_cast<Descriptor**>(to);
    if (engine == nullptr || engine->data->type != kDnnEngine) return kBadParameter;
    engine->data->engine = from.data->engine;
    engine->data->finalized = true;
    *count = 1;
    return 0;
  }
  if (name == kDnnPlanWorkspace && type == kDnnTypeInt64 && room == 1) {
    give(to, 0, from.data->child(kDnnPlanConfig)->engine == kWithWorkspace ? kWorkspace : int64_t{0});
    *count = 1;
    return 0;
  }
  return kBadParameter;
}

EXPORT cudnnBackendExecute(DnnHandle handle, DnnDescriptor planDescriptor, DnnDescriptor packDescriptor) {
  const auto plan = static_cast<Descriptor*>(planDescriptor)->data, pack = static_cast<Descriptor*>(packDescriptor)->data;
  const Use use(handle);
  if (!use.good() || !plan->finalized || !pack->finalized) return kNotFinalized;
  const auto config = plan->child(kDnnPlanConfig);
  if (config->engine == kFails || allFail) return kNotSupported;
  const auto workspace = reinterpret_cast<uintptr_t>(pack->one<void*>(kDnnPackWorkspace));
  if (config->engine == kWithWorkspace && (workspace == 0 || workspace % 256 != 0)) return kBadParameter;
  Memory memory;
  const auto ids = pack->all<int64_t>(kDnnPackIds);
  const auto pointers = pack->all<void*>(kDnnPackPointers);
  if (ids.size() != pointers.size()) return kBadParameter;
  for (size_t i = 0; i < ids.size(); ++i) memory[ids[i]] = pointers[i];
  if (!hasAll(*config->graph, memory)) return kBadParameter;
  seenEngines |= 1 << config->engine;
  const bool wrong = config->engine == kNondeterministic || (config->engine == kTensorCore && isFloat32(*config->graph));
  return enqueue(handle->stream, [config, memory, wrong] { compute(*config->graph, memory, wrong ? 1.5 : 1); });
}
