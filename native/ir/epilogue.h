// conv_epilogue and matmul_epilogue: a product and what follows it in the same call.
#pragma once

#include "ir/graph.h"

namespace ibex {

// Inputs of the node, by position after the product's two; -1 where absent. They are applied in this order.
struct Epilogue {
  int scale = -1;     // a factor for each channel (the last axis): convolutions only
  int bias = -1;      // an addend for each channel
  int residual = -1;  // an addend of the result's type
  bool relu = false;

  bool any() const { return scale >= 0 || bias >= 0 || residual >= 0 || relu; }
  int end() const { return 2 + (scale >= 0) + (bias >= 0) + (residual >= 0); }
};

inline bool hasEpilogue(Op op) { return op == Op::kConvEpilogue || op == Op::kMatmulEpilogue; }

// Of any node; empty where the op has none.
Epilogue epilogueOf(const Node& node);

// The conv or matmul in a node that hasEpilogue(), with the same output. The node has at least two inputs.
Node productOf(const Node& node);

}  // namespace ibex
