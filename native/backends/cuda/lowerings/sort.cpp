// sort, argsort and top_k: lines that fit are sorted by a block in shared memory, longer ones by digits; of long
// lines, few largest are found by warps that read along.
#include <bit>
#include <memory>

#include "backends/cuda/lowering.h"
#include "backends/cuda/lowerings/kernel_macros.h"
#include "backends/cuda/lowerings/kernel_text.h"
#include "backends/cuda/lowerings/radix_sort.h"
#include "backends/node_util.h"

namespace ibex::cuda {
namespace {

constexpr int64_t kThreads = 256;
constexpr int64_t kMostKept = 32;      // of top_k.cuh
constexpr int64_t kKeepFrom = 1024;    // lines longer than this are read along
constexpr int64_t kLeastPart = 16384;  // elements of a line for a block

// Lines are sorted along an axis; the first `keep` of each are wanted, as values or places or both.
struct Job {
  DType dtype;
  int64_t outer;
  int64_t extent;
  int64_t inner;
  int64_t keep;
  bool descending;
  bool values;
  bool places;

  int64_t lines() const { return outer * inner; }
  bool wide() const { return dtypeSize(dtype) == 8; }
  int keyBits() const { return static_cast<int>(dtypeSize(dtype)) * 8; }
  Macros macros() const {
    return {{"STORED", storedType(dtype)},
            {"KEY", wide() ? "uint64_t" : "uint32_t"},
            {"KEY_BITS", std::to_string(keyBits())}};
  }
};

class SortKernel : public Kernel {
 public:
  SortKernel(Context& context, const Job& job) : context_(context), job_(job) {}
  bool recordable() const override { return true; }

 protected:
  // Of the outputs, which come after the input.
  void* values(void* const* io) const { return job_.values ? io[1] : nullptr; }
  int32_t* places(void* const* io) const {
    return job_.places ? static_cast<int32_t*>(io[job_.values ? 2 : 1]) : nullptr;
  }
  void* scratch(void* const* io) const { return io[job_.values && job_.places ? 3 : 2]; }

  Context& context_;
  Job job_;
};

class NothingToSort final : public SortKernel {
 public:
  using SortKernel::SortKernel;
  void run(void* const*) override {}
};

class BlockSortKernel final : public SortKernel {
 public:
  static int64_t most(const Job& job) { return job.wide() ? 2048 : 4096; }

  BlockSortKernel(Context& context, const Job& job) : SortKernel(context, job) {
    const auto length = static_cast<int64_t>(std::bit_ceil(static_cast<uint64_t>(job.extent)));
    const int64_t entries = std::max<int64_t>(1024, length);
    const int64_t lines = entries / length;
    const int64_t threads = entries / 4;
    Macros macros = job.macros();
    macros.insert(macros.end(), {{"LENGTH", std::to_string(length)},
                                 {"LINES", std::to_string(lines)},
                                 {"THREADS", std::to_string(threads)}});
    function_ = &context.function({textOf({kSortKeyText, kBlockSortText}), macros}, "blockSort");
    shape_ = {{divideUp(job.lines(), lines)}, {threads}, static_cast<size_t>(entries) * (job.wide() ? 16 : 8)};
  }

  void run(void* const* io) override {
    context_.launch(*function_, shape_,
                    Arguments{io[0], values(io), places(io), job_.lines(), job_.inner, static_cast<int32_t>(job_.extent),
                              static_cast<int32_t>(job_.keep), job_.descending});
  }

 private:
  struct Arguments {
    const void* from;
    void* values;
    int32_t* places;
    int64_t lines;
    int64_t inner;
    int32_t extent;
    int32_t keep;
    int32_t descending;
  };
  const Function* function_;
  LaunchShape shape_;
};

class LongSortKernel final : public SortKernel {
 public:
  LongSortKernel(Context& context, const Job& job)
      : SortKernel(context, job), sort_(context, job.wide() ? 8 : 4, job.keyBits(), job.lines(), job.extent) {
    const std::string text = textOf({kSortKeyText, kSortLongText});
    keys_ = &context.function({text, job.macros()}, "sortKeys");
    emit_ = &context.function({text, job.macros()}, "sortEmit");
  }

  size_t scratchBytes() const override { return sort_.scratchBytes(); }

  void run(void* const* io) override {
    Arguments arguments{io[0], scratch(io), nullptr, values(io), places(io), job_.lines(),
                        job_.inner, job_.extent, job_.keep, job_.descending};
    context_.launch(*keys_, {{divideUp(job_.lines() * job_.extent, kThreads)}, {kThreads}, 0}, arguments);
    arguments.sorted = sort_.run(scratch(io)).places;
    context_.launch(*emit_, {{divideUp(job_.lines() * job_.keep, kThreads)}, {kThreads}, 0}, arguments);
  }

 private:
  struct Arguments {
    const void* from;
    void* keys;
    const uint32_t* sorted;
    void* values;
    int32_t* places;
    int64_t lines;
    int64_t inner;
    int64_t extent;
    int64_t keep;
    int32_t descending;
  };
  RadixSort sort_;
  const Function* keys_;
  const Function* emit_;
};

class TopKKernel final : public SortKernel {
 public:
  TopKKernel(Context& context, const Job& job) : SortKernel(context, job) {
    // Enough blocks for the device.
    const int64_t wanted = divideUp(4 * context.traits().multiprocessors, job.lines());
    parts_ = std::clamp<int64_t>(std::min(wanted, job.extent / kLeastPart), 1, 4096);
    const std::string text = textOf({kSortKeyText, kTopKText});
    find_ = &context.function({text, job.macros()}, "topK");
    if (parts_ > 1) join_ = &context.function({text, job.macros()}, "topKOfParts");
  }

  size_t scratchBytes() const override {
    return parts_ > 1 ? static_cast<size_t>(job_.lines() * parts_ * kMostKept) * (job_.wide() ? 16 : 8) : 0;
  }

  void run(void* const* io) override {
    const Arguments arguments{io[0], values(io), places(io), scratch(io), job_.extent, divideUp(job_.extent, parts_),
                              static_cast<int32_t>(parts_), static_cast<int32_t>(job_.keep)};
    context_.launch(*find_, {{job_.lines() * parts_}, {kThreads}, 0}, arguments);
    if (join_ != nullptr) context_.launch(*join_, {{job_.lines()}, {kThreads}, 0}, arguments);
  }

 private:
  struct Arguments {
    const void* from;
    void* values;
    int32_t* places;
    void* best;
    int64_t extent;
    int64_t part;
    int32_t parts;
    int32_t k;
  };
  int64_t parts_;
  const Function* find_;
  const Function* join_ = nullptr;
};

std::unique_ptr<Kernel> kernelOf(Context& context, const Graph& graph, const Node& node, const Job& job) {
  if (job.lines() == 0 || job.keep == 0) return std::make_unique<NothingToSort>(context, job);
  if (job.extent >= int64_t{1} << 31) refuse(graph, node, "the axis is too long");
  const bool alongRows = job.inner == 1 && job.values && job.places;
  if (alongRows && job.keep <= kMostKept && job.extent > kKeepFrom) return std::make_unique<TopKKernel>(context, job);
  if (job.extent <= BlockSortKernel::most(job)) return std::make_unique<BlockSortKernel>(context, job);
  return std::make_unique<LongSortKernel>(context, job);
}

template <bool kPlaces>
std::unique_ptr<Kernel> prepareSort(Context& context, const Graph& graph, const Node& node) {
  const auto& attrs = attrsOf<SortAttrs>(node);
  const Type& x = inputType(graph, node, 0);
  const auto axis = static_cast<size_t>(attrs.axis);
  const int64_t extent = x.shape[axis];
  return kernelOf(context, graph, node,
                  {x.dtype, productOf(x.shape, 0, axis), extent, productOf(x.shape, axis + 1, x.shape.size()), extent,
                   attrs.descending, !kPlaces, kPlaces});
}

std::unique_ptr<Kernel> prepareTopK(Context& context, const Graph& graph, const Node& node) {
  const Type& x = inputType(graph, node, 0);
  const int64_t k = attrsOf<TopKAttrs>(node).k;
  const int64_t extent = x.shape.back();
  if (k > extent) refuse(graph, node, "k is larger than the last axis");
  return kernelOf(context, graph, node,
                  {x.dtype, productOf(x.shape, 0, x.shape.size() - 1), extent, 1, k, true, true, true});
}

IBEX_CUDA_LOWERING(kSort, prepareSort<false>);
IBEX_CUDA_LOWERING(kArgsort, prepareSort<true>);
IBEX_CUDA_LOWERING(kTopK, prepareTopK);

}  // namespace
}  // namespace ibex::cuda
