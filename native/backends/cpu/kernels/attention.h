// Tiled attention (Dao et al., "FlashAttention", 2022): scores exist for a block of queries and a block of keys at a
// time, softmax goes on from block to block, and the gradient computes them again from the logarithms of the sums.
#pragma once

#include <cstdint>

#include "backends/cpu/kernels/simd_table.h"

namespace ibex::cpu {

// A head of queries with the keys and values that it sees. Rows of one position are adjacent elements; `…Step` is the
// distance between positions, in elements.
template <class T>
struct AttentionHead {
  const T* q;
  const T* k;
  const T* v;
  const bool* mask;  // nullptr: all keys are seen
  int64_t qStep, kStep, vStep, maskStep;
  int64_t queries, keys, depth, valueDepth;
  T scale;
  bool causal;  // a query sees the keys up to its own position
};

// What a head's gradient is computed from, and where it goes.
template <class T>
struct AttentionGradient {
  const T* dout;
  const T* out;
  const T* logSum;
  int64_t outStep;
  T* dq;  // [queries], overwritten: the part of these keys
  int64_t dqStep;
  T* dk;
  T* dv;
  int64_t dkStep, dvStep;
  int64_t firstKey, lastKey;  // whose gradients are computed
  bool addToKeys;             // to what dk and dv hold, which an earlier head of queries left there
};

template <class T>
struct AttentionFunctionsOf {
  // Elements of `packed` that `pack` fills from a head's keys and values.
  int64_t (*packedElements)(int64_t keys, int64_t depth, int64_t valueDepth);
  void (*pack)(const AttentionHead<T>& head, T* packed);

  // Queries [first, last) of a head, at most kAttentionRows of them: out, and the logarithm of the sum of exponentials,
  // -inf for a query that sees no key (it gets the mean of all values).
  int64_t (*forwardElements)(int64_t depth, int64_t valueDepth);
  void (*forward)(const AttentionHead<T>& head, const T* packed, int64_t first, int64_t last, T* out, int64_t outStep,
                  T* logSum, T* work);

  int64_t (*backwardElements)(int64_t queries, int64_t depth, int64_t valueDepth);
  void (*backward)(const AttentionHead<T>& head, const AttentionGradient<T>& gradient, T* work);
};

inline constexpr int64_t kAttentionRows = 64;   // queries in a block
inline constexpr int64_t kAttentionKeys = 128;  // keys in a block

struct AttentionFunctions {
  AttentionFunctionsOf<float> f32;
  AttentionFunctionsOf<double> f64;
};

IBEX_SIMD_TABLE(AttentionFunctions, attentionFunctions);

}  // namespace ibex::cpu
