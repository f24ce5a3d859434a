#include <doctest/doctest.h>

#include <limits>

#include "backends/cpu/simd_dispatch.h"
#include "tests/cpu_node_runner.h"

using namespace ibex;
using namespace ibex::testing;

namespace {

struct Case {
  int64_t batch, channels;
  std::vector<int64_t> in, window, strides, padLow, padHigh, dilation;
};

struct Problem {
  Case c;
  Shape x, y;
  PoolAttrs attrs;
  std::vector<int64_t> out;
  int64_t inPositions = 1, outPositions = 1, places = 1;

  explicit Problem(const Case& given) : c(given) {
    x = {c.batch};
    y = {c.batch};
    for (size_t i = 0; i < c.in.size(); ++i) {
      const int64_t extent = (c.in[i] + c.padLow[i] + c.padHigh[i] - ((c.window[i] - 1) * c.dilation[i] + 1)) / c.strides[i] + 1;
      x.push_back(c.in[i]);
      y.push_back(extent);
      out.push_back(extent);
      inPositions *= c.in[i];
      outPositions *= extent;
      places *= c.window[i];
    }
    x.push_back(c.channels);
    y.push_back(c.channels);
    attrs = PoolAttrs{c.window, c.strides, c.padLow, c.padHigh, c.dilation, false, {}};
  }
  // The input position under a place of a window, or -1 in the padding.
  int64_t under(int64_t output, int64_t place) const {
    int64_t position = 0, step = 1;
    for (size_t i = c.in.size(); i-- > 0;) {
      const int64_t at = output % out[i] * c.strides[i] - c.padLow[i] + place % c.window[i] * c.dilation[i];
      output /= out[i];
      place /= c.window[i];
      if (at < 0 || at >= c.in[i]) return -1;
      position += at * step;
      step *= c.in[i];
    }
    return position;
  }
};

const std::vector<Case> kCases = {
    {2, 1, {9}, {2}, {2}, {0}, {0}, {1}},
    {2, 3, {8, 7}, {2, 2}, {2, 2}, {0, 0}, {0, 1}, {1, 1}},
    {2, 32, {6, 6}, {2, 2}, {2, 2}, {0, 0}, {0, 0}, {1, 1}},
    {1, 21, {7, 9}, {3, 3}, {2, 2}, {1, 1}, {1, 1}, {1, 1}},
    {1, 40, {8, 8}, {3, 2}, {1, 2}, {1, 0}, {1, 1}, {2, 1}},
    {1, 17, {4, 5, 6}, {2, 3, 2}, {2, 1, 2}, {0, 1, 0}, {0, 1, 0}, {1, 1, 1}},
    {1, 16, {5, 5}, {2, 2}, {3, 3}, {0, 0}, {0, 0}, {1, 1}},
    {0, 16, {5, 5}, {2, 2}, {2, 2}, {0, 0}, {0, 0}, {1, 1}},
};

void checkMax(const Case& c, DType t) {
  const Problem p(c);
  CAPTURE(dtypeName(t));
  CAPTURE(p.x);
  CAPTURE(p.y);
  Array x = randomArray(t, p.x, 1);
  if (isFloat(t) && x.size() > 5) x.set(5, NAN);
  const Array dy = randomArray(t, p.y, 2);
  Array y(t, p.y), at(DType::kInt32, p.y), dx(t, p.x, std::vector<double>(static_cast<size_t>(x.size()), 0));
  for (int64_t i = 0; i < y.size(); ++i) {
    const int64_t channel = i % c.channels, output = i / c.channels % p.outPositions, n = i / c.channels / p.outPositions;
    double best = -INFINITY;
    int64_t where = -1, source = 0;
    for (int64_t place = 0; place < p.places; ++place) {
      const int64_t position = p.under(output, place);
      if (position < 0) continue;
      const int64_t from = (n * p.inPositions + position) * c.channels + channel;
      const double v = x.at(from);
      if (where < 0 || (!std::isnan(best) && (v > best || std::isnan(v)))) {
        best = v;
        where = place;
        source = from;
      }
    }
    y.set(i, best);
    at.set(i, static_cast<double>(where));
    dx.set(source, dx.at(source) + dy.at(i));
  }
  const auto got = runNode(Op::kMaxPool, p.attrs, {x}, {{t, p.y}, {DType::kInt32, p.y}});
  CHECK(difference(got[0], y) == 0);
  CHECK(difference(got[1], at) == 0);
  PoolAttrs grad = p.attrs;
  grad.spatial = c.in;
  CHECK(difference(runNode(Op::kMaxPoolGrad, grad, {dy, got[1]}, {{t, p.x}})[0], dx) <= tolerance(t));
  CHECK(difference(runNode(Op::kMaxPoolGather, p.attrs, {x, got[1]}, {{t, p.y}})[0], y) == 0);
}

void checkAverage(const Case& c, DType t, bool countPadding) {
  const Problem p(c);
  const Array x = randomArray(t, p.x, 3), dy = randomArray(t, p.y, 4);
  const auto zeros = [](const Array& like) {
    return Array(DType::kFloat64, like.type.shape, std::vector<double>(static_cast<size_t>(like.size()), 0));
  };
  Array y = zeros(dy), dx = zeros(x);
  for (int64_t i = 0; i < y.size(); ++i) {
    const int64_t channel = i % c.channels, output = i / c.channels % p.outPositions, n = i / c.channels / p.outPositions;
    std::vector<int64_t> covered;
    for (int64_t place = 0; place < p.places; ++place) {
      const int64_t position = p.under(output, place);
      if (position >= 0) covered.push_back((n * p.inPositions + position) * c.channels + channel);
    }
    const auto count = static_cast<double>(countPadding ? p.places : static_cast<int64_t>(covered.size()));
    for (int64_t from : covered) {
      y.set(i, y.at(i) + x.at(from) / count);
      dx.set(from, dx.at(from) + dy.at(i) / count);
    }
  }
  PoolAttrs attrs = p.attrs;
  attrs.countPadding = countPadding;
  CAPTURE(p.x);
  CHECK(difference(runNode(Op::kAvgPool, attrs, {x}, {{t, p.y}})[0], y) <= tolerance(t));
  attrs.spatial = c.in;
  CHECK(difference(runNode(Op::kAvgPoolGrad, attrs, {dy}, {{t, p.x}})[0], dx) <= tolerance(t));
}

}  // namespace

TEST_CASE("max pooling: the first maximum wins, NaN wins over all, padding never does") {
  for (cpu::SimdLevel level : cpu::availableSimdLevels()) {
    cpu::overrideSimdLevel(level);
    for (const Case& c : kCases) {
      for (DType t : {DType::kFloat32, DType::kFloat64, DType::kFloat16, DType::kBFloat16, DType::kUint8, DType::kInt8,
                      DType::kInt16, DType::kInt32, DType::kUint32, DType::kInt64}) {
        checkMax(c, t);
      }
    }
  }
  cpu::overrideSimdLevel(std::nullopt);
}

TEST_CASE("average pooling, with and without counting the padding") {
  for (const Case& c : kCases) {
    for (DType t : {DType::kFloat32, DType::kFloat64, DType::kFloat16, DType::kBFloat16}) {
      checkAverage(c, t, false);
      checkAverage(c, t, true);
    }
  }
}
