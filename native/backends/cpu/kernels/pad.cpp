// pad: a constant border (negative: cropping) and the same constant between elements (`interior`).
#include <algorithm>
#include <memory>

#include "backends/node_util.h"
#include "backends/cpu/kernels/number.h"
#include "backends/cpu/kernels/strided_copy.h"
#include "backends/cpu/lowering.h"

namespace ibex::cpu {
namespace {

struct Plan {
  Shape count, srcStart, dstStart, step;  // per axis: elements copied, first source and destination index, spacing
  bool covers = true;                     // every output element comes from the input
  bool empty = false;
};

Plan planPad(const Shape& in, const Shape& out, const PadAttrs& attrs) {
  Plan plan;
  for (size_t i = 0; i < in.size(); ++i) {
    // Element e of the input lies at low + e * step of the output, if that is inside.
    const int64_t step = attrs.interior[i] + 1;
    const int64_t low = attrs.low[i];
    const int64_t first = low >= 0 ? 0 : (-low + step - 1) / step;
    const int64_t room = out[i] - 1 - low;  // the last output position, counted from element 0's
    const int64_t last = room < 0 ? -1 : std::min(in[i] - 1, room / step);
    const int64_t count = std::max<int64_t>(0, last - first + 1);
    plan.count.push_back(count);
    plan.srcStart.push_back(first);
    plan.dstStart.push_back(low + first * step);
    plan.step.push_back(step);
    if (count != out[i]) plan.covers = false;
    if (count == 0) plan.empty = true;
  }
  return plan;
}

class PadKernel final : public Kernel {
 public:
  PadKernel(const Type& in, const Type& out, const PadAttrs& attrs) : outElements_(out.elements()) {
    const Plan plan = planPad(in.shape, out.shape, attrs);
    elementSize_ = dtypeSize(out.dtype);
    encodeNumber(out.dtype, attrs.value, value_);
    fill_ = !plan.covers;
    if (plan.empty) return;
    const auto size = static_cast<int64_t>(elementSize_);
    const Shape srcStrides = stridesOf(in.shape);
    Shape dstStrides = stridesOf(out.shape);
    for (size_t i = 0; i < in.shape.size(); ++i) {
      srcOffset_ += plan.srcStart[i] * srcStrides[i] * size;
      dstOffset_ += plan.dstStart[i] * dstStrides[i] * size;
      dstStrides[i] *= plan.step[i];
    }
    copy_ = StridedCopy(plan.count, srcStrides, dstStrides, elementSize_);
  }

  void run(void* const* io) override {
    if (fill_) fillElements(io[1], outElements_, value_, elementSize_);
    copy_.run(static_cast<const char*>(io[0]) + srcOffset_, static_cast<char*>(io[1]) + dstOffset_);
  }

 private:
  StridedCopy copy_;
  int64_t outElements_;
  int64_t srcOffset_ = 0;
  int64_t dstOffset_ = 0;
  size_t elementSize_ = 0;
  bool fill_ = false;
  unsigned char value_[8] = {};
};

std::unique_ptr<Kernel> preparePad(const Graph& graph, const Node& node) {
  return std::make_unique<PadKernel>(inputType(graph, node, 0), outputType(graph, node, 0), attrsOf<PadAttrs>(node));
}

IBEX_CPU_LOWERING(kPad, preparePad);

}  // namespace
}  // namespace ibex::cpu
