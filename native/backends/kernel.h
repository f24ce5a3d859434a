// What a backend gives the executor for one node of a planned graph.
#pragma once

#include <cstddef>
#include <vector>

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

  // Whether run() does the same for the same addresses, and only through its device, so that it can be recorded.
  virtual bool recordable() const { return false; }

  // io: pointers to the node's inputs, then its outputs, then the scratch (null when none was asked for). 64-byte
  // aligned, except feeds that the caller owns. Runs on the device's thread. Throws ibex::Error.
  virtual void run(void* const* io) = 0;
};

}  // namespace ibex
