// Element-wise ops on single numbers: what they take, what they give, and their value. From the same generated
// expressions as the kernels' (ir/scalar_ops.gen.h).
#pragma once

#include <optional>

#include "ir/dtype.h"
#include "ir/ops.gen.h"
#include "ir/region.h"

namespace ibex {

// Whether the op takes operands of this dtype (select and cast: any).
bool acceptsOperand(Op op, DType dtype);

// Whether the op gives bool whatever it takes.
bool isPredicate(Op op);

// The op's value of constant operands, rounded to `result`. float16 and bfloat16 are computed in float32. Nothing for
// what depends on the kernel: casts of floats to integers that can't hold them.
std::optional<RegionImmediate> evaluate(Op op, DType result, const RegionImmediate* operands);

}  // namespace ibex
