// A stream of the mock: a queue that a thread of its own works off, in one of three orders. What a GPU does when is not known;
// the two extremes find work that relies on an order which no event asks for:
//   kThreads       as soon as possible, each stream for itself.
//   kLate          nothing before somebody waits for it: the host, or a stream that the host waits for. Then only what is
//                  needed for that.
//   kUploadsEarly  likewise, but uploads are done at once when they are at the front of their stream.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

namespace ibex::mock {

enum class Order { kThreads, kLate, kUploadsEarly };

// How far a stream is. Outlives it, for the events of what it did.
struct Progress {
  uint64_t pushed = 0;
  uint64_t done = 0;
  uint64_t asked = 0;  // what is waited for
};

using ProgressPtr = std::shared_ptr<Progress>;

// Whether so much has been done; waits for it.
bool isDone(const Progress& progress, uint64_t count);
void waitFor(Progress& progress, uint64_t count);

struct Task {
  std::function<void()> work;
  bool isUpload = false;
  ProgressPtr awaited = nullptr;  // the task is to wait until another stream has done `count`
  uint64_t count = 0;
};

class Stream {
 public:
  explicit Stream(Order order);
  // Ends with all that was pushed.
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  // Enqueues the task, or keeps it where a recording is under way. How much was pushed so far.
  uint64_t push(Task task);
  uint64_t pushed() const;
  const ProgressPtr& progress() const { return progress_; }

  void beginRecording();
  std::vector<Task> endRecording();

 private:
  void loop();
  // Whether the first task is to be done now. Passes on that it is waited for.
  bool mayBegin();

  const Order order_;
  const ProgressPtr progress_ = std::make_shared<Progress>();
  std::deque<Task> tasks_;
  std::optional<std::vector<Task>> recorded_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace ibex::mock
