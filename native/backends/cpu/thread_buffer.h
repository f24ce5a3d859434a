// Working memory of the calling thread, kept between calls: tiles, packed blocks and the like.
#pragma once

#include <cstddef>

namespace ibex::cpu {

// At least `bytes` bytes, 64-byte aligned, valid until this thread's next call. Throws Error{kOutOfMemory}.
char* threadBuffer(size_t bytes);

}  // namespace ibex::cpu
