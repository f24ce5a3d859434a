// What handles of JavaScript stand for: buffers that may still be waiting for their program, and variables.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "executor/memory_pool.h"
#include "ir/error.h"

namespace ibex {

// A block of memory with the elements of one tensor. Shared by everything that holds the same value; whoever is the only
// holder may overwrite it.
class Block {
 public:
  Block(std::shared_ptr<MemoryPool> pool, size_t bytes)
      : pool_(std::move(pool)), bytes_(bytes), data_(pool_->allocate(bytes)) {}
  ~Block() { pool_->release(data_, bytes_); }
  Block(const Block&) = delete;
  Block& operator=(const Block&) = delete;

  void* data() const { return data_; }
  size_t bytes() const { return bytes_; }

 private:
  std::shared_ptr<MemoryPool> pool_;
  size_t bytes_;
  void* data_;
};

using BlockPtr = std::shared_ptr<Block>;

// An immutable value. It exists from when the run that computes it is enqueued; its block (or the error of that run)
// is set on the device's thread, and read there only.
struct Buffer {
  explicit Buffer(size_t size) : bytes(size) {}
  const size_t bytes;
  BlockPtr block;
  std::shared_ptr<const Error> error;
};

using BufferPtr = std::shared_ptr<Buffer>;

// A slot for a value that programs read and replace; touched on the device's thread only.
struct Variable {
  explicit Variable(size_t size) : bytes(size) {}
  const size_t bytes;
  BlockPtr block;
  std::shared_ptr<const Error> error;
  uint64_t version = 0;  // grows with each change of the value
};

using VariablePtr = std::shared_ptr<Variable>;

}  // namespace ibex
