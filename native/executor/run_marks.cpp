#include "executor/run_marks.h"

#include <algorithm>

namespace ibex {

void RunMarks::begin() {
  // Only where uploads and runs take turns: others need no marks.
  if (markNext_) markLatest();
  markNext_ = false;
  clock_->fetch_add(1);
}

// Of all that was given to the device so far, so after the latest run and before the next.
void RunMarks::markLatest() {
  const uint64_t run = clock_->load();
  if (marks_.empty() || marks_.back().run < run) marks_.push_back({run, backend_.mark()});
}

std::shared_ptr<Marker> RunMarks::after(uint64_t run) {
  markNext_ = true;
  while (!marks_.empty() && marks_.front().marker->passed()) {
    done_ = marks_.front().run;
    marks_.pop_front();
  }
  if (run <= done_) return nullptr;
  const auto found = std::find_if(marks_.begin(), marks_.end(), [&](const Mark& mark) { return mark.run >= run; });
  if (found != marks_.end()) return found->marker;
  markLatest();
  return marks_.back().marker;
}

}  // namespace ibex
