// A product (conv, matmul) takes over what follows it element by element, as far as the library does it while the
// result is in registers: a factor and an addend for each channel, an addend of the result's shape, relu.
//
// A reshape in between, as dense layers on sequences have it, moves behind the product. In 16 bits the result is rounded once,
// after the epilogue.
//
// One walk forwards; each step makes a new node in the place of the absorbed one, so that all its operands are there.
// What it replaces is dead then.
#include <algorithm>
#include <iterator>
#include <optional>
#include <unordered_map>
#include <utility>

#include "ir/epilogue.h"
#include "passes/fixed_values.h"
#include "passes/passes.h"
#include "passes/rewriter.h"

namespace ibex {
namespace {

// A larger residual, which comes from memory, is read faster by a region of its own (measured with oneDNN's kernels), but
// for products of our own, which ask for it ahead.
constexpr size_t kMaxResidualBytes = size_t{8} << 20;

class EpilogueFusion {
 public:
  explicit EpilogueFusion(Graph& graph) : fixed_(fixedValues(graph)), rewriter_(graph) {}

  void run() {
    rewriter_.run([this](Rewriter&, const Node& node) { return rewrite(node); });
  }

 private:
  // A product as it stands, with its operands by role.
  struct Product {
    Node node;  // conv or matmul
    ValueId scale = kNone, bias = kNone, residual = kNone;
    bool relu = false;
  };

  std::optional<ValueId> rewrite(const Node& node) {
    std::optional<ValueId> result;
    if (node.op == Op::kRelu) {
      result = absorbRelu(node);
    } else if (node.op == Op::kMul) {
      result = absorbFactor(node, 0);
      if (!result) result = absorbFactor(node, 1);
    } else if (node.op == Op::kAdd) {
      // Of two products the later one: then the other is there when it starts.
      const size_t later = rewriter_.position(node.inputs[0]) > rewriter_.position(node.inputs[1]) ? 0 : 1;
      result = absorbAddend(node, later);
      if (!result) result = absorbAddend(node, 1 - later);
    }
    return result;
  }

  bool isReadOnce(ValueId v) const {
    const auto made = usesOfMade_.find(v);
    return (made == usesOfMade_.end() ? rewriter_.uses(v) : made->second) == 1;
  }

  // The product that computes v, as it is or reshaped, when `reader` alone reads it and nothing stands in the way of more.
  std::optional<Product> productAt(ValueId v, const Node& reader) const {
    const Type& type = rewriter_.type(v);
    if (type.dtype != DType::kFloat32 && !isHalf(type.dtype)) return std::nullopt;
    if (type != rewriter_.type(reader.outputs[0]) || !isReadOnce(v)) return std::nullopt;
    if (const Node* reshape = rewriter_.producerIf(v, Op::kReshape)) {
      v = reshape->inputs[0];
      if (!isReadOnce(v)) return std::nullopt;
    }
    const Node& node = rewriter_.producer(v);
    if (node.op != Op::kConv && node.op != Op::kMatmul && !hasEpilogue(node.op)) return std::nullopt;
    Product product;
    product.node = hasEpilogue(node.op) ? productOf(node) : node;
    const Epilogue epilogue = epilogueOf(node);
    const auto input = [&](int i) { return i < 0 ? kNone : node.inputs[static_cast<size_t>(i)]; };
    product.scale = input(epilogue.scale);
    product.bias = input(epilogue.bias);
    product.residual = input(epilogue.residual);
    product.relu = epilogue.relu;
    if (product.relu) return std::nullopt;
    return product;
  }

  std::optional<ValueId> absorbRelu(const Node& node) {
    auto product = productAt(node.inputs[0], node);
    if (!product) return std::nullopt;
    product->relu = true;
    return emit(*product, node);
  }

  // The library has no cheap factor, but the weights can take it over: once, where both stay the same.
  std::optional<ValueId> absorbFactor(const Node& node, size_t at) {
    const ValueId factor = node.inputs[1 - at];
    auto product = productAt(node.inputs[at], node);
    if (!product || product->node.op != Op::kConv || product->scale != kNone || product->residual != kNone) {
      return std::nullopt;
    }
    if (!perChannel(factor, node, *product) || !isFixed(factor) || !isFixed(product->node.inputs[1])) return std::nullopt;
    product->scale = channelsOf(factor, node);
    if (product->bias != kNone) product->bias = combine(Op::kMul, product->bias, product->scale, node);
    return emit(*product, node);
  }

  std::optional<ValueId> absorbAddend(const Node& node, size_t at) {
    const ValueId addend = node.inputs[1 - at];
    auto product = productAt(node.inputs[at], node);
    if (!product || addend == node.inputs[at]) return std::nullopt;
    if (perChannel(addend, node, *product)) {
      const ValueId bias = channelsOf(addend, node);
      product->bias = product->bias == kNone ? bias : combine(Op::kAdd, product->bias, bias, node);
    } else if (product->residual == kNone && rewriter_.type(addend) == rewriter_.type(node.outputs[0]) &&
               (rewriter_.type(addend).bytes() <= kMaxResidualBytes || isPointwise(product->node))) {
      product->residual = rewriter_.reshape(addend, typeOf(*product).shape, node.scope);
    } else {
      return std::nullopt;
    }
    return emit(*product, node);
  }

  // Is it a matrix product of the channels at each position?
  bool isPointwise(const Node& node) const {
    if (node.op != Op::kConv) return false;
    const auto& a = std::get<ConvAttrs>(node.attrs);
    const auto all = [](const std::vector<int64_t>& v, int64_t value) {
      return std::all_of(v.begin(), v.end(), [=](int64_t each) { return each == value; });
    };
    const Shape& weights = rewriter_.type(node.inputs[1]).shape;
    return a.groups == 1 && all(a.strides, 1) && all(a.padLow, 0) && all(a.padHigh, 0) &&
           all({weights.begin(), weights.end() - 2}, 1);
  }

  bool isFixed(ValueId v) const { return v < fixed_.size() && fixed_[v]; }

  // Of the product itself, before it is reshaped.
  const Type& typeOf(const Product& product) const { return rewriter_.type(product.node.outputs[0]); }

  // Does v have one element for each channel of the product? These lie along the last axes of the node's result.
  bool perChannel(ValueId v, const Node& node, const Product& product) const {
    const Type& type = rewriter_.type(v);
    const Type& result = rewriter_.type(node.outputs[0]);
    if (type.shape.empty() || type.elements() != typeOf(product).shape.back()) return false;
    if (result.elements() == type.elements()) return false;
    const auto first = std::find_if(type.shape.begin(), type.shape.end(), [](int64_t extent) { return extent != 1; });
    return std::equal(std::make_reverse_iterator(type.shape.end()), std::make_reverse_iterator(first), result.shape.rbegin());
  }
  ValueId channelsOf(ValueId v, const Node& node) {
    return rewriter_.reshape(v, {rewriter_.type(v).elements()}, node.scope);
  }
  ValueId combine(Op op, ValueId a, ValueId b, const Node& node) {
    const Type type = rewriter_.type(a);
    return rewriter_.emit(op, {}, {a, b}, type, node.scope);
  }

  ValueId emit(const Product& product, const Node& replaced) {
    std::vector<ValueId> inputs = product.node.inputs;
    for (const ValueId v : {product.scale, product.bias, product.residual}) {
      if (v != kNone) inputs.push_back(v);
    }
    const bool bias = product.bias != kNone;
    const bool residual = product.residual != kNone;
    Op op = Op::kMatmulEpilogue;
    Attrs attrs;
    if (product.node.op == Op::kConv) {
      op = Op::kConvEpilogue;
      const auto& a = std::get<ConvAttrs>(product.node.attrs);
      attrs = ConvEpilogueAttrs{a.strides, a.padLow,  a.padHigh,
                                a.dilation, a.groups, a.spatial, product.scale != kNone, bias, residual, product.relu};
    } else {
      const auto& a = std::get<MatmulAttrs>(product.node.attrs);
      attrs = MatmulEpilogueAttrs{a.transposeA, a.transposeB, bias, residual, product.relu};
    }
    const Type type = typeOf(product);
    const ValueId made = rewriter_.emit(op, std::move(attrs), std::move(inputs), type, replaced.scope);
    const ValueId result = rewriter_.reshape(made, rewriter_.type(replaced.outputs[0]).shape, replaced.scope);
    usesOfMade_[made] = 1;
    usesOfMade_[result] = rewriter_.uses(replaced.outputs[0]);
    return result;
  }

  const std::vector<bool> fixed_;  // by value of the old graph
  Rewriter rewriter_;
  std::unordered_map<ValueId, uint32_t> usesOfMade_;
};

}  // namespace

void fuseEpilogues(Graph& graph) {
  EpilogueFusion(graph).run();
  eliminateDeadCode(graph);
}

}  // namespace ibex
