// Values on their way between JavaScript, the host's memory and the memory of devices. All but the copies themselves
// happens on the thread that enqueues; each function keeps its place in the order of the devices' work.
#pragma once

#include <cstddef>
#include <functional>

#include "executor/buffer.h"
#include "executor/device.h"

namespace ibex {

// A new buffer with what `write` puts into host memory of that size, at once. Throws Error{kOutOfMemory}.
BufferPtr makeBuffer(Device& device, size_t bytes, const std::function<void(void*)>& write);

// Copies a buffer's elements out; on its device's thread. Throws the error of the run that should have made them.
void readBuffer(const Buffer& buffer, void* into, size_t bytes);

// Likewise, but does not wait for the device: `done` is called on its thread, with what went wrong or null. `into` must stay
// until then.
void readBufferLater(const BufferPtr& buffer, void* into, size_t bytes,
                     std::function<void(std::shared_ptr<const Error>)> done);

// The same value on another device; the buffer itself when it is there already. What goes wrong becomes the new
// buffer's error.
BufferPtr transferBuffer(const BufferPtr& buffer, Device& to);

// The variable is on `to` from here on.
void moveVariable(const VariablePtr& variable, Device& to);

}  // namespace ibex
