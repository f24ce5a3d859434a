// layer_norm and layer_norm_grad over the last axis.
#include <algorithm>
#include <memory>

#include "backends/node_util.h"
#include "backends/cpu/kernels/norm.h"
#include "backends/cpu/kernels/via_float32.h"
#include "backends/cpu/lowering.h"
#include "backends/cpu/parallel.h"

namespace ibex::cpu {
namespace {

template <class T>
class LayerNormKernel final : public Kernel {
 public:
  LayerNormKernel(const Graph& graph, const Node& node) : epsilon_(attrsOf<NormAttrs>(node).epsilon) {
    const Shape& x = inputType(graph, node, 0).shape;
    rows_ = productOf(x, 0, x.size() - 1);
    columns_ = x.back();
  }
  void run(void* const* io) override {
    parallelFor(rows_, std::max<int64_t>(1, 16384 / std::max<int64_t>(1, columns_)), [&](int64_t begin, int64_t end) {
      functions_.rowNorm(static_cast<const T*>(io[0]) + begin * columns_, static_cast<const T*>(io[1]),
                         static_cast<const T*>(io[2]), static_cast<T>(epsilon_),
                         static_cast<T*>(io[3]) + begin * columns_, static_cast<T*>(io[4]) + begin,
                         static_cast<T*>(io[5]) + begin, end - begin, columns_);
    });
  }

 private:
  double epsilon_;
  int64_t rows_, columns_;
  const NormFunctionsOf<T>& functions_ = normFunctionsFor<T>();
};

template <class T>
class LayerNormGradKernel final : public Kernel {
 public:
  LayerNormGradKernel(const Graph& graph, const Node& node) {
    const Shape& x = inputType(graph, node, 1).shape;
    rows_ = productOf(x, 0, x.size() - 1);
    columns_ = x.back();
    // A fixed number of blocks, so that dgamma and dbeta add up in one order.
    const int64_t least = std::max<int64_t>(1, 16384 / std::max<int64_t>(1, columns_));
    blockRows_ = std::max(least, (rows_ + 63) / 64);
    blocks_ = (rows_ + blockRows_ - 1) / blockRows_;
  }
  // Per block, its part of dgamma and dbeta.
  size_t scratchBytes() const override { return static_cast<size_t>(blocks_ * 2 * columns_) * sizeof(T); }

  void run(void* const* io) override {
    const auto* dy = static_cast<const T*>(io[0]);
    const auto* x = static_cast<const T*>(io[1]);
    const auto* mean = static_cast<const T*>(io[3]);
    const auto* rstd = static_cast<const T*>(io[4]);
    auto* dx = static_cast<T*>(io[5]);
    auto* dgamma = static_cast<T*>(io[6]);
    auto* dbeta = static_cast<T*>(io[7]);
    auto* partial = static_cast<T*>(io[8]);
    parallelFor(blocks_, 1, [&](int64_t begin, int64_t end) {
      for (int64_t b = begin; b < end; ++b) {
        T* mine = partial + b * 2 * columns_;
        std::fill_n(mine, 2 * columns_, T{0});
        const int64_t first = b * blockRows_;
        functions_.rowNormGrad(dy + first * columns_, x + first * columns_, static_cast<const T*>(io[2]), mean + first,
                               rstd + first, dx + first * columns_, mine, mine + columns_,
                               std::min(blockRows_, rows_ - first), columns_);
      }
    });
    addBlocks(partial, dgamma);
    addBlocks(partial + columns_, dbeta);
  }

 private:
  // The blocks' parts of dgamma or dbeta, some columns at a time so that reads are of adjacent elements.
  void addBlocks(const T* parts, T* out) const {
    constexpr int64_t kWidth = 64;
    for (int64_t c = 0; c < columns_; c += kWidth) {
      const int64_t width = std::min(kWidth, columns_ - c);
      double sum[kWidth] = {};
      for (int64_t b = 0; b < blocks_; ++b) {
        const T* part = parts + b * 2 * columns_ + c;
        for (int64_t j = 0; j < width; ++j) sum[j] += static_cast<double>(part[j]);
      }
      for (int64_t j = 0; j < width; ++j) out[c + j] = static_cast<T>(sum[j]);
    }
  }

  int64_t rows_, columns_, blockRows_, blocks_;
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

IBEX_CPU_LOWERING(kLayerNorm, prepare<LayerNormKernel>);
IBEX_CPU_LOWERING(kLayerNormGrad, prepare<LayerNormGradKernel>);

}  // namespace
}  // namespace ibex::cpu
