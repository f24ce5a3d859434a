// A slow reference for graphs of small tensors, in terms of single numbers: element-wise ops, reductions, movement by
// strides, matmul and fused regions. What the pass tests compare a graph before and after with.
#pragma once

#include <stdexcept>
#include <vector>

#include "ir/element_ops.h"
#include "ir/graph.h"
#include "ir/scalar.h"
#include "passes/view.h"

namespace ibex {

using Tensor = std::vector<RegionImmediate>;

inline RegionImmediate combine(Op reduction, const RegionImmediate& a, const RegionImmediate& b) {
  constexpr Op ops[] = {Op::kAdd, Op::kMul, Op::kMaximum, Op::kMinimum};
  const RegionImmediate operands[] = {a, b};
  return *evaluate(ops[static_cast<int>(reduction) - static_cast<int>(Op::kReduceSum)], a.dtype, operands);
}

// Floats are summed in double, so that 16-bit ones are rounded once, as kernels do.
inline RegionImmediate widened(const RegionImmediate& number) {
  return isFloat(number.dtype) ? RegionImmediate{DType::kFloat64, number.value, 0} : number;
}
inline RegionImmediate narrowed(const RegionImmediate& number, DType dtype) {
  return isFloat(dtype) ? floatScalar(dtype, number.value) : number;
}

inline RegionImmediate neutral(Op reduction, DType dtype) {
  if (reduction == Op::kReduceSum) return smallScalar(dtype, 0);
  return smallScalar(dtype, 1);
}

class Interpreter {
 public:
  // parameters: by value id.
  Interpreter(const Graph& graph, std::vector<Tensor> parameters) : graph_(graph), values_(std::move(parameters)) {
    values_.resize(graph.values.size());
    for (const Node& node : graph.nodes) {
      if (node.op != Op::kParameter) run(node);
    }
  }

  const Tensor& operator[](ValueId v) const { return values_[v]; }

 private:
  const Shape& shape(ValueId v) const { return graph_.type(v).shape; }

  void run(const Node& node) {
    const OpKind kind = opInfo(node.op).kind;
    if (node.op == Op::kFused) fused(node);
    else if (node.op == Op::kConstant) constant(node);
    else if (node.op == Op::kMatmul) matmul(node);
    else if (kind == OpKind::kElementwise) elementwise(node);
    else if (kind == OpKind::kReduction) reduce(node);
    else move(node);
  }

  void constant(const Node& node) {
    const Type& type = graph_.type(node.outputs[0]);
    const auto& data = std::get<ConstantAttrs>(node.attrs).data;
    const size_t size = dtypeSize(type.dtype);
    for (size_t e = 0; e < static_cast<size_t>(type.elements()); e++) {
      values_[node.outputs[0]].push_back(loadScalar(type.dtype, &data[data.size() == size ? 0 : e * size]));
    }
  }

  void elementwise(const Node& node) {
    const Type& type = graph_.type(node.outputs[0]);
    std::vector<ViewWalker> walkers;
    for (ValueId v : node.inputs) walkers.emplace_back(broadcastView(View(shape(v)), type.shape));
    for (int64_t e = 0; e < type.elements(); e++) {
      RegionImmediate operands[3];
      for (size_t i = 0; i < node.inputs.size(); i++) operands[i] = values_[node.inputs[i]][walkers[i].next()];
      values_[node.outputs[0]].push_back(evaluate(node.op, type.dtype, operands).value_or(smallScalar(type.dtype, 0)));
    }
  }

  void move(const Node& node) {
    const Type& type = graph_.type(node.outputs[0]);
    const auto view = movedView(node, View(shape(node.inputs[0])), type.shape);
    if (!view) throw std::logic_error("the interpreter does not know this op");
    ViewWalker walker(*view);
    for (int64_t e = 0; e < type.elements(); e++) {
      values_[node.outputs[0]].push_back(values_[node.inputs[0]][walker.next()]);
    }
  }

  void reduce(const Node& node) {
    const Shape& from = shape(node.inputs[0]);
    View result(from);  // strides of the result's elements over the operand
    int64_t step = 1;
    std::vector<bool> reduced(from.size());
    for (int64_t axis : std::get<ReduceAttrs>(node.attrs).axes) reduced[axis] = true;
    for (size_t i = from.size(); i-- > 0;) {
      result.strides[i] = reduced[i] ? 0 : step;
      if (!reduced[i]) step *= from[i];
    }
    const Type& type = graph_.type(node.outputs[0]);
    values_[node.outputs[0]] = reduceOver(values_[node.inputs[0]], result, node.op, type.dtype, type.elements());
  }

  static Tensor reduceOver(const Tensor& x, const View& at, Op op, DType dtype, int64_t results) {
    Tensor out(static_cast<size_t>(results));
    std::vector<bool> started(static_cast<size_t>(results));
    ViewWalker walker(at);
    for (const RegionImmediate& number : x) {
      const auto i = static_cast<size_t>(walker.next());
      out[i] = started[i] ? combine(op, out[i], widened(number)) : widened(number);
      started[i] = true;
    }
    for (size_t i = 0; i < out.size(); i++) {
      out[i] = started[i] ? narrowed(out[i], dtype) : neutral(op, dtype);
    }
    return out;
  }

  void matmul(const Node& node) {
    const auto& attrs = std::get<MatmulAttrs>(node.attrs);
    const Type& type = graph_.type(node.outputs[0]);
    const Shape a = shape(node.inputs[0]), b = shape(node.inputs[1]);
    const int64_t m = type.shape.end()[-2], n = type.shape.end()[-1];
    const int64_t k = attrs.transposeA ? a.end()[-2] : a.end()[-1];
    const Shape batch(type.shape.begin(), type.shape.end() - 2);
    const auto matrices = [&](Shape s) {
      const int64_t size = s.end()[-1] * s.end()[-2];
      s.resize(s.size() - 2);
      View view = broadcastView(View(s), batch);
      for (int64_t& stride : view.strides) stride *= size;
      return ViewWalker(view);
    };
    ViewWalker as = matrices(a), bs = matrices(b);
    for (int64_t i = 0; i < View(batch).elements(); i++) {
      const int64_t atA = as.next(), atB = bs.next();
      for (int64_t r = 0; r < m; r++) {
        for (int64_t c = 0; c < n; c++) {
          RegionImmediate sum = widened(smallScalar(type.dtype, 0));
          for (int64_t l = 0; l < k; l++) {
            const int64_t inA = atA + (attrs.transposeA ? l * m + r : r * k + l);
            const int64_t inB = atB + (attrs.transposeB ? c * k + l : l * n + c);
            const RegionImmediate factors[] = {widened(values_[node.inputs[0]][inA]),
                                               widened(values_[node.inputs[1]][inB])};
            sum = combine(Op::kReduceSum, sum, *evaluate(Op::kMul, sum.dtype, factors));
          }
          values_[node.outputs[0]].push_back(narrowed(sum, type.dtype));
        }
      }
    }
  }

  void fused(const Node& node) {
    const Region& region = *node.region;
    View dense(region.space);
    View kept = dense;  // the kept elements over the whole space
    int64_t step = 1;
    for (size_t i = region.space.size(); i-- > 0;) {
      kept.strides[i] = region.reduceAxis[i] ? 0 : step;
      if (!region.reduceAxis[i]) step *= region.space[i];
    }
    std::vector<Tensor> prologue, reductions, epilogue;
    const auto operand = [&](const RegionOperand& from, bool inEpilogue) -> Tensor {
      switch (from.kind) {
        case RegionOperand::Kind::kInput: {
          const RegionInput& input = region.inputs[from.index];
          View view = dense;
          view.strides = input.strides;
          view.offset = input.offset;
          for (size_t i = 0; inEpilogue && i < view.shape.size(); i++) {
            if (region.reduceAxis[i]) view.shape[i] = 1;
          }
          ViewWalker walker(view);
          Tensor out;
          for (int64_t e = 0; e < view.elements(); e++) out.push_back(values_[node.inputs[from.index]][walker.next()]);
          return out;
        }
        case RegionOperand::Kind::kImmediate:
          return Tensor(static_cast<size_t>(inEpilogue ? step : dense.elements()), region.immediates[from.index]);
        case RegionOperand::Kind::kReduction: return reductions[from.index];
        case RegionOperand::Kind::kInstr: break;
      }
      return (inEpilogue ? epilogue : prologue)[from.index];
    };
    const auto stage = [&](const std::vector<RegionInstr>& instrs, std::vector<Tensor>& results, bool inEpilogue) {
      for (const RegionInstr& instr : instrs) {
        Tensor operands[3];
        for (int i = 0; i < instr.operandCount; i++) operands[i] = operand(instr.operands[i], inEpilogue);
        Tensor out;
        for (size_t e = 0; e < operands[0].size(); e++) {
          RegionImmediate numbers[3];
          for (int i = 0; i < instr.operandCount; i++) numbers[i] = operands[i][e];
          out.push_back(evaluate(instr.op, instr.dtype, numbers).value_or(smallScalar(instr.dtype, 0)));
        }
        results.push_back(std::move(out));
      }
    };
    stage(region.prologue, prologue, false);
    for (const RegionReduction& reduction : region.reductions) {
      const Op op = static_cast<Op>(static_cast<int>(Op::kReduceSum) + static_cast<int>(reduction.kind));
      reductions.push_back(reduceOver(operand(reduction.operand, false), kept, op, reduction.dtype, step));
    }
    stage(region.epilogue, epilogue, true);
    for (size_t i = 0; i < region.outputs.size(); i++) {
      values_[node.outputs[i]] = operand(region.outputs[i].operand, region.outputs[i].reduced);
    }
  }

  const Graph& graph_;
  std::vector<Tensor> values_;
};

}  // namespace ibex
