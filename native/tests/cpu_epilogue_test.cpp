#include <doctest/doctest.h>

#include <algorithm>

#include "tests/cpu_node_runner.h"

using namespace ibex;
using namespace ibex::testing;

namespace {

constexpr DType kFloat = DType::kFloat32;

// The operands of an epilogue, and what it makes of the product.
struct Operands {
  bool hasScale, hasBias, hasResidual, relu;
  Array scale, bias, residual;

  Operands(int mask, const Shape& y, DType dtype)
      : hasScale((mask & 1) != 0),
        hasBias((mask & 2) != 0),
        hasResidual((mask & 4) != 0),
        relu((mask & 8) != 0),
        scale(randomArray(dtype, {y.back()}, 4)),
        bias(randomArray(dtype, {y.back()}, 5)),
        residual(randomArray(dtype, y, 6)) {}

  std::vector<Array> inputs(const Array& a, const Array& b) const {
    std::vector<Array> all{a, b};
    if (hasScale) all.push_back(scale);
    if (hasBias) all.push_back(bias);
    if (hasResidual) all.push_back(residual);
    return all;
  }

  Array applied(const Array& product) const {
    Array y = product.as(DType::kFloat64);
    for (int64_t i = 0; i < y.size(); ++i) {
      const int64_t c = i % scale.size();
      double v = y.at(i);
      if (hasScale) v *= scale.at(c);
      if (hasBias) v += bias.at(c);
      if (hasResidual) v += residual.at(i);
      y.set(i, relu ? std::max(v, 0.0) : v);
    }
    return y;
  }
};

// The result is rounded once.
double roundingOf(DType dtype) {
  switch (dtype) {
    case DType::kBFloat16: return 1.0 / 256;
    case DType::kFloat16: return 1.0 / 2048;
    default: return 0;
  }
}

void checkConv(const ConvAttrs& a, const Shape& x, const Shape& w, const Shape& y, DType dtype = kFloat) {
  const Array input = randomArray(dtype, x, 1), kernel = randomArray(dtype, w, 2);
  const Array product = runNode(Op::kConv, a, {input.as(kFloat), kernel.as(kFloat)}, {{kFloat, y}})[0];
  // Long sums round more.
  const double tolerance = 1e-5 + 2e-7 * static_cast<double>(kernel.size() / w.back()) + roundingOf(dtype);
  for (int mask = 0; mask < 16; ++mask) {
    CAPTURE(mask);
    const Operands o(mask, y, dtype);
    const ConvEpilogueAttrs attrs{a.strides,  a.padLow,  a.padHigh,     a.dilation, a.groups, a.spatial,
                                  o.hasScale, o.hasBias, o.hasResidual, o.relu};
    NodeRunner runner(Op::kConvEpilogue, attrs, o.inputs(input, kernel), {{dtype, y}});
    runner.run();
    CHECK(difference(runner.outputs()[0], o.applied(product)) <= tolerance);
    runner.runInPlace();
    CHECK(difference(runner.outputs()[0], o.applied(product)) <= tolerance);
  }
}

void checkMatmul(const MatmulAttrs& a, const Shape& left, const Shape& right, const Shape& y, DType dtype = kFloat) {
  const Array x = randomArray(dtype, left, 1), w = randomArray(dtype, right, 2);
  const Array product = runNode(Op::kMatmul, a, {x.as(kFloat), w.as(kFloat)}, {{kFloat, y}})[0];
  for (int mask = 0; mask < 16; mask += 2) {
    CAPTURE(mask);
    const Operands o(mask, y, dtype);
    const MatmulEpilogueAttrs attrs{a.transposeA, a.transposeB, o.hasBias, o.hasResidual, o.relu};
    const Array got = runNode(Op::kMatmulEpilogue, attrs, o.inputs(x, w), {{dtype, y}})[0];
    CHECK(difference(got, o.applied(product)) <= 1e-5 + roundingOf(dtype));
  }
}

}  // namespace

TEST_CASE("a convolution with an epilogue is the convolution, then the epilogue") {
  checkConv({{1, 1}, {1, 1}, {1, 1}, {1, 1}, 1, {}}, {2, 9, 9, 16}, {3, 3, 16, 32}, {2, 9, 9, 32});
  checkConv({{2, 2}, {0, 0}, {0, 0}, {1, 1}, 1, {}}, {3, 8, 8, 5}, {1, 1, 5, 7}, {3, 4, 4, 7});
  checkConv({{1, 1}, {1, 1}, {1, 1}, {1, 1}, 16, {}}, {2, 6, 6, 16}, {3, 3, 1, 16}, {2, 6, 6, 16});
  checkConv({{1}, {1}, {1}, {1}, 1, {}}, {2, 20, 8}, {3, 8, 24}, {2, 20, 24});
}

TEST_CASE("a convolution of single positions with a residual is one product, whose tiles need not be full") {
  checkConv({{1, 1}, {0, 0}, {0, 0}, {1, 1}, 1, {}}, {3, 33, 31, 20}, {1, 1, 20, 96}, {3, 33, 31, 96});
  checkConv({{1, 1}, {0, 0}, {0, 0}, {1, 1}, 1, {}}, {1, 2, 2, 8}, {1, 1, 8, 5}, {1, 2, 2, 5});
  checkConv({{1}, {0}, {0}, {1}, 1, {}}, {1, 1, 8}, {1, 8, 32}, {1, 1, 32});
  // Its sums are taken in several passes.
  checkConv({{1}, {0}, {0}, {1}, 1, {}}, {2, 150, 1500}, {1, 1500, 64}, {2, 150, 64});
}

TEST_CASE("a convolution with few positions is a product of patches, whatever its window") {
  checkConv({{1, 1}, {1, 1}, {1, 1}, {1, 1}, 1, {}}, {1, 7, 7, 150}, {3, 3, 150, 64}, {1, 7, 7, 64});
  checkConv({{2, 1}, {0, 2}, {1, 1}, {1, 2}, 1, {}}, {3, 8, 6, 12}, {3, 3, 12, 96}, {3, 4, 5, 96});
  checkConv({{2, 2}, {0, 0}, {0, 0}, {1, 1}, 1, {}}, {5, 13, 13, 40}, {1, 1, 40, 96}, {5, 7, 7, 96});
  checkConv({{1, 1}, {-1, -1}, {-1, -1}, {1, 1}, 1, {}}, {2, 8, 8, 3}, {3, 3, 3, 32}, {2, 4, 4, 32});
  checkConv({{2}, {1}, {1}, {1}, 1, {}}, {2, 9, 5}, {3, 5, 32}, {2, 5, 32});
  checkConv({{1, 1, 1}, {1, 0, 0}, {0, 1, 0}, {1, 1, 1}, 1, {}}, {1, 3, 4, 4, 6}, {2, 2, 2, 6, 32}, {1, 3, 4, 3, 32});
}

TEST_CASE("a convolution that the library does not take has its epilogue too") {
  checkConv({{1, 1}, {-1, -1}, {-1, -1}, {1, 1}, 1, {}}, {2, 8, 8, 3}, {3, 3, 3, 4}, {2, 4, 4, 4});
  checkConv({{1, 1}, {0, 0}, {0, 0}, {1, 1}, 1, {}}, {0, 8, 8, 3}, {3, 3, 3, 4}, {0, 6, 6, 4});
}

TEST_CASE("a matrix product with an epilogue is the product, then the epilogue") {
  checkMatmul({false, false}, {5, 7}, {7, 6}, {5, 6});
  checkMatmul({true, false}, {300, 130}, {300, 70}, {130, 70});
  checkMatmul({false, true}, {3, 64, 100}, {70, 100}, {3, 64, 70});
  checkMatmul({false, false}, {4, 65, 90}, {4, 90, 40}, {4, 65, 40});
  checkMatmul({false, false}, {0, 7}, {7, 6}, {0, 6});
}

TEST_CASE("in 16 bits epilogues are computed in float32, and the result is rounded once") {
  for (const DType dtype : {DType::kBFloat16, DType::kFloat16}) {
    CAPTURE(dtypeName(dtype));
    checkMatmul({false, false}, {5, 7}, {7, 6}, {5, 6}, dtype);
    checkMatmul({true, false}, {300, 130}, {300, 70}, {130, 70}, dtype);
    checkConv({{1, 1}, {1, 1}, {1, 1}, {1, 1}, 1, {}}, {2, 9, 9, 16}, {3, 3, 16, 32}, {2, 9, 9, 32}, dtype);
    checkConv({{1, 1}, {0, 0}, {0, 0}, {1, 1}, 1, {}}, {3, 9, 7, 20}, {1, 1, 20, 40}, {3, 9, 7, 40}, dtype);
  }
}
