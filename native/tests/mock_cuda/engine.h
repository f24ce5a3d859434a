// Runs kernels that were compiled for the host: the threads of a block are fibers that take turns on the calling thread.
#pragma once

#include <cstddef>

#include "tests/cuda_host_engine.h"

namespace host {

// The engine, for a compiled library's ibex_host_bind(). There is one: launches wait for each other.
Engine* engineTable();

// Null, or what is wrong with the kernel: not all threads of a block came to a barrier, or not all lanes of a warp to
// where others waited for them. Threads of neighbouring blocks take turns in opposite orders, and so do those of a block
// after each barrier, so that a barrier that is missing shows.
const char* launch(const Kernel& kernel, const void* arguments, Index grid, Index block, size_t sharedBytes);

}  // namespace host
