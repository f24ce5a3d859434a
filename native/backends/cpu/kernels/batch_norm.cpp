// batch_norm and batch_norm_grad over all axes but the last. Statistics come from fixed blocks of rows, each exact
// about its own mean and merged in order (Chan), so they neither cancel nor depend on the number of threads.
#include <algorithm>
#include <cmath>
#include <memory>

#include "backends/node_util.h"
#include "backends/cpu/kernels/norm.h"
#include "backends/cpu/kernels/via_float32.h"
#include "backends/cpu/lowering.h"
#include "backends/cpu/parallel.h"

namespace ibex::cpu {
namespace {

constexpr int64_t kBlockElements = 16384;

// x as [rows, channels], in blocks of rows that fit the cache.
struct Blocks {
  int64_t rows = 0, channels = 0, blockRows = 1, count = 0;
  explicit Blocks(const Shape& x) : rows(productOf(x, 0, x.size() - 1)), channels(x.back()) {
    blockRows = std::max<int64_t>(1, kBlockElements / std::max<int64_t>(1, channels));
    count = (rows + blockRows - 1) / blockRows;
  }
  int64_t rowsOf(int64_t block) const { return std::min(blockRows, rows - block * blockRows); }
  // body(block, first element)
  template <class F>
  void each(F&& body) const {
    parallelFor(count, rows * channels < 2 * kBlockElements ? count : 1, [&](int64_t begin, int64_t end) {
      for (int64_t b = begin; b < end; ++b) body(b, b * blockRows * channels);
    });
  }
};

// Scratch of both: two partial results a channel for each block, then four constants a channel.
template <class T>
size_t scratchFor(const Blocks& b) {
  return static_cast<size_t>((b.count * 2 + 4) * b.channels) * sizeof(T);
}

template <class T>
class BatchNormKernel final : public Kernel {
 public:
  BatchNormKernel(const Graph& graph, const Node& node)
      : blocks_(inputType(graph, node, 0).shape), epsilon_(attrsOf<NormAttrs>(node).epsilon) {}
  size_t scratchBytes() const override { return scratchFor<T>(blocks_); }

  void run(void* const* io) override {
    const auto* x = static_cast<const T*>(io[0]);
    const auto* gamma = static_cast<const T*>(io[1]);
    auto* y = static_cast<T*>(io[3]);
    auto* mean = static_cast<T*>(io[4]);
    auto* variance = static_cast<T*>(io[5]);
    auto* partial = static_cast<T*>(io[6]);
    const int64_t channels = blocks_.channels;
    blocks_.each([&](int64_t b, int64_t at) {
      T* means = partial + b * 2 * channels;
      functions_.channelStats(x + at, blocks_.rowsOf(b), channels, means, means + channels);
    });
    T* scale = partial + blocks_.count * 2 * channels;
    for (int64_t c = 0; c < channels; ++c) {
      merge(partial, c, mean[c], variance[c]);
      scale[c] = static_cast<T>(static_cast<double>(gamma[c]) / std::sqrt(static_cast<double>(variance[c]) + epsilon_));
    }
    blocks_.each([&](int64_t b, int64_t at) {
      functions_.channelAffine(x + at, mean, scale, static_cast<const T*>(io[2]), y + at, blocks_.rowsOf(b), channels);
    });
  }

 private:
  void merge(const T* partial, int64_t c, T& mean, T& variance) const {
    const int64_t step = 2 * blocks_.channels;
    const auto rows = static_cast<double>(std::max<int64_t>(1, blocks_.rows));
    double sum = 0;
    for (int64_t b = 0; b < blocks_.count; ++b) {
      sum += static_cast<double>(partial[b * step + c]) * static_cast<double>(blocks_.rowsOf(b));
    }
    const double centre = sum / rows;
    double squares = 0;
    for (int64_t b = 0; b < blocks_.count; ++b) {
      const double d = static_cast<double>(partial[b * step + c]) - centre;
      squares += static_cast<double>(partial[b * step + blocks_.channels + c]) +
                 d * d * static_cast<double>(blocks_.rowsOf(b));
    }
    mean = static_cast<T>(centre);
    variance = static_cast<T>(squares / rows);
  }

  Blocks blocks_;
  double epsilon_;
  const NormFunctionsOf<T>& functions_ = normFunctionsFor<T>();
};

template <class T>
class BatchNormGradKernel final : public Kernel {
 public:
  BatchNormGradKernel(const Graph& graph, const Node& node)
      : blocks_(inputType(graph, node, 1).shape), epsilon_(attrsOf<NormAttrs>(node).epsilon) {}
  size_t scratchBytes() const override { return scratchFor<T>(blocks_); }

  void run(void* const* io) override {
    const auto* dy = static_cast<const T*>(io[0]);
    const auto* x = static_cast<const T*>(io[1]);
    const auto* gamma = static_cast<const T*>(io[2]);
    const auto* mean = static_cast<const T*>(io[3]);
    const auto* variance = static_cast<const T*>(io[4]);
    auto* dx = static_cast<T*>(io[5]);
    auto* dgamma = static_cast<T*>(io[6]);
    auto* dbeta = static_cast<T*>(io[7]);
    auto* partial = static_cast<T*>(io[8]);
    const int64_t channels = blocks_.channels;
    blocks_.each([&](int64_t b, int64_t at) {
      T* sums = partial + b * 2 * channels;
      functions_.channelGradSums(dy + at, x + at, mean, blocks_.rowsOf(b), channels, sums, sums + channels);
    });
    T* scale = partial + blocks_.count * 2 * channels;
    T* slope = scale + channels;
    T* offset = slope + channels;
    const auto rows = static_cast<double>(std::max<int64_t>(1, blocks_.rows));
    for (int64_t c = 0; c < channels; ++c) {
      double sum = 0, products = 0;
      for (int64_t b = 0; b < blocks_.count; ++b) {
        sum += static_cast<double>(partial[b * 2 * channels + c]);
        products += static_cast<double>(partial[(b * 2 + 1) * channels + c]);
      }
      const double rstd = 1 / std::sqrt(static_cast<double>(variance[c]) + epsilon_);
      const double factor = static_cast<double>(gamma[c]) * rstd;
      dbeta[c] = static_cast<T>(sum);
      dgamma[c] = static_cast<T>(products * rstd);
      scale[c] = static_cast<T>(factor);
      slope[c] = static_cast<T>(factor * rstd * rstd * products / rows);
      offset[c] = static_cast<T>(factor * sum / rows);
    }
    blocks_.each([&](int64_t b, int64_t at) {
      functions_.channelGrad(dy + at, x + at, mean, scale, slope, offset, dx + at, blocks_.rowsOf(b), channels);
    });
  }

 private:
  Blocks blocks_;
  double epsilon_;
  const NormFunctionsOf<T>& functions_ = normFunctionsFor<T>();
};

template <template <class> class K>
std::unique_ptr<Kernel> prepare(const Graph& graph, const Node& node) {
  if (usesHalf(graph, node)) return viaFloat32(graph, node, prepare<K>);
  const DType t = outputType(graph, node, 0).dtype;
  if (t == DType::kFloat32) return std::make_unique<K<float>>(graph, node);
  if (t == DType::kFloat64) return std::make_unique<K<double>>(graph, node);
  refuseDType(graph, node, t);
}

IBEX_CPU_LOWERING(kBatchNorm, prepare<BatchNormKernel>);
IBEX_CPU_LOWERING(kBatchNormGrad, prepare<BatchNormGradKernel>);

}  // namespace
}  // namespace ibex::cpu
