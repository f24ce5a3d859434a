// batch_norm, layer_norm and their gradients on CUDA's kernels.
#include "tests/cuda_nn_text.h"
#include "tests/cuda_node_check.h"

using namespace ibex;
using namespace ibex::testing;

namespace {

struct Case {
  const char* dtype;
  const char* statistic;
  std::vector<int64_t> shape;
};

// Random inputs; those whose name is a variance or the like are made positive.
std::vector<Array> feedsOf(const std::string& text, const std::vector<size_t>& positive) {
  std::vector<Array> feeds = randomFeeds(graphOf(text), 5);
  for (const size_t i : positive) {
    for (int64_t k = 0; k < feeds[i].size(); ++k) feeds[i].set(k, 0.3 + std::abs(feeds[i].at(k)));
  }
  return feeds;
}

}  // namespace

TEST_CASE("cuda: batch_norm and its gradient") {
  CudaChecks checks;
  for (const Case& c : {Case{"f32", "f32", {2, 5, 7, 12}}, Case{"f32", "f32", {3000, 3}}, Case{"f32", "f32", {20, 300}},
                        Case{"f64", "f64", {50, 6}}, Case{"bf16", "f32", {6, 9, 64}}, Case{"f16", "f32", {40, 7}},
                        Case{"f32", "f32", {1, 4}}, Case{"f32", "f32", {0, 4}}, Case{"f32", "f32", {4, 0}}}) {
    const std::string x = typeText(c.dtype, c.shape), features = typeText(c.statistic, {c.shape.back()});
    checks.add(nodeText("batch_norm", {x, features, features}, {x, features, features}, "epsilon=0.001"));
    const std::string gradient =
        nodeText("batch_norm_grad", {x, x, features, features, features}, {x, features, features}, "epsilon=0.001");
    checks.add(gradient, -1, feedsOf(gradient, {4}));
  }
  checks.run();
}

TEST_CASE("cuda: the variance of batch_norm of numbers far from zero") {
  const std::string text =
      nodeText("batch_norm", {"f32[4000,2]", "f32[2]", "f32[2]"}, {"f32[4000,2]", "f32[2]", "f32[2]"}, "epsilon=0");
  Array x = randomArray(DType::kFloat32, {4000, 2}, 1);
  for (int64_t i = 0; i < x.size(); ++i) x.set(i, x.at(i) + 1000);
  checkOnCuda(text, 1e-3, std::vector<Array>{x, randomArray(DType::kFloat32, {2}, 2), randomArray(DType::kFloat32, {2}, 3)});
}

TEST_CASE("cuda: layer_norm and its gradient") {
  CudaChecks checks;
  for (const Case& c : {Case{"f32", "f32", {3, 5, 12}}, Case{"f32", "f32", {600, 3}}, Case{"f32", "f32", {2, 1200}},
                        Case{"f32", "f32", {2, 17001}}, Case{"f64", "f64", {5, 6}}, Case{"bf16", "f32", {6, 64}},
                        Case{"f16", "f32", {4, 7}}, Case{"f32", "f32", {3, 1}}, Case{"f32", "f32", {0, 4}},
                        Case{"f32", "f32", {4, 0}}}) {
    const std::string x = typeText(c.dtype, c.shape), features = typeText(c.statistic, {c.shape.back()});
    const std::string rows = typeText(c.statistic, {c.shape.begin(), c.shape.end() - 1});
    checks.add(nodeText("layer_norm", {x, features, features}, {x, rows, rows}, "epsilon=0.001"));
    const std::string gradient = nodeText("layer_norm_grad", {x, x, features, rows, rows}, {x, features, features});
    checks.add(gradient, -1, feedsOf(gradient, {4}));
  }
  checks.run();
}
