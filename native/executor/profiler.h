// Where the time of programs goes: what each call took in all, and, where a trace is asked for, when. Everything here
// happens on the device's thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "executor/work_estimate.h"
#include "passes/plan.h"

namespace ibex {

using ProfilerClock = std::chrono::steady_clock;

struct CallProfile {
  std::string name;   // the op; for a region its operations
  std::string shape;  // dtype and shape of the first result
  std::string scope;  // the layer that it is of
  NodeCost cost;
  int64_t count = 0;
  int64_t nanoseconds = 0;       // of all
  int64_t leastNanoseconds = 0;  // of the fastest
};

struct ProgramProfile {
  uint32_t index;
  std::string name;
  int64_t compileNanoseconds;
  std::vector<CallProfile> calls;  // as the plan's
  int64_t runs = 0;
  int64_t nanoseconds = 0;  // of whole runs
};

// What a stretch of time was spent on; `call` tells which, for kCall.
enum class TraceKind : uint8_t { kCall, kRun, kCompile, kEnqueue };

struct TraceEvent {
  int64_t start;  // in nanoseconds, since the profiler was made; before that is negative
  int64_t duration;
  uint32_t program;
  uint32_t call;
  TraceKind kind;
};

class Profiler {
 public:
  explicit Profiler(bool trace);

  // No other profiler of the process has it, before or after.
  uint64_t id() const { return id_; }

  // Lives as long as the profiler. `compileStart` is when compiling began.
  ProgramProfile& add(const std::string& name, const Plan& plan, ProfilerClock::time_point compileStart,
                      std::chrono::nanoseconds compileTime);

  void note(TraceKind kind, uint32_t program, uint32_t call, ProfilerClock::time_point start,
            std::chrono::nanoseconds duration) {
    if (!trace_) return;
    if (events_.size() == kMaxEvents) {
      ++dropped_;
      return;
    }
    events_.push_back({(start - start_).count(), duration.count(), program, call, kind});
  }

  // A call of a program.
  void noteCall(ProgramProfile& program, uint32_t index, ProfilerClock::time_point start,
                std::chrono::nanoseconds duration);

  const std::vector<std::unique_ptr<ProgramProfile>>& programs() const { return programs_; }
  const std::vector<TraceEvent>& events() const { return events_; }
  // Events that there was no more room for.
  int64_t dropped() const { return dropped_; }

 private:
  static constexpr size_t kMaxEvents = size_t{1} << 20;

  const uint64_t id_;
  const bool trace_;
  const ProfilerClock::time_point start_;
  std::vector<std::unique_ptr<ProgramProfile>> programs_;
  std::vector<TraceEvent> events_;
  int64_t dropped_ = 0;
};

}  // namespace ibex
