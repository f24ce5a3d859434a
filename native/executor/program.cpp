#include "executor/program.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "executor/transfer.h"
#include "executor/work_estimate.h"
#include "ir/decoder.h"
#include "ir/verifier.h"
#include "passes/fixed_values.h"

namespace ibex {

namespace {

// Slot 0 is the arena; after it come feeds, states, new states, outputs and constants, each a run of slots.
constexpr uint32_t kArenaSlot = 0;

std::string describeBytes(size_t got, size_t expected) {
  return std::to_string(got) + " bytes where " + std::to_string(expected) + " are expected";
}

// While it lives, kernels of the calling thread use so many threads.
class ThreadLimit {
 public:
  ThreadLimit(Backend& backend, int threads) : backend_(backend), before_(backend.limitThreads(threads)) {}
  ~ThreadLimit() { backend_.limitThreads(before_); }
  ThreadLimit(const ThreadLimit&) = delete;
  ThreadLimit& operator=(const ThreadLimit&) = delete;

 private:
  Backend& backend_;
  int before_;
};

}  // namespace

Program::Program(Device& device, std::span<const uint8_t> bytes, const ProgramOptions& options)
    : device_(device), name_(options.name), compileStart_(ProfilerClock::now()) {
  Graph graph = decodeGraph(bytes);
  verify(graph);
  PipelineOptions pipeline;
  pipeline.disabledPasses = options.disabledPasses;
  pipeline.verify = pipeline.verify || options.verify;
  if (options.dump) {
    pipeline.dump = [this](std::string_view stage, const std::string& text) {
      dump_.push_back({std::string(stage), text});
    };
  }
  runPipeline(graph, pipeline);
  threads_ = estimateWork(graph) < kSerialWork ? 1 : device_.backend().threads();
  const ThreadLimit limit(device_.backend(), threads_);
  kernels_.resize(graph.nodes.size());
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    if (needsKernel(graph.nodes[i])) kernels_[i] = device_.backend().prepare(graph, graph.nodes[i]);
  }
  keepPacked(graph);
  plan_ = makePlan(std::move(graph), kernels_);
  if (options.dump) dump_.push_back({"plan", printPlan(plan_)});
  makeConstants();
  prepareCalls();
  compileMicroseconds_ =
      std::chrono::duration_cast<std::chrono::microseconds>(ProfilerClock::now() - compileStart_).count();
}

void Program::keepPacked(const Graph& graph) {
  keepsPacked_.resize(graph.nodes.size());
  std::vector<bool> fixed;
  for (size_t i = 0; i < kernels_.size(); ++i) {
    if (!kernels_[i]) continue;
    const std::vector<int> inputs = kernels_[i]->packedInputs();
    if (inputs.empty()) continue;
    if (fixed.empty()) fixed = fixedValues(graph);
    keepsPacked_[i] = std::all_of(inputs.begin(), inputs.end(), [&](int input) {
      return fixed[graph.nodes[i].inputs[static_cast<size_t>(input)]];
    });
    if (keepsPacked_[i]) kernels_[i]->keepPacked();
  }
}

void Program::makeConstants() {
  for (const PlannedConstant& constant : plan_.constants) {
    const Value& value = plan_.graph.values[constant.value];
    constants_.push_back(makeBuffer(device_, constant.bytes, [&](void* memory) {
      fillConstant(plan_.graph.nodes[value.producer], value.type, memory);
    }));
  }
}

uint32_t Program::slotOf(const Storage& storage) const {
  const auto feeds = static_cast<uint32_t>(plan_.feeds.size());
  const auto states = static_cast<uint32_t>(plan_.states.size());
  const auto outputs = static_cast<uint32_t>(plan_.outputs.size());
  switch (storage.kind) {
    case StorageKind::kArena: return kArenaSlot;
    case StorageKind::kFeed: return 1 + storage.index;
    case StorageKind::kState: return 1 + feeds + storage.index;
    case StorageKind::kNewState: return 1 + feeds + states + storage.index;
    case StorageKind::kOutput: return 1 + feeds + 2 * states + storage.index;
    case StorageKind::kConstant: return 1 + feeds + 2 * states + outputs + storage.index;
    case StorageKind::kNone: break;
  }
  throw Error(ErrorCode::kInternal, "An operand of a call has no storage.");
}

Program::Ref Program::refOf(const Storage& storage) const { return {slotOf(storage), storage.offset}; }

void Program::prepareCalls() {
  size_t largest = 0;
  for (const PlannedCall& planned : plan_.calls) {
    const Node& node = plan_.graph.nodes[planned.node];
    const auto first = static_cast<uint32_t>(refs_.size());
    for (const ValueId input : node.inputs) refs_.push_back(refOf(plan_.storage[input]));
    for (const ValueId output : node.outputs) refs_.push_back(refOf(plan_.storage[output]));
    refs_.push_back({kArenaSlot, planned.scratchOffset});
    const auto count = static_cast<uint32_t>(refs_.size()) - first;
    calls_.push_back({kernels_[planned.node].get(), first, count, planned.node, keepsPacked_[planned.node]});
    largest = std::max<size_t>(largest, count);
  }
  recordable_ = !device_.backend().isHost() && !calls_.empty() &&
                std::all_of(calls_.begin(), calls_.end(), [](const Call& call) { return call.kernel->recordable(); });
  io_.resize(largest);
  slots_.resize(1 + plan_.feeds.size() + 2 * plan_.states.size() + plan_.outputs.size() + constants_.size());
  newBlocks_.resize(plan_.states.size());
}

void Program::bind(std::vector<VariablePtr> variables) {
  if (variables.size() != plan_.states.size()) {
    throw Error(ErrorCode::kInvalidArgument, "The program has " + std::to_string(plan_.states.size()) +
                                                 " states, but " + std::to_string(variables.size()) +
                                                 " variables were given.");
  }
  for (size_t i = 0; i < variables.size(); ++i) {
    const PlannedState& state = plan_.states[i];
    if ((state.present || state.updated) && variables[i]->bytes != state.type.bytes()) {
      throw Error(ErrorCode::kInvalidArgument, "State " + std::to_string(i) + " was given a variable of " +
                                                   describeBytes(variables[i]->bytes, state.type.bytes()) + ".");
    }
  }
  variables_ = std::move(variables);
  packed_ = false;
  bound_ = true;
}

void Program::checkFeeds(std::span<const BufferPtr> feeds) const {
  if (feeds.size() < plan_.feeds.size()) {
    throw Error(ErrorCode::kInvalidArgument, "The program takes " + std::to_string(plan_.feeds.size()) +
                                                 " feeds, but " + std::to_string(feeds.size()) + " were given.");
  }
  for (size_t i = 0; i < plan_.feeds.size(); ++i) {
    const PlannedParameter& feed = plan_.feeds[i];
    if (feed.present && feeds[i]->bytes != feed.type.bytes()) {
      throw Error(ErrorCode::kInvalidArgument,
                  "Feed " + std::to_string(i) + " has " + describeBytes(feeds[i]->bytes, feed.type.bytes()) + ".");
    }
  }
  if (!plan_.states.empty() && !bound_) {
    throw Error(ErrorCode::kInvalidArgument, "The program has state, but no variables are bound to it.");
  }
}

std::shared_ptr<const Error> Program::run(std::span<const BufferPtr> feeds, std::span<const BufferPtr> outputs) {
  std::shared_ptr<const Error> error;
  try {
    device_.beginRun();
    if (Profiler* profiler = device_.profiler()) {
      executeProfiled(*profiler, feeds, outputs);
    } else {
      execute(feeds, outputs, [this] { runOrReplay(); });
    }
  } catch (const Error& failure) {
    error = std::make_shared<const Error>(failure);
  } catch (const std::exception& failure) {
    error = std::make_shared<const Error>(ErrorCode::kInternal, failure.what());
  }
  if (error) {
    for (const BufferPtr& output : outputs) {
      output->block = nullptr;
      output->error = error;
    }
  }
  for (BlockPtr& block : newBlocks_) block = nullptr;
  return error;
}

void Program::dropOldPacking() {
  std::vector<uint64_t> versions(variables_.size());
  for (size_t i = 0; i < variables_.size(); ++i) {
    if (!plan_.states[i].updated) versions[i] = variables_[i]->version;
  }
  if (versions == versions_) return;
  packed_ = false;
  versions_ = std::move(versions);
}

void Program::executeProfiled(Profiler& profiler, std::span<const BufferPtr> feeds,
                              std::span<const BufferPtr> outputs) {
  ProgramProfile& notes = profile();
  const auto start = ProfilerClock::now();
  execute(feeds, outputs, [&] {
    runBetweenCopies([&] { runCallsProfiled(profiler, notes); });
  });
  const auto duration = ProfilerClock::now() - start;
  ++notes.runs;
  notes.nanoseconds += duration.count();
  profiler.note(TraceKind::kRun, notes.index, 0, start, duration);
}

template <class Work>
void Program::execute(std::span<const BufferPtr> feeds, std::span<const BufferPtr> outputs, Work&& work) {
  resolveSlots(feeds, outputs);
  const ThreadLimit limit(device_.backend(), threads_);
  dropOldPacking();
  work();
  packed_ = true;
  for (size_t i = 0; i < newBlocks_.size(); ++i) {
    if (newBlocks_[i]) variables_[i]->block = std::move(newBlocks_[i]);
  }
}

template <class RunCalls>
void Program::runBetweenCopies(RunCalls&& runCalls) {
  for (const PlannedCopy& planned : plan_.before) copy(planned);
  runCalls();
  for (const PlannedCopy& planned : plan_.after) copy(planned);
}

void Program::runAll() {
  runBetweenCopies([this] {
    for (const Call& call : calls_) runCall(call);
  });
}

void Program::runOrReplay() {
  Recording* const recording = recordable_ ? recordingOf(slots_) : nullptr;
  if (recording == nullptr) return runAll();
  recording->replay();
  ++replayed_;
}

// Null where there is none (yet).
Recording* Program::recordingOf(const std::vector<char*>& addresses) {
  if (Recording* known = replays_.find(addresses)) return known;
  if (!replays_.shouldRecord(addresses)) return nullptr;
  try {
    return &replays_.add(addresses, device_.backend().record([this] { runAll(); }));
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kUnsupported) throw;
    recordable_ = false;  // the device's libraries know better than the kernels
    return nullptr;
  }
}

void Program::resolveSlots(std::span<const BufferPtr> feeds, std::span<const BufferPtr> outputs) {
  size_t slot = 0;
  slots_[slot++] = static_cast<char*>(device_.arena(plan_.arenaBytes));
  for (size_t i = 0; i < plan_.feeds.size(); ++i) {
    if (plan_.feeds[i].present && feeds[i]->error) throw Error(*feeds[i]->error);
    slots_[slot++] = feeds[i]->block ? static_cast<char*>(feeds[i]->block->data()) : nullptr;
  }
  for (const VariablePtr& variable : variables_) {
    if (variable->error) throw Error(*variable->error);
    slots_[slot++] = static_cast<char*>(variable->block->data());
  }
  for (size_t i = 0; i < variables_.size(); ++i) {
    const PlannedState& state = plan_.states[i];
    BlockPtr& block = variables_[i]->block;
    if (!state.updated) {
      slots_[slot++] = nullptr;
      continue;
    }
    variables_[i]->version++;
    // A snapshot of JavaScript's, or another variable, holds the same block: then the update must go elsewhere.
    if (state.inPlace && block.use_count() == 1) {
      slots_[slot++] = static_cast<char*>(block->data());
      continue;
    }
    newBlocks_[i] = std::make_shared<Block>(device_.pool(), variables_[i]->bytes);
    slots_[slot++] = static_cast<char*>(newBlocks_[i]->data());
  }
  for (size_t i = 0; i < outputs.size(); ++i) {
    outputs[i]->block = std::make_shared<Block>(device_.pool(), outputs[i]->bytes);
    slots_[slot++] = static_cast<char*>(outputs[i]->block->data());
  }
  for (const BufferPtr& constant : constants_) {
    if (constant->error) throw Error(*constant->error);
    slots_[slot++] = static_cast<char*>(constant->block->data());
  }
}

void Program::runCall(const Call& call) {
  const Ref* refs = refs_.data() + call.firstRef;
  for (uint32_t i = 0; i < call.refCount; ++i) io_[i] = slots_[refs[i].slot] + refs[i].offset;
  try {
    if (!packed_ && call.keepsPacked) call.kernel->pack(io_.data());
    call.kernel->run(io_.data());
  } catch (const Error& error) {
    throw error.in(plan_.graph.scopeOf(plan_.graph.nodes[call.node]));
  }
}

ProgramProfile& Program::profile() {
  Profiler& profiler = *device_.profiler();
  if (profilerId_ != profiler.id()) {
    profile_ = &profiler.add(name_, plan_, compileStart_, std::chrono::microseconds(compileMicroseconds_));
    profilerId_ = profiler.id();
  }
  return *profile_;
}

// The end of a call is the start of the next, so that their times add up.
void Program::runCallsProfiled(Profiler& profiler, ProgramProfile& notes) {
  if (!device_.backend().isHost()) return runCallsTimedByDevice(profiler, notes);
  auto start = ProfilerClock::now();
  for (uint32_t i = 0; i < calls_.size(); ++i) {
    runCall(calls_[i]);
    const auto end = ProfilerClock::now();
    profiler.noteCall(notes, i, start, end - start);
    start = end;
  }
}

// A device's own clock has the times. Where it is done with a call before it is given the next, the time that it waits counts
// as the next call's: in a recording there is none.
void Program::runCallsTimedByDevice(Profiler& profiler, ProgramProfile& notes) {
  Backend& backend = device_.backend();
  backend.synchronize();  // what is left of earlier work is not the first call's
  auto start = ProfilerClock::now();
  std::vector<std::unique_ptr<Marker>> times;
  times.reserve(calls_.size() + 1);
  times.push_back(backend.markTime());
  for (const Call& call : calls_) {
    runCall(call);
    times.push_back(backend.markTime());
  }
  backend.synchronize();
  for (uint32_t i = 0; i < calls_.size(); ++i) {
    const std::chrono::nanoseconds duration(backend.timeBetween(*times[i], *times[i + 1]));
    profiler.noteCall(notes, i, start, duration);
    start += duration;
  }
}

void Program::copy(const PlannedCopy& planned) {
  const Ref from = refOf(planned.from);
  const Ref to = refOf(planned.to);
  char* target = slots_[to.slot] + to.offset;
  const char* source = slots_[from.slot] + from.offset;
  if (target != source) device_.backend().copy(target, source, planned.bytes);
}

}  // namespace ibex
