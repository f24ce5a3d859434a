// A fused region: element-wise work over one iteration space, optionally reduced over some of its axes, optionally
// followed by element-wise work on the reduced values. The body of an Op::kFused node, and the unit that the
// backends generate or interpret.
#pragma once

#include <cstdint>
#include <vector>

#include "ir/dtype.h"
#include "ir/ops.gen.h"

namespace ibex {

enum class ReduceKind : uint8_t { kSum, kProd, kMax, kMin };

// Where an instruction takes an operand from.
struct RegionOperand {
  enum class Kind : uint8_t {
    kInput,      // index: the node's input, read through Region::inputs[index]
    kInstr,      // index: an earlier instruction of the same stage
    kImmediate,  // index: into Region::immediates
    kReduction,  // index: into Region::reductions; only in the epilogue
  };
  Kind kind = Kind::kInput;
  uint32_t index = 0;
  bool operator==(const RegionOperand&) const = default;
};

// One scalar operation: an element-wise Op (including kCast and kSelect). Values of float16/bfloat16 are computed in
// float32 and rounded to `dtype` after every instruction, so that fusion never changes a result.
struct RegionInstr {
  Op op = Op::kAdd;
  DType dtype = DType::kFloat32;         // of the result
  DType operandDtype = DType::kFloat32;  // of the (last) operands; differs from dtype for comparisons and casts
  RegionOperand operands[3];
  uint8_t operandCount = 0;
};

struct RegionInput {
  DType dtype = DType::kFloat32;
  // Element strides, one per axis of the iteration space (0 where broadcast). Prologue inputs run over `space`;
  // epilogue inputs have stride 0 on the reduced axes.
  std::vector<int64_t> strides;
  int64_t offset = 0;  // in elements
};

struct RegionImmediate {
  DType dtype = DType::kFloat32;
  double value = 0;     // exact for every dtype but int64 beyond 2^53
  int64_t integer = 0;  // the value for integer dtypes
};

struct RegionReduction {
  ReduceKind kind = ReduceKind::kSum;
  RegionOperand operand;                 // in the prologue
  DType dtype = DType::kFloat32;         // of the result; float16/bfloat16 accumulate in float32
};

struct RegionOutput {
  // kInstr/kInput/kImmediate with `reduced` false: a value of the prologue, stored over `space`.
  // `reduced` true: kReduction, or kInstr of the epilogue, stored over the axes that are kept.
  RegionOperand operand;
  bool reduced = false;
  DType dtype = DType::kFloat32;
};

struct Region {
  std::vector<int64_t> space;       // extents, row-major; outputs are dense over it (or over its kept axes)
  std::vector<uint8_t> reduceAxis;  // one per axis of `space`: 1 where reduced; all 0 when there is no reduction
  std::vector<RegionInput> inputs;  // one per input of the node
  std::vector<RegionImmediate> immediates;
  std::vector<RegionInstr> prologue;
  std::vector<RegionReduction> reductions;
  std::vector<RegionInstr> epilogue;
  std::vector<RegionOutput> outputs;  // one per output of the node
};

}  // namespace ibex
