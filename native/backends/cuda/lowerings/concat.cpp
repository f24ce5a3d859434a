// concat: one launch for each 16 inputs.
#include <memory>
#include <utility>
#include <vector>

#include "backends/cuda/lowering.h"
#include "backends/cuda/lowerings/kernel_macros.h"
#include "backends/cuda/lowerings/kernel_text.h"
#include "backends/node_util.h"

namespace ibex::cuda {
namespace {

constexpr size_t kMostParts = 16;  // of concat.cuh
constexpr int64_t kThreads = 256;

struct Arguments {
  const void* from[kMostParts];
  void* to;
};

class ConcatKernel final : public Kernel {
 public:
  ConcatKernel(Context& context, const Graph& graph, const Node& node) : context_(context), inputs_(node.inputs.size()) {
    const Type& out = outputType(graph, node, 0);
    const auto axis = static_cast<size_t>(attrsOf<AxisAttrs>(node).axis);
    const int64_t rows = productOf(out.shape, 0, axis);
    const auto size = static_cast<int64_t>(dtypeSize(out.dtype));
    std::vector<int64_t> widths;
    int64_t wider = 16 / size;
    for (size_t i = 0; i < inputs_; ++i) {
      const Shape& shape = inputType(graph, node, i).shape;
      widths.push_back(productOf(shape, axis, shape.size()));
      wider = commonPower(wider, {widths.back()});
    }
    for (int64_t& width : widths) width /= wider;
    int64_t whole = 0;
    for (const int64_t width : widths) whole += width;
    int64_t begin = 0;
    for (size_t first = 0; first < inputs_;) {
      Launch launch{{}, begin * wider * size, nullptr, {}};
      std::vector<int64_t> starts;
      std::vector<int64_t> own;
      int64_t columns = 0;
      for (; first < inputs_ && launch.parts.size() < kMostParts; ++first) {
        if (widths[first] == 0) continue;
        launch.parts.push_back(first);
        starts.push_back(columns);
        own.push_back(widths[first]);
        columns += widths[first];
      }
      begin += columns;
      const int64_t units = rows * columns;
      if (units == 0) continue;
      const int64_t items = units >= context.traits().multiprocessors * kThreads * 32 ? 4 : 1;
      Macros macros = unitMacros(static_cast<size_t>(wider * size), units);
      macros.insert(macros.end(), {{"ITEMS", std::to_string(items)},
                                   {"PARTS", std::to_string(own.size())},
                                   {"STARTS", macroOf(starts)},
                                   {"WIDTHS", macroOf(own)},
                                   {"ROWS", macroOf(rows)},
                                   {"COLUMNS", macroOf(columns)},
                                   {"PITCH", macroOf(whole)}});
      launch.function = &context.function({textOf({kUnitText, kConcatText}), macros}, "concat");
      launch.shape = {{divideUp(units, items * kThreads)}, {kThreads}, 0};
      launches_.push_back(std::move(launch));
    }
  }

  bool recordable() const override { return true; }

  void run(void* const* io) override {
    for (const Launch& launch : launches_) {
      Arguments arguments{};
      for (size_t i = 0; i < launch.parts.size(); ++i) arguments.from[i] = io[launch.parts[i]];
      arguments.to = static_cast<char*>(io[inputs_]) + launch.offset;
      context_.launch(*launch.function, launch.shape, arguments);
    }
  }

 private:
  struct Launch {
    std::vector<size_t> parts;  // the inputs, but those with nothing in them
    int64_t offset;             // of the first of them in a row of the result, in bytes
    const Function* function;
    LaunchShape shape;
  };

  Context& context_;
  size_t inputs_;
  std::vector<Launch> launches_;
};

std::unique_ptr<Kernel> prepareConcat(Context& context, const Graph& graph, const Node& node) {
  return std::make_unique<ConcatKernel>(context, graph, node);
}

IBEX_CUDA_LOWERING(kConcat, prepareConcat);

}  // namespace
}  // namespace ibex::cuda
