#include "executor/device.h"

#include <exception>
#include <future>
#include <utility>

namespace ibex {

Device::Device(std::shared_ptr<Backend> backend, size_t queueLimit)
    : backend_(std::move(backend)),
      pool_(std::make_shared<MemoryPool>(backend_)),
      queueLimit_(queueLimit),
      thread_([this] { loop(); }) {}

Device::~Device() {
  std::deque<Work> dropped;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    dropped.swap(queue_);
    countedWaiting_ = 0;
  }
  wake_.notify_all();
  room_.notify_all();
  thread_.join();
}

void Device::enqueueRun(std::function<void()> work) { push(std::move(work), true); }

void Device::enqueue(std::function<void()> work) { push(std::move(work), false); }

void Device::push(std::function<void()> work, bool counted) {
  {
    std::unique_lock lock(mutex_);
    if (counted) {
      room_.wait(lock, [this] { return stopping_ || countedWaiting_ < queueLimit_; });
      ++countedWaiting_;
    }
    if (stopping_) return;
    queue_.push_back({std::move(work), counted});
  }
  wake_.notify_one();
}

void Device::runSync(const std::function<void()>& work) {
  std::promise<void> done;
  enqueue([&] {
    try {
      work();
      done.set_value();
    } catch (...) {
      done.set_exception(std::current_exception());
    }
  });
  done.get_future().get();
}

void Device::loop() {
  for (;;) {
    Work work;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
      if (stopping_) return;
      work = std::move(queue_.front());
      queue_.pop_front();
      if (work.counted) --countedWaiting_;
    }
    if (work.counted) room_.notify_one();
    work.run();
  }
}

void* Device::arena(size_t bytes) {
  if (bytes == 0) return nullptr;
  if (!arena_ || arena_->bytes() < bytes) {
    arena_.reset();
    arenaBytes_ = 0;
    arena_ = std::make_unique<Block>(pool_, bytes);
    arenaBytes_ = bytes;
  }
  return arena_->data();
}

void Device::noteError(std::shared_ptr<const Error> error) {
  if (!error_) error_ = std::move(error);
}

std::shared_ptr<const Error> Device::takeError() { return std::exchange(error_, nullptr); }

const DeviceLimits& Device::limits() {
  if (!limits_) limits_ = backend_->measureLimits();
  return *limits_;
}

void Device::setNumThreads(int threads) {
  backend_->limitThreads(threads);
  enqueue([this, threads] { backend_->limitThreads(threads); });
}

}  // namespace ibex
