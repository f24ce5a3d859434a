#include "executor/device.h"

#include <exception>
#include <future>
#include <utility>

#include "ir/error.h"

namespace ibex {

namespace {

std::shared_ptr<MemoryPool> stagingPool(Backend& backend, const std::string& name) {
  auto source = backend.staging();
  return source ? std::make_shared<MemoryPool>(std::move(source), "the host, for copies to " + name) : nullptr;
}

// Whether the work has been done, well or not: what went wrong shows in other ways.
bool isOver(Marker& marker) {
  try {
    return marker.passed();
  } catch (const Error&) {
    return true;
  }
}

}  // namespace

Device::Device(std::shared_ptr<Backend> backend, std::string name, size_t queueLimit)
    : backend_(std::move(backend)),
      name_(std::move(name)),
      marks_(*backend_),
      pool_(std::make_shared<MemoryPool>(backend_, name_, marks_.clock())),
      staging_(stagingPool(*backend_, name_)),
      queueLimit_(queueLimit),
      watcher_(backend_->isHost() ? std::thread() : std::thread([this] { watch(); })),
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
  watch_.notify_all();
  thread_.join();
  if (watcher_.joinable()) watcher_.join();
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

void Device::finish() {
  runSync([this] {
    try {
      synchronize();
    } catch (const Error& error) {
      noteError(std::make_shared<const Error>(error));
    }
    settle();
  });
}

void Device::loop() {
  for (;;) {
    Work work;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
      if (stopping_) break;
      work = std::move(queue_.front());
      queue_.pop_front();
      if (work.counted) --countedWaiting_;
    }
    if (work.counted) room_.notify_one();
    work.run();
    settle();
  }
  try {
    backend_->synchronize();
  } catch (const Error&) {
    // Nobody is left to tell.
  }
}

void Device::whenDone(std::function<void()> done) { whenPassed(backend_->mark(), std::move(done)); }

void Device::upload(const BlockPtr& to, BlockPtr from, size_t bytes) {
  const auto after = marks_.after(to->formerRun());
  auto marker = backend_->upload(to->data(), from->data(), bytes, after.get());
  whenPassed(std::move(marker), [from = std::move(from)] {});
}

void Device::whenPassed(std::shared_ptr<Marker> marker, std::function<void()> done) {
  if (!marker) return done();
  {
    const std::lock_guard lock(mutex_);
    pending_.push_back({std::move(marker), std::move(done)});
  }
  watch_.notify_one();
}

void Device::settle() {
  for (;;) {
    Pending settled;
    {
      const std::lock_guard lock(mutex_);
      if (pending_.empty() || !isOver(*pending_.front().marker)) return;
      settled = std::move(pending_.front());
      pending_.pop_front();
    }
    watch_.notify_one();
    settled.done();
  }
}

void Device::watch() {
  std::shared_ptr<Marker> watched;
  std::unique_lock lock(mutex_);
  for (;;) {
    watch_.wait(lock, [&] { return stopping_ || (!pending_.empty() && pending_.front().marker != watched); });
    if (stopping_) return;
    watched = pending_.front().marker;
    lock.unlock();
    try {
      watched->wait();
    } catch (const Error&) {
      // As with isOver().
    }
    enqueue([] {});  // after which what is over is settled
    lock.lock();
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

std::shared_ptr<const Error> Device::takeError(uint64_t ticket) {
  auto fault = faultOf(ticket);
  return error_ ? std::exchange(error_, nullptr) : fault;
}

std::shared_ptr<const Error> Device::faultOf(uint64_t ticket) {
  try {
    backend_->check();
  } catch (const Error& error) {
    noteFault(error);
  }
  return ticket <= faultTickets_ ? fault_ : nullptr;
}

void Device::synchronize() {
  try {
    backend_->synchronize();
  } catch (const Error& error) {
    noteFault(error);
    throw;
  }
}

void Device::noteFault(const Error& error) {
  fault_ = std::make_shared<const Error>(error);
  faultTickets_ = tickets_;
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
