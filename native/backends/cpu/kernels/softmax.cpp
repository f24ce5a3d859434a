// softmax, log_softmax and their gradients over the last axis. 16-bit floats are computed in float.
#include "backends/cpu/kernels/softmax.h"

#include <algorithm>

#include "backends/node_util.h"
#include "backends/cpu/kernels/region_functions.h"
#include "backends/cpu/lowering.h"
#include "backends/cpu/parallel.h"
#include "backends/cpu/thread_buffer.h"

namespace ibex::cpu {
namespace {

class SoftmaxKernel final : public Kernel {
 public:
  SoftmaxKernel(Op op, const Type& type)
      : dtype_(type.dtype),
        inputs_(op == Op::kSoftmax || op == Op::kLogSoftmax ? 1 : 2),
        columns_(type.shape.empty() ? 1 : type.shape.back()),
        rows_(columns_ == 0 ? 0 : type.elements() / columns_),
        grain_(std::max<int64_t>(1, kGrainElements / std::max<int64_t>(1, columns_))) {
    const auto pick = [op](const auto& rows, auto& forward, auto& gradient) {
      forward = op == Op::kSoftmax ? rows.softmax : rows.logSoftmax;
      gradient = op == Op::kSoftmaxGrad ? rows.softmaxGrad : rows.logSoftmaxGrad;
    };
    pick(softmaxFunctions().float32, forward32_, gradient32_);
    pick(softmaxFunctions().float64, forward64_, gradient64_);
    const RegionFunctions& functions = regionFunctions();
    widen_ = functions.cast[static_cast<int>(dtype_)][static_cast<int>(DType::kFloat32)];
    narrow_ = functions.cast[static_cast<int>(DType::kFloat32)][static_cast<int>(dtype_)];
  }

  int inPlaceInput(int) const override { return 0; }

  void run(void* const* io) override {
    parallelFor(rows_, grain_, [&](int64_t begin, int64_t end) {
      if (dtype_ == DType::kFloat32) return runRows<float>(io, begin, end, forward32_, gradient32_);
      if (dtype_ == DType::kFloat64) return runRows<double>(io, begin, end, forward64_, gradient64_);
      runHalfRows(io, begin, end);
    });
  }

 private:
  template <class T, class Forward, class Gradient>
  void runRows(void* const* io, int64_t begin, int64_t end, Forward forward, Gradient gradient) const {
    const T* a = static_cast<const T*>(io[0]);
    const T* b = inputs_ == 2 ? static_cast<const T*>(io[1]) : nullptr;
    T* out = static_cast<T*>(io[inputs_]);
    for (int64_t at = begin * columns_; at < end * columns_; at += columns_) {
      if (b == nullptr) {
        forward(out + at, a + at, columns_);
      } else {
        gradient(out + at, a + at, b + at, columns_);
      }
    }
  }

  void runHalfRows(void* const* io, int64_t begin, int64_t end) const {
    const uint16_t* a = static_cast<const uint16_t*>(io[0]);
    const uint16_t* b = inputs_ == 2 ? static_cast<const uint16_t*>(io[1]) : nullptr;
    uint16_t* out = static_cast<uint16_t*>(io[inputs_]);
    float* first = reinterpret_cast<float*>(threadBuffer(static_cast<size_t>(2 * columns_) * sizeof(float)));
    float* second = first + columns_;
    for (int64_t at = begin * columns_; at < end * columns_; at += columns_) {
      widen_(first, a + at, nullptr, nullptr, columns_);
      if (b == nullptr) {
        forward32_(first, first, columns_);
      } else {
        widen_(second, b + at, nullptr, nullptr, columns_);
        gradient32_(first, first, second, columns_);
      }
      narrow_(out + at, first, nullptr, nullptr, columns_);
    }
  }

  static constexpr int64_t kGrainElements = 8192;
  DType dtype_;
  int inputs_;
  int64_t columns_, rows_, grain_;
  void (*forward32_)(float*, const float*, int64_t) = nullptr;
  void (*gradient32_)(float*, const float*, const float*, int64_t) = nullptr;
  void (*forward64_)(double*, const double*, int64_t) = nullptr;
  void (*gradient64_)(double*, const double*, const double*, int64_t) = nullptr;
  TileFunction widen_ = nullptr;
  TileFunction narrow_ = nullptr;
};

std::unique_ptr<Kernel> prepareSoftmax(const Graph& graph, const Node& node) {
  const Type& type = outputType(graph, node, 0);
  if (!isFloat(type.dtype)) refuseDType(graph, node, type.dtype);
  return std::make_unique<SoftmaxKernel>(node.op, type);
}

IBEX_CPU_LOWERING(kSoftmax, prepareSoftmax);
IBEX_CPU_LOWERING(kLogSoftmax, prepareSoftmax);
IBEX_CPU_LOWERING(kSoftmaxGrad, prepareSoftmax);
IBEX_CPU_LOWERING(kLogSoftmaxGrad, prepareSoftmax);

}  // namespace
}  // namespace ibex::cpu
