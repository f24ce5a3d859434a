// Reductions, scans, sorting, matmul, softmax, normalisation, recurrent layers, attention.
#include <algorithm>

#include "ir/type_rules.h"

namespace ibex::rules {
namespace {

std::vector<Type> reduction(const Context& c) {
  const auto& a = c.attrs<ReduceAttrs>();
  const Type& x = c.in(0);
  const bool extreme = c.node().op == Op::kReduceMax || c.node().op == Op::kReduceMin;
  Context::require(x.dtype != DType::kBool || extreme, "does not take bool");
  std::vector<bool> reduced(x.shape.size());
  for (int64_t axis : a.axes) {
    Context::requireAxis(axis, x.rank());
    Context::require(!reduced[axis], "axes names an axis twice");
    Context::require(!extreme || x.shape[axis] > 0, "an empty axis has no extreme");
    reduced[axis] = true;
  }
  Shape shape;
  for (size_t i = 0; i < x.shape.size(); i++) {
    if (!reduced[i]) shape.push_back(x.shape[i]);
    else if (a.keepdims) shape.push_back(1);
  }
  return {{x.dtype, std::move(shape)}};
}

std::vector<Type> argReduction(const Context& c) {
  const auto& a = c.attrs<ArgReduceAttrs>();
  Context::requireAxis(a.axis, c.in(0).rank());
  Shape shape = c.in(0).shape;
  Context::require(shape[a.axis] > 0, "an empty axis has no extreme");
  if (a.keepdims) shape[a.axis] = 1;
  else shape.erase(shape.begin() + a.axis);
  return {{DType::kInt32, std::move(shape)}};
}

std::vector<Type> topK(const Context& c) {
  const int64_t k = c.attrs<TopKAttrs>().k;
  Shape shape = c.in(0).shape;
  Context::require(!shape.empty() && k >= 0 && k <= shape.back(), "k is out of range");
  shape.back() = k;
  return {{c.in(0).dtype, shape}, {DType::kInt32, shape}};
}

std::vector<Type> matmul(const Context& c) {
  const auto& attrs = c.attrs<MatmulAttrs>();
  c.requireSameDType(0, 2);
  const DType dtype = c.in(0).dtype;
  Context::require(isFloat(dtype) || dtype == DType::kInt32 || dtype == DType::kInt64,
                   "takes floating point, int32 and int64");
  Shape a = c.in(0).shape;
  Shape b = c.in(1).shape;
  Context::require(a.size() >= 2 && b.size() >= 2, "inputs need two axes");
  if (attrs.transposeA) std::swap(a.end()[-1], a.end()[-2]);
  if (attrs.transposeB) std::swap(b.end()[-1], b.end()[-2]);
  Context::require(a.end()[-1] == b.end()[-2], "the inner extents differ");
  Shape shape = broadcastShapes(Shape(a.begin(), a.end() - 2), Shape(b.begin(), b.end() - 2));
  shape.push_back(a.end()[-2]);
  shape.push_back(b.end()[-1]);
  return {{dtype, std::move(shape)}};
}

std::vector<Type> softmax(const Context& c) {
  Context::requireFloat(c.in(0));
  Context::require(c.in(0).rank() >= 1, "needs an axis");
  if (c.inputs() == 2) Context::requireType(c.in(1), c.in(0), "the result of the forward op");
  return {c.in(0)};
}

// sparse_crossentropy(logits, labels) and sparse_crossentropy_grad(dloss, logits, labels, maximum, logSum). Of logits of 16
// bits what there is for each row is float32.
std::vector<Type> sparseCrossentropy(const Context& c) {
  const bool gradient = c.node().op == Op::kSparseCrossentropyGrad;
  const Type& logits = c.in(gradient ? 1 : 0);
  const Type& labels = c.in(gradient ? 2 : 1);
  Context::requireFloat(logits);
  Context::require(logits.rank() >= 1, "needs an axis of classes");
  Context::requireIndex(labels);
  const Shape rows(logits.shape.begin(), logits.shape.end() - 1);
  Context::requireType(labels, {labels.dtype, rows}, "the labels");
  const Type row{isHalf(logits.dtype) ? DType::kFloat32 : logits.dtype, rows};
  if (!gradient) return {row, row, row};
  Context::requireType(c.in(0), row, "the gradient");
  Context::requireType(c.in(3), row, "the maxima");
  Context::requireType(c.in(4), row, "the logarithms of the sums");
  return {logits};
}

// batch_norm and layer_norm and their gradients. Statistics and parameters of 16-bit floats are float32.
std::vector<Type> normalisation(const Context& c) {
  const Op op = c.node().op;
  const bool gradient = op == Op::kBatchNormGrad || op == Op::kLayerNormGrad;
  const Type& x = c.in(0);
  Context::requireFloat(x);
  Context::require(x.rank() >= 1, "needs an axis of features");
  const DType dtype = isHalf(x.dtype) ? DType::kFloat32 : x.dtype;
  const Type features{dtype, {x.shape.back()}};
  Type statistics = features;
  if (op == Op::kLayerNorm || op == Op::kLayerNormGrad) {
    statistics.shape.assign(x.shape.begin(), x.shape.end() - 1);
  }
  if (!gradient) {
    Context::requireType(c.in(1), features, "gamma");
    Context::requireType(c.in(2), features, "beta");
    return {x, statistics, statistics};
  }
  Context::requireType(c.in(1), x, "x");
  Context::requireType(c.in(2), features, "gamma");
  Context::requireType(c.in(3), statistics, "the first statistic");
  Context::requireType(c.in(4), statistics, "the second statistic");
  return {x, features, features};
}

// The types of a recurrent layer of `gates` gates: N sequences, T steps, H units.
struct Recurrent {
  DType dtype;
  int64_t n, t, h, gates;

  Type state() const { return {dtype, {n, h}}; }
  Type sequence(int64_t parts = 1) const { return {dtype, {n, t, parts * h}}; }
  Type kernel() const { return {dtype, {h, gates * h}}; }
  Type bias() const { return {dtype, {gates * h}}; }
};

Recurrent recurrentSizes(const Context& c, int64_t parts, int64_t gates) {
  Context::require(c.inputs() > 0, "needs inputs");
  const Type& sequence = c.in(0);
  Context::requireFloat(sequence);
  Context::require(sequence.rank() == 3 && sequence.shape[2] % parts == 0, "the first input must be [N, T, units]");
  return {sequence.dtype, sequence.shape[0], sequence.shape[1], sequence.shape[2] / parts, gates};
}

void requireOperands(const Context& c, const std::vector<Type>& expected, const Recurrent& r) {
  const bool mask = c.attrs<RnnAttrs>().mask;
  c.requireInputs(expected.size() + mask);
  for (size_t i = 0; i < expected.size(); i++) {
    Context::requireType(c.in(i), expected[i], ("input " + std::to_string(i)).c_str());
  }
  if (mask) Context::requireType(c.in(expected.size()), {DType::kBool, {r.n, r.t}}, "the mask");
}

std::vector<Type> recurrent(const Context& c) {
  switch (c.node().op) {
    case Op::kLstm: {
      const Recurrent r = recurrentSizes(c, 4, 4);
      requireOperands(c, {r.sequence(4), r.kernel(), r.state(), r.state()}, r);
      return {r.sequence(), r.sequence(), r.sequence(4)};
    }
    case Op::kLstmGrad: {
      const Recurrent r = recurrentSizes(c, 1, 4);
      requireOperands(c, {r.sequence(), r.sequence(), r.kernel(), r.state(), r.state(), r.sequence(), r.sequence(),
                          r.sequence(4)}, r);
      return {r.sequence(4), r.state(), r.state()};
    }
    case Op::kGru: {
      const Recurrent r = recurrentSizes(c, 3, 3);
      requireOperands(c, {r.sequence(3), r.kernel(), r.bias(), r.state()}, r);
      return {r.sequence(), r.sequence(4)};
    }
    default: {  // gru_grad
      const Recurrent r = recurrentSizes(c, 1, 3);
      requireOperands(c, {r.sequence(), r.kernel(), r.state(), r.sequence(), r.sequence(4)}, r);
      return {r.sequence(3), r.sequence(3), r.state(), r.bias()};
    }
  }
}

// attention(q, k, v, mask?) and attention_grad(dout, q, k, v, out, logSum, mask?).
std::vector<Type> attention(const Context& c) {
  const bool gradient = c.node().op == Op::kAttentionGrad;
  const bool masked = c.attrs<AttentionAttrs>().mask;
  const size_t at = gradient ? 1 : 0;
  c.requireInputs((gradient ? 6 : 3) + masked);
  const Type &q = c.in(at), &k = c.in(at + 1), &v = c.in(at + 2);
  Context::requireFloat(q);
  c.requireSameDType(at, at + 3);
  Context::require(q.rank() == 4 && k.rank() == 4 && v.rank() == 4, "takes operands of rank 4");
  const int64_t batch = q.shape[0], queries = q.shape[1], heads = q.shape[2], keys = k.shape[1], keyHeads = k.shape[2];
  Context::requireType(k, {q.dtype, {batch, keys, keyHeads, q.shape[3]}}, "the keys");
  Context::requireType(v, {q.dtype, {batch, keys, keyHeads, v.shape[3]}}, "the values");
  Context::require(keyHeads > 0 && heads % keyHeads == 0, "heads of queries must divide by those of keys");
  const Type out{q.dtype, {batch, queries, heads, v.shape[3]}};
  const Type logSum{isHalf(q.dtype) ? DType::kFloat32 : q.dtype, {batch, heads, queries}};
  if (masked) {
    const Type& mask = c.in(c.inputs() - 1);
    const int64_t extents[] = {batch, heads, queries};
    bool fits = mask.dtype == DType::kBool && mask.rank() == 4 && mask.shape[3] == keys;
    for (size_t i = 0; fits && i < 3; i++) fits = mask.shape[i] == 1 || mask.shape[i] == extents[i];
    Context::require(fits, "the mask must be bool and fit the scores");
  }
  if (!gradient) return {out, logSum};
  Context::requireType(c.in(0), out, "the gradient");
  Context::requireType(c.in(4), out, "the result of the forward op");
  Context::requireType(c.in(5), logSum, "the logarithms of the sums");
  return {q, k, v};
}

}  // namespace

std::vector<Type> library(const Context& c) {
  switch (c.node().op) {
    case Op::kReduceSum:
    case Op::kReduceProd:
    case Op::kReduceMax:
    case Op::kReduceMin: return reduction(c);
    case Op::kArgMax:
    case Op::kArgMin: return argReduction(c);
    case Op::kCumsum:
    case Op::kCumprod:
    case Op::kCummax:
    case Op::kCummin:
      Context::requireAxis(c.attrs<CumulativeAttrs>().axis, c.in(0).rank());
      return {c.in(0)};
    case Op::kSort:
      Context::requireAxis(c.attrs<SortAttrs>().axis, c.in(0).rank());
      return {c.in(0)};
    case Op::kArgsort:
      Context::requireAxis(c.attrs<SortAttrs>().axis, c.in(0).rank());
      return {{DType::kInt32, c.in(0).shape}};
    case Op::kTopK: return topK(c);
    case Op::kMatmul: return matmul(c);
    case Op::kSoftmax:
    case Op::kSoftmaxGrad:
    case Op::kLogSoftmax:
    case Op::kLogSoftmaxGrad: return softmax(c);
    case Op::kSparseCrossentropy:
    case Op::kSparseCrossentropyGrad: return sparseCrossentropy(c);
    case Op::kBatchNorm:
    case Op::kBatchNormGrad:
    case Op::kLayerNorm:
    case Op::kLayerNormGrad: return normalisation(c);
    case Op::kLstm:
    case Op::kLstmGrad:
    case Op::kGru:
    case Op::kGruGrad: return recurrent(c);
    case Op::kAttention:
    case Op::kAttentionGrad: return attention(c);
    default: Context::fail("has no rule");
  }
}

}  // namespace ibex::rules
