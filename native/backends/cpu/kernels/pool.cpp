// max_pool, max_pool_grad, max_pool_gather, avg_pool, avg_pool_grad.
#include "backends/cpu/kernels/pool.h"

#include <algorithm>
#include <memory>
#include <vector>

#include "backends/node_util.h"
#include "backends/cpu/kernels/number.h"
#include "backends/cpu/kernels/via_float32.h"
#include "backends/cpu/lowering.h"
#include "backends/cpu/parallel.h"

namespace ibex::cpu {
namespace {

template <class T>
const PoolFunctionsOf<T>& functionsFor() {
  const PoolFunctions& f = poolFunctions();
  if constexpr (std::is_same_v<T, uint8_t>) return f.u8;
  if constexpr (std::is_same_v<T, int8_t>) return f.i8;
  if constexpr (std::is_same_v<T, int16_t>) return f.i16;
  if constexpr (std::is_same_v<T, int32_t>) return f.i32;
  if constexpr (std::is_same_v<T, uint32_t>) return f.u32;
  if constexpr (std::is_same_v<T, int64_t>) return f.i64;
  if constexpr (std::is_same_v<T, float>) return f.f32;
  if constexpr (std::is_same_v<T, double>) return f.f64;
}

// The geometry with the tables that it points into.
class PoolPlan {
 public:
  // x, y: shapes of the pooled tensor and of the result.
  PoolPlan(const Shape& x, const Shape& y, const PoolAttrs& attrs) {
    g_.batch = x.front();
    g_.channels = x.back();
    const size_t rank = x.size() - 2;
    for (size_t i = 0; i < rank; ++i) {
      const size_t axis = 3 - rank + i;
      g_.in[axis] = x[i + 1];
      g_.out[axis] = y[i + 1];
      g_.window[axis] = attrs.window[i];
      g_.stride[axis] = attrs.strides[i];
      g_.pad[axis] = attrs.padLow[i];
      g_.dilation[axis] = attrs.dilation.empty() ? 1 : attrs.dilation[i];
    }
    for (size_t axis = 0; axis < 3; ++axis) tabulate(axis, attrs.countPadding);
  }
  PoolPlan(const PoolPlan&) = delete;
  PoolPlan& operator=(const PoolPlan&) = delete;

  const PoolGeometry& geometry() const { return g_; }
  int64_t outputRows() const { return g_.batch * g_.out[0] * g_.out[1]; }
  int64_t inputRows() const { return g_.batch * g_.in[0] * g_.in[1]; }
  // Rows that are worth a thread.
  int64_t grain() const {
    const int64_t work = g_.out[2] * g_.channels * g_.window[0] * g_.window[1] * g_.window[2];
    return std::max<int64_t>(1, 32768 / std::max<int64_t>(1, work));
  }

 private:
  void tabulate(size_t axis, bool countPadding) {
    auto& counts = counts_[axis];
    const int64_t window = g_.window[axis];
    std::vector<std::vector<PoolHit>> byInput(static_cast<size_t>(g_.in[axis]));
    for (int64_t o = 0; o < g_.out[axis]; ++o) {
      const auto inputOf = [&](int64_t k) { return o * g_.stride[axis] - g_.pad[axis] + k * g_.dilation[axis]; };
      const auto inside = [&](int64_t i) { return i >= 0 && i < g_.in[axis]; };
      int32_t count = 0;
      for (int64_t k = 0; k < window; ++k) count += inside(inputOf(k)) ? 1 : 0;
      if (countPadding) count = static_cast<int32_t>(window);
      counts.push_back(count);
      for (int64_t k = 0; k < window; ++k) {
        if (!inside(inputOf(k))) continue;
        byInput[static_cast<size_t>(inputOf(k))].push_back({static_cast<int32_t>(k), static_cast<int32_t>(o), count});
      }
    }
    for (const auto& hits : byInput) {
      first_[axis].push_back(static_cast<int32_t>(hits_[axis].size()));
      hits_[axis].insert(hits_[axis].end(), hits.begin(), hits.end());
    }
    first_[axis].push_back(static_cast<int32_t>(hits_[axis].size()));
    g_.hits[axis] = hits_[axis].data();
    g_.first[axis] = first_[axis].data();
    g_.counts[axis] = counts.data();
  }

  PoolGeometry g_;
  std::vector<PoolHit> hits_[3];
  std::vector<int32_t> first_[3];
  std::vector<int32_t> counts_[3];
};

template <class T>
class MaxPoolKernel final : public Kernel {
 public:
  MaxPoolKernel(const Graph& graph, const Node& node)
      : plan_(inputType(graph, node, 0).shape, outputType(graph, node, 0).shape, attrsOf<PoolAttrs>(node)) {}
  void run(void* const* io) override {
    parallelFor(plan_.outputRows(), plan_.grain(), [&](int64_t begin, int64_t end) {
      functions_.max(plan_.geometry(), static_cast<const T*>(io[0]), static_cast<T*>(io[1]),
                     static_cast<int32_t*>(io[2]), begin, end);
    });
  }

 private:
  PoolPlan plan_;
  const PoolFunctionsOf<T>& functions_ = functionsFor<T>();
};

template <class T>
class MaxPoolGradKernel final : public Kernel {
 public:
  MaxPoolGradKernel(const Graph& graph, const Node& node)
      : plan_(outputType(graph, node, 0).shape, inputType(graph, node, 0).shape, attrsOf<PoolAttrs>(node)) {}
  void run(void* const* io) override {
    parallelFor(plan_.inputRows(), plan_.grain(), [&](int64_t begin, int64_t end) {
      functions_.maxGrad(plan_.geometry(), static_cast<const T*>(io[0]), static_cast<const int32_t*>(io[1]),
                         static_cast<T*>(io[2]), begin, end);
    });
  }

 private:
  PoolPlan plan_;
  const PoolFunctionsOf<T>& functions_ = functionsFor<T>();
};

template <class T>
class MaxPoolGatherKernel final : public Kernel {
 public:
  MaxPoolGatherKernel(const Graph& graph, const Node& node)
      : plan_(inputType(graph, node, 0).shape, outputType(graph, node, 0).shape, attrsOf<PoolAttrs>(node)) {}
  void run(void* const* io) override {
    parallelFor(plan_.outputRows(), plan_.grain(), [&](int64_t begin, int64_t end) {
      functions_.maxGather(plan_.geometry(), static_cast<const T*>(io[0]), static_cast<const int32_t*>(io[1]),
                           static_cast<T*>(io[2]), begin, end);
    });
  }

 private:
  PoolPlan plan_;
  const PoolFunctionsOf<T>& functions_ = functionsFor<T>();
};

template <class T>
class AveragePoolKernel final : public Kernel {
 public:
  AveragePoolKernel(const Graph& graph, const Node& node)
      : plan_(inputType(graph, node, 0).shape, outputType(graph, node, 0).shape, attrsOf<PoolAttrs>(node)) {}
  void run(void* const* io) override {
    parallelFor(plan_.outputRows(), plan_.grain(), [&](int64_t begin, int64_t end) {
      functions_.average(plan_.geometry(), static_cast<const T*>(io[0]), static_cast<T*>(io[1]), begin, end);
    });
  }

 private:
  PoolPlan plan_;
  const PoolFunctionsOf<T>& functions_ = functionsFor<T>();
};

template <class T>
class AveragePoolGradKernel final : public Kernel {
 public:
  AveragePoolGradKernel(const Graph& graph, const Node& node)
      : plan_(outputType(graph, node, 0).shape, inputType(graph, node, 0).shape, attrsOf<PoolAttrs>(node)) {}
  void run(void* const* io) override {
    parallelFor(plan_.inputRows(), plan_.grain(), [&](int64_t begin, int64_t end) {
      functions_.averageGrad(plan_.geometry(), static_cast<const T*>(io[0]), static_cast<T*>(io[1]), begin, end);
    });
  }

 private:
  PoolPlan plan_;
  const PoolFunctionsOf<T>& functions_ = functionsFor<T>();
};

template <template <class> class K, bool kFloatsOnly>
std::unique_ptr<Kernel> prepare(const Graph& graph, const Node& node) {
  if (usesHalf(graph, node)) return viaFloat32(graph, node, prepare<K, kFloatsOnly>);
  const DType t = outputType(graph, node, 0).dtype;
  if (kFloatsOnly && !isFloat(t)) refuseDType(graph, node, t);
  return visitDType(t, [&](auto tag) -> std::unique_ptr<Kernel> {
    using T = typename decltype(tag)::type;
    if constexpr (kIsHalf<T>) {
      refuseDType(graph, node, t);
    } else {
      return std::make_unique<K<T>>(graph, node);
    }
  });
}

constexpr auto prepareMaxPool = prepare<MaxPoolKernel, false>;
constexpr auto prepareMaxPoolGrad = prepare<MaxPoolGradKernel, false>;
constexpr auto prepareMaxPoolGather = prepare<MaxPoolGatherKernel, false>;
constexpr auto prepareAveragePool = prepare<AveragePoolKernel, true>;
constexpr auto prepareAveragePoolGrad = prepare<AveragePoolGradKernel, true>;

IBEX_CPU_LOWERING(kMaxPool, prepareMaxPool);
IBEX_CPU_LOWERING(kMaxPoolGrad, prepareMaxPoolGrad);
IBEX_CPU_LOWERING(kMaxPoolGather, prepareMaxPoolGather);
IBEX_CPU_LOWERING(kAvgPool, prepareAveragePool);
IBEX_CPU_LOWERING(kAvgPoolGrad, prepareAveragePoolGrad);

}  // namespace
}  // namespace ibex::cpu
