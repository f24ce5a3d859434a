#include <doctest/doctest.h>

#include <algorithm>
#include <numeric>

#include "tests/cpu_node_runner.h"

using namespace ibex;
using namespace ibex::testing;

namespace {

const DType kEveryType[] = {DType::kBool,  DType::kUint8,   DType::kInt8,     DType::kInt16,   DType::kInt32,  DType::kUint32,
                            DType::kInt64, DType::kFloat16, DType::kBFloat16, DType::kFloat32, DType::kFloat64};

struct Line {
  int64_t start, step, extent;
};

std::vector<Line> linesOf(const Shape& shape, size_t axis) {
  int64_t inner = 1, outer = 1;
  for (size_t i = 0; i < axis; ++i) outer *= shape[i];
  for (size_t i = axis + 1; i < shape.size(); ++i) inner *= shape[i];
  std::vector<Line> lines;
  for (int64_t o = 0; o < outer; ++o) {
    for (int64_t i = 0; i < inner; ++i) lines.push_back({o * shape[axis] * inner + i, inner, shape[axis]});
  }
  return lines;
}

// Some NaN, infinities and zeros of both signs among the floats.
Array specials(DType t, const Shape& shape, uint32_t seed) {
  Array x = randomArray(t, shape, seed);
  if (!isFloat(t)) return x;
  for (int64_t i = 0; i < x.size(); ++i) {
    if (i % 11 == 3) x.set(i, NAN);
    if (i % 13 == 4) x.set(i, i % 2 == 0 ? INFINITY : -INFINITY);
    if (i % 7 == 5) x.set(i, i % 2 == 0 ? 0.0 : -0.0);
  }
  return x;
}

// The stable order, NaN last.
std::vector<int64_t> order(const Array& x, const Line& line, bool descending) {
  std::vector<int64_t> index(static_cast<size_t>(line.extent));
  std::iota(index.begin(), index.end(), 0);
  std::stable_sort(index.begin(), index.end(), [&](int64_t a, int64_t b) {
    const double u = x.at(line.start + a * line.step), v = x.at(line.start + b * line.step);
    if (std::isnan(u) || std::isnan(v)) return !std::isnan(u) && std::isnan(v);
    return descending ? u > v : u < v;
  });
  return index;
}

const std::pair<Shape, size_t> kCases[] = {{{7}, 0}, {{3, 9}, 1}, {{9, 3}, 0}, {{2, 5, 70}, 1}, {{4, 1}, 1}, {{2, 1500}, 1}, {{0, 4}, 1}};

}  // namespace

TEST_CASE("sort and argsort are stable, with NaN last, in both directions") {
  for (DType t : kEveryType) {
    for (const auto& [shape, axis] : kCases) {
      for (bool descending : {false, true}) {
        const Array x = specials(t, shape, 1);
        const SortAttrs attrs{static_cast<int64_t>(axis), descending};
        const Array values = runNode(Op::kSort, attrs, {x}, {{t, shape}})[0];
        const Array indices = runNode(Op::kArgsort, attrs, {x}, {{DType::kInt32, shape}})[0];
        for (const Line& line : linesOf(shape, axis)) {
          const auto expected = order(x, line, descending);
          for (int64_t i = 0; i < line.extent; ++i) {
            const int64_t at = line.start + i * line.step;
            REQUIRE(indices.at(at) == expected[static_cast<size_t>(i)]);
            const double value = x.at(line.start + expected[static_cast<size_t>(i)] * line.step);
            REQUIRE((values.at(at) == value || (std::isnan(values.at(at)) && std::isnan(value))));
            REQUIRE(std::signbit(values.at(at)) == std::signbit(value));
          }
        }
      }
    }
  }
}

TEST_CASE("top_k gives the k largest and where they were") {
  for (DType t : kEveryType) {
    for (int64_t k : {0, 1, 3, 40}) {
      const Shape shape{5, 40};
      const Array x = specials(t, shape, 2);
      const auto got = runNode(Op::kTopK, TopKAttrs{k}, {x}, {{t, {5, k}}, {DType::kInt32, {5, k}}});
      for (int64_t row = 0; row < 5; ++row) {
        const auto expected = order(x, {row * 40, 1, 40}, true);
        for (int64_t i = 0; i < k; ++i) {
          REQUIRE(got[1].at(row * k + i) == expected[static_cast<size_t>(i)]);
          const double value = x.at(row * 40 + expected[static_cast<size_t>(i)]);
          REQUIRE((got[0].at(row * k + i) == value || std::isnan(value)));
        }
      }
    }
  }
}

TEST_CASE("arg_max and arg_min give the first, and the first NaN before all") {
  for (DType t : kEveryType) {
    for (const auto& [shape, axis] : kCases) {
      for (bool nan : {false, true}) {
        const Array x = nan ? specials(t, shape, 3) : randomArray(t, shape, 3);
        Shape out = shape;
        out.erase(out.begin() + static_cast<std::ptrdiff_t>(axis));
        const ArgReduceAttrs attrs{static_cast<int64_t>(axis), false};
        const Array largest = runNode(Op::kArgMax, attrs, {x}, {{DType::kInt32, out}})[0];
        const Array smallest = runNode(Op::kArgMin, attrs, {x}, {{DType::kInt32, out}})[0];
        const auto lines = linesOf(shape, axis);
        for (size_t l = 0; l < lines.size(); ++l) {
          int64_t high = 0, low = 0;
          const auto value = [&](int64_t i) { return x.at(lines[l].start + i * lines[l].step); };
          for (int64_t i = 1; i < lines[l].extent; ++i) {
            if (value(i) > value(high) || (std::isnan(value(i)) && !std::isnan(value(high)))) high = i;
            if (value(i) < value(low) || (std::isnan(value(i)) && !std::isnan(value(low)))) low = i;
          }
          REQUIRE(largest.at(static_cast<int64_t>(l)) == high);
          REQUIRE(smallest.at(static_cast<int64_t>(l)) == low);
        }
      }
    }
  }
}

TEST_CASE("cumulative sums, products, maxima and minima") {
  const Op ops[] = {Op::kCumsum, Op::kCumprod, Op::kCummax, Op::kCummin};
  for (DType t : {DType::kInt32, DType::kInt64, DType::kFloat16, DType::kBFloat16, DType::kFloat32, DType::kFloat64}) {
    for (const auto& [shape, axis] : kCases) {
      for (int variant = 0; variant < 4; ++variant) {
        for (Op op : ops) {
          if (op == Op::kCumprod && shape[axis] > 100) continue;  // overflows
          const Array x = randomArray(t, shape, 4);
          const CumulativeAttrs attrs{static_cast<int64_t>(axis), (variant & 1) != 0, (variant & 2) != 0};
          Array expected(t, shape);
          for (const Line& line : linesOf(shape, axis)) {
            double total = op == Op::kCumsum ? 0 : op == Op::kCumprod ? 1 : op == Op::kCummax ? -INFINITY : INFINITY;
            for (int64_t s = 0; s < line.extent; ++s) {
              const int64_t at = line.start + (attrs.reverse ? line.extent - 1 - s : s) * line.step;
              if (attrs.exclusive) expected.set(at, total);
              const double v = x.at(at);
              total = op == Op::kCumsum ? total + v : op == Op::kCumprod ? total * v : op == Op::kCummax ? std::max(total, v) : std::min(total, v);
              if (!attrs.exclusive) expected.set(at, total);
            }
          }
          CAPTURE(dtypeName(t));
          CAPTURE(variant);
          CHECK(difference(runNode(op, attrs, {x}, {{t, shape}})[0], expected) <= tolerance(t) * 2);
        }
      }
    }
  }
}

TEST_CASE("a NaN stays in a cumulative maximum, and integer sums wrap") {
  const Array x(DType::kFloat32, {4}, {1, NAN, 3, 2});
  const Array y = runNode(Op::kCummax, CumulativeAttrs{0, false, false}, {x}, {x.type})[0];
  CHECK(y.at(0) == 1);
  CHECK(std::isnan(y.at(1)));
  CHECK(std::isnan(y.at(3)));
  const Array bytes(DType::kInt8, {3}, {100, 100, 100});
  CHECK(runNode(Op::kCumsum, CumulativeAttrs{0, false, false}, {bytes}, {bytes.type})[0].values() == std::vector<double>{100, -56, 44});
}
