#include "backends/cpu/kernels/attention.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "backends/cpu/kernels/gemm.h"
#include "backends/cpu/math/vector_float.h"
#include "backends/cpu/math/vector_lanes.h"

namespace ibex::cpu::IBEX_SIMD_NS {
namespace {

constexpr int64_t kRows = kAttentionRows;
constexpr int64_t kKeys = kAttentionKeys;
// Between rows of scores: no power of two, so that a column of them does not fall into a few sets of the cache.
constexpr int64_t kScoreStep = kKeys + 16;
constexpr int kLanes = 32;

template <class T>
constexpr T kNone = -std::numeric_limits<T>::infinity();

// The products of the same instruction set.
template <class T>
const GemmFunctionsOf<T>& gemm() {
  if constexpr (std::is_same_v<T, float>) {
    return gemmFunctions().f32;
  } else {
    return gemmFunctions().f64;
  }
}

// Of differences to the largest element.
template <class T>
IBEX_VECTOR_FN T expOf(T x) {
  if constexpr (std::is_same_v<T, float>) {
    return fast::expOfNonPositive(x);
  } else {
    return std::exp(x);
  }
}

// The sum of term(i), which is called once for each i < n.
template <class T, class Term>
inline T sumOf(int64_t n, Term&& term) {
  T lane[kLanes] = {};
  int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
#pragma GCC ivdep
    for (int j = 0; j < kLanes; ++j) lane[j] += term(i + j);
  }
  T total = foldFloats(lane, kLanes, T(0), AddOf{});
  for (; i < n; ++i) total += term(i);
  return total;
}

template <class T>
int64_t packedKeys(int64_t keys, int64_t depth) {
  return gemm<T>().packedElements(depth, std::min(kKeys, keys));
}
template <class T>
int64_t packedValues(int64_t keys, int64_t valueDepth) {
  return gemm<T>().packedElements(std::min(kKeys, keys), valueDepth);
}
inline int64_t blocksOf(int64_t n, int64_t block) { return (n + block - 1) / block; }

// The keys that a query at `row` sees among those at [firstKey, firstKey + count), by their order alone.
template <class T>
int64_t reach(const AttentionHead<T>& head, int64_t row, int64_t firstKey, int64_t count) {
  return head.causal ? std::clamp<int64_t>(row - firstKey + 1, 0, count) : count;
}

template <class T>
void hide(T* scores, const bool* mask, int64_t n) {
#pragma GCC ivdep
  for (int64_t j = 0; j < n; ++j) scores[j] = mask[j] ? scores[j] : kNone<T>;
}

template <class T>
void copyRows(const T* from, int64_t fromStep, int64_t rows, int64_t columns, T factor, T* to) {
  for (int64_t r = 0; r < rows; ++r) {
#pragma GCC ivdep
    for (int64_t c = 0; c < columns; ++c) to[r * columns + c] = from[r * fromStep + c] * factor;
  }
}

template <class T>
int64_t packedElements(int64_t keys, int64_t depth, int64_t valueDepth) {
  return blocksOf(keys, kKeys) * (packedKeys<T>(keys, depth) + packedValues<T>(keys, valueDepth));
}

template <class T>
void pack(const AttentionHead<T>& h, T* packed) {
  for (int64_t j = 0; j < h.keys; j += kKeys) {
    const int64_t count = std::min(kKeys, h.keys - j);
    gemm<T>().pack(h.k + j * h.kStep, 1, h.kStep, h.depth, count, packed);
    packed += packedKeys<T>(h.keys, h.depth);
    gemm<T>().pack(h.v + j * h.vStep, h.vStep, 1, count, h.valueDepth, packed);
    packed += packedValues<T>(h.keys, h.valueDepth);
  }
}

template <class T>
int64_t forwardElements(int64_t depth, int64_t valueDepth) {
  return kRows * (kScoreStep + depth + valueDepth) + valueDepth;
}

// Scores of a block to exponentials under the row's maximum so far; what is summed up already is brought under it too.
template <class T>
void weigh(T* scores, int64_t reached, int64_t count, T& maximum, T& sum, T* result, int64_t valueDepth) {
  const T before = maximum;
  maximum = foldFloats(scores, reached, before, LargerOf{});
  const T top = maximum;
  if (top == kNone<T>) {
    std::fill_n(scores, count, T(0));
    return;
  }
  const T added = sumOf<T>(reached, [=](int64_t j) { return scores[j] = expOf(scores[j] - top); });
  std::fill(scores + reached, scores + count, T(0));
  if (top == before) {
    sum += added;
    return;
  }
  const T factor = expOf(before - top);
  sum = sum * factor + added;
  if (before == kNone<T>) return;
#pragma GCC ivdep
  for (int64_t c = 0; c < valueDepth; ++c) result[c] *= factor;
}

template <class T>
void meanOfValues(const AttentionHead<T>& h, T* mean) {
  std::fill_n(mean, h.valueDepth, T(0));
  for (int64_t j = 0; j < h.keys; ++j) {
    for (int64_t c = 0; c < h.valueDepth; ++c) mean[c] += h.v[j * h.vStep + c];
  }
  for (int64_t c = 0; c < h.valueDepth; ++c) mean[c] /= static_cast<T>(h.keys);
}

template <class T>
void forward(const AttentionHead<T>& h, const T* packed, int64_t first, int64_t last, T* out, int64_t outStep,
             T* logSum, T* work) {
  const int64_t rows = last - first;
  T* scores = work;
  T* q = scores + kRows * kScoreStep;
  T* result = q + kRows * h.depth;
  T* mean = result + kRows * h.valueDepth;
  T maximum[kRows], sum[kRows];
  std::fill_n(maximum, rows, kNone<T>);
  std::fill_n(sum, rows, T(0));
  copyRows(h.q + first * h.qStep, h.qStep, rows, h.depth, h.scale, q);
  const int64_t keys = h.causal ? std::min(h.keys, last) : h.keys;
  for (int64_t j = 0; j < keys; j += kKeys) {
    const int64_t count = std::min(kKeys, h.keys - j);
    const T* values = packed + packedKeys<T>(h.keys, h.depth);
    gemm<T>().multiplyPacked(q, h.depth, 1, packed, scores, kScoreStep, rows, count, h.depth, false);
    for (int64_t r = 0; r < rows; ++r) {
      T* row = scores + r * kScoreStep;
      const int64_t reached = reach(h, first + r, j, count);
      if (h.mask != nullptr) hide(row, h.mask + (first + r) * h.maskStep + j, reached);
      weigh(row, reached, count, maximum[r], sum[r], result + r * h.valueDepth, h.valueDepth);
    }
    gemm<T>().multiplyPacked(scores, kScoreStep, 1, values, result, h.valueDepth, rows, h.valueDepth, count, j > 0);
    packed = values + packedValues<T>(h.keys, h.valueDepth);
  }
  bool haveMean = false;
  for (int64_t r = 0; r < rows; ++r) {
    T* to = out + r * outStep;
    if (maximum[r] == kNone<T>) {
      if (!haveMean) meanOfValues(h, mean);
      haveMean = true;
      std::copy_n(mean, h.valueDepth, to);
      logSum[r] = kNone<T>;
      continue;
    }
    const T factor = T(1) / sum[r];
    for (int64_t c = 0; c < h.valueDepth; ++c) to[c] = result[r * h.valueDepth + c] * factor;
    logSum[r] = maximum[r] + std::log(sum[r]);
  }
}

template <class T>
int64_t backwardElements(int64_t queries, int64_t depth, int64_t valueDepth) {
  const int64_t perQuery = 2 * depth + valueDepth + 1;
  const int64_t perBlock = packedKeys<T>(kKeys, depth) + packedKeys<T>(kKeys, valueDepth) +
                           packedValues<T>(kKeys, depth) + kKeys * (depth + valueDepth);
  return queries * perQuery + perBlock + 2 * kRows * kScoreStep + valueDepth;
}

// The gradient of one head, of some of its keys.
template <class T>
class Backward {
 public:
  Backward(const AttentionHead<T>& head, const AttentionGradient<T>& gradient, T* work) : h_(head), g_(gradient) {
    const auto take = [&](int64_t elements) { return std::exchange(work, work + elements); };
    q_ = take(h_.queries * h_.depth);
    dq_ = take(h_.queries * h_.depth);
    dout_ = take(h_.queries * h_.valueDepth);
    delta_ = take(h_.queries);
    keysAcross_ = take(packedKeys<T>(kKeys, h_.depth));
    valuesAcross_ = take(packedKeys<T>(kKeys, h_.valueDepth));
    keys_ = take(packedValues<T>(kKeys, h_.depth));
    dk_ = take(kKeys * h_.depth);
    dv_ = take(kKeys * h_.valueDepth);
    weights_ = take(kRows * kScoreStep);
    dScores_ = take(kRows * kScoreStep);
    blind_ = take(h_.valueDepth);
  }

  void run() {
    gatherQueries();
    for (int64_t j = g_.firstKey; j < g_.lastKey; j += kKeys) keyBlock(j, std::min(kKeys, g_.lastKey - j));
    for (int64_t r = 0; r < h_.queries; ++r) {
      for (int64_t c = 0; c < h_.depth; ++c) g_.dq[r * g_.dqStep + c] = dq_[r * h_.depth + c] * h_.scale;
    }
  }

 private:
  void gatherQueries() {
    copyRows(h_.q, h_.qStep, h_.queries, h_.depth, h_.scale, q_);
    copyRows(g_.dout, g_.outStep, h_.queries, h_.valueDepth, T(1), dout_);
    std::fill_n(dq_, h_.queries * h_.depth, T(0));
    // A query that sees no key has the mean of the values: each gets the same part of its gradient.
    std::fill_n(blind_, h_.valueDepth, T(0));
    for (int64_t r = 0; r < h_.queries; ++r) {
      const T* dout = dout_ + r * h_.valueDepth;
      const T* out = g_.out + r * g_.outStep;
      delta_[r] = sumOf<T>(h_.valueDepth, [=](int64_t c) { return dout[c] * out[c]; });
      if (g_.logSum[r] != kNone<T>) continue;
      for (int64_t c = 0; c < h_.valueDepth; ++c) blind_[c] += dout[c] / static_cast<T>(h_.keys);
    }
  }

  void keyBlock(int64_t j, int64_t count) {
    const T* k = h_.k + j * h_.kStep;
    gemm<T>().pack(k, 1, h_.kStep, h_.depth, count, keysAcross_);
    gemm<T>().pack(k, h_.kStep, 1, count, h_.depth, keys_);
    gemm<T>().pack(h_.v + j * h_.vStep, 1, h_.vStep, h_.valueDepth, count, valuesAcross_);
    std::fill_n(dk_, count * h_.depth, T(0));
    for (int64_t r = 0; r < count; ++r) std::copy_n(blind_, h_.valueDepth, dv_ + r * h_.valueDepth);
    const int64_t first = h_.causal ? j / kRows * kRows : 0;
    for (int64_t i = first; i < h_.queries; i += kRows) block(i, std::min(kRows, h_.queries - i), j, count);
    store(dk_, h_.depth, g_.dk + j * g_.dkStep, g_.dkStep, count);
    store(dv_, h_.valueDepth, g_.dv + j * g_.dvStep, g_.dvStep, count);
  }

  void block(int64_t i, int64_t rows, int64_t j, int64_t count) {
    const auto& f = gemm<T>();
    const T* q = q_ + i * h_.depth;
    const T* dout = dout_ + i * h_.valueDepth;
    f.multiplyPacked(q, h_.depth, 1, keysAcross_, weights_, kScoreStep, rows, count, h_.depth, false);
    f.multiplyPacked(dout, h_.valueDepth, 1, valuesAcross_, dScores_, kScoreStep, rows, count, h_.valueDepth, false);
    for (int64_t r = 0; r < rows; ++r) weigh(i + r, j, count, weights_ + r * kScoreStep, dScores_ + r * kScoreStep);
    f.multiply(weights_, 1, kScoreStep, dout, h_.valueDepth, 1, dv_, h_.valueDepth, count, h_.valueDepth, rows, true);
    f.multiply(dScores_, 1, kScoreStep, q, h_.depth, 1, dk_, h_.depth, count, h_.depth, rows, true);
    f.multiplyPacked(dScores_, kScoreStep, 1, keys_, dq_ + i * h_.depth, h_.depth, rows, h_.depth, count, true);
  }

  // Scores to weights, gradients of weights to those of scores.
  void weigh(int64_t row, int64_t j, int64_t count, T* weights, T* dScores) {
    const T logSum = g_.logSum[row];
    const int64_t reached = logSum == kNone<T> ? 0 : reach(h_, row, j, count);
    if (h_.mask != nullptr) hide(weights, h_.mask + row * h_.maskStep + j, reached);
    const T delta = delta_[row];
#pragma GCC ivdep
    for (int64_t c = 0; c < reached; ++c) {
      const T w = expOf(weights[c] - logSum);
      weights[c] = w;
      dScores[c] = w * (dScores[c] - delta);
    }
    std::fill(weights + reached, weights + count, T(0));
    std::fill(dScores + reached, dScores + count, T(0));
  }

  void store(const T* from, int64_t columns, T* to, int64_t toStep, int64_t rows) const {
    for (int64_t r = 0; r < rows; ++r) {
      for (int64_t c = 0; c < columns; ++c) {
        to[r * toStep + c] = from[r * columns + c] + (g_.addToKeys ? to[r * toStep + c] : T(0));
      }
    }
  }

  const AttentionHead<T>& h_;
  const AttentionGradient<T>& g_;
  T *q_, *dq_, *dout_, *delta_;                  // of all queries; q is scaled
  T *keysAcross_, *valuesAcross_, *keys_;        // of a block of keys, packed; `…Across`: transposed
  T *dk_, *dv_;                                  // of a block of keys
  T *weights_, *dScores_;                        // of a block of queries and one of keys
  T* blind_;                                     // what each value gets from queries that see no key
};

template <class T>
void backward(const AttentionHead<T>& head, const AttentionGradient<T>& gradient, T* work) {
  Backward<T>(head, gradient, work).run();
}

template <class T>
constexpr AttentionFunctionsOf<T> functions() {
  return {packedElements<T>, pack<T>, forwardElements<T>, forward<T>, backwardElements<T>, backward<T>};
}

}  // namespace

const AttentionFunctions& attentionFunctions() {
  static constexpr AttentionFunctions kTable{functions<float>(), functions<double>()};
  return kTable;
}

}  // namespace ibex::cpu::IBEX_SIMD_NS
