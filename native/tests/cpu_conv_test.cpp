#include <doctest/doctest.h>

#include <array>

#include "tests/cpu_node_runner.h"

using namespace ibex;
using namespace ibex::testing;

namespace {

struct Case {
  int64_t batch, channels, filters, groups;
  std::vector<int64_t> in, kernel, strides, padLow, padHigh, dilation;
};

struct Problem {
  Case c;
  Shape x, w, y;
  ConvAttrs attrs;

  explicit Problem(const Case& given) : c(given) {
    x = {c.batch};
    y = {c.batch};
    for (size_t i = 0; i < c.in.size(); ++i) {
      const int64_t window = (c.kernel[i] - 1) * c.dilation[i] + 1;
      x.push_back(c.in[i]);
      w.push_back(c.kernel[i]);
      y.push_back((c.in[i] + c.padLow[i] + c.padHigh[i] - window) / c.strides[i] + 1);
    }
    x.push_back(c.channels);
    w.insert(w.end(), {c.channels / c.groups, c.filters});
    y.push_back(c.filters);
    attrs = ConvAttrs{c.strides, c.padLow, c.padHigh, c.dilation, c.groups, {}};
  }
  std::vector<int64_t> inside(const Shape& s) const { return {s.begin() + 1, s.end() - 1}; }

  // Calls f(index in x, index in w, index in y) for every product of the convolution.
  void visit(const std::function<void(int64_t, int64_t, int64_t)>& f) const {
    const size_t rank = c.in.size();
    const auto at = [](const std::vector<int64_t>& extents, int64_t flat) {
      std::vector<int64_t> index(extents.size());
      for (size_t i = extents.size(); i-- > 0; flat /= extents[i]) index[i] = flat % extents[i];
      return index;
    };
    const auto count = [](const std::vector<int64_t>& extents) {
      int64_t n = 1;
      for (int64_t e : extents) n *= e;
      return n;
    };
    const auto out = inside(y);
    const int64_t inGroup = c.channels / c.groups, outGroup = c.filters / c.groups;
    for (int64_t n = 0; n < c.batch; ++n) {
      for (int64_t p = 0; p < count(out); ++p) {
        for (int64_t k = 0; k < count(c.kernel); ++k) {
          const auto o = at(out, p), kk = at(c.kernel, k);
          int64_t position = 0;
          bool padding = false;
          for (size_t i = 0; i < rank; ++i) {
            const int64_t s = o[i] * c.strides[i] - c.padLow[i] + kk[i] * c.dilation[i];
            padding = padding || s < 0 || s >= c.in[i];
            position = position * c.in[i] + s;
          }
          if (padding) continue;
          for (int64_t f_ = 0; f_ < c.filters; ++f_) {
            for (int64_t ch = 0; ch < inGroup; ++ch) {
              f((n * count(c.in) + position) * c.channels + f_ / outGroup * inGroup + ch, (k * inGroup + ch) * c.filters + f_,
                (n * count(out) + p) * c.filters + f_);
            }
          }
        }
      }
    }
  }
};

void check(const Case& c, DType t) {
  const Problem p(c);
  CAPTURE(dtypeName(t));
  CAPTURE(p.x);
  CAPTURE(p.w);
  CAPTURE(p.y);
  const Array x = randomArray(t, p.x, 1), w = randomArray(t, p.w, 2), dy = randomArray(t, p.y, 3);
  const DType wide = DType::kFloat64;
  const auto zeros = [&](const Shape& s) { return Array(wide, s, std::vector<double>(static_cast<size_t>(Type{wide, s}.elements()), 0)); };
  Array y = zeros(p.y), dx = zeros(p.x), dw = zeros(p.w);
  p.visit([&](int64_t i, int64_t j, int64_t k) {
    y.set(k, y.at(k) + x.at(i) * w.at(j));
    dx.set(i, dx.at(i) + dy.at(k) * w.at(j));
    dw.set(j, dw.at(j) + dy.at(k) * x.at(i));
  });
  ConvAttrs inputGrad = p.attrs, filterGrad = p.attrs;
  inputGrad.spatial = c.in;
  filterGrad.spatial = c.kernel;
  CHECK(difference(runNode(Op::kConv, p.attrs, {x, w}, {{t, p.y}})[0], y) <= tolerance(t) * 4);
  CHECK(difference(runNode(Op::kConvInputGrad, inputGrad, {dy, w}, {{t, p.x}})[0], dx) <= tolerance(t) * 4);
  CHECK(difference(runNode(Op::kConvFilterGrad, filterGrad, {x, dy}, {{t, p.w}})[0], dw) <= tolerance(t) * 8);
}

}  // namespace

TEST_CASE("convolution and its gradients agree with plain loops") {
  const std::vector<Case> cases = {
      {2, 3, 5, 1, {7}, {3}, {1}, {0}, {0}, {1}},
      {2, 3, 4, 1, {9}, {3}, {2}, {1}, {2}, {2}},
      {2, 1, 8, 1, {10, 9}, {3, 3}, {1, 1}, {0, 0}, {0, 0}, {1, 1}},
      {2, 16, 32, 1, {8, 8}, {3, 3}, {1, 1}, {1, 1}, {1, 1}, {1, 1}},
      {1, 4, 6, 2, {8, 7}, {3, 2}, {2, 1}, {0, 1}, {1, 0}, {1, 2}},
      {2, 8, 8, 8, {6, 7}, {3, 3}, {1, 2}, {1, 1}, {1, 1}, {1, 1}},
      {2, 3, 6, 3, {6, 7}, {3, 3}, {1, 1}, {0, 0}, {1, 1}, {1, 1}},
      {3, 8, 16, 1, {5, 5}, {1, 1}, {1, 1}, {0, 0}, {0, 0}, {1, 1}},
      {3, 8, 16, 1, {6, 5}, {1, 1}, {2, 2}, {0, 0}, {0, 0}, {1, 1}},
      {1, 2, 3, 1, {4, 5, 6}, {2, 3, 2}, {1, 2, 1}, {1, 0, 0}, {0, 1, 1}, {1, 1, 2}},
      {1, 3, 4, 1, {5, 5}, {2, 2}, {1, 1}, {3, 4}, {5, 3}, {1, 1}},
      {1, 3, 4, 1, {8, 8}, {3, 3}, {1, 1}, {-1, -2}, {-2, 1}, {1, 1}},
      {1, 3, 4, 1, {8, 8}, {3, 3}, {2, 2}, {0, 0}, {-1, -1}, {1, 1}},
      {1, 3, 4, 1, {7, 7}, {2, 2}, {3, 3}, {0, 0}, {0, 0}, {1, 1}},
  };
  for (DType t : {DType::kFloat32, DType::kFloat64}) {
    for (const Case& c : cases) check(c, t);
  }
  check(cases[3], DType::kFloat16);
  check(cases[4], DType::kBFloat16);
}

TEST_CASE("convolution of no images gives nothing, and zero weight gradients") {
  const Case none{0, 3, 4, 1, {5, 5}, {3, 3}, {1, 1}, {0, 0}, {0, 0}, {1, 1}};
  check(none, DType::kFloat32);
  check(none, DType::kFloat64);
}
