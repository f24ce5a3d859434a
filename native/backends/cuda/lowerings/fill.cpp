// iota (the index along one axis) and random_bits (word e % 4 of Philox block e / 4).
#include <memory>

#include "backends/cuda/lowering.h"
#include "backends/cuda/lowerings/kernel_macros.h"
#include "backends/cuda/lowerings/kernel_text.h"
#include "backends/node_util.h"

namespace ibex::cuda {
namespace {

constexpr int64_t kThreads = 256;

struct IotaArguments {
  void* to;
};

class IotaKernel final : public Kernel {
 public:
  IotaKernel(Context& context, const Type& type, size_t axis) : context_(context) {
    const int64_t elements = type.elements();
    if (elements == 0) return;
    const int64_t pack = 16 / static_cast<int64_t>(dtypeSize(type.dtype));
    Macros macros = elementMacros(type.dtype);
    for (auto& macro : unitMacros(1, elements)) macros.push_back(macro);
    macros.insert(macros.end(), {{"EXTENT", macroOf(type.shape[axis])},
                                 {"INNER", macroOf(productOf(type.shape, axis + 1, type.shape.size()))},
                                 {"ELEMENTS", macroOf(elements)},
                                 {"PACK", std::to_string(pack)}});
    function_ = &context.function({textOf({kUnitText, kIotaText}), macros}, "iota");
    shape_ = {{divideUp(elements, pack * kThreads)}, {kThreads}, 0};
  }
  bool recordable() const override { return true; }
  void run(void* const* io) override {
    if (function_ != nullptr) context_.launch(*function_, shape_, IotaArguments{io[0]});
  }

 private:
  Context& context_;
  const Function* function_ = nullptr;
  LaunchShape shape_;
};

struct RandomBitsArguments {
  const void* key;
  void* to;
  int64_t elements;
};

class RandomBitsKernel final : public Kernel {
 public:
  RandomBitsKernel(Context& context, int64_t elements)
      : context_(context), elements_(elements), function_(&context.function({kRandomBitsText, {}}, "randomBits")) {}
  bool recordable() const override { return true; }
  void run(void* const* io) override {
    context_.launch(*function_, {{divideUp(elements_, 4 * kThreads)}, {kThreads}, 0},
                    RandomBitsArguments{io[0], io[1], elements_});
  }

 private:
  Context& context_;
  int64_t elements_;
  const Function* function_;
};

std::unique_ptr<Kernel> prepareIota(Context& context, const Graph& graph, const Node& node) {
  return std::make_unique<IotaKernel>(context, outputType(graph, node, 0),
                                      static_cast<size_t>(attrsOf<IotaAttrs>(node).axis));
}

std::unique_ptr<Kernel> prepareRandomBits(Context& context, const Graph& graph, const Node& node) {
  return std::make_unique<RandomBitsKernel>(context, outputType(graph, node, 0).elements());
}

IBEX_CUDA_LOWERING(kIota, prepareIota);
IBEX_CUDA_LOWERING(kRandomBits, prepareRandomBits);

}  // namespace
}  // namespace ibex::cuda
