#include "backends/cpu/kernels/sliced_product.h"

#include <algorithm>
#include <utility>

#include "backends/cpu/kernels/add_residual.h"
#include "backends/cpu/parallel.h"

namespace ibex::cpu {
namespace {

// A slice of the result that stays in a core's cache, but has rows enough for the product to be fast.
constexpr int64_t kSliceFloats = 128 * 1024;
constexpr int64_t kLeastRows = 192;

size_t aligned(size_t bytes) { return (bytes + 63) / 64 * 64; }

class OneThread {
 public:
  OneThread() : before_(numThreads()) { setNumThreads(1); }
  ~OneThread() { setNumThreads(before_); }
  OneThread(const OneThread&) = delete;
  OneThread& operator=(const OneThread&) = delete;

 private:
  int before_;
};

}  // namespace

std::optional<SlicedProduct> SlicedProduct::make(int64_t m, int64_t n, int64_t k, bool bias, bool relu) {
  using onednn::DataType;
  SlicedProduct p;
  p.m_ = m;
  p.n_ = n;
  p.k_ = k;
  p.relu_ = relu;
  const int64_t threads = numThreads();
  // No thread without a slice.
  p.rows_ = std::min(std::max(kLeastRows, kSliceFloats / n), (m + threads - 1) / threads);
  const OneThread limit;
  const onednn::Desc biasDesc = bias ? onednn::stridedDesc({1, n}, DataType::f32, {n, 1}) : onednn::Desc();
  const auto prepare = [&](int64_t rows, const onednn::Desc& weights) -> std::optional<onednn::Call> {
    const auto x = onednn::stridedDesc({rows, k}, DataType::f32, {k, 1});
    const auto y = onednn::stridedDesc({rows, n}, DataType::f32, {n, 1});
    const auto pd = onednn::matmulDesc(x, weights, biasDesc, y, {});
    if (onednn::isReference(pd)) return std::nullopt;
    p.weights_ = pd.weights_desc();
    std::vector<onednn::Call::Argument> arguments = {
        {DNNL_ARG_SRC, x}, {DNNL_ARG_WEIGHTS, p.weights_}, {DNNL_ARG_DST, y}};
    if (bias) arguments.push_back({DNNL_ARG_BIAS, biasDesc});
    return onednn::Call::make<dnnl::matmul>(pd, arguments);
  };
  try {
    for (int64_t t = 0; t < threads; ++t) {
      Calls calls;
      const auto whole = prepare(p.rows_, t == 0 ? onednn::anyDesc({k, n}, DataType::f32) : p.weights_);
      if (!whole) return std::nullopt;
      calls.whole = *whole;
      if (m % p.rows_ != 0) {
        const auto last = prepare(m % p.rows_, p.weights_);
        if (!last) return std::nullopt;
        calls.last = *last;
      }
      p.scratchBytes_ = aligned(std::max(calls.whole.scratchBytes(), calls.last.scratchBytes()));
      p.threads_.push_back(std::move(calls));
    }
  } catch (const dnnl::error&) {
    return std::nullopt;  // not implemented for these shapes or this machine
  }
  return p;
}

void SlicedProduct::run(const float* x, const void* weights, const float* bias, const float* residual, float* y,
                        void* scratch) {
  parallelFor((m_ + rows_ - 1) / rows_, 1, [&](int64_t begin, int64_t end) {
    const auto member = static_cast<size_t>(teamPlace().member);
    Calls& calls = threads_[member];
    for (int64_t slice = begin; slice < end; ++slice) {
      const int64_t rows = std::min(rows_, m_ - slice * rows_);
      float* to = y + slice * rows_ * n_;
      void* const all[] = {const_cast<float*>(x + slice * rows_ * k_), const_cast<void*>(weights), to,
                           const_cast<float*>(bias)};
      (rows == rows_ ? calls.whole : calls.last).run(all, static_cast<char*>(scratch) + member * scratchBytes_);
      residualFunctions().add(to, residual + slice * rows_ * n_, rows * n_, relu_);
    }
  });
}

}  // namespace ibex::cpu
