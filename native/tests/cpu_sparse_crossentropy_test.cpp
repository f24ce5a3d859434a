#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "backends/cpu/simd_dispatch.h"
#include "tests/cpu_node_runner.h"

using namespace ibex;
using namespace ibex::testing;

namespace {

Array labelsFor(const Shape& rows, int64_t classes, DType t) {
  Array labels(t, rows);
  for (int64_t r = 0; r < labels.size(); ++r) labels.set(r, static_cast<double>(r * 7 % classes));
  return labels;
}

std::vector<Array> forward(const Array& logits, const Array& labels) {
  const DType wide = isHalf(logits.type.dtype) ? DType::kFloat32 : logits.type.dtype;
  const Shape& rows = labels.type.shape;
  return runNode(Op::kSparseCrossentropy, {}, {logits, labels},
                 {{wide, rows}, {wide, rows}, {wide, rows}});
}

void check(DType t, const Shape& rows, int64_t classes, DType labelType, double factor) {
  CAPTURE(dtypeName(t));
  CAPTURE(classes);
  Shape shape = rows;
  shape.push_back(classes);
  Array logits = randomArray(t, shape, 1);
  for (int64_t i = 0; i < logits.size(); ++i) logits.set(i, logits.at(i) * factor + factor);
  const Array labels = labelsFor(rows, classes, labelType);
  const Array dloss = randomArray(isHalf(t) ? DType::kFloat32 : t, rows, 2);
  Array loss(DType::kFloat64, rows), gradient(DType::kFloat64, shape);
  for (int64_t r = 0; r < labels.size(); ++r) {
    double top = -INFINITY, sum = 0;
    for (int64_t c = 0; c < classes; ++c) top = std::max(top, logits.at(r * classes + c));
    for (int64_t c = 0; c < classes; ++c) sum += std::exp(logits.at(r * classes + c) - top);
    const auto label = static_cast<int64_t>(labels.at(r));
    loss.set(r, std::log(sum) - (logits.at(r * classes + label) - top));
    for (int64_t c = 0; c < classes; ++c) {
      const double p = std::exp(logits.at(r * classes + c) - top) / sum;
      gradient.set(r * classes + c, dloss.at(r) * (p - (c == label ? 1 : 0)));
    }
  }
  const auto got = forward(logits, labels);
  CHECK(difference(got[0], loss) <= tolerance(t));
  const Array dlogits =
      runNode(Op::kSparseCrossentropyGrad, {}, {dloss, logits, labels, got[1], got[2]}, {logits.type})[0];
  CHECK(difference(dlogits, gradient) <= tolerance(t));
}

}  // namespace

TEST_CASE("cross-entropy with labels, and its gradient") {
  for (const cpu::SimdLevel level : cpu::availableSimdLevels()) {
    cpu::overrideSimdLevel(level);
    for (const DType t : {DType::kFloat32, DType::kFloat64, DType::kFloat16, DType::kBFloat16}) {
      check(t, {3, 5}, 37, DType::kInt32, 1);
      check(t, {1}, 1, DType::kInt64, 1);
      check(t, {}, 10, DType::kInt32, 1);
      check(t, {0}, 10, DType::kInt32, 1);
      check(t, {40}, 1000, DType::kInt64, 20);
    }
  }
  cpu::overrideSimdLevel(std::nullopt);
}

TEST_CASE("cross-entropy of logits far from 0 is as exact as near it") {
  check(DType::kFloat32, {8}, 100, DType::kInt32, 3000);
}

TEST_CASE("a label that is no class is an error that tells where") {
  const Array logits = randomArray(DType::kFloat32, {2, 3, 4}, 1);
  Array labels = labelsFor({2, 3}, 4, DType::kInt32);
  for (const double wrong : {-1.0, 4.0}) {
    labels.set(4, wrong);
    try {
      forward(logits, labels);
      FAIL("no error");
    } catch (const Error& e) {
      CHECK(e.code() == ErrorCode::kIndexOutOfRange);
      CHECK(std::string(e.what()).find("(at [1, 1] of the indices) is out of range for axis 2 of extent 4") !=
            std::string::npos);
    }
  }
}
