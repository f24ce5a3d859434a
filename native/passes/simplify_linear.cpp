#include "passes/simplify_linear.h"

#include <algorithm>

namespace ibex {
namespace {

using Result = std::optional<ValueId>;

// Whether the node swaps the last two axes and leaves the others.
bool swapsLastTwo(const Node& node) {
  if (node.op != Op::kTranspose) return false;
  const auto& perm = std::get<TransposeAttrs>(node.attrs).perm;
  const auto rank = static_cast<int64_t>(perm.size());
  if (rank < 2) return false;
  for (int64_t i = 0; i < rank - 2; i++) {
    if (perm[i] != i) return false;
  }
  return perm[rank - 2] == rank - 1;
}

int64_t batchOf(const Shape& shape) {
  int64_t n = 1;
  for (size_t i = 0; i + 2 < shape.size(); i++) n *= shape[i];
  return n;
}

std::vector<bool> mask(const std::vector<int64_t>& axes, size_t rank) {
  std::vector<bool> set(rank);
  for (int64_t axis : axes) set[axis] = true;
  return set;
}

// sum over the batch of aᵀ·b is one product, with batch and inner axis as one: the gradient of a shared matrix.
Result sumOfProducts(Rewriter& rw, const Node& node) {
  const Node* product = rw.producerIf(node.inputs[0], Op::kMatmul);
  if (!product || node.op != Op::kReduceSum || rw.uses(node.inputs[0]) > 1) return std::nullopt;
  const auto& attrs = std::get<MatmulAttrs>(product->attrs);
  const auto& axes = std::get<ReduceAttrs>(node.attrs).axes;
  const ValueId a = product->inputs[0];
  const ValueId b = product->inputs[1];
  const Shape& as = rw.type(a).shape;
  const Shape& bs = rw.type(b).shape;
  if (!attrs.transposeA || attrs.transposeB || as.size() != bs.size() || axes.size() + 2 != as.size()) {
    return std::nullopt;
  }
  for (size_t i = 0; i < axes.size(); i++) {
    if (axes[i] != static_cast<int64_t>(i) || as[i] != bs[i]) return std::nullopt;
  }
  const int64_t inner = batchOf(as) * as.end()[-2];
  const int64_t rows = as.back();
  const int64_t columns = bs.back();
  const ValueId flatA = rw.reshape(a, {inner, rows}, node.scope);
  const ValueId flatB = rw.reshape(b, {inner, columns}, node.scope);
  const Type type{rw.type(a).dtype, {rows, columns}};
  const ValueId flat = rw.emit(Op::kMatmul, MatmulAttrs{true, false}, {flatA, flatB}, type, node.scope);
  return rw.reshape(flat, rw.type(node.outputs[0]).shape, node.scope);
}

// Reducing a transpose is reducing other axes, when the kept ones stay in order.
void throughTranspose(Rewriter& rw, Node& node) {
  const Node* inner = rw.producerIf(node.inputs[0], Op::kTranspose);
  auto& attrs = std::get<ReduceAttrs>(node.attrs);
  if (!inner || attrs.keepdims) return;
  const auto& perm = std::get<TransposeAttrs>(inner->attrs).perm;
  const std::vector<bool> reduced = mask(attrs.axes, perm.size());
  int64_t last = -1;
  for (size_t i = 0; i < perm.size(); i++) {
    if (reduced[i]) continue;
    if (perm[i] < last) return;
    last = perm[i];
  }
  for (int64_t& axis : attrs.axes) axis = perm[axis];
  std::sort(attrs.axes.begin(), attrs.axes.end());
  node.inputs[0] = inner->inputs[0];
}

// A reduction of a reduction of the same kind that nothing else reads.
void throughReduction(Rewriter& rw, Node& node) {
  const Node* inner = rw.producerIf(node.inputs[0], node.op);
  auto& attrs = std::get<ReduceAttrs>(node.attrs);
  if (!inner || rw.uses(node.inputs[0]) > 1) return;
  const auto& first = std::get<ReduceAttrs>(inner->attrs);
  if (first.keepdims != attrs.keepdims && !first.keepdims) return;
  const size_t rank = rw.type(inner->inputs[0]).shape.size();
  const std::vector<bool> firstMask = mask(first.axes, rank);
  std::vector<bool> all = firstMask;
  if (first.keepdims) {
    for (int64_t axis : attrs.axes) all[axis] = true;
    // Axes of extent 1 that the inner one kept and the outer one keeps can't be named by one reduction.
    for (size_t i = 0; i < rank && !attrs.keepdims; i++) {
      if (firstMask[i] &&
          std::find(attrs.axes.begin(), attrs.axes.end(), static_cast<int64_t>(i)) == attrs.axes.end()) {
        return;
      }
    }
  } else {
    const std::vector<bool> second = mask(attrs.axes, rw.type(node.inputs[0]).shape.size());
    size_t kept = 0;
    for (size_t i = 0; i < rank; i++) {
      if (!firstMask[i] && second[kept++]) all[i] = true;
    }
  }
  attrs.axes.clear();
  for (size_t i = 0; i < rank; i++) {
    if (all[i]) attrs.axes.push_back(static_cast<int64_t>(i));
  }
  node.inputs[0] = inner->inputs[0];
}

// Over axes along which the operand only repeats: a sum is a multiple, an extreme is the element itself.
Result ofBroadcast(Rewriter& rw, Node& node) {
  const Node* inner = rw.producerIf(node.inputs[0], Op::kBroadcast);
  if (!inner || node.op == Op::kReduceProd || rw.type(node.inputs[0]).elements() == 0) return std::nullopt;
  const ValueId x = inner->inputs[0];
  const Shape& wide = rw.type(node.inputs[0]).shape;
  const size_t skip = wide.size() - rw.type(x).shape.size();
  const std::vector<bool> reduced = mask(std::get<ReduceAttrs>(node.attrs).axes, wide.size());
  int64_t count = 1;
  Shape narrow;  // x without the reduced axes, which the result broadcasts
  for (size_t i = 0; i < wide.size(); i++) {
    const int64_t extent = i < skip ? 1 : rw.type(x).shape[i - skip];
    if (reduced[i]) {
      if (extent != 1) return std::nullopt;
      count *= wide[i];
      if (std::get<ReduceAttrs>(node.attrs).keepdims) narrow.push_back(1);
    } else {
      narrow.push_back(extent);
    }
  }
  const Type& type = rw.type(node.outputs[0]);
  const DType dtype = type.dtype;
  if (dtype == DType::kFloat16 && count > 2048) return std::nullopt;  // the count itself would be rounded
  if (dtype == DType::kBFloat16 && count > 256) return std::nullopt;
  if (!isFloat(dtype) && dtypeSize(dtype) < 4 && count > 127) return std::nullopt;
  ValueId result = rw.reshape(x, narrow, node.scope);
  if (node.op == Op::kReduceSum) {
    const ValueId factor = rw.splat(isFloat(dtype) ? floatScalar(dtype, static_cast<double>(count))
                                                   : integerScalar(dtype, count), {});
    result = rw.emit(Op::kMul, {}, {result, factor}, {dtype, narrow}, node.scope);
  }
  return rw.broadcast(result, rw.type(node.outputs[0]).shape, node.scope);
}

}  // namespace

std::optional<ValueId> simplifyMatmul(Rewriter& rw, Node& node) {
  auto& attrs = std::get<MatmulAttrs>(node.attrs);
  for (size_t i = 0; i < 2; i++) {
    const Node& inner = rw.producer(node.inputs[i]);
    if (!swapsLastTwo(inner)) continue;
    bool& flag = i == 0 ? attrs.transposeA : attrs.transposeB;
    flag = !flag;
    node.inputs[i] = inner.inputs[0];
  }
  // x[batch…, M, K] · w[K, N]: the batch is more rows.
  const Shape x = rw.type(node.inputs[0]).shape;
  const Shape& w = rw.type(node.inputs[1]).shape;
  if (x.size() <= 2 || batchOf(w) != 1 || attrs.transposeA) return std::nullopt;
  const Type type = rw.type(node.outputs[0]);
  if (batchOf(x) == 0 || w.size() > x.size()) return std::nullopt;
  const int64_t rows = batchOf(x) * x.end()[-2];
  const Shape flatW{w.end()[-2], w.end()[-1]};
  const ValueId flatX = rw.reshape(node.inputs[0], {rows, x.back()}, node.scope);
  const ValueId matrix = rw.reshape(node.inputs[1], flatW, node.scope);
  const Type flatType{type.dtype, {rows, type.shape.back()}};
  const ValueId flat = rw.emit(Op::kMatmul, attrs, {flatX, matrix}, flatType, node.scope);
  return rw.reshape(flat, type.shape, node.scope);
}

std::optional<ValueId> simplifyReduction(Rewriter& rw, Node& node) {
  if (const Result product = sumOfProducts(rw, node)) return product;
  throughTranspose(rw, node);
  throughReduction(rw, node);
  return ofBroadcast(rw, node);
}

}  // namespace ibex
