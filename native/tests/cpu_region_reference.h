// A region evaluated one element at a time, and regions run by the CPU backend: what the tests of fused regions
// compare.
#pragma once

#include <cmath>
#include <limits>
#include <memory>
#include <vector>

#include "backends/cpu/kernels/region_kernel.h"
#include "tests/cpu_node_runner.h"
#include "ir/element_ops.h"
#include "ir/scalar.h"

namespace ibex::testing {

inline RegionImmediate loadElement(const Array& a, int64_t i) {
  return loadScalar(a.type.dtype,
                    static_cast<const uint8_t*>(a.data.get()) + i * static_cast<int64_t>(dtypeSize(a.type.dtype)));
}

// In double for all floats, then rounded: exact where the kernels are. But for floor_div, which is the floor of the
// rounded quotient.
inline RegionImmediate evaluateInstr(const RegionInstr& instr, const RegionImmediate* operands) {
  if (instr.op == Op::kSelect) return operands[0].integer != 0 ? operands[1] : operands[2];
  RegionImmediate wide[3];
  const bool widens = isFloat(instr.operandDtype) && instr.op != Op::kCast && instr.op != Op::kFloorDiv;
  for (int k = 0; k < instr.operandCount; ++k) {
    wide[k] = operands[k];
    if (widens) wide[k].dtype = DType::kFloat64;
  }
  const bool predicate = instr.dtype == DType::kBool;
  const auto value = evaluate(instr.op, widens && !predicate ? DType::kFloat64 : instr.dtype, wide);
  if (!value) throw Error(ErrorCode::kUnsupported, "no reference value");
  return isFloat(instr.dtype) ? floatScalar(instr.dtype, value->value) : *value;
}

class RegionReference {
 public:
  RegionReference(const Region& region, const std::vector<Array>& inputs) : region_(region), inputs_(inputs) {
    const size_t rank = region.space.size();
    int64_t total = 1;
    for (size_t a = 0; a < rank; ++a) {
      total *= region.space[a];
      if (!reduced(a)) kept_ *= region.space[a];
    }
    for (const RegionOutput& o : region.outputs) outputs.emplace_back(o.dtype, shapeOf(o));
    sums_.resize(region.reductions.size());
    for (size_t r = 0; r < sums_.size(); ++r) sums_[r].assign(static_cast<size_t>(kept_), start(region.reductions[r]));
    std::vector<int64_t> index(rank, 0);
    for (int64_t e = 0; e < total; ++e) {
      prologue(index, e);
      for (size_t a = rank; a-- > 0;) {
        if (++index[a] < region.space[a]) break;
        index[a] = 0;
      }
    }
    if (!region.reductions.empty()) epilogue();
  }

  std::vector<Array> outputs;

 private:
  using Kind = RegionOperand::Kind;

  bool reduced(size_t a) const { return !region_.reductions.empty() && region_.reduceAxis[a] != 0; }
  Shape shapeOf(const RegionOutput& o) const {
    Shape shape;
    for (size_t a = 0; a < region_.space.size(); ++a) {
      if (!o.reduced || !reduced(a)) shape.push_back(region_.space[a]);
    }
    return shape;
  }
  static RegionImmediate start(const RegionReduction& r) {
    const bool floating = isFloat(r.dtype);
    switch (r.kind) {
      case ReduceKind::kSum: return floating ? RegionImmediate{r.dtype, 0, 0} : integerScalar(r.dtype, 0);
      case ReduceKind::kProd: return floating ? RegionImmediate{r.dtype, 1, 0} : integerScalar(r.dtype, 1);
      default: break;
    }
    const double sign = r.kind == ReduceKind::kMax ? -1 : 1;
    if (floating) return {r.dtype, sign * std::numeric_limits<double>::infinity(), 0};
    RegionImmediate limit{r.dtype, 0, 0};
    uint64_t bytes = 0;
    cpu::encodeNumber(r.dtype, sign * std::numeric_limits<double>::infinity(), &bytes);
    limit = loadScalar(r.dtype, reinterpret_cast<const uint8_t*>(&bytes));
    return limit;
  }
  // Floats accumulate in double.
  static void combine(const RegionReduction& r, RegionImmediate& into, const RegionImmediate& x) {
    const Op ops[] = {Op::kAdd, Op::kMul, Op::kMaximum, Op::kMinimum};
    RegionImmediate operands[2] = {into, x};
    const DType t = isFloat(r.dtype) ? DType::kFloat64 : r.dtype;
    operands[0].dtype = operands[1].dtype = t;
    into = *evaluate(ops[static_cast<int>(r.kind)], t, operands);
  }
  RegionImmediate value(const RegionOperand& o, const std::vector<int64_t>& index,
                        const std::vector<RegionImmediate>& instrs, int64_t kept) const {
    switch (o.kind) {
      case Kind::kInput: {
        const RegionInput& in = region_.inputs[o.index];
        int64_t at = in.offset;
        for (size_t a = 0; a < index.size(); ++a) at += in.strides[a] * index[a];
        return loadElement(inputs_[o.index], at);
      }
      case Kind::kInstr: return instrs[o.index];
      case Kind::kImmediate: return region_.immediates[o.index];
      default: break;
    }
    const DType t = region_.reductions[o.index].dtype;
    const RegionImmediate& sum = sums_[o.index][static_cast<size_t>(kept)];
    return isFloat(t) ? floatScalar(t, sum.value) : sum;
  }
  std::vector<RegionImmediate> evaluateAll(const std::vector<RegionInstr>& instrs, const std::vector<int64_t>& index,
                                           int64_t kept) const {
    std::vector<RegionImmediate> values;
    for (const RegionInstr& instr : instrs) {
      RegionImmediate operands[3];
      for (int k = 0; k < instr.operandCount; ++k) operands[k] = value(instr.operands[k], index, values, kept);
      values.push_back(evaluateInstr(instr, operands));
    }
    return values;
  }
  void store(size_t o, int64_t at, const RegionImmediate& v) {
    Array& out = outputs[o];
    storeScalar(v, static_cast<uint8_t*>(out.data.get()) + at * static_cast<int64_t>(dtypeSize(out.type.dtype)));
  }
  void prologue(const std::vector<int64_t>& index, int64_t element) {
    const auto values = evaluateAll(region_.prologue, index, 0);
    for (size_t o = 0; o < outputs.size(); ++o) {
      if (!region_.outputs[o].reduced) store(o, element, value(region_.outputs[o].operand, index, values, 0));
    }
    int64_t kept = 0;
    for (size_t a = 0; a < index.size(); ++a) {
      if (!reduced(a)) kept = kept * region_.space[a] + index[a];
    }
    for (size_t r = 0; r < sums_.size(); ++r) {
      combine(region_.reductions[r], sums_[r][static_cast<size_t>(kept)],
              value(region_.reductions[r].operand, index, values, 0));
    }
  }
  void epilogue() {
    std::vector<int64_t> index(region_.space.size(), 0);
    for (int64_t kept = 0; kept < kept_; ++kept) {
      int64_t rest = kept;
      for (size_t a = index.size(); a-- > 0;) {
        if (reduced(a)) continue;
        index[a] = rest % region_.space[a];
        rest /= region_.space[a];
      }
      const auto values = evaluateAll(region_.epilogue, index, kept);
      for (size_t o = 0; o < outputs.size(); ++o) {
        if (region_.outputs[o].reduced) store(o, kept, value(region_.outputs[o].operand, index, values, kept));
      }
    }
  }

  const Region& region_;
  const std::vector<Array>& inputs_;
  int64_t kept_ = 1;
  std::vector<std::vector<RegionImmediate>> sums_;
};

inline Array copyOf(const Array& a) {
  Array c(a.type.dtype, a.type.shape);
  std::memcpy(c.data.get(), a.data.get(), a.type.bytes());
  return c;
}

inline Shape outputShape(const Region& region, const RegionOutput& o) {
  Shape shape;
  for (size_t a = 0; a < region.space.size(); ++a) {
    if (!o.reduced || region.reduceAxis[a] == 0) shape.push_back(region.space[a]);
  }
  return shape;
}

// Runs the region's kernel. With `inPlace`, outputs lie on copies of the inputs that the kernel offers for them.
inline std::vector<Array> runRegion(const Region& region, const std::vector<Array>& inputs, bool inPlace = false,
                                    int* offered = nullptr) {
  std::vector<ValueId> ids;
  std::vector<Array> copies;
  std::vector<void*> io;
  for (const Array& in : inputs) {
    ids.push_back(static_cast<ValueId>(ids.size()));
    copies.push_back(copyOf(in));
    io.push_back(copies.back().data.get());
  }
  const auto kernel = cpu::makeRegionKernel(region, ids);
  std::vector<Array> outputs;
  for (size_t o = 0; o < region.outputs.size(); ++o) {
    outputs.emplace_back(region.outputs[o].dtype, outputShape(region, region.outputs[o]));
    const int over = kernel->inPlaceInput(static_cast<int>(o));
    if (inPlace && over >= 0) {
      outputs.back().data = copies[static_cast<size_t>(over)].data;
      if (offered != nullptr) ++*offered;
    }
    io.push_back(outputs.back().data.get());
  }
  const Memory scratch = allocate(kernel->scratchBytes() + 1);
  io.push_back(kernel->scratchBytes() == 0 ? nullptr : scratch.get());
  kernel->run(io.data());
  return outputs;
}

// Whether two elements are as close as kernels and reference must be: floats within `ulps` units in the last place of
// their type, all else equal.
inline bool closeElements(const Array& a, const Array& b, int64_t i, double ulps) {
  const double x = a.at(i);
  const double y = b.at(i);
  if (std::isnan(x) || std::isnan(y)) return std::isnan(x) && std::isnan(y);
  if (x == y) return true;
  int digits = 53;
  double least = 0x1p-1074;
  switch (a.type.dtype) {
    case DType::kFloat16: digits = 11, least = 0x1p-24; break;
    case DType::kBFloat16: digits = 8, least = 0x1p-133; break;
    case DType::kFloat32: digits = 24, least = 0x1p-149; break;
    case DType::kFloat64: break;
    default: return false;
  }
  if (std::isinf(x) || std::isinf(y)) return false;
  int exponent = 0;
  std::frexp(y, &exponent);
  return std::abs(x - y) <= ulps * std::max(std::ldexp(1.0, exponent - digits), least);
}

// The index of the first element that differs, or -1.
inline int64_t firstDifference(const Array& a, const Array& b, double ulps) {
  if (a.type != b.type) return 0;
  for (int64_t i = 0; i < a.size(); ++i) {
    if (!closeElements(a, b, i, ulps)) return i;
  }
  return -1;
}

}  // namespace ibex::testing
