// x · w + bias + residual, relu, by slices of rows: a thread multiplies a slice and adds the residual to it while the slice
// is in its cache. The library's own addition of a residual reads it from memory without looking ahead (measured: 25 to
// 35% of a product of few columns).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "backends/cpu/onednn/call.h"

namespace ibex::cpu {

class SlicedProduct {
 public:
  // float32 [m, k] · [k, n], for as many threads as the calling thread has. Nothing where the library has no fast kernel.
  static std::optional<SlicedProduct> make(int64_t m, int64_t n, int64_t k, bool bias, bool relu);

  // How it wants the weights; logically [k, n].
  const onednn::Desc& weights() const { return weights_; }
  size_t scratchBytes() const { return threads_.size() * scratchBytes_; }

  // bias: null when there is none. residual: [m, n], not where the result goes.
  void run(const float* x, const void* weights, const float* bias, const float* residual, float* y, void* scratch);

 private:
  struct Calls {
    onednn::Call whole;
    onednn::Call last;  // of a smaller slice at the end
  };

  SlicedProduct() = default;

  int64_t m_ = 0, n_ = 0, k_ = 0, rows_ = 0;
  bool relu_ = false;
  onednn::Desc weights_;
  std::vector<Calls> threads_;
  size_t scratchBytes_ = 0;  // of a thread
};

}  // namespace ibex::cpu
