// What handles of JavaScript stand for: buffers that may still be waiting for their program, and variables.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "executor/memory_pool.h"
#include "ir/error.h"

namespace ibex {

class Device;

// A block of memory with the elements of one tensor. Shared by everything that holds the same value; whoever is the only
// holder may overwrite it.
class Block {
 public:
  Block(std::shared_ptr<MemoryPool> pool, size_t bytes, MemoryUse use = MemoryUse::kWork)
      : pool_(std::move(pool)), bytes_(bytes), memory_(pool_->allocate(bytes, use)) {}
  ~Block() { pool_->release(memory_.data, bytes_); }
  Block(const Block&) = delete;
  Block& operator=(const Block&) = delete;

  void* data() const { return memory_.data; }
  size_t bytes() const { return bytes_; }
  // The latest run that may have used the memory before.
  uint64_t formerRun() const { return memory_.lastRun; }

 private:
  std::shared_ptr<MemoryPool> pool_;
  size_t bytes_;
  PooledMemory memory_;
};

using BlockPtr = std::shared_ptr<Block>;

// An immutable value. It exists from when the run that computes it is enqueued; its block (or the error of that run)
// is set on its device's thread, and read there only.
struct Buffer {
  Buffer(Device& on, size_t size) : device(&on), bytes(size) {}
  Device* const device;
  const size_t bytes;
  BlockPtr block;
  std::shared_ptr<const Error> error;
};

using BufferPtr = std::shared_ptr<Buffer>;

// A slot for a value that programs read and replace. The block is touched on the device's thread only; the device is the
// one that it is on once all that was enqueued has been done, and changes on the thread that enqueues.
struct Variable {
  Variable(Device& on, size_t size) : device(&on), bytes(size) {}
  Device* device;
  const size_t bytes;
  BlockPtr block;
  std::shared_ptr<const Error> error;
  uint64_t version = 0;  // grows with each change of the value
};

using VariablePtr = std::shared_ptr<Variable>;

}  // namespace ibex
