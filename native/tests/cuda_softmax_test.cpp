// softmax, log_softmax, their gradients and sparse_crossentropy on CUDA's kernels.
#include <cmath>
#include <limits>

#include "ir/error.h"
#include "tests/cuda_nn_text.h"
#include "tests/cuda_node_check.h"

using namespace ibex;
using namespace ibex::testing;

namespace {

// Of a lane, of part of a warp, of a warp, of a block, and rows that are read again; with and without vectors.
const std::vector<std::vector<int64_t>> kShapes = {{7, 1}, {3, 5}, {5, 40}, {2, 3, 200}, {2, 1030}, {2, 17000}, {0, 4}};

}  // namespace

TEST_CASE("cuda: softmax and log_softmax") {
  CudaChecks checks;
  for (const char* op : {"softmax", "log_softmax"}) {
    for (const auto& shape : kShapes) {
      const std::string type = typeText("f32", shape);
      checks.add(nodeText(op, {type}, {type}));
      checks.add(nodeText(std::string(op) + "_grad", {type, type}, {type}), 1e-4);
    }
    for (const char* dtype : {"f64", "f16", "bf16"}) {
      const std::string type = typeText(dtype, {5, 48});
      checks.add(nodeText(op, {type}, {type}));
      checks.add(nodeText(std::string(op) + "_grad", {type, type}, {type}));
    }
  }
  checks.run();
}

TEST_CASE("cuda: softmax of rows with infinities and NaN") {
  constexpr double kInf = std::numeric_limits<double>::infinity();
  CudaChecks checks;
  for (const int64_t columns : {int64_t{6}, int64_t{17000}}) {
    const std::string type = typeText("f32", {5, columns});
    Array x(DType::kFloat32, {5, columns});
    for (int64_t i = 0; i < x.size(); ++i) x.set(i, static_cast<double>(i % 7));
    for (int64_t c = 0; c < columns; ++c) x.set(c, -kInf);                // nothing but -inf
    for (int64_t c = 1; c < columns; ++c) x.set(columns + c, -kInf);      // a number beside -inf
    for (int64_t c = 0; c + 1 < columns; ++c) x.set(2 * columns + c, -kInf);
    x.set(3 * columns + 2, kInf);
    x.set(4 * columns + 3, std::nan(""));
    for (const char* op : {"softmax", "log_softmax"}) checks.add(nodeText(op, {type}, {type}), -1, std::vector<Array>{x});
  }
  checks.run();
}

TEST_CASE("cuda: sparse_crossentropy") {
  CudaChecks checks;
  const auto add = [&](const char* dtype, const char* statistic, const char* label, int64_t rows, int64_t columns) {
    const std::string x = typeText(dtype, {rows, columns});
    const std::string loss = typeText(statistic, {rows}), sums = typeText(statistic, {rows}), labels = typeText(label, {rows});
    const auto numbers = [&](const std::string& type, uint32_t seed) {
      return randomFeeds(graphOf("%0: " + type + " = parameter {index=0, state=false}\noutputs %0\n"), seed)[0];
    };
    Array classes(std::string(label) == "i64" ? DType::kInt64 : DType::kInt32, {rows});
    for (int64_t r = 0; r < rows; ++r) classes.set(r, static_cast<double>((r * 7) % columns));
    Array logSum = numbers(sums, 4);
    for (int64_t r = 0; r < rows; ++r) logSum.set(r, std::abs(logSum.at(r)) + 3);
    checks.add(nodeText("sparse_crossentropy", {x, labels}, {loss, sums, sums}), -1,
               std::vector<Array>{numbers(x, 1), classes});
    checks.add(nodeText("sparse_crossentropy_grad", {loss, x, labels, sums, sums}, {x}), -1,
               std::vector<Array>{numbers(loss, 2), numbers(x, 1), classes, numbers(sums, 3), logSum});
  };
  add("f32", "f32", "i32", 9, 10);
  add("f32", "f32", "i64", 3, 1000);
  add("f64", "f64", "i32", 4, 33);
  add("bf16", "f32", "i64", 5, 64);
  add("f16", "f32", "i32", 2, 40000);
  checks.run();
}

TEST_CASE("cuda: a label out of range") {
  const CudaGraph graph(graphOf(nodeText("sparse_crossentropy", {"f32[3,4]", "i64[3]"}, {"f32[3]", "f32[3]", "f32[3]"})));
  const Array x = randomArray(DType::kFloat32, {3, 4}, 1);
  for (const double wrong : {4.0, -1.0}) {
    const Array labels(DType::kInt64, {3}, {0, wrong, 3});
    std::string onCpu, onCuda;
    try {
      runOnCpu(graph.graph(), {x, labels});
    } catch (const Error& error) {
      onCpu = error.what();
    }
    try {
      graph.run({x, labels});
    } catch (const Error& error) {
      onCuda = error.what();
    }
    CHECK(onCuda != "");
    CHECK(onCuda == onCpu);
  }
}
