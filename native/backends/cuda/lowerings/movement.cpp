// Ops that are one strided copy with everything known when they are prepared: reshape (when it cannot alias), broadcast,
// transpose, slice, reverse.
#include <memory>

#include "backends/cuda/lowering.h"
#include "backends/cuda/lowerings/strided_copy.h"
#include "backends/node_util.h"

namespace ibex::cuda {
namespace {

class CopyKernel final : public Kernel {
 public:
  CopyKernel(Context& context, size_t bytes) : context_(context), bytes_(bytes) {}
  int inPlaceInput(int) const override { return 0; }
  bool recordable() const override { return true; }
  void run(void* const* io) override {
    if (io[0] != io[1]) context_.copy(io[1], io[0], bytes_);
  }

 private:
  Context& context_;
  size_t bytes_;
};

// output[0] = a view of input[0].
class ViewCopyKernel final : public Kernel {
 public:
  explicit ViewCopyKernel(StridedCopy copy) : copy_(std::move(copy)) {}
  bool recordable() const override { return true; }
  void run(void* const* io) override { copy_.run(io[0], io[1]); }

 private:
  StridedCopy copy_;
};

std::unique_ptr<Kernel> view(Context& context, const Graph& graph, const Node& node, const Shape& from, int64_t offset) {
  const Type& out = outputType(graph, node, 0);
  return std::make_unique<ViewCopyKernel>(
      StridedCopy(context, out.shape, from, stridesOf(out.shape), dtypeSize(out.dtype), offset));
}

std::unique_ptr<Kernel> prepareReshape(Context& context, const Graph& graph, const Node& node) {
  return std::make_unique<CopyKernel>(context, outputType(graph, node, 0).bytes());
}

std::unique_ptr<Kernel> prepareBroadcast(Context& context, const Graph& graph, const Node& node) {
  const Shape& in = inputType(graph, node, 0).shape;
  const Shape& out = outputType(graph, node, 0).shape;
  const Shape inStrides = stridesOf(in);
  Shape strides(out.size(), 0);
  const size_t lead = out.size() - in.size();
  for (size_t i = 0; i < in.size(); ++i) strides[lead + i] = in[i] == 1 ? 0 : inStrides[i];
  return view(context, graph, node, strides, 0);
}

std::unique_ptr<Kernel> prepareTranspose(Context& context, const Graph& graph, const Node& node) {
  const auto& perm = attrsOf<TransposeAttrs>(node).perm;
  const Shape inStrides = stridesOf(inputType(graph, node, 0).shape);
  Shape strides(perm.size());
  for (size_t i = 0; i < perm.size(); ++i) strides[i] = inStrides[static_cast<size_t>(perm[i])];
  return view(context, graph, node, strides, 0);
}

std::unique_ptr<Kernel> prepareSlice(Context& context, const Graph& graph, const Node& node) {
  const auto& attrs = attrsOf<SliceAttrs>(node);
  Shape strides = stridesOf(inputType(graph, node, 0).shape);
  int64_t offset = 0;
  for (size_t i = 0; i < strides.size(); ++i) {
    offset += attrs.starts[i] * strides[i];
    strides[i] *= attrs.strides[i];
  }
  return view(context, graph, node, strides, offset);
}

std::unique_ptr<Kernel> prepareReverse(Context& context, const Graph& graph, const Node& node) {
  const Shape& shape = inputType(graph, node, 0).shape;
  Shape strides = stridesOf(shape);
  int64_t offset = 0;
  for (const int64_t axis : attrsOf<AxesAttrs>(node).axes) {
    const auto a = static_cast<size_t>(axis);
    offset += (shape[a] - 1) * strides[a];
    strides[a] = -strides[a];
  }
  return view(context, graph, node, strides, offset);
}

IBEX_CUDA_LOWERING(kReshape, prepareReshape);
IBEX_CUDA_LOWERING(kBroadcast, prepareBroadcast);
IBEX_CUDA_LOWERING(kTranspose, prepareTranspose);
IBEX_CUDA_LOWERING(kSlice, prepareSlice);
IBEX_CUDA_LOWERING(kReverse, prepareReverse);

}  // namespace
}  // namespace ibex::cuda
