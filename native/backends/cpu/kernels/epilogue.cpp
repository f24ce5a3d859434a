#include "backends/cpu/kernels/epilogue.h"

#include <algorithm>
#include <utility>

#include "backends/node_util.h"
#include "backends/cpu/parallel.h"

namespace ibex::cpu {
namespace {

constexpr int64_t kGrain = 32 * 1024;  // elements that are worth a thread

class EpilogueKernel final : public Kernel {
 public:
  EpilogueKernel(const Graph& graph, const Node& node, std::unique_ptr<Kernel> product)
      : product_(std::move(product)), epilogue_(epilogueOf(node)), output_(node.inputs.size()) {
    const Type& type = outputType(graph, node, 0);
    channels_ = type.shape.back();
    rows_ = channels_ == 0 ? 0 : type.elements() / channels_;
  }
  size_t scratchBytes() const override { return product_->scratchBytes(); }

  void run(void* const* io) override {
    void* const productIo[] = {io[0], io[1], io[output_], io[output_ + 1]};
    product_->run(productIo);
    const auto operand = [&](int input) { return input < 0 ? nullptr : static_cast<const float*>(io[input]); };
    const float* scale = operand(epilogue_.scale);
    const float* bias = operand(epilogue_.bias);
    const float* residual = operand(epilogue_.residual);
    auto* y = static_cast<float*>(io[output_]);
    parallelFor(rows_, std::max<int64_t>(1, kGrain / std::max<int64_t>(1, channels_)), [&](int64_t begin, int64_t end) {
      for (int64_t row = begin; row < end; ++row) {
        float* to = y + row * channels_;
        if (scale != nullptr) {
          for (int64_t c = 0; c < channels_; ++c) to[c] *= scale[c];
        }
        if (bias != nullptr) {
          for (int64_t c = 0; c < channels_; ++c) to[c] += bias[c];
        }
        if (residual != nullptr) {
          for (int64_t c = 0; c < channels_; ++c) to[c] += residual[row * channels_ + c];
        }
        if (epilogue_.relu) {
          for (int64_t c = 0; c < channels_; ++c) to[c] = to[c] < 0 ? 0 : to[c];
        }
      }
    });
  }

 private:
  std::unique_ptr<Kernel> product_;
  Epilogue epilogue_;
  size_t output_;
  int64_t channels_ = 0, rows_ = 0;
};

}  // namespace

std::unique_ptr<Kernel> withEpilogue(const Graph& graph, const Node& node, std::unique_ptr<Kernel> product) {
  return std::make_unique<EpilogueKernel>(graph, node, std::move(product));
}

void copyFloats(const float* from, float* to, int64_t n) {
  if (from == to) return;
  parallelFor(n, kGrain, [&](int64_t begin, int64_t end) { std::copy(from + begin, from + end, to + begin); });
}

}  // namespace ibex::cpu
