// The fake device's queue of work: a thread that does it in order, later than it was given.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "ir/error.h"

namespace ibex::fake {

using Task = std::function<void()>;

class Stream {
 public:
  Stream();
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  // Enqueues the task, or keeps it where a recording is under way.
  void push(Task task);
  // How much was pushed so far; done() tells how much of it has been done.
  uint64_t pushed();
  bool done(uint64_t count);
  void wait(uint64_t count);
  // Throws the first error of a task since the last time.
  void throwError();

  void beginRecording();
  std::vector<Task> endRecording();

 private:
  void loop();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Task> tasks_;
  std::optional<std::vector<Task>> recorded_;
  std::optional<Error> error_;
  uint64_t pushed_ = 0;
  uint64_t done_ = 0;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace ibex::fake
