#include <doctest/doctest.h>

#include <algorithm>
#include <numeric>

#include "backends/node_util.h"
#include "tests/cpu_node_runner.h"

using namespace ibex;
using namespace ibex::testing;

namespace {

const DType kEveryType[] = {DType::kBool,  DType::kUint8,   DType::kInt8,     DType::kInt16,   DType::kInt32,  DType::kUint32,
                            DType::kInt64, DType::kFloat16, DType::kBFloat16, DType::kFloat32, DType::kFloat64};

// out[index] = pick(index) over every index of `shape`.
Array build(DType t, const Shape& shape, const std::function<double(const Shape&)>& pick) {
  Array out(t, shape);
  Shape index(shape.size(), 0);
  for (int64_t i = 0; i < out.size(); ++i) {
    out.set(i, pick(index));
    for (size_t a = shape.size(); a-- > 0;) {
      if (++index[a] < shape[a]) break;
      index[a] = 0;
    }
  }
  return out;
}

double at(const Array& x, const Shape& index) {
  const Shape strides = stridesOf(x.type.shape);
  return x.at(std::inner_product(index.begin(), index.end(), strides.begin(), int64_t{0}));
}

void checkTranspose(DType t, const Shape& shape, const std::vector<int64_t>& perm) {
  const Array x = randomArray(t, shape, 1);
  Shape out;
  for (int64_t p : perm) out.push_back(shape[static_cast<size_t>(p)]);
  const Array expected = build(t, out, [&](const Shape& i) {
    Shape source(i.size());
    for (size_t a = 0; a < i.size(); ++a) source[static_cast<size_t>(perm[a])] = i[a];
    return at(x, source);
  });
  CAPTURE(shape);
  CAPTURE(perm);
  CHECK(difference(runNode(Op::kTranspose, TransposeAttrs{perm}, {x}, {{t, out}})[0], expected) == 0);
}

}  // namespace

TEST_CASE("transpose moves every element size and rank") {
  for (DType t : kEveryType) {
    checkTranspose(t, {5, 7}, {1, 0});
    checkTranspose(t, {67, 130}, {1, 0});
    checkTranspose(t, {3, 4, 5, 6}, {0, 2, 1, 3});
    checkTranspose(t, {3, 4, 5, 2}, {3, 1, 0, 2});
  }
  checkTranspose(DType::kFloat32, {}, {});
  checkTranspose(DType::kFloat32, {4}, {0});
  checkTranspose(DType::kFloat32, {0, 3}, {1, 0});
  checkTranspose(DType::kFloat32, {300, 257}, {1, 0});
  checkTranspose(DType::kFloat32, {2, 100, 64, 3}, {0, 3, 1, 2});
  checkTranspose(DType::kFloat32, {2, 3, 20, 21}, {0, 2, 3, 1});
  checkTranspose(DType::kFloat32, {2, 3, 2, 3, 2, 3, 2}, {6, 0, 5, 1, 4, 2, 3});
}

TEST_CASE("broadcast follows NumPy") {
  for (const auto& [in, out] : std::vector<std::pair<Shape, Shape>>{
           {{}, {3, 4}}, {{4}, {3, 4}}, {{3, 1}, {3, 4}}, {{1, 5, 1}, {2, 3, 5, 7}}, {{2, 1}, {0, 2, 1}}, {{1000, 1}, {1000, 100}}}) {
    for (DType t : {DType::kInt8, DType::kFloat16, DType::kFloat32, DType::kFloat64}) {
      const Array x = randomArray(t, in, 2);
      const size_t lead = out.size() - in.size();
      const Array expected = build(t, out, [&](const Shape& i) {
        Shape source;
        for (size_t a = 0; a < in.size(); ++a) source.push_back(in[a] == 1 ? 0 : i[lead + a]);
        return at(x, source);
      });
      CHECK(difference(runNode(Op::kBroadcast, BroadcastAttrs{out}, {x}, {{t, out}})[0], expected) == 0);
    }
  }
}

TEST_CASE("slice takes strided windows") {
  const Array x = randomArray(DType::kFloat32, {6, 9, 5}, 3);
  const SliceAttrs attrs{{1, 0, 4}, {6, 9, 5}, {2, 4, 1}};
  const Shape out{3, 3, 1};
  const Array expected = build(DType::kFloat32, out, [&](const Shape& i) { return at(x, {1 + 2 * i[0], 4 * i[1], 4 + i[2]}); });
  CHECK(difference(runNode(Op::kSlice, attrs, {x}, {{DType::kFloat32, out}})[0], expected) == 0);
  CHECK(runNode(Op::kSlice, SliceAttrs{{6, 0, 0}, {6, 9, 5}, {1, 1, 1}}, {x}, {{DType::kFloat32, {0, 9, 5}}})[0].size() == 0);
}

TEST_CASE("reverse flips the given axes") {
  for (DType t : kEveryType) {
    const Array x = randomArray(t, {4, 3, 5}, 4);
    const Array expected = build(t, {4, 3, 5}, [&](const Shape& i) { return at(x, {3 - i[0], i[1], 4 - i[2]}); });
    CHECK(difference(runNode(Op::kReverse, AxesAttrs{{0, 2}}, {x}, {{t, {4, 3, 5}}})[0], expected) == 0);
  }
}

TEST_CASE("pad adds borders, crops with negative ones and spreads with interior ones") {
  struct Case {
    std::vector<int64_t> low, high, interior;
  };
  for (const Case& c : std::vector<Case>{{{1, 2}, {3, 0}, {0, 0}}, {{-1, 0}, {0, -2}, {0, 0}}, {{0, 1}, {2, 1}, {1, 2}},
                                         {{-1, -2}, {-3, -1}, {1, 2}}, {{-7, 0}, {9, 0}, {0, 1}}, {{0, 0}, {0, 0}, {0, 0}}}) {
    for (DType t : {DType::kUint8, DType::kBFloat16, DType::kFloat32, DType::kInt64}) {
      const Shape in{4, 5};
      const Array x = randomArray(t, in, 5);
      Shape out;
      for (size_t a = 0; a < 2; ++a) out.push_back(c.low[a] + c.high[a] + in[a] + (in[a] - 1) * c.interior[a]);
      const Array expected = build(t, out, [&](const Shape& i) {
        Shape source;
        for (size_t a = 0; a < 2; ++a) {
          const int64_t p = i[a] - c.low[a];
          const int64_t step = c.interior[a] + 1;
          if (p < 0 || p % step != 0 || p / step >= in[a]) return 7.0;
          source.push_back(p / step);
        }
        return at(x, source);
      });
      CHECK(difference(runNode(Op::kPad, PadAttrs{c.low, c.high, c.interior, 7}, {x}, {{t, out}})[0], expected) == 0);
    }
  }
}

TEST_CASE("concat joins along any axis, empty parts included") {
  const DType t = DType::kInt16;
  const Array a = randomArray(t, {2, 3, 4}, 6), b = randomArray(t, {2, 0, 4}, 7), c = randomArray(t, {2, 2, 4}, 8);
  const Array expected = build(t, {2, 5, 4}, [&](const Shape& i) { return i[1] < 3 ? at(a, i) : at(c, {i[0], i[1] - 3, i[2]}); });
  CHECK(difference(runNode(Op::kConcat, AxisAttrs{1}, {a, b, c}, {{t, {2, 5, 4}}})[0], expected) == 0);
}

TEST_CASE("dynamic slices clamp their start") {
  const DType t = DType::kFloat32;
  const Array x = randomArray(t, {5, 6}, 9);
  for (const auto& [row, column] : std::vector<std::pair<int, int>>{{0, 0}, {2, 3}, {9, -4}, {-1, 100}}) {
    const Array starts(DType::kInt32, {2}, {static_cast<double>(row), static_cast<double>(column)});
    const int64_t r = std::clamp(row, 0, 3), c = std::clamp(column, 0, 3);
    const Array expected = build(t, {2, 3}, [&](const Shape& i) { return at(x, {r + i[0], c + i[1]}); });
    CHECK(difference(runNode(Op::kDynamicSlice, SizesAttrs{{2, 3}}, {x, starts}, {{t, {2, 3}}})[0], expected) == 0);
    const Array update = randomArray(t, {2, 3}, 10);
    const Array updated = build(t, {5, 6}, [&](const Shape& i) {
      const bool inside = i[0] >= r && i[0] < r + 2 && i[1] >= c && i[1] < c + 3;
      return inside ? at(update, {i[0] - r, i[1] - c}) : at(x, i);
    });
    CHECK(difference(runNode(Op::kDynamicUpdateSlice, {}, {x, update, starts}, {{t, {5, 6}}})[0], updated) == 0);
  }
}

TEST_CASE("reshape copies when it must") {
  const Array x = randomArray(DType::kFloat16, {4, 6}, 11);
  const Array y = runNode(Op::kReshape, ReshapeAttrs{{3, 8}}, {x}, {{DType::kFloat16, {3, 8}}})[0];
  CHECK(y.values() == x.values());
}
