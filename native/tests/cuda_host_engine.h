// What kernels that are compiled for the host (by tests/cuda_host_shim.h) ask of whoever runs them: a plain table, so that
// each compiled kernel is small. tests/mock_cuda/engine.cpp is the engine.
#pragma once

namespace host {

struct Index {
  unsigned x, y, z;
};

enum class Access { kRead, kWrite, kAtomic };

struct Engine {
  // Of the thread that is running.
  Index threadIndex;
  Index blockIndex;
  Index gridSize;
  Index blockSize;
  unsigned lane;
  void* dynamicShared;

  // Waits for all threads of the block; gives how many came with a predicate that is not 0.
  int (*meet)(int predicate);
  // Waits for the lanes of `mask`, the caller's among them. Gives the value that lane `source` came with.
  unsigned long long (*exchange)(unsigned mask, unsigned long long value, unsigned source);
  // Likewise; gives the lanes that came with a value that is not 0.
  unsigned (*ballot)(unsigned mask, int predicate);
  // Likewise; what they wrote to memory is then seen by all of them.
  void (*meetWarp)(unsigned mask);
  // The lanes of the warp that there are.
  unsigned (*lanes)();
  // Told of what was compiled to look for races (cuda_host_accesses.h).
  void (*access)(const void* at, unsigned long long bytes, Access how);
  void (*misaligned)(const void* at);
  void (*fence)();
};

// What a library of compiled kernels exports for the kernel NAME, as ibex_host_NAME.
struct Kernel {
  void (*run)(const void* arguments);  // one thread of it
  unsigned long long argumentBytes;
  unsigned mostThreads;  // of a block: what __launch_bounds__ says, or 256, which any kernel has registers for
};

}  // namespace host
