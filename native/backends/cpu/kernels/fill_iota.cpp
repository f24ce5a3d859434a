// iota: the index along one axis.
#include "backends/node_util.h"
#include "backends/cpu/kernels/number.h"
#include "backends/cpu/lowering.h"
#include "backends/cpu/parallel.h"

namespace ibex::cpu {
namespace {

class IotaKernel final : public Kernel {
 public:
  IotaKernel(const Type& type, int64_t axis)
      : dtype_(type.dtype),
        outer_(productOf(type.shape, 0, static_cast<size_t>(axis))),
        extent_(type.shape[static_cast<size_t>(axis)]),
        inner_(productOf(type.shape, static_cast<size_t>(axis) + 1, type.shape.size())) {}

  void run(void* const* io) override {
    visitDType(dtype_, [&](auto tag) {
      using T = typename decltype(tag)::type;
      T* out = static_cast<T*>(io[0]);
      constexpr int64_t kGrainElements = 32768;
      const int64_t grain = std::max<int64_t>(1, kGrainElements / std::max<int64_t>(1, inner_));
      parallelFor(outer_ * extent_, grain, [&](int64_t begin, int64_t end) {
        for (int64_t row = begin; row < end; ++row) {
          T index;
          if constexpr (kIsFloating<T>) {
            index = static_cast<T>(static_cast<Compute<T>>(row % extent_));
          } else {
            index = static_cast<T>(row % extent_);
          }
          std::fill_n(out + row * inner_, inner_, index);
        }
      });
    });
  }

 private:
  DType dtype_;
  int64_t outer_, extent_, inner_;
};

std::unique_ptr<Kernel> prepareIota(const Graph& graph, const Node& node) {
  return std::make_unique<IotaKernel>(outputType(graph, node, 0), attrsOf<IotaAttrs>(node).axis);
}

IBEX_CPU_LOWERING(kIota, prepareIota);

}  // namespace
}  // namespace ibex::cpu
