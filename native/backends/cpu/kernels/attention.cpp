// attention and attention_grad: tasks are blocks of queries, and for the gradient parts of a head's keys.
#include "backends/cpu/kernels/attention.h"

#include <algorithm>
#include <memory>

#include "backends/node_util.h"
#include "backends/cpu/kernels/via_float32.h"
#include "backends/cpu/lowering.h"
#include "backends/cpu/parallel.h"
#include "backends/cpu/thread_buffer.h"

namespace ibex::cpu {
namespace {

template <class T>
const AttentionFunctionsOf<T>& functionsFor() {
  if constexpr (std::is_same_v<T, float>) {
    return attentionFunctions().f32;
  } else {
    return attentionFunctions().f64;
  }
}

// q [B, queries, heads, depth], k [B, keys, keyHeads, depth], v [B, keys, keyHeads, valueDepth], and the mask's strides.
struct AttentionSizes {
  AttentionSizes(const Graph& graph, const Node& node, size_t firstInput) {
    const auto& attrs = attrsOf<AttentionAttrs>(node);
    const Shape& q = inputType(graph, node, firstInput).shape;
    const Shape& v = inputType(graph, node, firstInput + 2).shape;
    batch = q[0], queries = q[1], heads = q[2], depth = q[3];
    keys = v[1], keyHeads = v[2], valueDepth = v[3];
    scale = attrs.scale, causal = attrs.causal;
    if (!attrs.mask) return;
    const Shape& mask = graph.type(node.inputs.back()).shape;
    const Shape strides = stridesOf(mask);
    const auto step = [&](size_t axis) { return mask[axis] == 1 ? 0 : strides[axis]; };
    maskBatch = step(0), maskHead = step(1), maskQuery = step(2);
  }

  template <class T>
  AttentionHead<T> head(const void* q, const void* k, const void* v, const void* mask, int64_t b, int64_t h) const {
    const int64_t keyHead = h / (heads / keyHeads);
    const auto* m = static_cast<const bool*>(mask);
    return {static_cast<const T*>(q) + (b * queries * heads + h) * depth,
            static_cast<const T*>(k) + (b * keys * keyHeads + keyHead) * depth,
            static_cast<const T*>(v) + (b * keys * keyHeads + keyHead) * valueDepth,
            m == nullptr ? nullptr : m + b * maskBatch + h * maskHead,
            heads * depth, keyHeads * depth, keyHeads * valueDepth, maskQuery,
            queries, keys, depth, valueDepth, static_cast<T>(scale), causal};
  }

  int64_t batch, queries, heads, depth, keys, keyHeads, valueDepth;
  int64_t maskBatch = 0, maskHead = 0, maskQuery = 0;
  double scale;
  bool causal;
};

// The i-th of n parts in an order in which neighbours do the same work together, where causal parts grow or shrink.
int64_t balanced(int64_t i, int64_t n) { return i % 2 == 0 ? i / 2 : n - 1 - i / 2; }

template <class T>
class AttentionKernel final : public Kernel {
 public:
  AttentionKernel(const Graph& graph, const Node& node) : sizes_(graph, node, 0), inputs_(node.inputs.size()) {}

  void run(void* const* io) override {
    const AttentionSizes& s = sizes_;
    const int64_t blocks = (s.queries + kAttentionRows - 1) / kAttentionRows;
    const void* mask = inputs_ == 4 ? io[3] : nullptr;
    T* out = static_cast<T*>(io[inputs_]);
    T* logSum = static_cast<T*>(io[inputs_ + 1]);
    const int64_t packedElements = functions_.packedElements(s.keys, s.depth, s.valueDepth);
    const int64_t elements = packedElements + functions_.forwardElements(s.depth, s.valueDepth);
    parallelFor(s.batch * s.heads * blocks, 1, [&](int64_t begin, int64_t end) {
      T* packed = reinterpret_cast<T*>(threadBuffer(static_cast<size_t>(elements) * sizeof(T)));
      const T* packedFrom = nullptr;
      for (int64_t task = begin; task < end; ++task) {
        const int64_t b = task / (s.heads * blocks), h = task / blocks % s.heads;
        const int64_t first = balanced(task % blocks, blocks) * kAttentionRows;
        const int64_t last = std::min(s.queries, first + kAttentionRows);
        const AttentionHead<T> head = s.head<T>(io[0], io[1], io[2], mask, b, h);
        if (head.k != packedFrom) functions_.pack(head, packed);
        packedFrom = head.k;
        const int64_t step = s.heads * s.valueDepth;
        functions_.forward(head, packed, first, last, out + (b * s.queries + first) * step + h * s.valueDepth, step,
                           logSum + (b * s.heads + h) * s.queries + first, packed + packedElements);
      }
    });
  }

 private:
  AttentionSizes sizes_;
  size_t inputs_;
  const AttentionFunctionsOf<T>& functions_ = functionsFor<T>();
};

template <class T>
class AttentionGradKernel final : public Kernel {
 public:
  AttentionGradKernel(const Graph& graph, const Node& node) : sizes_(graph, node, 1), inputs_(node.inputs.size()) {
    // As many parts as the shapes ask for, not the threads, so that sums over keys are the same on any number of them.
    const int64_t tasks = std::max<int64_t>(1, sizes_.batch * sizes_.keyHeads);
    const int64_t blocks = (sizes_.keys + kAttentionKeys - 1) / kAttentionKeys;
    const int64_t parts = std::clamp<int64_t>((kLeastTasks + tasks - 1) / tasks, 1, std::max<int64_t>(1, blocks / 2));
    partKeys_ = (blocks + parts - 1) / parts * kAttentionKeys;
    parts_ = std::max<int64_t>(1, (sizes_.keys + partKeys_ - 1) / std::max<int64_t>(1, partKeys_));
  }

  // dq of each part of the keys, where there are several.
  size_t scratchBytes() const override { return parts_ == 1 ? 0 : static_cast<size_t>(parts_ * dqElements()) * sizeof(T); }

  void run(void* const* io) override {
    const AttentionSizes& s = sizes_;
    const auto elements = static_cast<size_t>(functions_.backwardElements(s.queries, s.depth, s.valueDepth));
    parallelFor(s.batch * s.keyHeads * parts_, 1, [&](int64_t begin, int64_t end) {
      T* work = reinterpret_cast<T*>(threadBuffer(elements * sizeof(T)));
      for (int64_t task = begin; task < end; ++task) {
        keysOf(io, task / parts_ / s.keyHeads, task / parts_ % s.keyHeads, balanced(task % parts_, parts_), work);
      }
    });
    if (parts_ > 1) addParts(static_cast<const T*>(io[inputs_ + 3]), static_cast<T*>(io[inputs_]));
  }

 private:
  static constexpr int64_t kLeastTasks = 16;

  int64_t dqElements() const { return sizes_.batch * sizes_.queries * sizes_.heads * sizes_.depth; }

  // One part of the keys of one head, for all the heads of queries that see it.
  void keysOf(void* const* io, int64_t b, int64_t keyHead, int64_t part, T* work) const {
    const AttentionSizes& s = sizes_;
    const void* mask = inputs_ == 7 ? io[6] : nullptr;
    T* dq = parts_ == 1 ? static_cast<T*>(io[inputs_]) : static_cast<T*>(io[inputs_ + 3]) + part * dqElements();
    const int64_t group = s.heads / s.keyHeads;
    const int64_t keyOffset = b * s.keys * s.keyHeads + keyHead;
    for (int64_t h = keyHead * group; h < (keyHead + 1) * group; ++h) {
      const int64_t queryOffset = b * s.queries * s.heads + h;
      const AttentionGradient<T> gradient{
          static_cast<const T*>(io[0]) + queryOffset * s.valueDepth,
          static_cast<const T*>(io[4]) + queryOffset * s.valueDepth,
          static_cast<const T*>(io[5]) + (b * s.heads + h) * s.queries,
          s.heads * s.valueDepth,
          dq + queryOffset * s.depth,
          s.heads * s.depth,
          static_cast<T*>(io[inputs_ + 1]) + keyOffset * s.depth,
          static_cast<T*>(io[inputs_ + 2]) + keyOffset * s.valueDepth,
          s.keyHeads * s.depth,
          s.keyHeads * s.valueDepth,
          part * partKeys_,
          std::min(s.keys, (part + 1) * partKeys_),
          h > keyHead * group};
      functions_.backward(s.head<T>(io[1], io[2], io[3], mask, b, h), gradient, work);
    }
  }

  void addParts(const T* parts, T* dq) const {
    const int64_t n = dqElements();
    parallelFor(n, 16384, [&](int64_t begin, int64_t end) {
      std::copy(parts + begin, parts + end, dq + begin);
      for (int64_t p = 1; p < parts_; ++p) {
        const T* part = parts + p * n;
        for (int64_t i = begin; i < end; ++i) dq[i] += part[i];
      }
    });
  }

  AttentionSizes sizes_;
  size_t inputs_;
  int64_t parts_, partKeys_;
  const AttentionFunctionsOf<T>& functions_ = functionsFor<T>();
};

template <template <class> class K>
std::unique_ptr<Kernel> prepare(const Graph& graph, const Node& node) {
  if (usesHalf(graph, node)) return viaFloat32(graph, node, prepare<K>);
  const DType t = outputType(graph, node, 0).dtype;
  if (t == DType::kFloat32) return std::make_unique<K<float>>(graph, node);
  if (t == DType::kFloat64) return std::make_unique<K<double>>(graph, node);
  refuseDType(graph, node, t);
}

IBEX_CPU_LOWERING(kAttention, prepare<AttentionKernel>);
IBEX_CPU_LOWERING(kAttentionGrad, prepare<AttentionGradKernel>);

}  // namespace
}  // namespace ibex::cpu
