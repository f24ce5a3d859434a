#include <doctest/doctest.h>

#include "backends/node_util.h"
#include "tests/cpu_node_runner.h"

using namespace ibex;
using namespace ibex::testing;

namespace {

const DType kEveryType[] = {DType::kBool,  DType::kUint8,   DType::kInt8,     DType::kInt16,   DType::kInt32,  DType::kUint32,
                            DType::kInt64, DType::kFloat16, DType::kBFloat16, DType::kFloat32, DType::kFloat64};

double applyMode(int64_t mode, double old, double update) {
  switch (mode) {
    case 0: return update;
    case 1: return old + update;
    case 2: return std::max(old, update);
    case 3: return std::min(old, update);
    default: return old * update;
  }
}

Array randomIndices(DType t, Shape shape, int64_t extent, uint32_t seed) {
  std::mt19937 engine(seed);
  Array a(t, std::move(shape));
  for (int64_t i = 0; i < a.size(); ++i) a.set(i, static_cast<double>(engine() % static_cast<uint32_t>(extent)));
  return a;
}

template <class F>
Error caught(F&& f) {
  try {
    f();
  } catch (const Error& e) {
    return e;
  }
  return Error(ErrorCode::kInternal, "nothing was thrown");
}

}  // namespace

TEST_CASE("gather takes rows along an axis") {
  for (DType t : kEveryType) {
    for (DType it : {DType::kInt32, DType::kInt64}) {
      for (int64_t inner : {1, 3, 40}) {
        const Array x = randomArray(t, {3, 6, inner}, 1);
        const Array index = randomIndices(it, {2, 5}, 6, 2);
        const Array y = runNode(Op::kGather, AxisAttrs{1}, {x, index}, {{t, {3, 2, 5, inner}}})[0];
        for (int64_t o = 0; o < 3; ++o) {
          for (int64_t i = 0; i < 10; ++i) {
            for (int64_t c = 0; c < inner; ++c) {
              REQUIRE(y.at((o * 10 + i) * inner + c) == x.at((o * 6 + static_cast<int64_t>(index.at(i))) * inner + c));
            }
          }
        }
      }
    }
  }
}

TEST_CASE("gather_elements takes one element an index") {
  const Array x = randomArray(DType::kFloat32, {4, 5, 3}, 3);
  const Array index = randomIndices(DType::kInt32, {4, 7, 3}, 5, 4);
  const Array y = runNode(Op::kGatherElements, AxisAttrs{1}, {x, index}, {{DType::kFloat32, {4, 7, 3}}})[0];
  for (int64_t i = 0; i < y.size(); ++i) {
    REQUIRE(y.at(i) == x.at((i / 21 * 5 + static_cast<int64_t>(index.at(i))) * 3 + i % 3));
  }
}

TEST_CASE("gather_nd takes rows by index tuples") {
  const Array x = randomArray(DType::kInt64, {4, 5, 3}, 5);
  const Array index(DType::kInt64, {2, 2, 2}, {0, 0, 3, 4, 1, 2, 2, 0});
  const Array y = runNode(Op::kGatherNd, {}, {x, index}, {{DType::kInt64, {2, 2, 3}}})[0];
  for (int64_t r = 0; r < 4; ++r) {
    for (int64_t c = 0; c < 3; ++c) {
      REQUIRE(y.at(r * 3 + c) == x.at((static_cast<int64_t>(index.at(2 * r)) * 5 + static_cast<int64_t>(index.at(2 * r + 1))) * 3 + c));
    }
  }
}

TEST_CASE("scatter combines updates in the order of the indices") {
  for (DType t : kEveryType) {
    for (int64_t mode = 0; mode < 5; ++mode) {
      if (t == DType::kBool && mode != 0) continue;
      for (const Shape& shape : std::vector<Shape>{{2, 6, 3}, {1, 50, 64}, {1, 500, 1}}) {
        const int64_t extent = shape[1], inner = shape[2], outer = shape[0], count = 9;
        Array expected = randomArray(t, shape, 6);
        const Array x = expected.as(t);
        const Array index = randomIndices(DType::kInt32, {count}, std::min<int64_t>(extent, 6), 7);
        const Array updates = randomArray(t, {outer, count, inner}, 8);
        for (int64_t o = 0; o < outer; ++o) {
          for (int64_t u = 0; u < count; ++u) {
            for (int64_t c = 0; c < inner; ++c) {
              const int64_t at = (o * extent + static_cast<int64_t>(index.at(u))) * inner + c;
              const double value = applyMode(mode, expected.at(at), updates.at((o * count + u) * inner + c));
              // Integers wrap; the products of floats here stay in range.
              expected.set(at, t == DType::kUint8 ? std::fmod(value, 256)
                               : t == DType::kInt8 ? static_cast<int8_t>(static_cast<int64_t>(value)) : value);
            }
          }
        }
        CAPTURE(dtypeName(t));
        CAPTURE(mode);
        CHECK(difference(runNode(Op::kScatter, ScatterAttrs{1, mode}, {x, index, updates}, {{t, shape}})[0], expected) <= tolerance(t));
      }
    }
  }
}

TEST_CASE("a large scatter-add gives the same sums with rows or columns split over threads") {
  for (int64_t inner : {1, 2, 128}) {
    const int64_t extent = 300, count = 20000;
    const Array index = randomIndices(DType::kInt32, {count}, extent, 9);
    const Array updates = randomArray(DType::kFloat32, {count, inner}, 10);
    const Array zero(DType::kFloat32, {extent, inner}, std::vector<double>(static_cast<size_t>(extent * inner), 0));
    std::vector<float> sums(static_cast<size_t>(extent * inner), 0.0f);
    for (int64_t u = 0; u < count; ++u) {
      for (int64_t c = 0; c < inner; ++c) {
        sums[static_cast<size_t>(index.at(u)) * static_cast<size_t>(inner) + static_cast<size_t>(c)] += static_cast<float>(updates.at(u * inner + c));
      }
    }
    const Array y = runNode(Op::kScatter, ScatterAttrs{0, 1}, {zero, index, updates}, {{DType::kFloat32, {extent, inner}}})[0];
    CHECK(std::memcmp(y.data.get(), sums.data(), sums.size() * sizeof(float)) == 0);
  }
}

TEST_CASE("scatter_elements and scatter_nd put values where they were asked to") {
  const DType t = DType::kFloat32;
  const Array x = randomArray(t, {2, 3, 2}, 11);
  const Array index(DType::kInt64, {2, 2, 2}, {0, 2, 0, 1, 2, 2, 1, 0});
  const Array updates = randomArray(t, {2, 2, 2}, 12);
  Array expected = x.as(t);
  for (int64_t i = 0; i < 8; ++i) {
    const int64_t at = (i / 4 * 3 + static_cast<int64_t>(index.at(i))) * 2 + i % 2;
    expected.set(at, expected.at(at) + updates.at(i));
  }
  CHECK(difference(runNode(Op::kScatterElements, ScatterAttrs{1, 1}, {x, index, updates}, {{t, {2, 3, 2}}})[0], expected) < 1e-6);

  const Array tuples(DType::kInt32, {3, 2}, {1, 2, 0, 0, 1, 2});
  const Array rows = randomArray(t, {3, 2}, 13);
  expected = x.as(t);
  for (int64_t r = 0; r < 3; ++r) {
    for (int64_t c = 0; c < 2; ++c) expected.set((r == 1 ? 0 : 5) * 2 + c, rows.at(r * 2 + c));
  }
  CHECK(difference(runNode(Op::kScatterNd, ScatterAttrs{0, 0}, {x, tuples, rows}, {{t, {2, 3, 2}}})[0], expected) == 0);
}

TEST_CASE("an index out of range is an error that says which and where, and writes nothing") {
  const DType t = DType::kFloat32;
  const Array x = randomArray(t, {4, 3}, 14);
  for (double bad : {4.0, -1.0}) {
    const Array index(DType::kInt32, {2}, {1, bad});
    const Error e = caught([&] { runNode(Op::kGather, AxisAttrs{0}, {x, index}, {{t, {2, 3}}}); });
    CHECK(e.code() == ErrorCode::kIndexOutOfRange);
    CHECK(e.scope() == "model/layer");
    CHECK(std::string(e.what()).find("index " + std::to_string(static_cast<int>(bad))) != std::string::npos);
    CHECK(std::string(e.what()).find("extent 4") != std::string::npos);

    NodeRunner scatter(Op::kScatter, ScatterAttrs{0, 0}, {x, index, randomArray(t, {2, 3}, 15)}, {{t, {4, 3}}});
    std::vector<char> before(48);
    std::memcpy(before.data(), scatter.outputs()[0].data.get(), 48);
    CHECK(caught([&] { scatter.run(); }).code() == ErrorCode::kIndexOutOfRange);
    CHECK(std::memcmp(before.data(), scatter.outputs()[0].data.get(), 48) == 0);

    const Array square(DType::kInt32, {2, 3}, {0, 0, 0, 0, bad, 0});
    const Error inSquare = caught([&] { runNode(Op::kGatherElements, AxisAttrs{0}, {x, square}, {{t, {2, 3}}}); });
    CHECK(inSquare.code() == ErrorCode::kIndexOutOfRange);
    REQUIRE(inSquare.fault().has_value());
    CHECK(inSquare.fault()->index == static_cast<int64_t>(bad));
    CHECK(inSquare.fault()->extent == 4);
    CHECK(inSquare.fault()->position == std::vector<int64_t>{1, 1});
    CHECK(caught([&] {
            runNode(Op::kScatterElements, ScatterAttrs{0, 1}, {x, square, randomArray(t, {2, 3}, 16)}, {{t, {4, 3}}});
          }).code() == ErrorCode::kIndexOutOfRange);
    const Array tuple(DType::kInt32, {1, 2}, {bad, 0});
    CHECK(caught([&] { runNode(Op::kGatherNd, {}, {x, tuple}, {{t, {1}}}); }).code() == ErrorCode::kIndexOutOfRange);
    CHECK(caught([&] {
            runNode(Op::kScatterNd, ScatterAttrs{0, 1}, {x, tuple, randomArray(t, {1}, 17)}, {{t, {4, 3}}});
          }).code() == ErrorCode::kIndexOutOfRange);
  }
}
