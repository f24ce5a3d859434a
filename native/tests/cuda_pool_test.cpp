// The pooling ops on CUDA's kernels.
#include "tests/cuda_nn_text.h"
#include "tests/cuda_node_check.h"

using namespace ibex;
using namespace ibex::testing;

namespace {

struct Case {
  int64_t batch, channels;
  std::vector<int64_t> in, out, window, strides, padLow, dilation;
};

const std::vector<Case> kCases = {
    {2, 5, {7}, {4}, {3}, {2}, {1}, {1}},
    {2, 8, {6, 7}, {3, 4}, {3, 3}, {2, 2}, {0, 1}, {1, 1}},
    {1, 12, {8, 8}, {8, 3}, {3, 2}, {1, 2}, {1, 0}, {1, 3}},
    {1, 4, {4, 5, 6}, {2, 4, 3}, {2, 3, 2}, {2, 1, 2}, {0, 1, 0}, {1, 1, 1}},
    {1, 16, {5, 5}, {2, 2}, {2, 2}, {3, 3}, {0, 0}, {1, 1}},
    {3, 3, {9, 11}, {1, 1}, {9, 11}, {1, 1}, {0, 0}, {1, 1}},
    {1, 2, {3}, {6}, {2}, {1}, {3}, {1}},  // windows that lie in the padding alone
    {0, 16, {5, 5}, {2, 2}, {2, 2}, {2, 2}, {0, 0}, {1, 1}},
};

std::vector<int64_t> shapeOf(const Case& c, const std::vector<int64_t>& spatial) {
  std::vector<int64_t> shape = {c.batch};
  shape.insert(shape.end(), spatial.begin(), spatial.end());
  shape.push_back(c.channels);
  return shape;
}

std::string attributes(const Case& c, bool countPadding, bool gradient) {
  const auto list = [](const std::vector<int64_t>& numbers) { return typeText("", numbers); };
  std::vector<int64_t> padHigh;
  for (size_t i = 0; i < c.in.size(); ++i) {
    const int64_t reached = (c.out[i] - 1) * c.strides[i] + (c.window[i] - 1) * c.dilation[i] + 1;
    padHigh.push_back(std::max<int64_t>(0, reached - c.padLow[i] - c.in[i]));
  }
  return "window=" + list(c.window) + ", strides=" + list(c.strides) + ", padLow=" + list(c.padLow) + ", padHigh=" +
         list(padHigh) + ", dilation=" + list(c.dilation) + ", countPadding=" + (countPadding ? "true" : "false") +
         ", spatial=" + list(gradient ? c.in : std::vector<int64_t>{});
}

void addMax(CudaChecks& checks, const Case& c, const char* dtype) {
  const std::string x = typeText(dtype, shapeOf(c, c.in)), y = typeText(dtype, shapeOf(c, c.out));
  const std::string at = typeText("i32", shapeOf(c, c.out)), plain = attributes(c, false, false);
  const std::string forward = nodeText("max_pool", {x}, {y, at}, plain);
  std::vector<Array> feeds = randomFeeds(graphOf(forward), 3);
  if (feeds[0].size() > 5) feeds[0].set(5, NAN);
  checks.add(forward, -1, feeds);
  const Array places = runOnCpu(graphOf(forward), feeds)[1];
  const std::string gradient = nodeText("max_pool_grad", {y, at}, {x}, attributes(c, false, true));
  checks.add(gradient, -1, std::vector<Array>{randomFeeds(graphOf(gradient), 4)[0], places});
  checks.add(nodeText("max_pool_gather", {x, at}, {y}, plain), -1, std::vector<Array>{feeds[0], places});
}

void addAverage(CudaChecks& checks, const Case& c, const char* dtype, bool countPadding) {
  const std::string x = typeText(dtype, shapeOf(c, c.in)), y = typeText(dtype, shapeOf(c, c.out));
  checks.add(nodeText("avg_pool", {x}, {y}, attributes(c, countPadding, false)));
  checks.add(nodeText("avg_pool_grad", {y}, {x}, attributes(c, countPadding, true)));
}

}  // namespace

TEST_CASE("cuda: max_pool, its gradient and max_pool_gather") {
  CudaChecks checks;
  for (const Case& c : kCases) addMax(checks, c, "f32");
  for (const char* dtype : {"f64", "f16", "bf16"}) addMax(checks, kCases[1], dtype);
  checks.run();
}

TEST_CASE("cuda: avg_pool and its gradient") {
  CudaChecks checks;
  for (const Case& c : kCases) {
    for (const bool countPadding : {false, true}) addAverage(checks, c, "f32", countPadding);
  }
  for (const char* dtype : {"f64", "f16", "bf16"}) addAverage(checks, kCases[1], dtype, false);
  checks.run();
}
