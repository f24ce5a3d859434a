#include "executor/replays.h"

#include <algorithm>
#include <utility>

namespace ibex {
namespace {

constexpr size_t kEntries = 4;
constexpr size_t kRecent = 4;

}  // namespace

Recording* Replays::find(const std::vector<char*>& addresses) {
  const auto found =
      std::find_if(entries_.begin(), entries_.end(), [&](const Entry& entry) { return entry.addresses == addresses; });
  if (found == entries_.end()) return nullptr;
  std::rotate(entries_.begin(), found, found + 1);
  return entries_.front().recording.get();
}

bool Replays::shouldRecord(const std::vector<char*>& addresses) {
  if (std::find(recent_.begin(), recent_.end(), addresses) != recent_.end()) return true;
  recent_.push_front(addresses);
  if (recent_.size() > kRecent) recent_.pop_back();
  return false;
}

Recording& Replays::add(const std::vector<char*>& addresses, std::unique_ptr<Recording> recording) {
  if (entries_.size() == kEntries) entries_.pop_back();
  entries_.push_front({addresses, std::move(recording)});
  return *entries_.front().recording;
}

}  // namespace ibex
