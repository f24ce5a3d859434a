// scatter (rows along one axis), scatter_elements and scatter_nd: set, add, max, min or multiply updates into a copy
// of x (or into x itself when it dies here). The order of updates to one place is that of the indices, whatever the
// number of threads: work is split over places, never over updates.
#include <algorithm>
#include <memory>

#include "backends/cpu/kernels/indices.h"
#include "backends/node_util.h"
#include "backends/cpu/kernels/number.h"
#include "backends/cpu/kernels/strided_copy.h"
#include "backends/cpu/lowering.h"
#include "backends/cpu/parallel.h"

namespace ibex::cpu {
namespace {

enum Mode : int64_t { kSet, kAdd, kMax, kMin, kMul };

template <Mode kMode, class T>
inline T combine(T old, T update) {
  using C = Compute<T>;
  if constexpr (kMode == kSet) {
    return update;
  } else if constexpr (kMode == kMax || kMode == kMin) {
    const C a = old;
    const C b = update;
    if (isNan(old)) return old;
    return (kMode == kMax ? a >= b : a <= b) ? old : update;  // a NaN update compares false and is taken
  } else if constexpr (std::is_integral_v<T>) {
    using U = std::make_unsigned_t<std::conditional_t<sizeof(T) < 4, int32_t, T>>;  // wraps without overflow
    const U a = static_cast<U>(old);
    const U b = static_cast<U>(update);
    return static_cast<T>(kMode == kAdd ? a + b : a * b);
  } else {
    const C a = old;
    const C b = update;
    return T(kMode == kAdd ? a + b : a * b);
  }
}

// Bool: add and max are "or", multiply and min are "and"; the bytes stay 0 or 1.
int64_t modeFor(DType t, int64_t mode) {
  if (t != DType::kBool) return mode;
  if (mode == kAdd) return kMax;
  return mode == kMul ? static_cast<int64_t>(kMin) : mode;
}

template <class F>
void visitMode(int64_t mode, F&& f) {
  switch (mode) {
    case kSet: return f(std::integral_constant<Mode, kSet>{});
    case kAdd: return f(std::integral_constant<Mode, kAdd>{});
    case kMax: return f(std::integral_constant<Mode, kMax>{});
    case kMin: return f(std::integral_constant<Mode, kMin>{});
    default: return f(std::integral_constant<Mode, kMul>{});
  }
}

// out[o, rows[u], :] = combine(.., updates[o, u, :]) for `count` updates of `inner` elements.
template <Mode kMode, class T, class I>
void scatterRows(T* out, int64_t outer, int64_t extent, int64_t inner, const I* rows, int64_t count, const T* updates) {
  const int64_t work = outer * count * inner;
  constexpr int64_t kColumns = 64 / static_cast<int64_t>(sizeof(T));  // a cache line: threads share none
  const int64_t blocks = (inner + kColumns - 1) / kColumns;
  const int64_t threads = work < 16384 ? 1 : numThreads();
  if (outer * blocks >= threads) {
    // Each unit owns some columns of one slab.
    const int64_t grain = std::max<int64_t>(1, 16384 / std::max<int64_t>(1, count * kColumns));
    parallelFor(outer * blocks, grain, [&](int64_t begin, int64_t end) {
      while (begin < end) {
        const int64_t o = begin / blocks;
        const int64_t stop = std::min(end, (o + 1) * blocks);
        const int64_t c0 = (begin - o * blocks) * kColumns;
        const int64_t c1 = std::min(inner, (stop - o * blocks) * kColumns);
        for (int64_t u = 0; u < count; ++u) {
          T* d = out + (o * extent + static_cast<int64_t>(rows[u])) * inner;
          const T* s = updates + (o * count + u) * inner;
          for (int64_t c = c0; c < c1; ++c) d[c] = combine<kMode, T>(d[c], s[c]);
        }
        begin = stop;
      }
    });
    return;
  }
  // Few columns, many updates: each unit owns a range of rows and reads all the indices.
  const int64_t part = (extent + threads - 1) / threads;
  parallelFor(threads, 1, [&](int64_t begin, int64_t end) {
    const int64_t low = begin * part;
    const int64_t high = std::min(extent, end * part);
    for (int64_t o = 0; o < outer; ++o) {
      for (int64_t u = 0; u < count; ++u) {
        const auto row = static_cast<int64_t>(rows[u]);
        if (row < low || row >= high) continue;
        T* d = out + (o * extent + row) * inner;
        const T* s = updates + (o * count + u) * inner;
        for (int64_t c = 0; c < inner; ++c) d[c] = combine<kMode, T>(d[c], s[c]);
      }
    }
  });
}

class ScatterBase : public Kernel {
 public:
  ScatterBase(const Graph& graph, const Node& node)
      : context_(indexContext(graph, node)),
        dtype_(inputType(graph, node, 0).dtype),
        mode_(modeFor(dtype_, attrsOf<ScatterAttrs>(node).mode)),
        axis_(attrsOf<ScatterAttrs>(node).axis),
        bytes_(inputType(graph, node, 0).bytes()) {}
  int inPlaceInput(int) const override { return 0; }

 protected:
  IndexContext context_;
  DType dtype_;
  int64_t mode_;
  int64_t axis_;
  size_t bytes_;
};

template <class I>
class ScatterKernel final : public ScatterBase {
 public:
  ScatterKernel(const Graph& graph, const Node& node) : ScatterBase(graph, node) {
    const Shape& x = inputType(graph, node, 0).shape;
    const auto axis = static_cast<size_t>(axis_);
    outer_ = productOf(x, 0, axis);
    extent_ = x[axis];
    inner_ = productOf(x, axis + 1, x.size());
    count_ = inputType(graph, node, 1).elements();
  }
  void run(void* const* io) override {
    const auto* rows = static_cast<const I*>(io[1]);
    checkIndices(rows, count_, extent_, axis_, context_);
    copyBytes(io[0], io[3], bytes_);
    visitDType(dtype_, [&](auto tag) {
      using T = typename decltype(tag)::type;
      visitMode(mode_, [&](auto mode) {
        scatterRows<decltype(mode)::value>(static_cast<T*>(io[3]), outer_, extent_, inner_, rows, count_,
                                           static_cast<const T*>(io[2]));
      });
    });
  }

 private:
  int64_t outer_, extent_, inner_, count_;
};

template <class I>
class ScatterNdKernel final : public ScatterBase {
 public:
  ScatterNdKernel(const Graph& graph, const Node& node) : ScatterBase(graph, node) {
    const Shape& x = inputType(graph, node, 0).shape;
    const Shape& index = inputType(graph, node, 1).shape;
    const auto depth = static_cast<size_t>(index.back());
    extents_.assign(x.begin(), x.begin() + static_cast<std::ptrdiff_t>(depth));
    inner_ = productOf(x, depth, x.size());
    count_ = productOf(index, 0, index.size() - 1);
  }
  size_t scratchBytes() const override { return static_cast<size_t>(count_) * sizeof(int64_t); }
  void run(void* const* io) override {
    auto* rows = static_cast<int64_t*>(io[4]);
    flattenIndices(static_cast<const I*>(io[1]), count_, extents_, rows, context_);
    copyBytes(io[0], io[3], bytes_);
    visitDType(dtype_, [&](auto tag) {
      using T = typename decltype(tag)::type;
      visitMode(mode_, [&](auto mode) {
        scatterRows<decltype(mode)::value>(static_cast<T*>(io[3]), 1, product(extents_), inner_, rows, count_,
                                           static_cast<const T*>(io[2]));
      });
    });
  }

 private:
  Shape extents_;
  int64_t inner_, count_;
};

template <class I>
class ScatterElementsKernel final : public ScatterBase {
 public:
  ScatterElementsKernel(const Graph& graph, const Node& node) : ScatterBase(graph, node) {
    const Shape& x = inputType(graph, node, 0).shape;
    const Shape& index = inputType(graph, node, 1).shape;
    const auto axis = static_cast<size_t>(axis_);
    outer_ = productOf(x, 0, axis);
    extent_ = x[axis];
    along_ = index[axis];
    inner_ = productOf(x, axis + 1, x.size());
  }
  void run(void* const* io) override {
    const auto* indices = static_cast<const I*>(io[1]);
    checkIndices(indices, outer_ * along_ * inner_, extent_, axis_, context_);
    copyBytes(io[0], io[3], bytes_);
    visitDType(dtype_, [&](auto tag) {
      using T = typename decltype(tag)::type;
      visitMode(mode_, [&](auto mode) {
        put<decltype(mode)::value>(static_cast<T*>(io[3]), indices, static_cast<const T*>(io[2]));
      });
    });
  }

 private:
  template <Mode kMode, class T>
  void put(T* out, const I* indices, const T* updates) const {
    // A line along the axis is one unit: lines never meet.
    parallelFor(outer_ * inner_, std::max<int64_t>(1, 8192 / std::max<int64_t>(1, along_)),
                [&](int64_t begin, int64_t end) {
                  while (begin < end) {
                    const int64_t o = begin / inner_;
                    const int64_t stop = std::min(end, (o + 1) * inner_);
                    for (int64_t a = 0; a < along_; ++a) {
                      const int64_t row = (o * along_ + a) * inner_;
                      for (int64_t c = begin - o * inner_; c < stop - o * inner_; ++c) {
                        T& d = out[(o * extent_ + static_cast<int64_t>(indices[row + c])) * inner_ + c];
                        d = combine<kMode, T>(d, updates[row + c]);
                      }
                    }
                    begin = stop;
                  }
                });
  }

  int64_t outer_, extent_, along_, inner_;
};

template <template <class> class K>
std::unique_ptr<Kernel> prepare(const Graph& graph, const Node& node) {
  const DType t = inputType(graph, node, 1).dtype;
  checkIndexType(graph, node, t);
  const int64_t mode = attrsOf<ScatterAttrs>(node).mode;
  if (mode < kSet || mode > kMul) refuse(graph, node, "unknown mode " + std::to_string(mode));
  if (t == DType::kInt32) return std::make_unique<K<int32_t>>(graph, node);
  return std::make_unique<K<int64_t>>(graph, node);
}

IBEX_CPU_LOWERING(kScatter, prepare<ScatterKernel>);
IBEX_CPU_LOWERING(kScatterElements, prepare<ScatterElementsKernel>);
IBEX_CPU_LOWERING(kScatterNd, prepare<ScatterNdKernel>);

}  // namespace
}  // namespace ibex::cpu
