#include "backends/cpu/kernels/softmax.h"

#include <cmath>
#include <limits>

#include "backends/cpu/math/vector_float.h"
#include "backends/cpu/math/vector_lanes.h"

namespace ibex::cpu::IBEX_SIMD_NS {
namespace {

// Of differences to the largest element.
template <class T>
IBEX_VECTOR_FN T expOf(T x) {
  if constexpr (std::is_same_v<T, float>) {
    return fast::expOfNonPositive(x);
  } else {
    return std::exp(x);
  }
}

constexpr int kLanes = 32;
// Additions in T before they go on in double.
constexpr int64_t kBlock = 2048;

// NaN counts as any number: the exponentials bring it back.
template <class T>
inline T maximumOf(const T* x, int64_t n) {
  return foldFloats(x, n, -std::numeric_limits<T>::infinity(), LargerNumber{});
}

// Asks memory for kLanes elements of each array.
template <class... T>
inline __attribute__((always_inline)) void prefetch(const T*... arrays) {
  constexpr size_t kLine = 64;
  const auto ask = [](const auto* array) {
    for (size_t at = 0; at < kLanes * sizeof(*array); at += kLine) {
      __builtin_prefetch(reinterpret_cast<const char*>(array) + at);
    }
  };
  (ask(arrays), ...);
}

struct Nothing {
  void operator()(int64_t) const {}
};

// The sum of term(i), which is called once for each i < n. ahead(i) is called before each kLanes of them.
template <class T, class Term, class Ahead = Nothing>
inline double sumOf(int64_t n, Term&& term, Ahead&& ahead = {}) {
  double total = 0;
  int64_t i = 0;
  while (i + kLanes <= n) {
    T lane[kLanes] = {};
    const int64_t end = i + kBlock < n ? i + kBlock : n;
    for (; i + kLanes <= end; i += kLanes) {
      ahead(i);
#pragma GCC ivdep
      for (int j = 0; j < kLanes; ++j) lane[j] += term(i + j);
    }
    total += static_cast<double>(foldFloats(lane, kLanes, T(0), AddOf{}));
  }
  for (; i < n; ++i) total += static_cast<double>(term(i));
  return total;
}

// The next row, if there is one, follows: it comes from memory while this one is computed with.
template <class T>
void softmaxRow(T* out, const T* x, int64_t n) {
  const T m = maximumOf(x, n);
  const double sum = sumOf<T>(
      n, [=](int64_t i) { return out[i] = expOf(x[i] - m); }, [=](int64_t i) { prefetch(x + n + i, out + n + i); });
  const T scale = static_cast<T>(1.0 / sum);
  for (int64_t i = 0; i < n; ++i) out[i] *= scale;
}

template <class T>
void logSoftmaxRow(T* out, const T* x, int64_t n) {
  const T m = maximumOf(x, n);
  const double sum = sumOf<T>(n, [=](int64_t i) { return expOf(x[i] - m); });
  const T logSum = static_cast<T>(std::log(sum));
#pragma GCC ivdep
  for (int64_t i = 0; i < n; ++i) out[i] = (x[i] - m) - logSum;
}

template <class T>
void softmaxGradRow(T* out, const T* dy, const T* y, int64_t n) {
  const T dot = static_cast<T>(sumOf<T>(n, [=](int64_t i) { return dy[i] * y[i]; }));
#pragma GCC ivdep
  for (int64_t i = 0; i < n; ++i) out[i] = y[i] * (dy[i] - dot);
}

template <class T>
void logSoftmaxGradRow(T* out, const T* dy, const T* y, int64_t n) {
  const T sum = static_cast<T>(sumOf<T>(n, [=](int64_t i) { return dy[i]; }));
#pragma GCC ivdep
  for (int64_t i = 0; i < n; ++i) out[i] = dy[i] - expOf(y[i]) * sum;
}

template <class T>
void logSumRow(const T* x, int64_t n, T* maximum, T* logSum) {
  const T m = maximumOf(x, n);
  *maximum = m;
  *logSum = static_cast<T>(std::log(sumOf<T>(n, [=](int64_t i) { return expOf(x[i] - m); })));
}

template <class T>
void scaledSoftmaxRow(T* out, const T* x, T dy, T maximum, T logSum, int64_t n) {
#pragma GCC ivdep
  for (int64_t i = 0; i < n; ++i) out[i] = dy * expOf((x[i] - maximum) - logSum);
}

template <class T>
constexpr SoftmaxRows<T> rows() {
  return {softmaxRow<T>,        logSoftmaxRow<T>, softmaxGradRow<T>,
          logSoftmaxGradRow<T>, logSumRow<T>,     scaledSoftmaxRow<T>};
}

}  // namespace

const SoftmaxFunctions& softmaxFunctions() {
  static constexpr SoftmaxFunctions kTable{rows<float>(), rows<double>()};
  return kTable;
}

}  // namespace ibex::cpu::IBEX_SIMD_NS
