// gather (rows along one axis), gather_elements (one element each) and gather_nd (rows by index tuples).
#include <algorithm>
#include <cstring>
#include <memory>
#include <utility>

#include "backends/cpu/kernels/indices.h"
#include "backends/node_util.h"
#include "backends/cpu/lowering.h"
#include "backends/cpu/parallel.h"

namespace ibex::cpu {
namespace {

constexpr int64_t kPrefetchBytes = 4096;
constexpr int64_t kGrainBytes = 32 * 1024;

// dst[r] = src[index(r)] for rows of `bytes` bytes.
template <class I>
void gatherRows(const char* src, const I* indices, char* dst, int64_t begin, int64_t end, int64_t bytes) {
  const auto fixed = [&](auto size) {
    constexpr int64_t kSize = decltype(size)::value;
    for (int64_t r = begin; r < end; ++r) {
      std::memcpy(dst + r * kSize, src + static_cast<int64_t>(indices[r]) * kSize, kSize);
    }
  };
  switch (bytes) {
    case 1: return fixed(std::integral_constant<int64_t, 1>{});
    case 2: return fixed(std::integral_constant<int64_t, 2>{});
    case 4: return fixed(std::integral_constant<int64_t, 4>{});
    case 8: return fixed(std::integral_constant<int64_t, 8>{});
    default:
      for (int64_t r = begin; r < end; ++r) {
        // The next row comes from anywhere: no processor foresees it.
        const char* next = src + static_cast<int64_t>(indices[std::min(r + 1, end - 1)]) * bytes;
        for (int64_t at = 0; at < std::min(bytes, kPrefetchBytes); at += 64) __builtin_prefetch(next + at);
        std::memcpy(dst + r * bytes, src + static_cast<int64_t>(indices[r]) * bytes, static_cast<size_t>(bytes));
      }
  }
}

template <class I>
class GatherKernel final : public Kernel {
 public:
  GatherKernel(const Graph& graph, const Node& node) : context_(indexContext(graph, node)) {
    const Type& x = inputType(graph, node, 0);
    axis_ = attrsOf<AxisAttrs>(node).axis;
    const auto axis = static_cast<size_t>(axis_);
    outer_ = productOf(x.shape, 0, axis);
    extent_ = x.shape[axis];
    bytes_ = productOf(x.shape, axis + 1, x.shape.size()) * static_cast<int64_t>(dtypeSize(x.dtype));
    count_ = inputType(graph, node, 1).elements();
  }
  void run(void* const* io) override {
    const auto* src = static_cast<const char*>(io[0]);
    const auto* indices = static_cast<const I*>(io[1]);
    auto* dst = static_cast<char*>(io[2]);
    checkIndices(indices, count_, extent_, axis_, context_);
    if (count_ == 0 || bytes_ == 0) return;
    const int64_t grain = std::max<int64_t>(1, kGrainBytes / std::max<int64_t>(bytes_, 8));
    parallelFor(outer_ * count_, grain, [&](int64_t begin, int64_t end) {
      while (begin < end) {
        const int64_t o = begin / count_;
        const int64_t stop = std::min(end, (o + 1) * count_);
        gatherRows(src + o * extent_ * bytes_, indices, dst + o * count_ * bytes_, begin - o * count_,
                   stop - o * count_, bytes_);
        begin = stop;
      }
    });
  }

 private:
  IndexContext context_;
  int64_t axis_, outer_, extent_, bytes_, count_;
};

template <class I>
class GatherElementsKernel final : public Kernel {
 public:
  GatherElementsKernel(const Graph& graph, const Node& node) : context_(indexContext(graph, node)) {
    const Type& x = inputType(graph, node, 0);
    const Shape& out = outputType(graph, node, 0).shape;
    axis_ = attrsOf<AxisAttrs>(node).axis;
    const auto axis = static_cast<size_t>(axis_);
    outer_ = productOf(out, 0, axis);
    extent_ = x.shape[axis];
    along_ = out[axis];
    inner_ = productOf(out, axis + 1, out.size());
    size_ = static_cast<int64_t>(dtypeSize(x.dtype));
  }
  void run(void* const* io) override {
    const auto* indices = static_cast<const I*>(io[1]);
    checkIndices(indices, outer_ * along_ * inner_, extent_, axis_, context_);
    switch (size_) {
      case 1: return pick<uint8_t>(io[0], indices, io[2]);
      case 2: return pick<uint16_t>(io[0], indices, io[2]);
      case 4: return pick<uint32_t>(io[0], indices, io[2]);
      default: return pick<uint64_t>(io[0], indices, io[2]);
    }
  }

 private:
  template <class T>
  void pick(const void* x, const I* indices, void* out) const {
    const auto* src = static_cast<const T*>(x);
    auto* dst = static_cast<T*>(out);
    parallelFor(outer_ * along_, std::max<int64_t>(1, 8192 / std::max<int64_t>(1, inner_)),
                [&](int64_t begin, int64_t end) {
                  for (int64_t r = begin; r < end; ++r) {
                    const T* slab = src + r / along_ * extent_ * inner_;
                    for (int64_t c = 0; c < inner_; ++c) {
                      dst[r * inner_ + c] = slab[static_cast<int64_t>(indices[r * inner_ + c]) * inner_ + c];
                    }
                  }
                });
  }

  IndexContext context_;
  int64_t axis_, outer_, extent_, along_, inner_, size_;
};

template <class I>
class GatherNdKernel final : public Kernel {
 public:
  GatherNdKernel(const Graph& graph, const Node& node) : context_(indexContext(graph, node)) {
    const Type& x = inputType(graph, node, 0);
    const Shape& index = inputType(graph, node, 1).shape;
    const auto depth = static_cast<size_t>(index.back());
    extents_.assign(x.shape.begin(), x.shape.begin() + static_cast<std::ptrdiff_t>(depth));
    bytes_ = productOf(x.shape, depth, x.shape.size()) * static_cast<int64_t>(dtypeSize(x.dtype));
    rows_ = productOf(index, 0, index.size() - 1);
  }
  size_t scratchBytes() const override { return static_cast<size_t>(rows_) * sizeof(int64_t); }
  void run(void* const* io) override {
    auto* flat = static_cast<int64_t*>(io[3]);
    flattenIndices(static_cast<const I*>(io[1]), rows_, extents_, flat, context_);
    if (bytes_ == 0) return;
    parallelFor(rows_, std::max<int64_t>(1, kGrainBytes / std::max<int64_t>(bytes_, 8)),
                [&](int64_t begin, int64_t end) {
                  gatherRows(static_cast<const char*>(io[0]), flat, static_cast<char*>(io[2]), begin, end, bytes_);
                });
  }

 private:
  IndexContext context_;
  Shape extents_;
  int64_t bytes_, rows_;
};

template <template <class> class K>
std::unique_ptr<Kernel> prepare(const Graph& graph, const Node& node) {
  const DType t = inputType(graph, node, 1).dtype;
  checkIndexType(graph, node, t);
  if (t == DType::kInt32) return std::make_unique<K<int32_t>>(graph, node);
  return std::make_unique<K<int64_t>>(graph, node);
}

IBEX_CPU_LOWERING(kGather, prepare<GatherKernel>);
IBEX_CPU_LOWERING(kGatherElements, prepare<GatherElementsKernel>);
IBEX_CPU_LOWERING(kGatherNd, prepare<GatherNdKernel>);

}  // namespace
}  // namespace ibex::cpu
