// Matrix products on CUDA's kernels.
#include "tests/cuda_nn_text.h"
#include "tests/cuda_node_check.h"

using namespace ibex;
using namespace ibex::testing;

namespace {

// Sums of thousands of numbers that nearly cancel.
constexpr double kOfLongSums = 1e-4;

std::string flags(bool transposeA, bool transposeB) {
  const auto text = [](bool value) { return std::string(value ? "true" : "false"); };
  return "transposeA=" + text(transposeA) + ", transposeB=" + text(transposeB);
}

std::string matmul(const std::string& dtype, std::vector<int64_t> a, std::vector<int64_t> b, std::vector<int64_t> y,
                   bool transposeA, bool transposeB) {
  if (transposeA) std::swap(a[a.size() - 1], a[a.size() - 2]);
  if (transposeB) std::swap(b[b.size() - 1], b[b.size() - 2]);
  return nodeText("matmul", {typeText(dtype, a), typeText(dtype, b)}, {typeText(dtype, y)}, flags(transposeA, transposeB));
}

}  // namespace

TEST_CASE("CUDA kernels: matrix products of all types, transposed either way") {
  CudaChecks checks;
  for (const char* dtype : {"f32", "f64", "f16", "bf16", "i32", "i64"}) {
    checks.add(matmul(dtype, {33, 20}, {20, 41}, {33, 41}, false, false));
  }
  for (const bool transposeA : {false, true}) {
    for (const bool transposeB : {false, true}) {
      checks.add(matmul("f32", {70, 19}, {19, 130}, {70, 130}, transposeA, transposeB));
      checks.add(matmul("f32", {1, 5}, {5, 1}, {1, 1}, transposeA, transposeB));
    }
  }
  checks.run();
}

TEST_CASE("CUDA kernels: matrix products with a batch, broadcast, deep, and empty") {
  CudaChecks checks;
  checks.add(matmul("f32", {3, 10, 8}, {3, 8, 6}, {3, 10, 6}, false, false));
  checks.add(matmul("f32", {2, 1, 10, 8}, {3, 8, 6}, {2, 3, 10, 6}, true, false));
  checks.add(matmul("f32", {4, 2, 5, 8}, {8, 6}, {4, 2, 5, 6}, false, true));
  checks.add(matmul("f32", {20, 3000}, {3000, 10}, {20, 10}, false, false), kOfLongSums);
  checks.add(matmul("f64", {3, 1500}, {1500, 3}, {3, 3}, true, false));
  checks.add(matmul("i64", {17, 700}, {700, 3}, {17, 3}, false, false));
  checks.add(matmul("f32", {4, 0}, {0, 3}, {4, 3}, false, false));
  checks.add(matmul("f32", {0, 4}, {4, 3}, {0, 3}, false, false));
  checks.run();
}

TEST_CASE("CUDA kernels: matrix products with their epilogues") {
  CudaChecks checks;
  for (const char* dtype : {"f32", "bf16"}) {
    for (const int64_t depth : {9, 900}) {
      for (int mask = 0; mask < 8; ++mask) {
        const std::vector<int64_t> y = {20, 30};
        const auto text = [&](int bit) { return std::string((mask & bit) != 0 ? "true" : "false"); };
        std::vector<std::string> inputs = {typeText(dtype, {20, depth}), typeText(dtype, {depth, 30})};
        if ((mask & 1) != 0) inputs.push_back(typeText(dtype, {30}));
        if ((mask & 2) != 0) inputs.push_back(typeText(dtype, y));
        checks.add(nodeText("matmul_epilogue", inputs, {typeText(dtype, y)},
                            flags(false, false) + ", bias=" + text(1) + ", residual=" + text(2) + ", relu=" + text(4)),
                   dtype == std::string("f32") ? kOfLongSums : -1);
      }
    }
  }
  checks.run();
}
