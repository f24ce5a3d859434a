// What a backend gives the executor for one node of a planned graph.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "ir/graph.h"

namespace ibex {

// A prepared call. Everything that does not depend on addresses (primitives, strides, thread split) is decided when
// it is made, so run() looks nothing up and allocates nothing.
class Kernel {
 public:
  virtual ~Kernel() = default;

  // Bytes of scratch memory wanted during run(); planned into the program's arena.
  virtual size_t scratchBytes() const { return 0; }

  // The input whose memory output `output` may take over when that input dies here, or -1.
  virtual int inPlaceInput(int output) const {
    (void)output;
    return -1;
  }

  // The inputs that each run() starts by bringing into a layout of its own, as libraries want weights.
  virtual std::vector<int> packedInputs() const { return {}; }

  // Called before anything else, for a kernel whose packed inputs hold the same bytes in many runs: from now on run()
  // uses what the last pack() made of them, which the kernel keeps.
  virtual void keepPacked() {}
  virtual void pack(void* const* io) { (void)io; }  // io: as for run()

  // io: pointers to the node's inputs, then its outputs, then the scratch (null when none was asked for). 64-byte
  // aligned, except feeds that the caller owns. Runs on the device's thread. Throws ibex::Error.
  virtual void run(void* const* io) = 0;
};

// What the device can do at most, as measured.
struct DeviceLimits {
  double flopsPerSecond;  // float32 multiply-adds, counted as two
  double bytesPerSecond;  // to and from memory, in a triad
};

class Backend {
 public:
  virtual ~Backend() = default;
  virtual const char* name() const = 0;
  // Throws Error{kUnsupported} for what it cannot do, with the node's scope.
  virtual std::unique_ptr<Kernel> prepare(const Graph& graph, const Node& node) = 0;
  // How many threads kernels may use when the calling thread prepares or runs them.
  virtual int threads() const = 0;
  // Sets that and gives what held before. Kernels must be run with as many as they were prepared with.
  virtual int limitThreads(int threads) = 0;
  // Takes a fraction of a second, and some memory meanwhile.
  virtual DeviceLimits measureLimits() = 0;
  virtual void* allocate(size_t bytes) = 0;  // 64-byte aligned; nullptr when there is no memory
  virtual void release(void* memory, size_t bytes) = 0;
};

}  // namespace ibex
