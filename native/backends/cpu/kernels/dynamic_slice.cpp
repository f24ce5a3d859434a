// dynamic_slice and dynamic_update_slice: the start of the window is data; it is clamped so that the window fits.
#include <algorithm>
#include <memory>

#include "backends/node_util.h"
#include "backends/cpu/kernels/strided_copy.h"
#include "backends/cpu/lowering.h"

namespace ibex::cpu {
namespace {

class Window {
 public:
  Window(const Type& whole, const Shape& sizes, DType startType)
      : whole_(whole.shape), sizes_(sizes), strides_(stridesOf(whole.shape)), wide_(startType == DType::kInt64) {
    elementSize_ = static_cast<int64_t>(dtypeSize(whole.dtype));
  }
  // Byte offset of the window's first element.
  int64_t offset(const void* starts) const {
    int64_t elements = 0;
    for (size_t i = 0; i < whole_.size(); ++i) {
      const int64_t start = wide_ ? static_cast<const int64_t*>(starts)[i] : static_cast<const int32_t*>(starts)[i];
      elements += std::clamp<int64_t>(start, 0, whole_[i] - sizes_[i]) * strides_[i];
    }
    return elements * elementSize_;
  }
  const Shape& strides() const { return strides_; }

 private:
  Shape whole_, sizes_, strides_;
  bool wide_;
  int64_t elementSize_;
};

class DynamicSliceKernel final : public Kernel {
 public:
  DynamicSliceKernel(const Type& x, const Type& starts, const Type& out)
      : window_(x, out.shape, starts.dtype),
        copy_(out.shape, window_.strides(), stridesOf(out.shape), dtypeSize(x.dtype)) {}
  void run(void* const* io) override { copy_.run(static_cast<const char*>(io[0]) + window_.offset(io[1]), io[2]); }

 private:
  Window window_;
  StridedCopy copy_;
};

class DynamicUpdateSliceKernel final : public Kernel {
 public:
  DynamicUpdateSliceKernel(const Type& x, const Type& update, const Type& starts)
      : window_(x, update.shape, starts.dtype),
        copy_(update.shape, stridesOf(update.shape), window_.strides(), dtypeSize(x.dtype)),
        bytes_(x.bytes()) {}
  int inPlaceInput(int) const override { return 0; }
  void run(void* const* io) override {
    copyBytes(io[0], io[3], bytes_);
    copy_.run(io[1], static_cast<char*>(io[3]) + window_.offset(io[2]));
  }

 private:
  Window window_;
  StridedCopy copy_;
  size_t bytes_;
};

void checkStarts(const Graph& graph, const Node& node, const Type& starts) {
  if (starts.dtype != DType::kInt32 && starts.dtype != DType::kInt64) {
    refuse(graph, node, "starts must be int32 or int64");
  }
}

std::unique_ptr<Kernel> prepareDynamicSlice(const Graph& graph, const Node& node) {
  checkStarts(graph, node, inputType(graph, node, 1));
  return std::make_unique<DynamicSliceKernel>(inputType(graph, node, 0), inputType(graph, node, 1),
                                              outputType(graph, node, 0));
}

std::unique_ptr<Kernel> prepareDynamicUpdateSlice(const Graph& graph, const Node& node) {
  checkStarts(graph, node, inputType(graph, node, 2));
  return std::make_unique<DynamicUpdateSliceKernel>(inputType(graph, node, 0), inputType(graph, node, 1),
                                                    inputType(graph, node, 2));
}

IBEX_CPU_LOWERING(kDynamicSlice, prepareDynamicSlice);
IBEX_CPU_LOWERING(kDynamicUpdateSlice, prepareDynamicUpdateSlice);

}  // namespace
}  // namespace ibex::cpu
