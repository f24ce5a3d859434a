// dynamic_slice and dynamic_update_slice: the start of the window is data; it is clamped so that the window fits.
#include <memory>

#include "backends/cuda/lowering.h"
#include "backends/cuda/lowerings/strided_copy.h"
#include "backends/node_util.h"

namespace ibex::cuda {
namespace {

CopyWindow windowOf(const Shape& whole, const Shape& sizes, bool inTarget) {
  CopyWindow window{inTarget, {}, stridesOf(whole)};
  for (size_t i = 0; i < whole.size(); ++i) window.room.push_back(whole[i] - sizes[i]);
  return window;
}

class DynamicSliceKernel final : public Kernel {
 public:
  explicit DynamicSliceKernel(StridedCopy copy) : copy_(std::move(copy)) {}
  bool recordable() const override { return true; }
  void run(void* const* io) override { copy_.run(io[0], io[2], io[1]); }

 private:
  StridedCopy copy_;
};

class DynamicUpdateSliceKernel final : public Kernel {
 public:
  DynamicUpdateSliceKernel(Context& context, StridedCopy copy, size_t bytes)
      : context_(context), copy_(std::move(copy)), bytes_(bytes) {}
  int inPlaceInput(int) const override { return 0; }
  bool recordable() const override { return true; }
  void run(void* const* io) override {
    if (io[0] != io[3]) context_.copy(io[3], io[0], bytes_);
    copy_.run(io[1], io[3], io[2]);
  }

 private:
  Context& context_;
  StridedCopy copy_;
  size_t bytes_;
};

std::unique_ptr<Kernel> prepareDynamicSlice(Context& context, const Graph& graph, const Node& node) {
  const Shape& whole = inputType(graph, node, 0).shape;
  const Type& out = outputType(graph, node, 0);
  return std::make_unique<DynamicSliceKernel>(
      StridedCopy(context, out.shape, stridesOf(whole), stridesOf(out.shape), dtypeSize(out.dtype), 0, 0,
                  windowOf(whole, out.shape, false)));
}

std::unique_ptr<Kernel> prepareDynamicUpdateSlice(Context& context, const Graph& graph, const Node& node) {
  const Type& whole = inputType(graph, node, 0);
  const Shape& update = inputType(graph, node, 1).shape;
  return std::make_unique<DynamicUpdateSliceKernel>(
      context,
      StridedCopy(context, update, stridesOf(update), stridesOf(whole.shape), dtypeSize(whole.dtype), 0, 0,
                  windowOf(whole.shape, update, true)),
      whole.bytes());
}

IBEX_CUDA_LOWERING(kDynamicSlice, prepareDynamicSlice);
IBEX_CUDA_LOWERING(kDynamicUpdateSlice, prepareDynamicUpdateSlice);

}  // namespace
}  // namespace ibex::cuda
