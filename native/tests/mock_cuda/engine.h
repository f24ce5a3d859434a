// Runs kernels that were compiled for the host: the threads of a block are fibers that take turns on the calling
// thread.
#pragma once

#include <cstddef>

#include "tests/cuda_host_engine.h"

namespace host {

// The engine, for a compiled library's ibex_host_bind(). There is one: launches wait for each other.
Engine* engineTable();

// Null, or what is wrong with the kernel: not all threads of a block came to a barrier, not all lanes of a warp to
// where others waited for them, or, of kernels compiled to look for races, one of these. Threads take turns in one
// order, the opposite one or a shuffled one, another after each barrier and in each block, so that a barrier that is
// missing shows.
const char* launch(const Kernel& kernel, const void* arguments, Index grid, Index block, size_t sharedBytes);

}  // namespace host
