#include "executor/device.h"

#include <exception>
#include <future>
#include <utility>

#include "ir/error.h"

namespace ibex {

namespace {

std::shared_ptr<MemoryPool> stagingPool(Backend& backend) {
  auto source = backend.staging();
  return source ? std::make_shared<MemoryPool>(std::move(source)) : nullptr;
}

}  // namespace

Device::Device(std::shared_ptr<Backend> backend, std::string name, size_t queueLimit)
    : backend_(std::move(backend)),
      name_(std::move(name)),
      pool_(std::make_shared<MemoryPool>(backend_)),
      staging_(stagingPool(*backend_)),
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
  // Before the thread is waited for: another device's may wait for what is dropped, and this one for that.
  dropped.clear();
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
      while (queue_.empty() && !stopping_) {
        if (pending_.empty()) {
          wake_.wait(lock);
        } else {
          // Nothing to give to the backend: time to wait for it.
          lock.unlock();
          settleOldest(true);
          lock.lock();
        }
      }
      if (stopping_) break;
      work = std::move(queue_.front());
      queue_.pop_front();
      if (work.counted) --countedWaiting_;
    }
    if (work.counted) room_.notify_one();
    work.run();
    while (settleOldest(false)) {
    }
  }
  try {
    backend_->synchronize();
  } catch (const Error&) {
    // Nobody is left to tell.
  }
  pending_.clear();
}

void Device::whenDone(std::function<void()> done) {
  if (auto marker = backend_->mark()) {
    pending_.push_back({std::move(marker), std::move(done)});
  } else {
    done();
  }
}

bool Device::settleOldest(bool wait) {
  if (pending_.empty()) return false;
  if (wait) {
    pending_.front().marker->wait();
  } else if (!pending_.front().marker->passed()) {
    return false;
  }
  const Pending settled = std::move(pending_.front());
  pending_.pop_front();
  settled.done();
  return true;
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

std::shared_ptr<const Error> Device::takeError() {
  if (error_) return std::exchange(error_, nullptr);
  try {
    backend_->check();
    return nullptr;
  } catch (const Error& error) {
    return std::make_shared<const Error>(error);
  }
}

const DeviceLimits& Device::limits() {
  if (!limits_) limits_ = backend_->measureLimits();
  return *limits_;
}

void Device::setNumThreads(int threads) {
  backend_->limitThreads(threads);
  enqueue([this, threads] { backend_->limitThreads(threads); });
}

}  // namespace ibex
