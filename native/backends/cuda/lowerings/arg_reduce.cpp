// arg_max and arg_min: rows by warps or blocks, columns by threads; few long lines are split into parts.
#include <memory>

#include "backends/cuda/lowering.h"
#include "backends/cuda/lowerings/kernel_macros.h"
#include "backends/cuda/lowerings/kernel_text.h"
#include "backends/node_util.h"

namespace ibex::cuda {
namespace {

constexpr int64_t kThreads = 256;
constexpr int64_t kWarp = 32;
constexpr int64_t kBlockFrom = 1024;  // rows longer than this are a block's
constexpr int64_t kMostParts = 256;

struct Arguments {
  const void* from;
  int32_t* to;
  void* bestValues;
  int32_t* bestPlaces;
  int64_t lines;
  int64_t inner;
  int64_t extent;
  int64_t part;
  int32_t parts;
};

class ArgKernel final : public Kernel {
 public:
  ArgKernel(Context& context, const Type& x, size_t axis, bool largest)
      : context_(context),
        inner_(productOf(x.shape, axis + 1, x.shape.size())),
        lines_(productOf(x.shape, 0, axis) * inner_),
        extent_(x.shape[axis]) {
    if (lines_ == 0) return;
    const bool rows = inner_ == 1;
    const int64_t group = !rows ? 1 : extent_ > kBlockFrom ? kThreads : kWarp;
    // Parts are at least this long; there are as many as keep the device busy.
    const int64_t least = rows ? 4 * kThreads * 4 : 128;
    const int64_t wanted = divideUp(8 * kThreads * context.traits().multiprocessors, lines_ * group);
    part_ = divideUp(extent_, std::clamp<int64_t>(std::min(wanted, extent_ / least), 1, kMostParts));
    parts_ = divideUp(extent_, part_);
    Macros macros = elementMacros(x.dtype);
    macros.insert(macros.end(), {{"LARGEST", largest ? "1" : "0"}, {"GROUP", std::to_string(std::max(group, kWarp))}});
    find_ = &context.function({kArgReduceText, macros}, rows ? "argRows" : "argColumns");
    if (parts_ > 1) join_ = &context.function({kArgReduceText, macros}, "argParts");
    blocks_ = divideUp(lines_ * parts_, kThreads / group);
  }

  size_t scratchBytes() const override {
    return parts_ > 1 ? static_cast<size_t>(lines_ * parts_) * (sizeof(double) + sizeof(int32_t)) : 0;
  }
  bool recordable() const override { return true; }

  void run(void* const* io) override {
    if (find_ == nullptr) return;
    char* best = static_cast<char*>(io[2]);
    auto* places = best == nullptr ? nullptr : best + static_cast<size_t>(lines_ * parts_) * sizeof(double);
    const Arguments arguments{io[0], static_cast<int32_t*>(io[1]), best, reinterpret_cast<int32_t*>(places),
                              lines_, inner_, extent_, part_,
                              static_cast<int32_t>(parts_)};
    context_.launch(*find_, {{blocks_}, {kThreads}, 0}, arguments);
    if (join_ != nullptr) context_.launch(*join_, {{divideUp(lines_, kThreads)}, {kThreads}, 0}, arguments);
  }

 private:
  Context& context_;
  int64_t inner_;
  int64_t lines_;
  int64_t extent_;
  int64_t part_ = 1;
  int64_t parts_ = 1;
  int64_t blocks_ = 0;
  const Function* find_ = nullptr;
  const Function* join_ = nullptr;
};

template <bool kLargest>
std::unique_ptr<Kernel> prepare(Context& context, const Graph& graph, const Node& node) {
  const Type& x = inputType(graph, node, 0);
  const auto axis = static_cast<size_t>(attrsOf<ArgReduceAttrs>(node).axis);
  if (x.shape[axis] == 0) refuse(graph, node, "the axis is empty");
  return std::make_unique<ArgKernel>(context, x, axis, kLargest);
}

IBEX_CUDA_LOWERING(kArgMax, prepare<true>);
IBEX_CUDA_LOWERING(kArgMin, prepare<false>);

}  // namespace
}  // namespace ibex::cuda
