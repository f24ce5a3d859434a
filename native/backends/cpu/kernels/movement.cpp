// Ops that are one strided copy with everything known at compile time: reshape (when it cannot alias), broadcast,
// transpose, slice, reverse, concat.
#include <memory>
#include <utility>
#include <vector>

#include "backends/node_util.h"
#include "backends/cpu/kernels/strided_copy.h"
#include "backends/cpu/lowering.h"

namespace ibex::cpu {
namespace {

// output[0] = a view of input[0].
class ViewCopyKernel final : public Kernel {
 public:
  ViewCopyKernel(StridedCopy copy, int64_t offsetBytes) : copy_(copy), offset_(offsetBytes) {}
  void run(void* const* io) override { copy_.run(static_cast<const char*>(io[0]) + offset_, io[1]); }

 private:
  StridedCopy copy_;
  int64_t offset_;
};

class CopyKernel final : public Kernel {
 public:
  explicit CopyKernel(size_t bytes) : bytes_(bytes) {}
  int inPlaceInput(int) const override { return 0; }
  void run(void* const* io) override { copyBytes(io[0], io[1], bytes_); }

 private:
  size_t bytes_;
};

class ConcatKernel final : public Kernel {
 public:
  struct Part {
    StridedCopy copy;
    int64_t offset;  // of the part in the output, in bytes
  };
  explicit ConcatKernel(std::vector<Part> parts) : parts_(std::move(parts)) {}
  void run(void* const* io) override {
    auto* out = static_cast<char*>(io[parts_.size()]);
    for (size_t i = 0; i < parts_.size(); ++i) parts_[i].copy.run(io[i], out + parts_[i].offset);
  }

 private:
  std::vector<Part> parts_;
};

std::unique_ptr<Kernel> view(const Graph& graph, const Node& node, const Shape& srcStrides, int64_t offset) {
  const Type& out = outputType(graph, node, 0);
  const size_t size = dtypeSize(out.dtype);
  return std::make_unique<ViewCopyKernel>(StridedCopy(out.shape, srcStrides, stridesOf(out.shape), size),
                                          offset * static_cast<int64_t>(size));
}

std::unique_ptr<Kernel> prepareReshape(const Graph& graph, const Node& node) {
  return std::make_unique<CopyKernel>(outputType(graph, node, 0).bytes());
}

std::unique_ptr<Kernel> prepareBroadcast(const Graph& graph, const Node& node) {
  const Shape& in = inputType(graph, node, 0).shape;
  const Shape& out = outputType(graph, node, 0).shape;
  const Shape inStrides = stridesOf(in);
  Shape strides(out.size(), 0);
  const size_t lead = out.size() - in.size();
  for (size_t i = 0; i < in.size(); ++i) strides[lead + i] = in[i] == 1 ? 0 : inStrides[i];
  return view(graph, node, strides, 0);
}

std::unique_ptr<Kernel> prepareTranspose(const Graph& graph, const Node& node) {
  const auto& perm = attrsOf<TransposeAttrs>(node).perm;
  const Shape inStrides = stridesOf(inputType(graph, node, 0).shape);
  Shape strides(perm.size());
  for (size_t i = 0; i < perm.size(); ++i) strides[i] = inStrides[static_cast<size_t>(perm[i])];
  return view(graph, node, strides, 0);
}

std::unique_ptr<Kernel> prepareSlice(const Graph& graph, const Node& node) {
  const auto& attrs = attrsOf<SliceAttrs>(node);
  Shape strides = stridesOf(inputType(graph, node, 0).shape);
  int64_t offset = 0;
  for (size_t i = 0; i < strides.size(); ++i) {
    offset += attrs.starts[i] * strides[i];
    strides[i] *= attrs.strides[i];
  }
  return view(graph, node, strides, outputType(graph, node, 0).elements() == 0 ? 0 : offset);
}

std::unique_ptr<Kernel> prepareReverse(const Graph& graph, const Node& node) {
  const Shape& shape = inputType(graph, node, 0).shape;
  Shape strides = stridesOf(shape);
  int64_t offset = 0;
  for (int64_t axis : attrsOf<AxesAttrs>(node).axes) {
    const auto a = static_cast<size_t>(axis);
    if (shape[a] == 0) continue;
    offset += (shape[a] - 1) * strides[a];
    strides[a] = -strides[a];
  }
  return view(graph, node, strides, offset);
}

std::unique_ptr<Kernel> prepareConcat(const Graph& graph, const Node& node) {
  const Type& out = outputType(graph, node, 0);
  const auto axis = static_cast<size_t>(attrsOf<AxisAttrs>(node).axis);
  const size_t size = dtypeSize(out.dtype);
  const Shape outStrides = stridesOf(out.shape);
  std::vector<ConcatKernel::Part> parts;
  int64_t offset = 0;
  for (size_t i = 0; i < node.inputs.size(); ++i) {
    const Shape& shape = inputType(graph, node, i).shape;
    parts.push_back({StridedCopy(shape, stridesOf(shape), outStrides, size), offset * static_cast<int64_t>(size)});
    offset += shape[axis] * outStrides[axis];
  }
  return std::make_unique<ConcatKernel>(std::move(parts));
}

IBEX_CPU_LOWERING(kReshape, prepareReshape);
IBEX_CPU_LOWERING(kBroadcast, prepareBroadcast);
IBEX_CPU_LOWERING(kTranspose, prepareTranspose);
IBEX_CPU_LOWERING(kSlice, prepareSlice);
IBEX_CPU_LOWERING(kReverse, prepareReverse);
IBEX_CPU_LOWERING(kConcat, prepareConcat);

}  // namespace
}  // namespace ibex::cpu
