// arg_max and arg_min: the first of equals wins; a NaN, the first one, wins over everything, as in NumPy.
#include <memory>

#include "backends/cpu/kernels/axis_walk.h"
#include "backends/node_util.h"
#include "backends/cpu/kernels/number.h"
#include "backends/cpu/lowering.h"

namespace ibex::cpu {
namespace {

template <class T, bool kMax>
class ArgKernel final : public Kernel {
 public:
  ArgKernel(const Graph& graph, const Node& node)
      : walk_(inputType(graph, node, 0).shape, attrsOf<ArgReduceAttrs>(node).axis) {}

  void run(void* const* io) override {
    const auto* x = static_cast<const T*>(io[0]);
    auto* out = static_cast<int32_t*>(io[1]);
    walk_.columns([&](int64_t o, int64_t first, int64_t count) {
      const T* from = x + o * walk_.extent * walk_.inner + first;
      int32_t* to = out + o * walk_.inner + first;
      if (count == 1) {
        *to = along(from);
      } else {
        across(from, to, count);
      }
    });
  }

 private:
  using C = Compute<T>;
  // Does v take the place of `best`?
  static bool better(C v, C best) { return (kMax ? v > best : v < best) || (v != v && best == best); }

  int32_t along(const T* x) const {
    C best = static_cast<C>(x[0]);
    int32_t where = 0;
    for (int64_t i = 1; i < walk_.extent; ++i) {
      const C v = static_cast<C>(x[i * walk_.inner]);
      if (better(v, best)) {
        best = v;
        where = static_cast<int32_t>(i);
      }
    }
    return where;
  }

  void across(const T* x, int32_t* out, int64_t count) const {
    C best[AxisWalk::kColumns];
    for (int64_t c = 0; c < count; ++c) {
      best[c] = static_cast<C>(x[c]);
      out[c] = 0;
    }
    for (int64_t i = 1; i < walk_.extent; ++i) {
      for (int64_t c = 0; c < count; ++c) {
        const C v = static_cast<C>(x[i * walk_.inner + c]);
        const bool take = better(v, best[c]);
        best[c] = take ? v : best[c];
        out[c] = take ? static_cast<int32_t>(i) : out[c];
      }
    }
  }

  AxisWalk walk_;
};

template <bool kMax>
std::unique_ptr<Kernel> prepare(const Graph& graph, const Node& node) {
  const Type& x = inputType(graph, node, 0);
  if (x.shape[static_cast<size_t>(attrsOf<ArgReduceAttrs>(node).axis)] == 0) {
    refuse(graph, node, "the axis is empty");
  }
  return visitDType(x.dtype, [&](auto tag) -> std::unique_ptr<Kernel> {
    return std::make_unique<ArgKernel<typename decltype(tag)::type, kMax>>(graph, node);
  });
}

IBEX_CPU_LOWERING(kArgMax, prepare<true>);
IBEX_CPU_LOWERING(kArgMin, prepare<false>);

}  // namespace
}  // namespace ibex::cpu
