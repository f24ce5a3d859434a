// Padding with zeros that a convolution or a pooling can do itself: then the padded copy need not be made.
#include <algorithm>
#include <optional>
#include <vector>

#include "passes/passes.h"
#include "passes/rewriter.h"

namespace ibex {
namespace {

bool allZero(const std::vector<int64_t>& v) {
  return std::all_of(v.begin(), v.end(), [](int64_t each) { return each == 0; });
}

// What x is padded with, when it is a channels-last tensor that grows by zeros at the ends of its spatial axes.
const PadAttrs* spatialPadding(const Rewriter& rewriter, ValueId x) {
  const Node* pad = rewriter.producerIf(x, Op::kPad);
  if (pad == nullptr || rewriter.type(x).shape.size() < 3) return nullptr;
  const auto& a = std::get<PadAttrs>(pad->attrs);
  const auto grows = [](const std::vector<int64_t>& by) {
    return by.front() == 0 && by.back() == 0 && *std::min_element(by.begin(), by.end()) >= 0;
  };
  return a.value == 0 && allZero(a.interior) && grows(a.low) && grows(a.high) ? &a : nullptr;
}

// Moves the padding from the input into the attributes.
template <class Attrs>
void absorb(const Rewriter& rewriter, const PadAttrs& padding, Attrs& attrs, ValueId& input) {
  for (size_t i = 0; i < attrs.padLow.size(); ++i) {
    attrs.padLow[i] += padding.low[i + 1];
    attrs.padHigh[i] += padding.high[i + 1];
  }
  input = rewriter.producer(input).inputs[0];
}

// A pooling's own padding never wins; zeros do over negative numbers. So it can take over zeros only around numbers that
// are not negative, when every window has one of them, and when nobody asks where the largest was.
void absorbIntoPool(const Rewriter& rewriter, Node& node) {
  const PadAttrs* padding = spatialPadding(rewriter, node.inputs[0]);
  if (padding == nullptr || rewriter.uses(node.outputs[1]) != 0) return;
  const ValueId inner = rewriter.producer(node.inputs[0]).inputs[0];
  if (rewriter.producerIf(inner, Op::kRelu) == nullptr) return;
  PoolAttrs attrs = std::get<PoolAttrs>(node.attrs);
  const Shape& extents = rewriter.type(inner).shape;
  const Shape& results = rewriter.type(node.outputs[0]).shape;
  for (size_t i = 0; i < attrs.window.size(); ++i) {
    const int64_t low = attrs.padLow[i] + padding->low[i + 1];
    const int64_t firstEnd = attrs.dilation[i] * (attrs.window[i] - 1);
    const int64_t lastBegin = (results[i + 1] - 1) * attrs.strides[i];
    if (attrs.dilation[i] != 1 || firstEnd < low || lastBegin >= low + extents[i + 1]) return;
  }
  absorb(rewriter, *padding, attrs, node.inputs[0]);
  node.attrs = std::move(attrs);
}

void absorbIntoConv(const Rewriter& rewriter, Node& node) {
  const PadAttrs* padding = spatialPadding(rewriter, node.inputs[0]);
  if (padding == nullptr) return;
  ConvAttrs attrs = std::get<ConvAttrs>(node.attrs);
  absorb(rewriter, *padding, attrs, node.inputs[0]);
  node.attrs = std::move(attrs);
}

}  // namespace

void foldPadding(Graph& graph) {
  Rewriter rewriter(graph);
  rewriter.run([](Rewriter& r, Node& node) -> std::optional<ValueId> {
    if (node.op == Op::kConv || node.op == Op::kConvFilterGrad) absorbIntoConv(r, node);
    if (node.op == Op::kMaxPool) absorbIntoPool(r, node);
    return std::nullopt;
  });
  eliminateDeadCode(graph);
}

}  // namespace ibex
