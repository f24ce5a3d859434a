// Convolution and pooling: channels last, one to three spatial axes.
#include "ir/type_rules.h"

namespace ibex::rules {
namespace {

// Larger windows and paddings than this are refused, so that sums and products below can't overflow.
constexpr int64_t kMaxWindow = int64_t{1} << 24;

int spatialRank(const Type& x) {
  const int spatial = x.rank() - 2;
  Context::require(spatial >= 1 && spatial <= 3, "expected 1 to 3 spatial axes");
  return spatial;
}

template <class A>
void requireWindow(const A& a, int spatial) {
  Context::requireLength(a.strides, spatial, "strides");
  Context::requireLength(a.padLow, spatial, "padLow");
  Context::requireLength(a.padHigh, spatial, "padHigh");
  Context::requireLength(a.dilation, spatial, "dilation");
  for (int i = 0; i < spatial; i++) {
    Context::require(a.strides[i] > 0 && a.strides[i] <= kMaxWindow, "strides must be positive");
    Context::require(a.dilation[i] > 0 && a.dilation[i] <= kMaxWindow, "dilation must be positive");
    Context::require(a.padLow[i] >= 0 && a.padHigh[i] >= 0 && a.padLow[i] <= kMaxWindow && a.padHigh[i] <= kMaxWindow,
                     "padding must not be negative");
  }
}

// How often a window of `size[i]` fits along the axis of extent `extents[i]`, as an extent each.
template <class A>
Shape windows(const A& a, const int64_t* extents, const int64_t* size, int spatial) {
  Shape out;
  for (int i = 0; i < spatial; i++) {
    Context::require(size[i] >= 1 && size[i] <= kMaxWindow, "a window must have an extent");
    const int64_t reach = (size[i] - 1) * a.dilation[i] + 1;
    const int64_t room = extents[i] + a.padLow[i] + a.padHigh[i] - reach;
    out.push_back(room < 0 ? 0 : room / a.strides[i] + 1);
  }
  return out;
}

Shape channelsLast(int64_t batch, const Shape& spatial, int64_t channels) {
  Shape shape{batch};
  shape.insert(shape.end(), spatial.begin(), spatial.end());
  shape.push_back(channels);
  return shape;
}

void requireSpatial(const std::vector<int64_t>& extents, int spatial) {
  Context::requireLength(extents, spatial, "spatial");
  for (int64_t d : extents) Context::require(d >= 0 && d <= (int64_t{1} << 40), "spatial is out of range");
}

std::vector<Type> convolution(const Context& c) {
  const auto& a = c.attrs<ConvAttrs>();
  c.requireSameDType(0, 2);
  Context::requireFloat(c.in(0));
  const int spatial = spatialRank(c.in(0));
  requireWindow(a, spatial);
  Context::require(a.groups >= 1, "groups must be positive");
  const Shape& first = c.in(0).shape;
  const Shape& second = c.in(1).shape;
  Context::require(second.size() == first.size(), "both inputs must have one rank");
  const DType dtype = c.in(0).dtype;

  if (c.node().op == Op::kConvFilterGrad) {  // x, dy
    requireSpatial(a.spatial, spatial);
    Context::require(first.back() % a.groups == 0 && second.back() % a.groups == 0, "groups must divide the channels");
    const Shape dy =
        channelsLast(first[0], windows(a, &first[1], a.spatial.data(), spatial), second.back());
    Context::requireType(c.in(1), {dtype, dy}, "the gradient");
    Shape kernel = a.spatial;
    kernel.push_back(first.back() / a.groups);
    kernel.push_back(second.back());
    return {{dtype, std::move(kernel)}};
  }
  // x or dy, then the kernel [extents, channels per group, filters].
  const int64_t perGroup = second[spatial];
  const int64_t filters = second[spatial + 1];
  Context::require(filters % a.groups == 0, "groups must divide the filters");
  if (c.node().op == Op::kConv) {
    Context::require(first.back() % a.groups == 0 && first.back() / a.groups == perGroup,
                     "the kernel does not fit the channels");
    return {{dtype, channelsLast(first[0], windows(a, &first[1], second.data(), spatial), filters)}};
  }
  requireSpatial(a.spatial, spatial);
  const Shape dy = channelsLast(first[0], windows(a, a.spatial.data(), second.data(), spatial), filters);
  Context::requireType(c.in(0), {dtype, dy}, "the gradient");
  int64_t channels = 0;
  Context::require(!__builtin_mul_overflow(perGroup, a.groups, &channels), "groups is out of range");
  return {{dtype, channelsLast(first[0], a.spatial, channels)}};
}

std::vector<Type> pooling(const Context& c) {
  const auto& a = c.attrs<PoolAttrs>();
  const Op op = c.node().op;
  const Type& first = c.in(0);
  Context::requireFloat(first);
  const int spatial = spatialRank(first);
  requireWindow(a, spatial);
  Context::requireLength(a.window, spatial, "window");
  const auto pooled = [&](const Shape& x) {
    return channelsLast(x.front(), windows(a, &x[1], a.window.data(), spatial), x.back());
  };
  if (op == Op::kMaxPool) {
    const Shape shape = pooled(first.shape);
    return {{first.dtype, shape}, {DType::kInt32, shape}};
  }
  if (op == Op::kAvgPool) return {{first.dtype, pooled(first.shape)}};
  if (op == Op::kMaxPoolGather) {
    const Shape shape = pooled(first.shape);
    Context::requireType(c.in(1), {DType::kInt32, shape}, "the positions");
    return {{first.dtype, shape}};
  }
  // Gradients: dy (and the positions of the maxima) give dx.
  requireSpatial(a.spatial, spatial);
  Shape x = channelsLast(first.shape.front(), a.spatial, first.shape.back());
  Context::requireType(first, {first.dtype, pooled(x)}, "the gradient");
  if (op == Op::kMaxPoolGrad) Context::requireType(c.in(1), {DType::kInt32, first.shape}, "the positions");
  return {{first.dtype, std::move(x)}};
}

}  // namespace

std::vector<Type> windowed(const Context& c) {
  return c.node().op <= Op::kConvFilterGrad ? convolution(c) : pooling(c);
}

}  // namespace ibex::rules
