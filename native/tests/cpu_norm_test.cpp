#include <doctest/doctest.h>

#include "tests/cpu_node_runner.h"

using namespace ibex;
using namespace ibex::testing;

namespace {

constexpr double kEpsilon = 1e-3;

// Statistics are float32 when the data is 16-bit.
DType statistics(DType t) { return isHalf(t) ? DType::kFloat32 : t; }

Array wide(const Shape& shape) { return Array(DType::kFloat64, shape, std::vector<double>(static_cast<size_t>(Type{DType::kFloat64, shape}.elements()), 0)); }

// Normalises groups of elements: `group(i)` and `channel(i)` say which statistics and which gamma element i has.
struct Reference {
  Array y, dx, dgamma, dbeta, mean, variance;
  Reference(const Array& x, const Array& dy, const Array& gamma, const Array& beta, int64_t groups,
            const std::function<int64_t(int64_t)>& group, const std::function<int64_t(int64_t)>& channel)
      : y(wide(x.type.shape)), dx(wide(x.type.shape)), dgamma(wide(gamma.type.shape)), dbeta(wide(gamma.type.shape)),
        mean(wide({groups})), variance(wide({groups})) {
    std::vector<double> count(static_cast<size_t>(groups)), a(static_cast<size_t>(groups)), b(static_cast<size_t>(groups));
    for (int64_t i = 0; i < x.size(); ++i) {
      mean.set(group(i), mean.at(group(i)) + x.at(i));
      count[static_cast<size_t>(group(i))] += 1;
    }
    for (int64_t g = 0; g < groups; ++g) mean.set(g, mean.at(g) / count[static_cast<size_t>(g)]);
    for (int64_t i = 0; i < x.size(); ++i) {
      const int64_t g = group(i);
      variance.set(g, variance.at(g) + std::pow(x.at(i) - mean.at(g), 2) / count[static_cast<size_t>(g)]);
    }
    const auto hat = [&](int64_t i) { return (x.at(i) - mean.at(group(i))) / std::sqrt(variance.at(group(i)) + kEpsilon); };
    for (int64_t i = 0; i < x.size(); ++i) {
      const auto g = static_cast<size_t>(group(i));
      const int64_t c = channel(i);
      y.set(i, hat(i) * gamma.at(c) + beta.at(c));
      dgamma.set(c, dgamma.at(c) + dy.at(i) * hat(i));
      dbeta.set(c, dbeta.at(c) + dy.at(i));
      a[g] += dy.at(i) * gamma.at(c) / count[g];
      b[g] += dy.at(i) * gamma.at(c) * hat(i) / count[g];
    }
    for (int64_t i = 0; i < x.size(); ++i) {
      const auto g = static_cast<size_t>(group(i));
      dx.set(i, (dy.at(i) * gamma.at(channel(i)) - a[g] - hat(i) * b[g]) / std::sqrt(variance.at(group(i)) + kEpsilon));
    }
  }
};

}  // namespace

TEST_CASE("batch normalisation and its gradient") {
  for (DType t : {DType::kFloat32, DType::kFloat64, DType::kFloat16, DType::kBFloat16}) {
    for (const Shape& shape : std::vector<Shape>{{5, 3}, {2, 3, 4, 17}, {1, 8}, {7, 5, 80}, {3000, 16}}) {
      const DType s = statistics(t);
      const int64_t channels = shape.back();
      const Array x = randomArray(t, shape, 1), dy = randomArray(t, shape, 2);
      const Array gamma = randomArray(s, {channels}, 3), beta = randomArray(s, {channels}, 4);
      const auto channel = [&](int64_t i) { return i % channels; };
      const Reference r(x, dy, gamma, beta, channels, channel, channel);
      CAPTURE(dtypeName(t));
      CAPTURE(shape);
      const auto out = runNode(Op::kBatchNorm, NormAttrs{kEpsilon}, {x, gamma, beta}, {{t, shape}, {s, {channels}}, {s, {channels}}});
      CHECK(difference(out[0], r.y) <= tolerance(t) * 2);
      CHECK(difference(out[1], r.mean) <= tolerance(s));
      CHECK(difference(out[2], r.variance) <= tolerance(s));
      const auto grad = runNode(Op::kBatchNormGrad, NormAttrs{kEpsilon}, {dy, x, gamma, out[1], out[2]},
                                {{t, shape}, {s, {channels}}, {s, {channels}}});
      CHECK(difference(grad[0], r.dx) <= tolerance(t) * 4);
      CHECK(difference(grad[1], r.dgamma) <= tolerance(s) * 4);
      CHECK(difference(grad[2], r.dbeta) <= tolerance(s) * 4);
    }
  }
}

TEST_CASE("batch statistics of data far from zero do not cancel") {
  Array x = randomArray(DType::kFloat32, {5000, 20}, 5);
  for (int64_t i = 0; i < x.size(); ++i) x.set(i, x.at(i) + 1000);
  double sum = 0, square = 0;
  for (int64_t r = 0; r < 5000; ++r) sum += x.at(r * 20) / 5000;
  for (int64_t r = 0; r < 5000; ++r) square += std::pow(x.at(r * 20) - sum, 2) / 5000;
  const Array one(DType::kFloat32, {20}, std::vector<double>(20, 1));
  const auto out = runNode(Op::kBatchNorm, NormAttrs{kEpsilon}, {x, one, one}, {x.type, {DType::kFloat32, {20}}, {DType::kFloat32, {20}}});
  CHECK(out[2].at(0) == doctest::Approx(square).epsilon(1e-4));
}

TEST_CASE("layer normalisation and its gradient") {
  for (DType t : {DType::kFloat32, DType::kFloat64, DType::kFloat16, DType::kBFloat16}) {
    for (const Shape& shape : std::vector<Shape>{{5, 3}, {2, 3, 100}, {1, 1, 768}, {200, 33}, {0, 4}}) {
      const DType s = statistics(t);
      const int64_t columns = shape.back();
      const Shape rows(shape.begin(), shape.end() - 1);
      const Array x = randomArray(t, shape, 1), dy = randomArray(t, shape, 2);
      const Array gamma = randomArray(s, {columns}, 3), beta = randomArray(s, {columns}, 4);
      const Reference r(x, dy, gamma, beta, x.size() / columns, [&](int64_t i) { return i / columns; }, [&](int64_t i) { return i % columns; });
      CAPTURE(dtypeName(t));
      CAPTURE(shape);
      const auto out = runNode(Op::kLayerNorm, NormAttrs{kEpsilon}, {x, gamma, beta}, {{t, shape}, {s, rows}, {s, rows}});
      CHECK(difference(out[0], r.y) <= tolerance(t) * 2);
      for (int64_t i = 0; i < out[1].size(); ++i) {
        CHECK(out[1].at(i) == doctest::Approx(r.mean.at(i)).epsilon(1e-4));
        CHECK(out[2].at(i) == doctest::Approx(1 / std::sqrt(r.variance.at(i) + kEpsilon)).epsilon(1e-4));
      }
      const auto grad = runNode(Op::kLayerNormGrad, NormAttrs{kEpsilon}, {dy, x, gamma, out[1], out[2]},
                                {{t, shape}, {s, {columns}}, {s, {columns}}});
      CHECK(difference(grad[0], r.dx) <= tolerance(t) * 4);
      CHECK(difference(grad[1], r.dgamma) <= tolerance(s) * 4);
      CHECK(difference(grad[2], r.dbeta) <= tolerance(s) * 4);
    }
  }
}
