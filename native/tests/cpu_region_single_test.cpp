// Element-wise ops and reductions as nodes of their own, with broadcasting and over every set of axes.
#include <doctest/doctest.h>

#include <limits>

#include "tests/cpu_node_runner.h"

using namespace ibex;
using namespace ibex::testing;

namespace {

Array reduceNaively(Op op, const Array& x, const std::vector<int64_t>& axes) {
  const Shape& shape = x.type.shape;
  std::vector<bool> reduced(shape.size());
  for (int64_t a : axes) reduced[static_cast<size_t>(a)] = true;
  Shape kept;
  for (size_t a = 0; a < shape.size(); ++a) {
    if (!reduced[a]) kept.push_back(shape[a]);
  }
  const double inf = std::numeric_limits<double>::infinity();
  const double start = op == Op::kReduceSum ? 0 : op == Op::kReduceProd ? 1 : op == Op::kReduceMax ? -inf : inf;
  std::vector<double> sums(static_cast<size_t>(Type{DType::kFloat64, kept}.elements()), start);
  for (int64_t e = 0; e < x.size(); ++e) {
    int64_t rest = e, at = 0, step = 1;
    for (size_t a = shape.size(); a-- > 0; rest /= shape[a]) {
      if (reduced[a]) continue;
      at += rest % shape[a] * step;
      step *= shape[a];
    }
    double& s = sums[static_cast<size_t>(at)];
    const double v = x.at(e);
    if (op == Op::kReduceSum) s += v;
    if (op == Op::kReduceProd) s *= v;
    if (op == Op::kReduceMax) s = std::isnan(v) || v > s ? v : s;
    if (op == Op::kReduceMin) s = std::isnan(v) || v < s ? v : s;
  }
  return Array(x.type.dtype, kept, sums);
}

constexpr Op kReductions[] = {Op::kReduceSum, Op::kReduceProd, Op::kReduceMax, Op::kReduceMin};

}  // namespace

TEST_CASE("reductions over every set of axes") {
  const std::vector<Shape> shapes{{},          {1},          {1037},         {5, 300},     {300, 5},
                                  {3, 700, 4}, {2, 3, 5, 7}, {4, 1, 257, 3}, {40, 30, 20}, {3, 0, 2}};
  for (const Shape& shape : shapes) {
    for (const DType t : {DType::kFloat32, DType::kInt32, DType::kFloat64, DType::kFloat16}) {
      const Array x = randomArray(t, shape, 3);
      for (uint32_t mask = 0; mask < (1u << shape.size()); ++mask) {
        ReduceAttrs attrs;
        Shape kept;
        for (size_t a = 0; a < shape.size(); ++a) {
          if (mask >> a & 1u) {
            attrs.axes.push_back(static_cast<int64_t>(a));
          } else {
            kept.push_back(shape[a]);
          }
        }
        for (const Op op : kReductions) {
          if (op == Op::kReduceProd && !isFloat(t)) continue;  // would leave what double holds
          if (x.size() == 0 && op != Op::kReduceSum && op != Op::kReduceProd) continue;
          CAPTURE(opInfo(op).name);
          CAPTURE(dtypeName(t));
          CAPTURE(shape.size());
          CAPTURE(mask);
          const Array y = runNode(op, attrs, {x}, {{t, kept}})[0];
          CHECK(difference(y, reduceNaively(op, x, attrs.axes)) <= (t == DType::kFloat32 ? 1e-5 : tolerance(t)));
        }
      }
    }
  }
}

TEST_CASE("float sums are as exact as sums in double") {
  // One large number and many small ones, whose sum in float alone would lose them.
  for (const Shape& shape : std::vector<Shape>{{1 << 20}, {1 << 20, 1}, {1 << 16, 16}}) {
    Array x(DType::kFloat32, shape, std::vector<double>(1 << 20, 0.1));
    const bool columns = shape.size() == 2 && shape[1] == 16;
    const Array y = columns ? runNode(Op::kReduceSum, ReduceAttrs{{0}, false}, {x}, {{DType::kFloat32, {16}}})[0]
                            : runNode(Op::kReduceSum, ReduceAttrs{{0}, false}, {x},
                                      {{DType::kFloat32, shape.size() == 1 ? Shape{} : Shape{1}}})[0];
    const double exact = static_cast<double>(0.1f) * static_cast<double>(shape[0]);
    CHECK(y.at(0) == doctest::Approx(exact).epsilon(3e-7));
  }
}

TEST_CASE("NaN wins in maxima and minima wherever it stands") {
  for (const int64_t at : {0, 1, 63, 64, 500, 1999}) {
    Array x = randomArray(DType::kFloat32, {2000}, 1);
    x.set(at, NAN);
    for (const Op op : {Op::kReduceMax, Op::kReduceMin, Op::kReduceSum}) {
      CHECK(std::isnan(runNode(op, ReduceAttrs{{0}, false}, {x}, {{DType::kFloat32, {}}})[0].at(0)));
    }
  }
}

TEST_CASE("integers wrap in sums; maxima and minima of bools are any and all") {
  const Array x(DType::kInt8, {3}, {100, 100, 100});
  CHECK(runNode(Op::kReduceSum, ReduceAttrs{{0}, false}, {x}, {{DType::kInt8, {}}})[0].at(0) == 44);
  const Array b(DType::kBool, {2, 2}, {0, 1, 0, 0});
  CHECK(runNode(Op::kReduceMax, ReduceAttrs{{1}, false}, {b}, {{DType::kBool, {2}}})[0].values() ==
        std::vector<double>{1, 0});
  CHECK(runNode(Op::kReduceMin, ReduceAttrs{{0}, false}, {b}, {{DType::kBool, {2}}})[0].values() ==
        std::vector<double>{0, 0});
}

TEST_CASE("operands broadcast as NumPy's") {
  const Array a(DType::kFloat32, {2, 1, 3}, {1, 2, 3, 4, 5, 6});
  const Array b(DType::kFloat32, {2, 1}, {10, 20});
  const Array y = runNode(Op::kAdd, {}, {a, b}, {{DType::kFloat32, {2, 2, 3}}})[0];
  CHECK(y.values() == std::vector<double>{11, 12, 13, 21, 22, 23, 14, 15, 16, 24, 25, 26});
  const Array s = runNode(Op::kLess, {}, {a, Array(DType::kFloat32, {}, {3})}, {{DType::kBool, {2, 1, 3}}})[0];
  CHECK(s.values() == std::vector<double>{1, 1, 0, 0, 0, 0});
}

TEST_CASE("a refused op names the layer it came from") {
  try {
    runNode(Op::kExp, {}, {Array(DType::kInt32, {2})}, {{DType::kInt32, {2}}});
    CHECK(false);
  } catch (const Error& e) {
    CHECK(e.code() == ErrorCode::kUnsupported);
    CHECK(e.scope() == "model/layer");
  }
}
