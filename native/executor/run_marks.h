// How far the device is with its runs, for memory that is written beside them: an upload into memory that was given back must
// wait for the run that used it last, and for no later one.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>

#include "backends/backend.h"

namespace ibex {

// The number of the latest run that was begun to be given to the device; 0 before the first. Any thread may read it.
using RunClock = std::atomic<uint64_t>;

// On the device's thread, but for the clock.
class RunMarks {
 public:
  explicit RunMarks(Backend& backend) : backend_(backend) {}

  const std::shared_ptr<RunClock>& clock() const { return clock_; }

  // A run, or anything else that uses the device's memory in the order of its work, is about to be given to the device.
  void begin();
  // A marker that passes when the run of that number has been done; null when it has been.
  std::shared_ptr<Marker> after(uint64_t run);

 private:
  struct Mark {
    uint64_t run;
    std::shared_ptr<Marker> marker;
  };
  void markLatest();

  Backend& backend_;
  const std::shared_ptr<RunClock> clock_ = std::make_shared<RunClock>(0);
  std::deque<Mark> marks_;  // of runs that may be under way, oldest first
  uint64_t done_ = 0;
  bool markNext_ = false;  // whether somebody asked since the latest run began
};

}  // namespace ibex
