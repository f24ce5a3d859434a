#include <doctest/doctest.h>

#include "tests/cpu_node_runner.h"

using namespace ibex;
using namespace ibex::testing;

namespace {

// Batch axes by NumPy's rules, three loops, in double.
Array naive(const Array& a, const Array& b, const Shape& out, bool transposeA, bool transposeB) {
  const size_t rank = out.size();
  const int64_t m = out[rank - 2], n = out[rank - 1];
  const Shape& as = a.type.shape;
  const Shape& bs = b.type.shape;
  const int64_t k = transposeA ? as[as.size() - 2] : as.back();
  const auto matrixOf = [&](const Shape& shape, int64_t index) {
    int64_t matrix = 0, step = 1;
    for (size_t i = 0; i + 2 < rank; ++i) {
      const size_t axis = rank - 3 - i;
      const int64_t at = index % out[axis];
      index /= out[axis];
      if (i + 2 >= shape.size()) continue;
      const int64_t extent = shape[shape.size() - 3 - i];
      if (extent != 1) matrix += at * step;
      step *= extent;
    }
    return matrix;
  };
  Array c(a.type.dtype, out);
  for (int64_t i = 0; i < c.size(); ++i) {
    const int64_t matrix = i / (m * n), r = i / n % m, col = i % n;
    const int64_t a0 = matrixOf(as, matrix) * m * k, b0 = matrixOf(bs, matrix) * k * n;
    double sum = 0;
    for (int64_t p = 0; p < k; ++p) {
      sum += a.at(a0 + (transposeA ? p * m + r : r * k + p)) * b.at(b0 + (transposeB ? col * k + p : p * n + col));
    }
    c.set(i, sum);
  }
  return c;
}

void check(DType t, const Shape& batchA, const Shape& batchB, const Shape& batch, int64_t m, int64_t n, int64_t k) {
  for (int variant = 0; variant < 4; ++variant) {
    const bool ta = (variant & 1) != 0, tb = (variant & 2) != 0;
    Shape as = batchA, bs = batchB, out = batch;
    as.insert(as.end(), {ta ? k : m, ta ? m : k});
    bs.insert(bs.end(), {tb ? n : k, tb ? k : n});
    out.insert(out.end(), {m, n});
    const Array a = randomArray(t, as, 1), b = randomArray(t, bs, 2);
    CAPTURE(dtypeName(t));
    CAPTURE(as);
    CAPTURE(bs);
    const Array c = runNode(Op::kMatmul, MatmulAttrs{ta, tb}, {a, b}, {{t, out}})[0];
    CHECK(difference(c, naive(a, b, out, ta, tb)) <= tolerance(t) * 4);
  }
}

}  // namespace

TEST_CASE("matmul agrees with three loops for every type, size and transposition") {
  for (DType t : {DType::kFloat32, DType::kFloat64, DType::kFloat16, DType::kBFloat16, DType::kInt32, DType::kUint32, DType::kInt64}) {
    for (const auto& [m, n, k] : std::vector<std::tuple<int64_t, int64_t, int64_t>>{
             {1, 1, 1}, {3, 5, 2}, {14, 32, 7}, {15, 33, 17}, {1, 100, 30}, {70, 1, 33}, {31, 67, 129}}) {
      check(t, {}, {}, {}, m, n, k);
    }
    check(t, {3}, {3}, {3}, 5, 6, 7);
    check(t, {2, 3}, {}, {2, 3}, 4, 9, 5);
    check(t, {}, {4}, {4}, 4, 9, 5);
    check(t, {2, 1}, {1, 3}, {2, 3}, 6, 5, 4);
    check(t, {1, 3}, {2, 3}, {2, 3}, 6, 5, 4);
  }
}

TEST_CASE("large products, batched and broadcast, agree with three loops") {
  for (DType t : {DType::kFloat32, DType::kBFloat16, DType::kFloat64}) {
    check(t, {}, {}, {}, 130, 70, 600);
    check(t, {4}, {4}, {4}, 65, 40, 50);
    check(t, {2, 1}, {1, 3}, {2, 3}, 64, 40, 50);
    check(t, {2, 3}, {3}, {2, 3}, 64, 40, 50);
    check(t, {5}, {}, {5}, 30, 60, 80);
    check(t, {}, {5}, {5}, 30, 60, 80);
  }
}

TEST_CASE("an empty sum is zero and an empty result is nothing") {
  for (DType t : {DType::kFloat32, DType::kFloat64, DType::kBFloat16, DType::kInt32}) {
    check(t, {}, {}, {}, 3, 4, 0);
    check(t, {2}, {2}, {2}, 3, 4, 0);
    check(t, {}, {}, {}, 0, 4, 3);
    check(t, {0}, {0}, {0}, 2, 4, 3);
  }
}
