// What the recurrent kernels share.
#pragma once

#include <initializer_list>
#include <string_view>
#include <utility>
#include <vector>

#include "backends/cuda/lowerings/kernel_text.h"
#include "backends/cuda/lowerings/rnn_plan.h"
#include "backends/kernel.h"

namespace ibex::cuda {

class RnnKernel : public Kernel {
 public:
  RnnKernel(Context& context, const Graph& graph, const Node& node, RnnPlan plan)
      : context_(context), plan_(std::move(plan)), inputs_(node.inputs.size()) {
    for (size_t i = 0; i < node.outputs.size(); ++i) outputBytes_.push_back(outputType(graph, node, i).bytes());
  }

  bool recordable() const override { return true; }

 protected:
  const Function* compile(std::initializer_list<std::string_view> texts, const char* name) {
    const std::string text = textOf(texts);
    return &context_.function({text, plan_.macros()}, name);
  }

  // Of no steps: the gradients of what went in are zeros.
  void clearOutputs(void* const* io) {
    for (size_t i = 0; i < outputBytes_.size(); ++i) {
      if (outputBytes_[i] > 0) context_.clear(io[inputs_ + i], outputBytes_[i]);
    }
  }

  void* values(void* work, int64_t at) const { return static_cast<char*>(work) + static_cast<size_t>(at) * plan_.valueBytes; }

  // The state before the first step, as values.
  void widen(const Function& function, const void* from, void* to, int64_t count) {
    struct Arguments {
      const void* from;
      void* to;
      int64_t count;
    };
    context_.launch(function, {{(count + 255) / 256, 1, 1}, {256, 1, 1}, 0}, Arguments{from, to, count});
  }

  void transpose(const Function& function, const void* from, void* to, int64_t rows, int64_t columns) {
    struct Arguments {
      const void* from;
      void* to;
      int64_t rows;
      int64_t columns;
    };
    context_.launch(function, {{(columns + 31) / 32, (rows + 31) / 32, 1}, {32, 8, 1}, 0},
                    Arguments{from, to, rows, columns});
  }

  Context& context_;
  RnnPlan plan_;
  size_t inputs_;
  std::vector<size_t> outputBytes_;
};

}  // namespace ibex::cuda
