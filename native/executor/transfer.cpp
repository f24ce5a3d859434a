#include "executor/transfer.h"

#include <cstring>
#include <exception>
#include <future>
#include <utility>

namespace ibex {
namespace {

// A value in memory that the target can take it from, or why there is none.
struct Landed {
  BlockPtr block;
  std::shared_ptr<const Error> error;
  std::shared_ptr<Backend> source = nullptr;  // where the block is in its memory
  std::shared_ptr<Marker> ready = nullptr;    // of the source, likewise
};

// `body`, with what it throws given back.
template <class Body>
std::shared_ptr<const Error> caught(Body&& body) {
  try {
    body();
    return nullptr;
  } catch (const Error& error) {
    return std::make_shared<const Error>(error);
  } catch (const std::exception& error) {
    return std::make_shared<const Error>(ErrorCode::kInternal, error.what());
  }
}

// On the source's thread.
Landed land(Device& from, Device& to, BlockPtr block, std::shared_ptr<const Error> error, size_t bytes) {
  Landed landed{std::move(block), std::move(error)};
  if (landed.error || (from.backend().isHost() && to.backend().isHost())) return landed;
  landed.error = caught([&] {
    if (to.backend().canCopyFrom(from.backend())) {
      landed.source = from.sharedBackend();
      landed.ready = from.backend().mark();
      return;
    }
    const auto& pool = to.backend().isHost() ? to.pool() : to.staging();
    auto copy = std::make_shared<Block>(pool, bytes);
    from.backend().download(copy->data(), landed.block->data(), bytes);
    landed.block = std::move(copy);
  });
  return landed;
}

// On the target's thread: the landed value in the target's memory.
void takeOff(Device& to, Landed landed, size_t bytes, BlockPtr& block, std::shared_ptr<const Error>& error) {
  error = std::move(landed.error);
  if (!error && landed.source) {
    error = caught([&] {
      to.beginRun();
      block = std::make_shared<Block>(to.pool(), bytes);
      to.backend().copyFrom(*landed.source, block->data(), landed.block->data(), bytes, *landed.ready);
      to.whenDone([source = std::move(landed.block)] {});
    });
  } else if (!error && !to.backend().isHost()) {
    error = caught([&] {
      block = std::make_shared<Block>(to.pool(), bytes, MemoryUse::kUpload);
      to.upload(block, std::move(landed.block), bytes);
    });
  } else if (!error) {
    block = std::move(landed.block);
  }
  if (error) block = nullptr;
}

// Takes a value from one device's queue to another's. The target's thread waits for the source's: never in a circle, since
// each waits only for what was enqueued before.
template <class Take, class Put>
void pass(Device& from, Device& to, Take take, Put put) {
  auto landed = std::make_shared<std::promise<Landed>>();
  std::shared_future<Landed> future = landed->get_future().share();
  // The promise is the source's alone: it breaks when the source is closed and drops its work.
  from.enqueue([landed = std::move(landed), take = std::move(take)] { landed->set_value(take()); });
  to.enqueue([put = std::move(put), future = std::move(future)] {
    try {
      put(future.get());
    } catch (const std::future_error&) {
      put(Landed{nullptr, std::make_shared<const Error>(ErrorCode::kInternal, "The device of a value was closed.")});
    }
  });
}

// For the thread that enqueues. Where the device's work still has all the memory, waits for that.
BlockPtr allocate(Device& device, const std::shared_ptr<MemoryPool>& pool, size_t bytes, MemoryUse use) {
  try {
    return std::make_shared<Block>(pool, bytes, use);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kOutOfMemory) throw;
  }
  device.finish();
  return std::make_shared<Block>(pool, bytes, use);
}

}  // namespace

BufferPtr makeBuffer(Device& device, size_t bytes, const std::function<void(void*)>& write) {
  auto buffer = std::make_shared<Buffer>(device, bytes);
  if (device.backend().isHost()) {
    auto block = allocate(device, device.pool(), bytes, MemoryUse::kWork);
    write(block->data());
    buffer->block = std::move(block);
    return buffer;
  }
  auto block = allocate(device, device.pool(), bytes, MemoryUse::kUpload);
  auto staged = allocate(device, device.staging(), bytes, MemoryUse::kWork);
  write(staged->data());
  device.enqueue([&device, buffer, block = std::move(block), staged = std::move(staged), bytes] {
    buffer->error = caught([&] { device.upload(block, staged, bytes); });
    if (!buffer->error) buffer->block = block;
  });
  return buffer;
}

void readBuffer(const Buffer& buffer, void* into, size_t bytes) {
  if (buffer.error) throw Error(*buffer.error);
  if (!buffer.block) throw Error(ErrorCode::kInternal, "The buffer has no value.");
  if (bytes == 0) return;
  buffer.device->synchronize();
  buffer.device->backend().download(into, buffer.block->data(), bytes);
}

void readBufferLater(const BufferPtr& buffer, void* into, size_t bytes,
                     std::function<void(std::shared_ptr<const Error>)> done) {
  Device& device = *buffer->device;
  if (device.backend().isHost() || !buffer->block || bytes == 0) {
    return done(caught([&] { readBuffer(*buffer, into, bytes); }));
  }
  BlockPtr staged;
  std::shared_ptr<Marker> fetched;
  if (auto error = caught([&] {
        staged = std::make_shared<Block>(device.staging(), bytes);
        fetched = device.backend().fetch(staged->data(), buffer->block->data(), bytes);
      })) {
    return done(std::move(error));
  }
  device.whenPassed(std::move(fetched), [&device, from = buffer->block, staged, into, bytes, done = std::move(done),
                                         ticket = device.takeTicket()] {
    auto error = device.faultOf(ticket);
    if (!error) std::memcpy(into, staged->data(), bytes);
    done(std::move(error));
  });
}

BufferPtr transferBuffer(const BufferPtr& buffer, Device& to) {
  Device& from = *buffer->device;
  if (&from == &to) return buffer;
  auto moved = std::make_shared<Buffer>(to, buffer->bytes);
  pass(
      from, to, [&from, &to, buffer] { return land(from, to, buffer->block, buffer->error, buffer->bytes); },
      [&to, moved](Landed landed) { takeOff(to, std::move(landed), moved->bytes, moved->block, moved->error); });
  return moved;
}

void moveVariable(const VariablePtr& variable, Device& to) {
  Device& from = *variable->device;
  if (&from == &to) return;
  pass(
      from, to,
      [&from, &to, variable] {
        return land(from, to, std::exchange(variable->block, nullptr), variable->error, variable->bytes);
      },
      [&to, variable](Landed landed) {
        takeOff(to, std::move(landed), variable->bytes, variable->block, variable->error);
      });
  variable->device = &to;
}

}  // namespace ibex
