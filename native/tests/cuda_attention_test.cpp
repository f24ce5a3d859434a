// attention and its gradient on CUDA's kernels.
#include "tests/cuda_nn_text.h"
#include "tests/cuda_node_check.h"

using namespace ibex;
using namespace ibex::testing;

namespace {

struct Case {
  int64_t batch, queries, keys, heads, keyHeads, depth, valueDepth;
  bool causal = false;
  std::vector<int64_t> mask = {};  // empty: none
  const char* dtype = "f32";
};

void add(CudaChecks& checks, const Case& c) {
  const std::string q = typeText(c.dtype, {c.batch, c.queries, c.heads, c.depth});
  const std::string k = typeText(c.dtype, {c.batch, c.keys, c.keyHeads, c.depth});
  const std::string v = typeText(c.dtype, {c.batch, c.keys, c.keyHeads, c.valueDepth});
  const std::string out = typeText(c.dtype, {c.batch, c.queries, c.heads, c.valueDepth});
  const std::string logSum = typeText(std::string(c.dtype) == "f64" ? "f64" : "f32", {c.batch, c.heads, c.queries});
  const std::string attributes = "scale=0.3, causal=" + std::string(c.causal ? "true" : "false") +
                                 ", mask=" + (c.mask.empty() ? "false" : "true");
  std::vector<std::string> inputs = {q, k, v};
  std::vector<std::string> gradientInputs = {out, q, k, v, out, logSum};
  if (!c.mask.empty()) {
    inputs.push_back(typeText("bool", c.mask));
    gradientInputs.push_back(inputs.back());
  }
  const std::string forward = nodeText("attention", inputs, {out, logSum}, attributes);
  std::vector<Array> feeds = randomFeeds(graphOf(forward), 5);
  // The first row of the mask sees nothing.
  for (int64_t j = 0; !c.mask.empty() && j < c.mask.back(); ++j) feeds[3].set(j, 0);
  checks.add(forward, -1, feeds);
  const std::vector<Array> results = runOnCpu(graphOf(forward), feeds);
  const std::string backward = nodeText("attention_grad", gradientInputs, {q, k, v}, attributes);
  std::vector<Array> values = {randomFeeds(graphOf(backward), 6)[0], feeds[0], feeds[1], feeds[2], results[0], results[1]};
  if (!c.mask.empty()) values.push_back(feeds[3]);
  checks.add(backward, -1, values);
}

}  // namespace

TEST_CASE("cuda: attention and its gradient") {
  CudaChecks checks;
  add(checks, {2, 5, 7, 3, 3, 4, 6});
  add(checks, {1, 40, 37, 2, 1, 16, 16});
  add(checks, {1, 35, 35, 4, 2, 20, 33, true});
  add(checks, {2, 20, 9, 2, 2, 8, 8, true});
  add(checks, {2, 18, 21, 2, 2, 8, 5, false, {2, 1, 18, 21}});
  add(checks, {1, 50, 50, 2, 1, 8, 64, true, {1, 2, 50, 50}});
  add(checks, {2, 6, 19, 2, 2, 7, 32, false, {1, 1, 1, 19}});
  add(checks, {3, 70, 40, 8, 8, 8, 8});
  add(checks, {12, 66, 66, 4, 4, 8, 8, true});
  add(checks, {17, 66, 66, 4, 4, 8, 8});
  add(checks, {1, 20, 20, 2, 2, 9, 4, true, {}, "f64"});
  add(checks, {1, 20, 20, 2, 2, 15, 8, true, {}, "bf16"});
  add(checks, {1, 20, 20, 2, 1, 8, 24, false, {1, 1, 20, 20}, "f16"});
  add(checks, {0, 3, 4, 2, 2, 8, 8});
  add(checks, {1, 3, 1, 1, 1, 1, 1});
  add(checks, {1, 3, 2, 1, 1, 4, 0});
  add(checks, {1, 3, 2, 1, 1, 0, 4});
  checks.run();
}

TEST_CASE("cuda: attention on tensor cores") {
  CudaChecks checks;
  add(checks, {1, 20, 20, 2, 2, 16, 16, false, {}, "bf16"});
  add(checks, {2, 70, 150, 2, 1, 32, 16, false, {}, "f16"});
  add(checks, {1, 130, 130, 2, 2, 16, 48, true, {}, "bf16"});
  add(checks, {1, 70, 200, 2, 1, 16, 16, true, {}, "f16"});
  add(checks, {1, 140, 80, 2, 2, 16, 16, true, {}, "bf16"});
  add(checks, {2, 70, 70, 2, 2, 16, 16, true, {1, 2, 70, 70}, "f16"});
  add(checks, {1, 30, 90, 2, 1, 32, 32, false, {1, 1, 30, 90}, "bf16"});
  add(checks, {1, 66, 65, 1, 1, 128, 64, false, {}, "bf16"});
  add(checks, {1, 20, 30, 1, 1, 256, 16, true, {}, "f16"});
  checks.run();
}

TEST_CASE("cuda: attention of heads that no tile holds") {
  CudaChecks checks;
  add(checks, {1, 5, 6, 2, 1, 1300, 40, false, {}});
  add(checks, {1, 150, 140, 1, 1, 700, 600, true, {1, 1, 150, 140}, "f64"});
  add(checks, {1, 3, 2, 1, 1, 1400, 1400, false, {1, 1, 3, 2}, "bf16"});
  checks.run();
}
