#include "backends/cuda/codegen/kernel_prelude.h"

#include <string_view>

#include "cuda_texts.h"

namespace ibex::cuda {

std::string kernelPrelude() {
  std::string text(kPreludeText);
  const auto insert = [&text](std::string_view mark, std::string_view file) {
    const size_t at = text.find(mark);
    text.replace(at, mark.size(), file);
  };
  insert("//@ ir/scalar_math.h", kScalarMathText);
  insert("//@ ir/scalar_ops.gen.h", kScalarOpsGenText);
  return text;
}

}  // namespace ibex::cuda
