// lstm, gru and their gradients on CUDA's kernels: by rows of the batch, and step by step where the weights are too many.
#include "tests/cuda_nn_text.h"
#include "tests/cuda_node_check.h"

using namespace ibex;
using namespace ibex::testing;

namespace {

struct Case {
  const char* dtype;
  int64_t batch, steps, units;
  bool reverse, mask;
  double tolerance = -1;
};

const std::vector<Case> kCases = {
    {"f32", 3, 4, 5, false, false},   {"f32", 2, 5, 8, true, false},         {"f32", 3, 4, 7, false, true},
    {"f32", 2, 4, 36, true, true},    {"f64", 2, 3, 6, true, true},          {"f16", 2, 3, 4, false, true},
    {"bf16", 2, 3, 9, false, false},  {"f32", 0, 3, 4, false, false},        {"f32", 2, 0, 4, false, false},
    {"f32", 3, 1, 4, false, true},    {"f32", 3, 2, 260, true, true, 1e-4},  {"f64", 10, 2, 257, false, true},
    {"bf16", 2, 2, 264, false, false}, {"f32", 1, 3, 130, false, false, 1e-4},
    {"f32", 265, 2, 3, false, true},   {"f32", 530, 2, 3, true, false},      {"f32", 64, 2, 257, false, false, 1e-4},
    {"f32", 130, 1, 257, false, false, 1e-4},
};

std::string attributes(const Case& c) {
  return std::string("reverse=") + (c.reverse ? "true" : "false") + ", mask=" + (c.mask ? "true" : "false");
}

// Weights are made small, as they are in layers, so that gates do not saturate; a gradient's other inputs are those and
// the results of the forward op.
Array scaled(Array array, double factor) {
  for (int64_t i = 0; i < array.size(); ++i) array.set(i, array.at(i) * factor);
  return array;
}

void add(CudaChecks& checks, const Case& c, bool lstm) {
  const int64_t parts = lstm ? 4 : 3;
  const auto sequence = [&](int64_t width) { return typeText(c.dtype, {c.batch, c.steps, width * c.units}); };
  const std::string state = typeText(c.dtype, {c.batch, c.units}), bias = typeText(c.dtype, {3 * c.units});
  const std::string weights = typeText(c.dtype, {c.units, parts * c.units});
  const std::string mask = typeText("bool", {c.batch, c.steps});
  std::vector<std::string> inputs = lstm ? std::vector<std::string>{sequence(4), weights, state, state}
                                         : std::vector<std::string>{sequence(3), weights, bias, state};
  const std::vector<std::string> outputs = lstm ? std::vector<std::string>{sequence(1), sequence(1), sequence(4)}
                                                : std::vector<std::string>{sequence(1), sequence(4)};
  if (c.mask) inputs.push_back(mask);
  const std::string forward = nodeText(lstm ? "lstm" : "gru", inputs, outputs, attributes(c));
  std::vector<Array> feeds = randomFeeds(graphOf(forward), 7);
  feeds[1] = scaled(feeds[1], 1 / std::sqrt(static_cast<double>(c.units)));
  checks.add(forward, c.tolerance, feeds);

  const std::vector<Array> results = runOnCpu(graphOf(forward), feeds);
  std::vector<std::string> gradientInputs =
      lstm ? std::vector<std::string>{sequence(1), sequence(1), weights, state, state, sequence(1), sequence(1), sequence(4)}
           : std::vector<std::string>{sequence(1), weights, state, sequence(1), sequence(4)};
  const std::vector<std::string> gradients = lstm ? std::vector<std::string>{sequence(4), state, state}
                                                  : std::vector<std::string>{sequence(3), sequence(3), state, bias};
  if (c.mask) gradientInputs.push_back(mask);
  const std::string backward = nodeText(lstm ? "lstm_grad" : "gru_grad", gradientInputs, gradients, attributes(c));
  const std::vector<Array> random = randomFeeds(graphOf(backward), 8);
  std::vector<Array> values =
      lstm ? std::vector<Array>{random[0], random[1], feeds[1], feeds[2], feeds[3], results[0], results[1], results[2]}
           : std::vector<Array>{random[0], feeds[1], feeds[3], results[0], results[1]};
  if (c.mask) values.push_back(feeds.back());
  checks.add(backward, c.tolerance, values);
}

}  // namespace

TEST_CASE("cuda: lstm and its gradient") {
  CudaChecks checks;
  for (const Case& c : kCases) add(checks, c, true);
  checks.run();
}

TEST_CASE("cuda: gru and its gradient") {
  CudaChecks checks;
  for (const Case& c : kCases) add(checks, c, false);
  checks.run();
}
