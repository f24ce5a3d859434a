// gather and scatter, of the CUDA backend.
#include <string>

#include "tests/cuda_node_check.h"

using namespace ibex;
using namespace ibex::testing;

namespace {

struct Named {
  DType type;
  std::string name;
};
const Named kTypes[] = {{DType::kBool, "bool"},       {DType::kUint8, "u8"},     {DType::kInt8, "i8"},
                        {DType::kInt16, "i16"},       {DType::kInt32, "i32"},    {DType::kUint32, "u32"},
                        {DType::kInt64, "i64"},       {DType::kFloat16, "f16"},  {DType::kBFloat16, "bf16"},
                        {DType::kFloat32, "f32"},     {DType::kFloat64, "f64"}};
const Named kFloat{DType::kFloat32, "f32"};
const Named kInt{DType::kInt32, "i32"};

std::string shapeText(const Shape& shape) {
  std::string text;
  for (const int64_t extent : shape) text += (text.empty() ? "" : ",") + std::to_string(extent);
  return "[" + text + "]";
}
std::string parameter(int index, const Named& type, const Shape& shape) {
  return "%" + std::to_string(index) + ": " + type.name + shapeText(shape) + " = parameter {index=" +
         std::to_string(index) + ", state=false}\n";
}

// Each in the range that its place in a tuple has.
Array indices(const Named& type, const Shape& shape, const Shape& extents, uint32_t seed) {
  std::mt19937 engine(seed);
  Array array(type.type, shape);
  for (int64_t i = 0; i < array.size(); ++i) {
    const auto extent = static_cast<uint32_t>(extents[static_cast<size_t>(i) % extents.size()]);
    array.set(i, static_cast<double>(engine() % extent));
  }
  return array;
}

std::string gatherText(const Named& t, const Named& i, const Shape& x, const Shape& index, const Shape& out,
                       const std::string& op) {
  return parameter(0, t, x) + parameter(1, i, index) + "%2: " + t.name + shapeText(out) + " = " + op + "\noutputs %2\n";
}
std::string scatterText(const Named& t, const Named& i, const Shape& x, const Shape& index, const Shape& updates,
                        const std::string& op, int64_t axis, int mode) {
  return parameter(0, t, x) + parameter(1, i, index) + parameter(2, t, updates) + "%3: " + t.name + shapeText(x) + " = " +
         op + " %0, %1, %2 {axis=" + std::to_string(axis) + ", mode=" + std::to_string(mode) + "}\noutputs %3\n";
}

// Equal to the CPU's to the bit, also what is rounded, but where a row has more updates than are one chain.
void addScatter(CudaChecks& checks, const Named& t, const Named& i, const Shape& x, const Shape& index,
                const Shape& updates, const std::string& op, int64_t axis, int mode, const Shape& extents) {
  const bool chained = mode % 3 == 1 && product(updates) > 256;
  checks.add(scatterText(t, i, x, index, updates, op, axis, mode), chained ? -1 : 0,
             std::vector<Array>{randomArray(t.type, x, 1), indices(i, index, extents, 2), randomArray(t.type, updates, 3)});
}

Error caught(const std::string& text, const std::vector<Array>& feeds) {
  try {
    CudaGraph(graphOf(text)).run(feeds);
  } catch (const Error& error) {
    return error;
  }
  return Error(ErrorCode::kInternal, "nothing was thrown");
}
std::string caughtOnCpu(const std::string& text, const std::vector<Array>& feeds) {
  try {
    runOnCpu(graphOf(text), feeds);
  } catch (const Error& error) {
    return error.what();
  }
  return "nothing was thrown";
}

}  // namespace

TEST_CASE("cuda: gathering rows, elements and by tuples") {
  CudaChecks checks;
  for (const Named& t : kTypes) {
    for (const Named& i : {kInt, Named{DType::kInt64, "i64"}}) {
      if (i.type == DType::kInt64 && dtypeSize(t.type) != 4) continue;
      const Shape x{3, 6, 20};
      const auto feeds = [&](const Shape& index, const Shape& extents) {
        return std::vector<Array>{randomArray(t.type, x, 1), indices(i, index, extents, 2)};
      };
      checks.add(gatherText(t, i, x, {2, 5}, {3, 2, 5, 20}, "gather %0, %1 {axis=1}"), 0, feeds({2, 5}, {6}));
      checks.add(gatherText(t, i, x, {7}, {3, 6, 7}, "gather %0, %1 {axis=2}"), 0, feeds({7}, {20}));
      checks.add(gatherText(t, i, x, {3, 4, 20}, {3, 4, 20}, "gather_elements %0, %1 {axis=1}"), 0,
                 feeds({3, 4, 20}, {6}));
      checks.add(gatherText(t, i, x, {9, 2}, {9, 20}, "gather_nd %0, %1"), 0, feeds({9, 2}, {3, 6}));
    }
  }
  checks.add(gatherText(kFloat, kInt, {5}, {}, {}, "gather %0, %1 {axis=0}"), 0,
             std::vector<Array>{randomArray(DType::kFloat32, {5}, 1), Array(DType::kInt32, {}, {3})});
  checks.add(gatherText(kFloat, kInt, {5, 3}, {0}, {0, 3}, "gather %0, %1 {axis=0}"));
  checks.add(gatherText(kFloat, kInt, {1000, 256}, {1500}, {1500, 256}, "gather %0, %1 {axis=0}"), 0,
             std::vector<Array>{randomArray(DType::kFloat32, {1000, 256}, 1), indices(kInt, {1500}, {1000}, 2)});
  checks.run();
}

TEST_CASE("cuda: scattering in every mode, the last or each of the updates of a row, in their order") {
  CudaChecks checks;
  for (const Named& t : kTypes) {
    for (int mode = 0; mode < 5; ++mode) {
      const bool some = t.type == DType::kBool || t.type == DType::kInt32 || t.type == DType::kBFloat16;
      if (mode % 2 == 0 && !some) continue;  // each text takes a while to compile
      const Named i = mode % 2 == 0 ? kInt : Named{DType::kInt64, "i64"};
      addScatter(checks, t, i, {3, 6, 8}, {2, 10}, {3, 2, 10, 8}, "scatter", 1, mode, {6});
      if (!some) continue;
      addScatter(checks, t, i, {3, 6, 5}, {3, 40, 5}, {3, 40, 5}, "scatter_elements", 1, mode, {6});
      addScatter(checks, t, i, {3, 6, 5}, {3, 20, 5}, {3, 20, 5}, "scatter_elements", 1, mode, {6});
      addScatter(checks, t, i, {3, 6, 5}, {30, 2}, {30, 5}, "scatter_nd", 0, mode, {3, 6});
    }
  }
  checks.run();
}

TEST_CASE("cuda: scattering many updates, that no block sorts, and few into many rows") {
  CudaChecks checks;
  for (int mode : {0, 1, 2}) {
    addScatter(checks, kFloat, kInt, {300, 4}, {9000}, {9000, 4}, "scatter", 0, mode, {300});
    addScatter(checks, kFloat, kInt, {256}, {5000}, {5000}, "scatter", 0, mode, {256});
    addScatter(checks, kFloat, kInt, {70000, 2}, {5000}, {5000, 2}, "scatter", 0, mode, {70000});
    addScatter(checks, kFloat, kInt, {200000}, {5}, {5}, "scatter", 0, mode, {200000});
    addScatter(checks, kFloat, kInt, {2, 50, 3}, {2, 2000, 3}, {2, 2000, 3}, "scatter_elements", 1, mode, {50});
    addScatter(checks, kFloat, kInt, {4, 10000}, {3, 10000}, {3, 10000}, "scatter_elements", 0, mode, {4});
    addScatter(checks, kFloat, kInt, {40, 60, 2}, {6000, 2}, {6000, 2}, "scatter_nd", 0, mode, {40, 60});
  }
  addScatter(checks, kFloat, kInt, {5, 3}, {0}, {0, 3}, "scatter", 0, 1, {5});
  // Rows that go on for many chunks, end where one ends, and begin where one begins.
  std::vector<double> runs(6000, 7);
  for (size_t k = 0; k < 256; ++k) runs[k * 3] = 2;
  for (size_t k = 256; k < 1000; ++k) runs[k * 3] = 3;
  for (const int mode : {1, 2, 4}) {
    for (const Named& t : {kFloat, Named{DType::kInt64, "i64"}}) {
      checks.add(scatterText(t, kInt, {10, 4}, {6000}, {6000, 4}, "scatter", 0, mode), 1e-4,
                 std::vector<Array>{randomArray(t.type, {10, 4}, 1), Array(DType::kInt32, {6000}, runs),
                                    randomArray(t.type, {6000, 4}, 2)});
    }
  }
  checks.run();
}

TEST_CASE("cuda: maxima and minima of updates keep NaN") {
  CudaChecks checks;
  for (int mode : {2, 3}) {
    checks.add(scatterText(kFloat, kInt, {3}, {6}, {6}, "scatter", 0, mode), 0,
               std::vector<Array>{Array(DType::kFloat32, {3}, {1, NAN, 2}),
                                  Array(DType::kInt32, {6}, {0, 1, 2, 2, 0, 2}),
                                  Array(DType::kFloat32, {6}, {4, 5, NAN, 3, -8, 9})});
  }
  checks.run();
}

TEST_CASE("cuda: an index out of range is told as on a CPU, and nothing is written for it") {
  const Array x = randomArray(DType::kFloat32, {4, 6}, 1);
  const auto check = [&](const std::string& text, const Array& index, const std::vector<Array>& more) {
    std::vector<Array> feeds{x, index};
    feeds.insert(feeds.end(), more.begin(), more.end());
    CAPTURE(text);
    const Error error = caught(text, feeds);
    CHECK(error.code() == ErrorCode::kIndexOutOfRange);
    CHECK(std::string(error.what()) == caughtOnCpu(text, feeds));
  };
  const Array rows(DType::kInt32, {3}, {1, 6, 2});
  check(gatherText(kFloat, kInt, {4, 6}, {3}, {4, 3}, "gather %0, %1 {axis=1}"), rows, {});
  Array elements = indices(kInt, {4, 2}, {6}, 1);
  elements.set(5, -1);
  check(gatherText(kFloat, kInt, {4, 6}, {4, 2}, {4, 2}, "gather_elements %0, %1 {axis=1}"), elements, {});
  const Array tuples(DType::kInt32, {2, 2}, {1, 2, 0, 100});
  check(gatherText(kFloat, kInt, {4, 6}, {2, 2}, {2}, "gather_nd %0, %1"), tuples, {});
  for (int mode : {0, 1}) {
    check(scatterText(kFloat, kInt, {4, 6}, {3}, {4, 3}, "scatter", 1, mode), rows, {randomArray(DType::kFloat32, {4, 3}, 2)});
    check(scatterText(kFloat, kInt, {4, 6}, {4, 2}, {4, 2}, "scatter_elements", 1, mode), elements,
          {randomArray(DType::kFloat32, {4, 2}, 2)});
    check(scatterText(kFloat, kInt, {4, 6}, {2, 2}, {2}, "scatter_nd", 0, mode), tuples,
          {randomArray(DType::kFloat32, {2}, 2)});
    Array many = indices(kInt, {5000}, {4}, 2);
    many.set(4321, 4);
    check(scatterText(kFloat, kInt, {4, 6}, {5000}, {5000, 6}, "scatter", 0, mode), many,
          {randomArray(DType::kFloat32, {5000, 6}, 2)});
    Array line(DType::kInt32, {4, 40}, std::vector<double>(160, 1));
    line.set(159, 6);
    check(scatterText(kFloat, kInt, {4, 6}, {4, 40}, {4, 40}, "scatter_elements", 1, mode), line,
          {randomArray(DType::kFloat32, {4, 40}, 2)});
  }
}
