// A program: a planned graph with its prepared kernels, ready to run any number of times.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "executor/device.h"
#include "executor/profiler.h"
#include "executor/replays.h"
#include "passes/pipeline.h"
#include "passes/plan.h"

namespace ibex {

struct ProgramOptions {
  std::string name = "program";
  std::vector<std::string> disabledPasses;
  bool verify = false;
  bool dump = false;
};

struct DumpedStage {
  std::string stage;
  std::string text;
};

class Program {
 public:
  // From encoded bytes to a program that can run; throws Error for what is malformed or unsupported. On any thread.
  Program(Device& device, std::span<const uint8_t> bytes, const ProgramOptions& options);

  Device& device() const { return device_; }
  const Plan& plan() const { return plan_; }
  const std::vector<DumpedStage>& dump() const { return dump_; }
  int64_t compileMicroseconds() const { return compileMicroseconds_; }
  // How many runs were replays of a recorded one.
  uint64_t replayed() const { return replayed_; }
  bool bound() const { return bound_; }

  // The variables of the states, by state index. Throws Error{kInvalidArgument} where the number or a size differs.
  void bind(std::vector<VariablePtr> variables);
  // They and the feeds of a run must be on the program's device.
  const std::vector<VariablePtr>& variables() const { return variables_; }

  // Throws Error{kInvalidArgument} unless feeds fit the program; on the caller's thread, before a run is enqueued.
  void checkFeeds(std::span<const BufferPtr> feeds) const;

  // The notes of the device's profiler on this program; there has to be a profiler. On the device's thread.
  ProgramProfile& profile();

  // One run, on the device's thread. Fills the outputs' blocks, or their errors; never throws. Returns the error. The
  // device may still be at it: Device::whenDone() tells when it is not.
  std::shared_ptr<const Error> run(std::span<const BufferPtr> feeds, std::span<const BufferPtr> outputs);

 private:
  // An operand: slots_[slot] + offset.
  struct Ref {
    uint32_t slot;
    size_t offset;
  };

  uint32_t slotOf(const Storage& storage) const;
  Ref refOf(const Storage& storage) const;
  void keepPacked(const Graph& graph);
  void prepareCalls();
  void makeConstants();
  // Kernels that keep packed inputs pack them anew where a state that the program only reads has changed.
  void dropOldPacking();
  struct Call;
  // `work` runs the copies and calls, when the addresses of their operands are known.
  template <class Work>
  void execute(std::span<const BufferPtr> feeds, std::span<const BufferPtr> outputs, Work&& work);
  void resolveSlots(std::span<const BufferPtr> feeds, std::span<const BufferPtr> outputs);
  // Runs the copies and calls, or replays a recording of that.
  void runOrReplay();
  Recording* recordingOf(const std::vector<char*>& addresses);
  template <class RunCalls>
  void runBetweenCopies(RunCalls&& runCalls);
  void runAll();
  void executeProfiled(Profiler& profiler, std::span<const BufferPtr> feeds, std::span<const BufferPtr> outputs);
  void runCall(const Call& call);
  void runCallsProfiled(Profiler& profiler, ProgramProfile& notes);
  void runCallsTimedByDevice(Profiler& profiler, ProgramProfile& notes);
  void copy(const PlannedCopy& copy);

  Device& device_;
  Plan plan_;
  std::vector<std::unique_ptr<Kernel>> kernels_;  // by node of plan_.graph
  std::vector<DumpedStage> dump_;
  std::string name_;
  ProfilerClock::time_point compileStart_;
  int64_t compileMicroseconds_ = 0;
  uint64_t profilerId_ = 0;  // of the profiler that profile_ is of
  ProgramProfile* profile_ = nullptr;
  bool bound_ = false;
  // A small program runs on the device's thread alone: waking others would take longer than they would save.
  int threads_ = 1;  // that its kernels were prepared for

  std::vector<VariablePtr> variables_;
  std::vector<bool> keepsPacked_;     // by node
  bool packed_ = false;               // by a run that came to its end
  std::vector<uint64_t> versions_;    // of the states at the last packing; 0 where the program updates them
  std::vector<BufferPtr> constants_;

  // The operands of all calls, one call after another, and how they are cut up.
  struct Call {
    Kernel* kernel;
    uint32_t firstRef;
    uint32_t refCount;
    NodeId node;
    bool keepsPacked;
  };
  std::vector<Call> calls_;
  std::vector<Ref> refs_;

  // Of the run under way; sized once.
  std::vector<char*> slots_;
  std::vector<void*> io_;
  std::vector<BlockPtr> newBlocks_;  // by state

  std::atomic<uint64_t> replayed_{0};
  bool recordable_ = false;  // all kernels are
  Replays replays_;
};

}  // namespace ibex
