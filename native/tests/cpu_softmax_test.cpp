#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "backends/cpu/simd_dispatch.h"
#include "tests/cpu_node_runner.h"

using namespace ibex;
using namespace ibex::testing;

namespace {

struct Expected {
  Array softmax, logSoftmax, softmaxGrad, logSoftmaxGrad;
};

// In double; `y` and `logY` are what the gradients are given.
Expected reference(const Array& x, const Array& dy, const Array& y, const Array& logY) {
  const Shape& shape = x.type.shape;
  Expected e{{DType::kFloat64, shape}, {DType::kFloat64, shape}, {DType::kFloat64, shape}, {DType::kFloat64, shape}};
  const int64_t n = shape.back();
  for (int64_t r = 0; r < x.size(); r += n) {
    double m = -INFINITY, sum = 0, dot = 0, total = 0;
    for (int64_t i = r; i < r + n; ++i) m = std::max(m, x.at(i));
    for (int64_t i = r; i < r + n; ++i) {
      sum += std::exp(x.at(i) - m);
      dot += dy.at(i) * y.at(i);
      total += dy.at(i);
    }
    for (int64_t i = r; i < r + n; ++i) {
      e.softmax.set(i, std::exp(x.at(i) - m) / sum);
      e.logSoftmax.set(i, x.at(i) - m - std::log(sum));
      e.softmaxGrad.set(i, y.at(i) * (dy.at(i) - dot));
      e.logSoftmaxGrad.set(i, dy.at(i) - std::exp(logY.at(i)) * total);
    }
  }
  return e;
}

Array run(Op op, std::vector<Array> inputs) {
  const Type type = inputs[0].type;
  return runNode(op, {}, std::move(inputs), {type})[0];
}

}  // namespace

TEST_CASE("softmax, log-softmax and their gradients") {
  for (const cpu::SimdLevel level : cpu::availableSimdLevels()) {
    cpu::overrideSimdLevel(level);
    for (const DType t : {DType::kFloat32, DType::kFloat64, DType::kFloat16, DType::kBFloat16}) {
      for (const Shape& shape : std::vector<Shape>{{1}, {4, 10}, {3, 2, 33}, {300, 64}, {2, 5000}, {7, 1}, {0, 3}}) {
        CAPTURE(cpu::simdLevelName(level));
        CAPTURE(dtypeName(t));
        CAPTURE(shape.back());
        const Array x = randomArray(t, shape, 1);
        const Array dy = randomArray(t, shape, 2);
        const Array y = run(Op::kSoftmax, {x});
        const Array logY = run(Op::kLogSoftmax, {x});
        const Expected e = reference(x, dy, y, logY);
        CHECK(difference(y, e.softmax) <= tolerance(t));
        CHECK(difference(logY, e.logSoftmax) <= tolerance(t));
        CHECK(difference(run(Op::kSoftmaxGrad, {dy, y}), e.softmaxGrad) <= tolerance(t));
        CHECK(difference(run(Op::kLogSoftmaxGrad, {dy, logY}), e.logSoftmaxGrad) <= 4 * tolerance(t));
      }
    }
  }
  cpu::overrideSimdLevel(std::nullopt);
}

TEST_CASE("softmax of large, masked and broken rows") {
  const double inf = INFINITY;
  const Array x(DType::kFloat32, {4, 3}, {1000, 1000, -1000, -inf, 0, 0, NAN, 0, 1, -3e38, 3e38, 0});
  const Array y = run(Op::kSoftmax, {x});
  const Array expected(DType::kFloat32, {4, 3}, {0.5, 0.5, 0, 0, 0.5, 0.5, NAN, NAN, NAN, 0, 1, 0});
  CHECK(difference(y, expected) == 0);
}

TEST_CASE("rows of equal numbers sum to one at any length") {
  for (const int64_t n : {3, 64, 1000, 100000}) {
    const Array y = run(Op::kSoftmax, {Array(DType::kFloat32, {n}, std::vector<double>(static_cast<size_t>(n), 7))});
    double sum = 0;
    for (int64_t i = 0; i < n; ++i) sum += y.at(i);
    CHECK(sum == doctest::Approx(1).epsilon(1e-6));
  }
}
