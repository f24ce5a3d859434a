// sparse_crossentropy and its gradient: a row of logits is read once each way. 16-bit floats are computed in float.
#include <algorithm>
#include <memory>

#include "backends/cpu/kernels/convert16.h"
#include "backends/cpu/kernels/indices.h"
#include "backends/node_util.h"
#include "backends/cpu/kernels/number.h"
#include "backends/cpu/kernels/softmax.h"
#include "backends/cpu/lowering.h"
#include "backends/cpu/parallel.h"
#include "backends/cpu/thread_buffer.h"

namespace ibex::cpu {
namespace {

// Rows of logits of a dtype, computed in T.
template <class T>
class Rows {
 public:
  explicit Rows(const Type& logits)
      : dtype(logits.dtype),
        columns(logits.shape.back()),
        count(productOf(logits.shape, 0, logits.shape.size() - 1)),
        grain(std::max<int64_t>(1, kGrainElements / std::max<int64_t>(1, columns))) {
    const auto& convert = convert16Functions();
    widen_ = dtype == DType::kFloat16 ? convert.fromFloat16 : convert.fromBFloat16;
    narrow_ = dtype == DType::kFloat16 ? convert.toFloat16 : convert.toBFloat16;
    if constexpr (std::is_same_v<T, float>) {
      functions = &softmaxFunctions().float32;
    } else {
      functions = &softmaxFunctions().float64;
    }
  }

  // Room for a row, or nullptr where rows are computed on in place.
  T* buffer() const {
    if (!isHalf(dtype)) return nullptr;
    return reinterpret_cast<T*>(threadBuffer(static_cast<size_t>(columns) * sizeof(T)));
  }

  const T* read(const void* logits, int64_t row, T* buffer) const {
    if (buffer == nullptr) return static_cast<const T*>(logits) + row * columns;
    if constexpr (std::is_same_v<T, float>) {
      widen_(static_cast<const uint16_t*>(logits) + row * columns, buffer, columns);
    }
    return buffer;
  }

  T* place(void* out, int64_t row, T* buffer) const {
    return buffer == nullptr ? static_cast<T*>(out) + row * columns : buffer;
  }

  void write(void* out, int64_t row, const T* buffer) const {
    if (buffer == nullptr) return;
    if constexpr (std::is_same_v<T, float>) {
      narrow_(buffer, static_cast<uint16_t*>(out) + row * columns, columns);
    }
  }

  DType dtype;
  int64_t columns, count, grain;
  const SoftmaxRows<T>* functions;

 private:
  static constexpr int64_t kGrainElements = 8192;
  decltype(Convert16Functions::fromFloat16) widen_;
  decltype(Convert16Functions::toFloat16) narrow_;
};

template <class T, class I>
class SparseCrossentropyKernel final : public Kernel {
 public:
  SparseCrossentropyKernel(const Graph& graph, const Node& node)
      : rows_(inputType(graph, node, 0)),
        context_(indexContext(graph, node)),
        axis_(static_cast<int64_t>(inputType(graph, node, 0).shape.size()) - 1) {}

  void run(void* const* io) override {
    const auto* labels = static_cast<const I*>(io[1]);
    auto* loss = static_cast<T*>(io[2]);
    auto* maximum = static_cast<T*>(io[3]);
    auto* logSum = static_cast<T*>(io[4]);
    checkIndices(labels, rows_.count, rows_.columns, axis_, context_);
    parallelFor(rows_.count, rows_.grain, [&](int64_t begin, int64_t end) {
      T* buffer = rows_.buffer();
      for (int64_t r = begin; r < end; ++r) {
        const T* x = rows_.read(io[0], r, buffer);
        rows_.functions->logSum(x, rows_.columns, maximum + r, logSum + r);
        loss[r] = logSum[r] - (x[labels[r]] - maximum[r]);
      }
    });
  }

 private:
  Rows<T> rows_;
  IndexContext context_;
  int64_t axis_;
};

// The labels are those that the forward op has checked.
template <class T, class I>
class SparseCrossentropyGradKernel final : public Kernel {
 public:
  SparseCrossentropyGradKernel(const Graph& graph, const Node& node) : rows_(inputType(graph, node, 1)) {}

  int inPlaceInput(int) const override { return 1; }

  void run(void* const* io) override {
    const auto* dlosses = static_cast<const T*>(io[0]);
    const auto* labels = static_cast<const I*>(io[2]);
    const auto* maximum = static_cast<const T*>(io[3]);
    const auto* logSum = static_cast<const T*>(io[4]);
    parallelFor(rows_.count, rows_.grain, [&](int64_t begin, int64_t end) {
      T* buffer = rows_.buffer();
      for (int64_t r = begin; r < end; ++r) {
        const T dloss = dlosses[r];
        T* out = rows_.place(io[5], r, buffer);
        rows_.functions->scaledSoftmax(out, rows_.read(io[1], r, buffer), dloss, maximum[r], logSum[r], rows_.columns);
        out[labels[r]] -= dloss;
        rows_.write(io[5], r, buffer);
      }
    });
  }

 private:
  Rows<T> rows_;
};

template <template <class, class> class K>
std::unique_ptr<Kernel> prepare(const Graph& graph, const Node& node) {
  const bool gradient = node.op == Op::kSparseCrossentropyGrad;
  const bool wide = outputType(graph, node, 0).dtype == DType::kFloat64;
  const bool longLabels = inputType(graph, node, gradient ? 2 : 1).dtype == DType::kInt64;
  const auto make = [&](auto label) -> std::unique_ptr<Kernel> {
    using I = decltype(label);
    if (wide) return std::make_unique<K<double, I>>(graph, node);
    return std::make_unique<K<float, I>>(graph, node);
  };
  return longLabels ? make(int64_t{}) : make(int32_t{});
}

IBEX_CPU_LOWERING(kSparseCrossentropy, prepare<SparseCrossentropyKernel>);
IBEX_CPU_LOWERING(kSparseCrossentropyGrad, prepare<SparseCrossentropyGradKernel>);

}  // namespace
}  // namespace ibex::cpu
