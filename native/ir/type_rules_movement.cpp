#include <algorithm>

#include "ir/type_rules.h"

namespace ibex::rules {
namespace {

void requireExtents(const Shape& shape) {
  Context::require(shape.size() <= static_cast<size_t>(kMaxRank), "too many axes");
  for (int64_t d : shape) Context::require(d >= 0, "an extent is negative");
}

Shape reshape(const Context& c) {
  const Shape& shape = c.attrs<ReshapeAttrs>().shape;
  requireExtents(shape);
  // The output's extents are known to be of a valid size, so compare with them first: products can't overflow then.
  Context::requireType(c.out(0), {c.in(0).dtype, shape}, "the result");
  Context::require(c.in(0).elements() == c.out(0).elements(), "the number of elements changes");
  return shape;
}

Shape broadcast(const Context& c) {
  const Shape& shape = c.attrs<BroadcastAttrs>().shape;
  requireExtents(shape);
  Context::require(broadcastShapes(c.in(0).shape, shape) == shape, "the shape is not a broadcast of the input's");
  return shape;
}

Shape transpose(const Context& c) {
  const auto& perm = c.attrs<TransposeAttrs>().perm;
  const Shape& from = c.in(0).shape;
  Context::requireLength(perm, from.size(), "perm");
  std::vector<bool> seen(from.size());
  Shape shape;
  for (int64_t axis : perm) {
    Context::requireAxis(axis, c.in(0).rank());
    Context::require(!seen[axis], "perm names an axis twice");
    seen[axis] = true;
    shape.push_back(from[axis]);
  }
  return shape;
}

Shape slice(const Context& c) {
  const auto& a = c.attrs<SliceAttrs>();
  const Shape& from = c.in(0).shape;
  Context::requireLength(a.starts, from.size(), "starts");
  Context::requireLength(a.limits, from.size(), "limits");
  Context::requireLength(a.strides, from.size(), "strides");
  Shape shape;
  for (size_t i = 0; i < from.size(); i++) {
    Context::require(a.starts[i] >= 0 && a.starts[i] <= a.limits[i] && a.limits[i] <= from[i] && a.strides[i] > 0,
                     "a range is not inside its axis");
    const int64_t length = a.limits[i] - a.starts[i];
    shape.push_back(length == 0 ? 0 : (length - 1) / a.strides[i] + 1);
  }
  return shape;
}

Shape reverse(const Context& c) {
  std::vector<bool> seen(c.in(0).shape.size());
  for (int64_t axis : c.attrs<AxesAttrs>().axes) {
    Context::requireAxis(axis, c.in(0).rank());
    Context::require(!seen[axis], "axes names an axis twice");
    seen[axis] = true;
  }
  return c.in(0).shape;
}

Shape pad(const Context& c) {
  const auto& a = c.attrs<PadAttrs>();
  const Shape& from = c.in(0).shape;
  Context::requireLength(a.low, from.size(), "low");
  Context::requireLength(a.high, from.size(), "high");
  Context::requireLength(a.interior, from.size(), "interior");
  constexpr int64_t limit = int64_t{1} << 48;
  Shape shape;
  for (size_t i = 0; i < from.size(); i++) {
    int64_t between = 0;
    Context::require(a.interior[i] >= 0 && a.low[i] >= -limit && a.low[i] <= limit && a.high[i] >= -limit &&
                         a.high[i] <= limit &&
                         !__builtin_mul_overflow(std::max<int64_t>(from[i] - 1, 0), a.interior[i], &between) &&
                         between <= limit,
                     "padding is out of range");
    shape.push_back(a.low[i] + from[i] + between + a.high[i]);
    Context::require(shape.back() >= 0, "padding crops more than there is");
  }
  return shape;
}

Shape concat(const Context& c) {
  Context::require(c.inputs() > 0, "needs an input");
  c.requireSameDType(0, c.inputs());
  const int64_t axis = c.attrs<AxisAttrs>().axis;
  Shape shape = c.in(0).shape;
  Context::requireAxis(axis, c.in(0).rank());
  for (size_t i = 1; i < c.inputs(); i++) {
    const Shape& other = c.in(i).shape;
    Context::require(other.size() == shape.size(), "inputs must have one rank");
    for (size_t d = 0; d < shape.size(); d++) {
      Context::require(static_cast<int64_t>(d) == axis || shape[d] == other[d], "extents must agree but for the axis");
    }
    shape[axis] += other[axis];
  }
  return shape;
}

void requireStarts(const Context& c, size_t input) {
  Context::requireType(c.in(input), {DType::kInt32, {c.in(0).rank()}}, "the starts");
}

Shape dynamicSlice(const Context& c) {
  const auto& sizes = c.attrs<SizesAttrs>().sizes;
  Context::requireLength(sizes, c.in(0).shape.size(), "sizes");
  for (size_t i = 0; i < sizes.size(); i++) {
    Context::require(sizes[i] >= 0 && sizes[i] <= c.in(0).shape[i], "a size is not inside its axis");
  }
  requireStarts(c, 1);
  return sizes;
}

Shape dynamicUpdateSlice(const Context& c) {
  c.requireSameDType(0, 2);
  const Shape& update = c.in(1).shape;
  Context::require(update.size() == c.in(0).shape.size(), "the update must have the input's rank");
  for (size_t i = 0; i < update.size(); i++) {
    Context::require(update[i] <= c.in(0).shape[i], "the update is larger than the input");
  }
  requireStarts(c, 2);
  return c.in(0).shape;
}

Shape gathered(const Context& c, int64_t axis) {
  const Shape& from = c.in(0).shape;
  Context::requireIndex(c.in(1));
  Context::requireAxis(axis, c.in(0).rank());
  Shape shape(from.begin(), from.begin() + axis);
  shape.insert(shape.end(), c.in(1).shape.begin(), c.in(1).shape.end());
  shape.insert(shape.end(), from.begin() + axis + 1, from.end());
  return shape;
}

Shape gatheredElements(const Context& c, int64_t axis) {
  const Shape& from = c.in(0).shape;
  const Shape& indices = c.in(1).shape;
  Context::requireIndex(c.in(1));
  Context::requireAxis(axis, c.in(0).rank());
  Context::require(indices.size() == from.size(), "indices must have the input's rank");
  for (size_t d = 0; d < from.size(); d++) {
    Context::require(static_cast<int64_t>(d) == axis || from[d] == indices[d], "extents must agree but for the axis");
  }
  return indices;
}

Shape gatheredNd(const Context& c) {
  const Shape& from = c.in(0).shape;
  const Shape& indices = c.in(1).shape;
  Context::requireIndex(c.in(1));
  Context::require(!indices.empty() && indices.back() <= c.in(0).rank(), "the last extent of indices is out of range");
  Shape shape(indices.begin(), indices.end() - 1);
  shape.insert(shape.end(), from.begin() + indices.back(), from.end());
  return shape;
}

// scatter*: like x, with updates of the shape that the inverse gather gives.
Shape scattered(const Context& c, const Shape& updates) {
  const int64_t mode = c.attrs<ScatterAttrs>().mode;
  Context::require(mode >= 0 && mode <= 4, "mode is out of range");
  Context::requireType(c.in(2), {c.in(0).dtype, updates}, "the updates");
  return c.in(0).shape;
}

Shape resultShape(const Context& c) {
  switch (c.node().op) {
    case Op::kReshape: return reshape(c);
    case Op::kBroadcast: return broadcast(c);
    case Op::kTranspose: return transpose(c);
    case Op::kSlice: return slice(c);
    case Op::kReverse: return reverse(c);
    case Op::kPad: return pad(c);
    case Op::kConcat: return concat(c);
    case Op::kDynamicSlice: return dynamicSlice(c);
    case Op::kDynamicUpdateSlice: return dynamicUpdateSlice(c);
    case Op::kGather: return gathered(c, c.attrs<AxisAttrs>().axis);
    case Op::kGatherElements: return gatheredElements(c, c.attrs<AxisAttrs>().axis);
    case Op::kGatherNd: return gatheredNd(c);
    case Op::kScatter: return scattered(c, gathered(c, c.attrs<ScatterAttrs>().axis));
    case Op::kScatterElements: return scattered(c, gatheredElements(c, c.attrs<ScatterAttrs>().axis));
    case Op::kScatterNd: return scattered(c, gatheredNd(c));
    default: Context::fail("has no rule");
  }
}

}  // namespace

std::vector<Type> movement(const Context& c) { return {{c.in(0).dtype, resultShape(c)}}; }

}  // namespace ibex::rules
