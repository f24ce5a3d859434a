#include "tests/mock_cuda/stream.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <utility>

namespace ibex::mock {
namespace {

// One for all streams, since they wait for each other. Never destroyed: threads may outlive main().
struct Shared {
  std::mutex mutex;
  std::condition_variable changed;
};

Shared& shared() {
  static auto* const all = new Shared;
  return *all;
}

}  // namespace

bool isDone(const Progress& progress, uint64_t count) {
  const std::lock_guard lock(shared().mutex);
  return progress.done >= count;
}

void waitFor(Progress& progress, uint64_t count) {
  std::unique_lock lock(shared().mutex);
  progress.asked = std::max(progress.asked, count);
  shared().changed.notify_all();
  shared().changed.wait(lock, [&] { return progress.done >= count; });
}

Stream::Stream(Order order) : order_(order), thread_([this] { loop(); }) {}

Stream::~Stream() {
  {
    const std::lock_guard lock(shared().mutex);
    stopping_ = true;
  }
  shared().changed.notify_all();
  thread_.join();
}

uint64_t Stream::push(Task task) {
  const std::lock_guard lock(shared().mutex);
  if (recorded_) {
    recorded_->push_back(std::move(task));
    return progress_->pushed;
  }
  tasks_.push_back(std::move(task));
  shared().changed.notify_all();
  return ++progress_->pushed;
}

uint64_t Stream::pushed() const {
  const std::lock_guard lock(shared().mutex);
  return progress_->pushed;
}

void Stream::beginRecording() {
  const std::lock_guard lock(shared().mutex);
  recorded_.emplace();
}

std::vector<Task> Stream::endRecording() {
  const std::lock_guard lock(shared().mutex);
  return *std::exchange(recorded_, std::nullopt);
}

bool Stream::mayBegin() {
  const Task& task = tasks_.front();
  const bool wanted = order_ == Order::kThreads || stopping_ || progress_->asked > progress_->done;
  if (task.awaited == nullptr) return wanted || (order_ == Order::kUploadsEarly && task.isUpload);
  if (wanted && task.awaited->asked < task.count) {
    task.awaited->asked = task.count;
    shared().changed.notify_all();
  }
  return task.awaited->done >= task.count;
}

void Stream::loop() {
  std::unique_lock lock(shared().mutex);
  for (;;) {
    shared().changed.wait(lock, [this] { return tasks_.empty() ? stopping_ : mayBegin(); });
    if (tasks_.empty()) return;
    Task task = std::move(tasks_.front());
    tasks_.pop_front();
    if (task.work) {
      lock.unlock();
      task.work();
      task.work = nullptr;
      lock.lock();
    }
    ++progress_->done;
    shared().changed.notify_all();
  }
}

}  // namespace ibex::mock
