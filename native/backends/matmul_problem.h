// The shape of a matrix product, for the backends.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "backends/node_util.h"

namespace ibex {

// A matmul as rows, columns and steps, whichever of its operands are transposed or broadcast.
struct MatmulProblem {
  int64_t m, n, k;
  Shape batch;                 // of the output
  Shape aSteps, bSteps;        // elements to the next matrix, per batch axis; 0 where broadcast
  int64_t aRow, aColumn;       // element steps of a as [m, k]
  int64_t bRow, bColumn;       // and of b as [k, n]
  int64_t matrices() const { return product(batch); }

  // Of each matrix of the batch, in a and b.
  std::vector<std::pair<int64_t, int64_t>> offsets() const {
    std::vector<std::pair<int64_t, int64_t>> all;
    for (int64_t i = 0; i < matrices(); ++i) {
      int64_t rest = i, a = 0, b = 0;
      for (size_t x = batch.size(); x-- > 0;) {
        a += rest % batch[x] * aSteps[x];
        b += rest % batch[x] * bSteps[x];
        rest /= batch[x];
      }
      all.push_back({a, b});
    }
    return all;
  }

  // Joins neighbouring batch axes that both inputs walk evenly, and drops those of extent 1.
  void mergeBatch() {
    Shape merged, a, b;
    for (size_t i = 0; i < batch.size(); ++i) {
      if (batch[i] == 1) continue;
      if (!merged.empty() && a.back() == aSteps[i] * batch[i] && b.back() == bSteps[i] * batch[i]) {
        merged.back() *= batch[i];
        a.back() = aSteps[i];
        b.back() = bSteps[i];
      } else {
        merged.push_back(batch[i]);
        a.push_back(aSteps[i]);
        b.push_back(bSteps[i]);
      }
    }
    batch = merged;
    aSteps = a;
    bSteps = b;
  }
};

inline Shape matmulBatchSteps(const Shape& shape, const Shape& batch) {
  const Shape strides = stridesOf(shape);
  const size_t rank = shape.size() - 2;
  Shape steps(batch.size(), 0);
  for (size_t i = 0; i < rank; ++i) {
    if (shape[i] != 1) steps[batch.size() - rank + i] = strides[i];
  }
  return steps;
}

// node: a matmul
inline MatmulProblem matmulProblem(const Graph& graph, const Node& node) {
  const auto& attrs = attrsOf<MatmulAttrs>(node);
  const Shape& a = inputType(graph, node, 0).shape;
  const Shape& b = inputType(graph, node, 1).shape;
  const Shape& c = outputType(graph, node, 0).shape;
  MatmulProblem p;
  p.m = c[c.size() - 2];
  p.n = c[c.size() - 1];
  p.k = attrs.transposeA ? a[a.size() - 2] : a[a.size() - 1];
  p.batch.assign(c.begin(), c.end() - 2);
  p.aSteps = matmulBatchSteps(a, p.batch);
  p.bSteps = matmulBatchSteps(b, p.batch);
  p.aRow = attrs.transposeA ? 1 : p.k;
  p.aColumn = attrs.transposeA ? p.m : 1;
  p.bRow = attrs.transposeB ? 1 : p.n;
  p.bColumn = attrs.transposeB ? p.k : 1;
  // One b for all: the batch is just more rows.
  const bool sharedB = std::all_of(p.bSteps.begin(), p.bSteps.end(), [](int64_t s) { return s == 0; });
  const bool denseA = product(std::span<const int64_t>(a.data(), a.size() - 2)) == p.matrices();
  if (sharedB && denseA && !attrs.transposeA) {
    p.m *= p.matrices();
    p.batch.clear();
    p.aSteps.clear();
    p.bSteps.clear();
  }
  p.mergeBatch();
  return p;
}

}  // namespace ibex
