// What kernels are prepared for and launched on: one device with its stream. Everything is put on that stream, in the
// order of the calls.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "backends/index_error.h"

namespace ibex::cuda {

// CUDA C++ that is compiled on this machine: the prelude, the macros, then the text, which opens namespace ibex_device
// itself. What is known when a node is prepared (types, extents, strides) should be a macro: the compiler makes
// constants of it. The same text is compiled once for all nodes, and kept on disk. Products and sums are not
// contracted: texts that want one operation call fma(). Dynamic shared memory is declared in functions: extern
// __shared__ float cache[];
struct KernelText {
  std::string_view text;
  std::vector<std::pair<std::string, std::string>> macros;
};

// A __global__ function, declared extern "C" and with one trivially copyable struct as its parameter. Lives as long as
// the context.
struct Function;

struct Extent {
  int64_t x = 1;  // up to 2^31 - 1 blocks; the others up to 65535. Of threads: 1024 in all
  int64_t y = 1;
  int64_t z = 1;
};

struct LaunchShape {
  Extent grid;
  Extent block;
  size_t sharedBytes = 0;  // of `extern __shared__` memory; over 48 KiB where the device has it
};

struct DeviceTraits {
  int capability = 0;  // 90 for sm_90
  int multiprocessors = 0;
  size_t sharedBytesPerBlock = 0;  // what a block may ask for
  size_t cacheBytes = 0;           // of L2
};

// Where kernels note an index that is out of range, with the prelude's noteFault(); the host throws it when it next
// looks.
struct FaultSink;

class Context {
 public:
  virtual ~Context() = default;

  virtual const DeviceTraits& traits() const = 0;

  // Begins to compile the text where it was not yet; the first launch waits for it, and throws Error{kInternal} with
  // the compiler's words where it could not.
  virtual const Function& function(const KernelText& text, const char* name) = 0;

  template <class Arguments>
  void launch(const Function& function, const LaunchShape& shape, const Arguments& arguments) {
    static_assert(std::is_trivially_copyable_v<Arguments>);
    launchBytes(function, shape, &arguments, sizeof(Arguments));
  }

  virtual void copy(void* to, const void* from, size_t bytes) = 0;
  virtual void clear(void* to, size_t bytes) = 0;  // to zeros

  // In memory that the device can write, the same for the context's whole life: an argument of kernels that read
  // indices, with the number that their node gets here.
  virtual FaultSink* faults() = 0;
  virtual int32_t addFaultOrigin(IndexContext origin) = 0;

  // The CUstream that everything is put on, for NVIDIA's libraries that are given one. Makes the device the calling
  // thread's, which they also want: call it in each run().
  virtual void* stream() = 0;

  // While a node is being prepared, to choose among ways: the seconds that `work` takes on a stream of its own, the
  // least of a few times. What the calling thread launches, copies and clears meanwhile goes there, so a Kernel can be
  // run. What it needs of memory is had by temporary(); null when there is none.
  virtual double measure(const std::function<void(void* stream)>& work) = 0;
  virtual std::shared_ptr<void> temporary(size_t bytes) = 0;

  // What is kept with the context under a key, for its whole life; null at first. Its user keeps threads apart.
  virtual std::shared_ptr<void>& attachment(const void* key) = 0;

  // Constant data of a node that is being prepared, in device memory for the context's whole life, shared by equal
  // bytes.
  virtual const void* constant(const void* bytes, size_t count) = 0;

 protected:
  virtual void launchBytes(const Function& function, const LaunchShape& shape, const void* arguments, size_t bytes) = 0;
};

}  // namespace ibex::cuda
