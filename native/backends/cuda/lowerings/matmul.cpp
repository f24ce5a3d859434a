// matmul, alone and with an epilogue: by cuBLASLt where that is there and can, else by kernels of our own.
#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "backends/cuda/lowering.h"
#include "backends/cuda/lowerings/kernel_text.h"
#include "backends/cuda/lowerings/lt_matmul.h"
#include "backends/cuda/lowerings/no_work.h"
#include "backends/cuda/lowerings/tile_plan.h"
#include "backends/matmul_problem.h"
#include "backends/node_util.h"

namespace ibex::cuda {
namespace {

struct Arguments {
  const void* left;
  const void* right;
  const int64_t* offsets;
  EpilogueArguments epilogue;
};

Macros macrosOf(const MatmulProblem& p, const TilePlan& plan, int64_t largest, const Epilogue& epilogue) {
  Macros macros = plan.macros(largest, p.aColumn == 1, p.bColumn == 1, epilogue);
  for (const auto& [name, value] : {std::pair{"LEFT_ROW", p.aRow}, std::pair{"LEFT_COLUMN", p.aColumn},
                                    std::pair{"RIGHT_ROW", p.bRow}, std::pair{"RIGHT_COLUMN", p.bColumn},
                                    std::pair{"MATRICES", p.matrices()}}) {
    macros.emplace_back(name, std::to_string(value));
  }
  return macros;
}

class MatmulKernel final : public Kernel {
 public:
  MatmulKernel(Context& context, const MatmulProblem& p, DType dtype, int64_t largest, const Epilogue& epilogue)
      : context_(context), epilogue_(epilogue), plan_(context.traits(), dtype, p.matrices(), p.m, p.n, p.k) {
    const std::string text = textOf({kValuesText, kTileProductText, kMatmulText});
    const KernelText kernel{text, macrosOf(p, plan_, largest, epilogue)};
    product_ = &context.function(kernel, "matmul");
    if (plan_.splits()) combine_ = &context.function(kernel, "matmulParts");
    if (p.matrices() > 1) {
      std::vector<int64_t> offsets;
      for (const auto& [a, b] : p.offsets()) offsets.insert(offsets.end(), {a, b});
      offsets_ = static_cast<const int64_t*>(context.constant(offsets.data(), offsets.size() * sizeof(int64_t)));
    }
  }

  size_t scratchBytes() const override { return plan_.scratchBytes(); }
  int inPlaceInput(int) const override { return epilogue_.residual; }
  bool recordable() const override { return true; }

  void run(void* const* io) override {
    const Arguments arguments{io[0], io[1], offsets_, EpilogueArguments(epilogue_, io)};
    context_.launch(*product_, plan_.shape(), arguments);
    if (combine_ != nullptr) context_.launch(*combine_, plan_.combineShape(), arguments);
  }

 private:
  Context& context_;
  Epilogue epilogue_;
  TilePlan plan_;
  const Function* product_ = nullptr;
  const Function* combine_ = nullptr;
  const int64_t* offsets_ = nullptr;
};

std::unique_ptr<Kernel> prepareMatmul(Context& context, const Graph& graph, const Node& node) {
  const Type& type = outputType(graph, node, 0);
  if (!isFloat(type.dtype) && type.dtype != DType::kInt32 && type.dtype != DType::kUint32 && type.dtype != DType::kInt64) {
    refuseDType(graph, node, type.dtype);
  }
  if (type.elements() == 0) return std::make_unique<NoWork>();
  const MatmulProblem p = matmulProblem(graph, hasEpilogue(node.op) ? productOf(node) : node);
  const int64_t largest =
      std::max({inputType(graph, node, 0).elements(), inputType(graph, node, 1).elements(), type.elements()});
  if (const CublasLt* lt = CublasLt::find()) {
    if (auto kernel = makeLtMatmul(context, *lt, p, type.dtype, epilogueOf(node), graph.numerics)) return kernel;
  }
  return std::make_unique<MatmulKernel>(context, p, type.dtype, largest, epilogueOf(node));
}

IBEX_CUDA_LOWERING(kMatmul, prepareMatmul);
IBEX_CUDA_LOWERING(kMatmulEpilogue, prepareMatmul);

}  // namespace
}  // namespace ibex::cuda
