#include "tests/fake_device/stream.h"

#include <utility>

namespace ibex::fake {

Stream::Stream() : thread_([this] { loop(); }) {}

Stream::~Stream() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void Stream::push(Task task) {
  const std::lock_guard lock(mutex_);
  if (recorded_) {
    recorded_->push_back(std::move(task));
    return;
  }
  tasks_.push_back(std::move(task));
  ++pushed_;
  changed_.notify_all();
}

uint64_t Stream::pushed() {
  const std::lock_guard lock(mutex_);
  return pushed_;
}

bool Stream::done(uint64_t count) {
  const std::lock_guard lock(mutex_);
  return done_ >= count;
}

void Stream::wait(uint64_t count) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return done_ >= count; });
}

void Stream::throwError() {
  const std::lock_guard lock(mutex_);
  if (auto error = std::exchange(error_, std::nullopt)) throw Error(*error);
}

void Stream::beginRecording() {
  const std::lock_guard lock(mutex_);
  recorded_.emplace();
}

std::vector<Task> Stream::endRecording() {
  const std::lock_guard lock(mutex_);
  return *std::exchange(recorded_, std::nullopt);
}

void Stream::loop() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return stopping_ || !tasks_.empty(); });
    if (tasks_.empty()) return;
    Task task = std::move(tasks_.front());
    tasks_.pop_front();
    lock.unlock();
    std::optional<Error> error;
    try {
      task();
    } catch (const Error& failure) {
      error = failure;
    }
    task = nullptr;
    lock.lock();
    if (error && !error_) error_ = std::move(error);
    ++done_;
    changed_.notify_all();
  }
}

}  // namespace ibex::fake
