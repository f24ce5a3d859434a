// Compiles the texts of kernels with NVRTC, on threads of its own: a program asks for all its kernels before it runs the first.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "backends/cuda/runtime/context.h"
#include "backends/cuda/runtime/kernel_cache.h"
#include "backends/cuda/runtime/libraries.h"

namespace ibex::cuda {

class KernelCompiler {
 public:
  // For devices of that capability.
  KernelCompiler(const Libraries& libraries, int capability);
  // Drops what nobody waits for any more.
  ~KernelCompiler();
  KernelCompiler(const KernelCompiler&) = delete;
  KernelCompiler& operator=(const KernelCompiler&) = delete;

  CacheKey keyOf(const KernelText& text) const;
  // The image for the driver, from the cache or compiled. The future throws Error{kInternal} with the compiler's words.
  std::shared_future<std::string> compile(const KernelText& text, const CacheKey& key);

 private:
  std::string compileNow(const std::string& source) const;
  void work();

  const Libraries& libraries_;
  const KernelCache cache_;
  const std::string prelude_;
  std::vector<std::string> options_;
  bool toPtx_ = false;  // NVRTC does not know the device: the driver compiles what it can give
  KeyMaker keyStart_;

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::packaged_task<std::string()>> queue_;
  std::vector<std::thread> threads_;
  size_t idle_ = 0;
  bool stopping_ = false;
};

}  // namespace ibex::cuda
