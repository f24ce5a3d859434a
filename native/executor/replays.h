// A program's calls as recordings that are replayed, by the addresses that they work on. In the steady state of a training
// loop those are the same in every run.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <vector>

#include "backends/backend.h"

namespace ibex {

class Replays {
 public:
  // The recording for these addresses, or null.
  Recording* find(const std::vector<char*>& addresses);

  // To be asked when there is none: true when a run had these addresses not long ago, so that recording may pay. The
  // first run of a program is never recorded: it makes what the device's libraries make lazily.
  bool shouldRecord(const std::vector<char*>& addresses);

  Recording& add(const std::vector<char*>& addresses, std::unique_ptr<Recording> recording);

 private:
  struct Entry {
    std::vector<char*> addresses;
    std::unique_ptr<Recording> recording;
  };
  std::deque<Entry> entries_;              // last used first
  std::deque<std::vector<char*>> recent_;  // addresses of runs without a recording, newest first
};

}  // namespace ibex
