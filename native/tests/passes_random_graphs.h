// Random small graphs for property tests: element-wise work, reductions, movement and products over a few shapes that
// broadcast and reshape into each other, with updates of states.
#pragma once

#include <algorithm>
#include <random>
#include <string>

#include "ir/error.h"
#include "ir/type_rules.h"
#include "passes/rewriter.h"
#include "tests/ir_graph_text.h"

namespace ibex {

class RandomGraph {
 public:
  // Casts of floats to integers that can't hold them have no value to compare: anyCast allows them all the same.
  explicit RandomGraph(uint32_t seed, bool anyCast = true) : random_(seed), anyCast_(anyCast) {}

  Graph make(int nodes) {
    for (int i = 0; i < 3; i++) parameter(i, false, DType::kFloat32, kShapes[pick(std::size(kShapes))]);
    parameter(3, false, DType::kInt32, kShapes[pick(std::size(kShapes))]);
    for (int i = 0; i < 3; i++) parameter(i, true, DType::kFloat32, kShapes[pick(std::size(kShapes))]);
    while (graph_.nodes.size() < static_cast<size_t>(nodes)) grow();
    const ValueId last = static_cast<ValueId>(graph_.values.size() - 1);
    graph_.outputs = {last, static_cast<ValueId>(pick(last)), static_cast<ValueId>(pick(last))};
    for (uint32_t state = 0; state < 3; state++) {
      for (ValueId v = last; v > 6; v--) {
        if (graph_.type(v) == graph_.type(4 + state) && pick(3) == 0) {
          graph_.updates.push_back({state, v});
          break;
        }
      }
    }
    return std::move(graph_);
  }

 private:
  static inline const Shape kShapes[] = {{4, 6}, {6}, {4, 1}, {24}, {2, 2, 6}, {}, {1, 6}, {4, 4}, {6, 4}, {0, 6}};

  size_t pick(size_t n) { return std::uniform_int_distribution<size_t>(0, n - 1)(random_); }
  ValueId any() {
    // Recent values, mostly.
    const size_t n = graph_.values.size();
    return static_cast<ValueId>(pick(3) == 0 ? pick(n) : n - 1 - pick(std::min<size_t>(n, 6)));
  }

  void add(Op op, Attrs attrs, std::vector<ValueId> inputs, Type type) {
    const auto v = static_cast<ValueId>(graph_.values.size());
    graph_.values.push_back({std::move(type), static_cast<NodeId>(graph_.nodes.size()), 0});
    graph_.nodes.push_back({op, std::move(attrs), std::move(inputs), {v}, kNone, nullptr});
  }

  void parameter(int index, bool state, DType dtype, const Shape& shape) {
    add(Op::kParameter, ParameterAttrs{index, state}, {}, {dtype, shape});
  }

  // One more node, if what was drawn is a valid one.
  void grow() {
    const ValueId x = any();
    const Type type = graph_.type(x);
    Node node;
    node.inputs = {x};
    DType result = type.dtype;
    switch (pick(8)) {
      case 0:
      case 1: {
        constexpr Op ops[] = {Op::kNeg,  Op::kAbs,  Op::kSquare, Op::kExp,
                              Op::kTanh, Op::kRelu, Op::kSign,   Op::kLogicalNot};
        node.op = ops[pick(std::size(ops))];
        break;
      }
      case 2:
      case 3: {
        constexpr Op ops[] = {Op::kAdd,  Op::kSub,   Op::kMul, Op::kMaximum,
                              Op::kLess, Op::kEqual, Op::kDiv, Op::kLogicalAnd};
        node.op = ops[pick(std::size(ops))];
        node.inputs.push_back(any());
        break;
      }
      case 4:
        if (pick(2) == 0) {
          node.op = Op::kSelect;
          node.inputs = {any(), any(), any()};
        } else {
          node.op = Op::kCast;
          constexpr DType dtypes[] = {DType::kFloat32, DType::kFloat16, DType::kInt32};
          result = dtypes[pick(std::size(dtypes))];
          if (!anyCast_ && isFloat(type.dtype) && !isFloat(result)) result = DType::kBool;
        }
        break;
      case 5: return move(x, type);
      case 6: return reduce(x, type);
      default:
        if (pick(2) == 0) return constant();
        node.op = Op::kMatmul;
        node.attrs = MatmulAttrs{pick(2) == 0, pick(2) == 0};
        node.inputs.push_back(any());
        break;
    }
    // The op's own rule says whether these inputs fit.
    Graph trial;
    trial.values = graph_.values;
    trial.values.push_back({{result, {}}, 0, 0});
    node.outputs = {static_cast<ValueId>(graph_.values.size())};
    try {
      const std::vector<Type> types = resultTypes(trial, node);
      if (types[0].elements() <= 600) add(node.op, node.attrs, node.inputs, types[0]);
    } catch (const Error&) {
      return;
    }
  }

  void constant() {
    constexpr double numbers[] = {0, 1, 2, -1, 0.5, 4};
    const Shape& shape = kShapes[pick(std::size(kShapes))];
    ConstantAttrs attrs;
    attrs.data.resize(4);
    const bool isFloat = pick(3) != 0;
    const double number = numbers[pick(std::size(numbers))];
    const DType dtype = isFloat ? DType::kFloat32 : DType::kInt32;
    storeScalar(isFloat ? floatScalar(dtype, number) : integerScalar(dtype, static_cast<int64_t>(number)),
                attrs.data.data());
    if (shape == Shape{6} && pick(2) == 0) {
      attrs.data.resize(24);
      for (int i = 1; i < 6; i++) {
        storeScalar(isFloat ? floatScalar(dtype, i) : integerScalar(dtype, i), &attrs.data[static_cast<size_t>(i) * 4]);
      }
    }
    add(Op::kConstant, attrs, {}, {dtype, shape});
  }

  void move(ValueId x, const Type& type) {
    const size_t rank = type.shape.size();
    Shape shape = kShapes[pick(std::size(kShapes))];
    switch (pick(4)) {
      case 0:
        if (Type{type.dtype, shape}.elements() == type.elements())
          add(Op::kReshape, ReshapeAttrs{shape}, {x}, {type.dtype, shape});
        return;
      case 1:
        try {
          if (rules::broadcastShapes(type.shape, shape) == shape)
            add(Op::kBroadcast, BroadcastAttrs{shape}, {x}, {type.dtype, shape});
        } catch (const Error&) {
        }
        return;
      case 2: {
        TransposeAttrs attrs;
        for (size_t i = 0; i < rank; i++) attrs.perm.push_back(static_cast<int64_t>(i));
        std::shuffle(attrs.perm.begin(), attrs.perm.end(), random_);
        shape.clear();
        for (int64_t axis : attrs.perm) shape.push_back(type.shape[axis]);
        add(Op::kTranspose, attrs, {x}, {type.dtype, shape});
        return;
      }
      default: {
        if (rank == 0 || type.shape[0] < 2) return;
        SliceAttrs attrs{Shape(rank, 0), type.shape, Shape(rank, 1)};
        attrs.starts[0] = static_cast<int64_t>(pick(2));
        attrs.strides[0] = static_cast<int64_t>(1 + pick(2));
        shape = type.shape;
        shape[0] = (type.shape[0] - attrs.starts[0] - 1) / attrs.strides[0] + 1;
        add(Op::kSlice, attrs, {x}, {type.dtype, shape});
      }
    }
  }

  void reduce(ValueId x, const Type& type) {
    if (type.dtype == DType::kBool || type.elements() == 0) return;
    ReduceAttrs attrs;
    attrs.keepdims = pick(2) == 0;
    Shape shape;
    for (size_t i = 0; i < type.shape.size(); i++) {
      if (pick(2) == 0) attrs.axes.push_back(static_cast<int64_t>(i));
      else shape.push_back(type.shape[i]);
      if (attrs.keepdims && !attrs.axes.empty() && attrs.axes.back() == static_cast<int64_t>(i)) shape.push_back(1);
    }
    constexpr Op ops[] = {Op::kReduceSum, Op::kReduceMax, Op::kReduceMin, Op::kReduceSum};
    add(ops[pick(std::size(ops))], attrs, {x}, {type.dtype, shape});
  }

  std::mt19937 random_;
  bool anyCast_;
  Graph graph_;
};

}  // namespace ibex
