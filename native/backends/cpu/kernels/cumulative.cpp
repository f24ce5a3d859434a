// cumsum, cumprod, cummax, cummin along an axis, from either end, with or without the element itself. 16-bit floats
// accumulate in float32; integers wrap; NaN stays once met.
#include <limits>
#include <memory>
#include <type_traits>

#include "backends/cpu/kernels/axis_walk.h"
#include "backends/node_util.h"
#include "backends/cpu/kernels/number.h"
#include "backends/cpu/lowering.h"

namespace ibex::cpu {
namespace {

enum class Fold { kSum, kProd, kMax, kMin };

template <class T>
constexpr T lowest() {
  if constexpr (std::is_floating_point_v<T>) return -std::numeric_limits<T>::infinity();
  return std::numeric_limits<T>::lowest();
}
template <class T>
constexpr T highest() {
  if constexpr (std::is_floating_point_v<T>) return std::numeric_limits<T>::infinity();
  return std::numeric_limits<T>::max();
}

template <Fold kFold, class C>
constexpr C identity() {
  switch (kFold) {
    case Fold::kSum: return C{0};
    case Fold::kProd: return C{1};
    case Fold::kMax: return lowest<C>();
    case Fold::kMin: break;
  }
  return highest<C>();
}

template <Fold kFold, class C>
C fold(C total, C v) {
  if constexpr (kFold == Fold::kMax || kFold == Fold::kMin) {
    if (total != total) return total;
    return (kFold == Fold::kMax ? total >= v : total <= v) ? total : v;  // a NaN v compares false and is taken
  } else if constexpr (std::is_integral_v<C>) {
    // Wide enough unsigned arithmetic wraps without overflow.
    using U = std::conditional_t<sizeof(C) == 8, uint64_t, uint32_t>;
    const U a = static_cast<U>(total);
    const U b = static_cast<U>(v);
    return static_cast<C>(kFold == Fold::kSum ? a + b : a * b);
  } else {
    return kFold == Fold::kSum ? total + v : total * v;
  }
}

template <class T, Fold kFold>
class CumulativeKernel final : public Kernel {
 public:
  CumulativeKernel(const Graph& graph, const Node& node)
      : attrs_(attrsOf<CumulativeAttrs>(node)), walk_(inputType(graph, node, 0).shape, attrs_.axis) {}
  int inPlaceInput(int) const override { return 0; }

  void run(void* const* io) override {
    const auto* x = static_cast<const T*>(io[0]);
    auto* y = static_cast<T*>(io[1]);
    const int64_t step = attrs_.reverse ? -walk_.inner : walk_.inner;
    walk_.columns([&](int64_t o, int64_t first, int64_t count) {
      const int64_t start = attrs_.reverse ? walk_.extent - 1 : 0;
      int64_t at = (o * walk_.extent + start) * walk_.inner + first;
      if (count == 1) return line(x + at, y + at, step);
      C total[AxisWalk::kColumns];
      std::fill_n(total, count, identity<kFold, C>());
      for (int64_t i = 0; i < walk_.extent; ++i, at += step) {
        for (int64_t c = 0; c < count; ++c) {
          const C next = fold<kFold, C>(total[c], static_cast<C>(x[at + c]));
          y[at + c] = static_cast<T>(attrs_.exclusive ? total[c] : next);
          total[c] = next;
        }
      }
    });
  }

 private:
  using C = Compute<T>;

  void line(const T* x, T* y, int64_t step) const {
    C total = identity<kFold, C>();
    for (int64_t i = 0, at = 0; i < walk_.extent; ++i, at += step) {
      const C next = fold<kFold, C>(total, static_cast<C>(x[at]));
      y[at] = static_cast<T>(attrs_.exclusive ? total : next);
      total = next;
    }
  }

  CumulativeAttrs attrs_;
  AxisWalk walk_;
};

template <Fold kFold>
std::unique_ptr<Kernel> prepare(const Graph& graph, const Node& node) {
  return visitDType(outputType(graph, node, 0).dtype, [&](auto tag) -> std::unique_ptr<Kernel> {
    return std::make_unique<CumulativeKernel<typename decltype(tag)::type, kFold>>(graph, node);
  });
}

IBEX_CPU_LOWERING(kCumsum, prepare<Fold::kSum>);
IBEX_CPU_LOWERING(kCumprod, prepare<Fold::kProd>);
IBEX_CPU_LOWERING(kCummax, prepare<Fold::kMax>);
IBEX_CPU_LOWERING(kCummin, prepare<Fold::kMin>);

}  // namespace
}  // namespace ibex::cpu
