#include "ir/epilogue.h"

namespace ibex {

Epilogue epilogueOf(const Node& node) {
  Epilogue epilogue;
  int next = 2;
  const auto read = [&](const auto& attrs) {
    if (attrs.bias) epilogue.bias = next++;
    if (attrs.residual) epilogue.residual = next++;
    epilogue.relu = attrs.relu;
  };
  if (node.op == Op::kConvEpilogue) {
    const auto& attrs = std::get<ConvEpilogueAttrs>(node.attrs);
    if (attrs.scale) epilogue.scale = next++;
    read(attrs);
  } else if (node.op == Op::kMatmulEpilogue) {
    read(std::get<MatmulEpilogueAttrs>(node.attrs));
  }
  return epilogue;
}

Node productOf(const Node& node) {
  Node product;
  if (node.op == Op::kConvEpilogue) {
    const auto& a = std::get<ConvEpilogueAttrs>(node.attrs);
    product.op = Op::kConv;
    product.attrs = ConvAttrs{a.strides, a.padLow, a.padHigh, a.dilation, a.groups, a.spatial};
  } else {
    const auto& a = std::get<MatmulEpilogueAttrs>(node.attrs);
    product.op = Op::kMatmul;
    product.attrs = MatmulAttrs{a.transposeA, a.transposeB};
  }
  product.inputs = {node.inputs[0], node.inputs[1]};
  product.outputs = node.outputs;
  product.scope = node.scope;
  return product;
}

}  // namespace ibex
