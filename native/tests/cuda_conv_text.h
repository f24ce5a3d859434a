// Convolutions as text, for the tests of them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/cuda_nn_text.h"
#include "tests/cuda_node_check.h"

namespace ibex::testing {

struct ConvCase {
  int64_t batch, inputs, outputs, groups;
  std::vector<int64_t> in, kernel, strides, padLow, padHigh, dilation;
  const char* dtype = "f32";
};

inline const std::vector<ConvCase> kConvCases = {
    {2, 3, 5, 1, {11}, {3}, {2}, {1}, {1}, {1}},
    {2, 3, 20, 1, {8, 9}, {3, 3}, {1, 1}, {1, 1}, {1, 1}, {1, 1}},
    {1, 4, 6, 2, {7, 6}, {3, 2}, {2, 1}, {0, 1}, {2, 0}, {1, 2}},
    {2, 6, 6, 6, {6, 6}, {3, 3}, {1, 1}, {1, 1}, {1, 1}, {1, 1}},
    {1, 2, 3, 1, {4, 5, 6}, {2, 3, 2}, {1, 2, 2}, {0, 1, 1}, {1, 1, 0}, {1, 1, 1}},
    {3, 40, 17, 1, {5, 5}, {1, 1}, {1, 1}, {0, 0}, {0, 0}, {1, 1}},
    {4, 2, 3, 1, {20, 20}, {3, 3}, {1, 1}, {1, 1}, {1, 1}, {1, 1}},  // its filter gradient is deep
    {0, 2, 3, 1, {8, 8}, {3, 3}, {1, 1}, {0, 0}, {0, 0}, {1, 1}},
    {2, 3, 4, 1, {6, 6}, {3, 3}, {2, 2}, {1, 1}, {1, 1}, {1, 1}, "f64"},
    {2, 3, 4, 1, {6, 6}, {3, 3}, {1, 1}, {1, 1}, {1, 1}, {1, 1}, "f16"},
    {2, 3, 4, 1, {6, 6}, {3, 3}, {1, 1}, {1, 1}, {1, 1}, {1, 1}, "bf16"},
};

inline std::vector<int64_t> shapeOf(int64_t first, const std::vector<int64_t>& spatial, std::vector<int64_t> last) {
  std::vector<int64_t> shape;
  if (first >= 0) shape.push_back(first);
  shape.insert(shape.end(), spatial.begin(), spatial.end());
  shape.insert(shape.end(), last.begin(), last.end());
  return shape;
}

inline std::vector<int64_t> outOf(const ConvCase& c) {
  std::vector<int64_t> out;
  for (size_t i = 0; i < c.in.size(); ++i) {
    out.push_back((c.in[i] + c.padLow[i] + c.padHigh[i] - c.dilation[i] * (c.kernel[i] - 1) - 1) / c.strides[i] + 1);
  }
  return out;
}

struct ConvTypes {
  std::string x, w, y;
  explicit ConvTypes(const ConvCase& c)
      : x(typeText(c.dtype, shapeOf(c.batch, c.in, {c.inputs}))),
        w(typeText(c.dtype, shapeOf(-1, c.kernel, {c.inputs / c.groups, c.outputs}))),
        y(typeText(c.dtype, shapeOf(c.batch, outOf(c), {c.outputs}))) {}
};

inline std::string attributes(const ConvCase& c, const std::vector<int64_t>& spatial) {
  const auto list = [](const std::vector<int64_t>& numbers) { return typeText("", numbers); };
  return "strides=" + list(c.strides) + ", padLow=" + list(c.padLow) + ", padHigh=" + list(c.padHigh) +
         ", dilation=" + list(c.dilation) + ", groups=" + std::to_string(c.groups) + ", spatial=" + list(spatial);
}

// A convolution and its two gradients.
inline void addConvs(CudaChecks& checks, const ConvCase& c) {
  const ConvTypes t(c);
  checks.add(nodeText("conv", {t.x, t.w}, {t.y}, attributes(c, {})));
  checks.add(nodeText("conv_input_grad", {t.y, t.w}, {t.x}, attributes(c, c.in)));
  checks.add(nodeText("conv_filter_grad", {t.x, t.y}, {t.w}, attributes(c, c.kernel)));
}

// It with each epilogue.
inline void addConvEpilogues(CudaChecks& checks, const ConvCase& c) {
  const ConvTypes t(c);
  for (int mask = 0; mask < 16; ++mask) {
    const auto text = [&](int bit) { return std::string((mask & bit) != 0 ? "true" : "false"); };
    std::vector<std::string> inputs = {t.x, t.w};
    for (const int bit : {1, 2}) {
      if ((mask & bit) != 0) inputs.push_back(typeText(c.dtype, {c.outputs}));
    }
    if ((mask & 4) != 0) inputs.push_back(t.y);
    checks.add(nodeText("conv_epilogue", inputs, {t.y},
                        attributes(c, {}) + ", scale=" + text(1) + ", bias=" + text(2) + ", residual=" + text(4) +
                            ", relu=" + text(8)));
  }
}

}  // namespace ibex::testing
