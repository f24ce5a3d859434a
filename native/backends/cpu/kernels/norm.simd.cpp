#include "backends/cpu/kernels/norm.h"

#include <type_traits>
#include <utility>

#include "backends/cpu/kernels/vector_fma.h"

namespace ibex::cpu::IBEX_SIMD_NS {
namespace {

// Calls body(width tag, first channel): four vectors of channels at a time, then one, then single channels.
template <int kVectors>
struct Width {
  static constexpr int kCount = kVectors;
};

template <class T, class Wide, class Single>
IBEX_INLINE void eachChannel(int64_t channels, Wide&& wide, Single&& single) {
  constexpr int64_t kLane = kLanes<T>;
  int64_t c = 0;
  for (; c + 4 * kLane <= channels; c += 4 * kLane) wide(Width<4>{}, c);
  for (; c + kLane <= channels; c += kLane) wide(Width<1>{}, c);
  for (; c < channels; ++c) single(c);
}

template <class T>
void channelStats(const T* x, int64_t rows, int64_t channels, T* mean, T* squares) {
  const T count = static_cast<T>(rows > 0 ? rows : 1);
  eachChannel<T>(
      channels,
      [&](auto width, int64_t c) {
        constexpr int kCount = decltype(width)::kCount;
        Vector<T> sum[kCount] = {}, square[kCount] = {};
        for (int64_t r = 0; r < rows; ++r) {
#pragma GCC unroll 4
          for (int v = 0; v < kCount; ++v) sum[v] += loadVector(x + r * channels + c + v * kLanes<T>);
        }
#pragma GCC unroll 4
        for (int v = 0; v < kCount; ++v) sum[v] /= count;
        for (int64_t r = 0; r < rows; ++r) {
#pragma GCC unroll 4
          for (int v = 0; v < kCount; ++v) {
            const Vector<T> d = loadVector(x + r * channels + c + v * kLanes<T>) - sum[v];
            square[v] = multiplyAdd(d, d, square[v]);
          }
        }
#pragma GCC unroll 4
        for (int v = 0; v < kCount; ++v) {
          storeVector(mean + c + v * kLanes<T>, sum[v]);
          storeVector(squares + c + v * kLanes<T>, square[v]);
        }
      },
      [&](int64_t c) {
        T sum = 0, square = 0;
        for (int64_t r = 0; r < rows; ++r) sum += x[r * channels + c];
        sum /= count;
        for (int64_t r = 0; r < rows; ++r) {
          const T d = x[r * channels + c] - sum;
          square += d * d;
        }
        mean[c] = sum;
        squares[c] = square;
      });
}

template <class T>
void channelAffine(const T* x, const T* mean, const T* scale, const T* shift, T* y, int64_t rows, int64_t channels) {
  for (int64_t r = 0; r < rows; ++r) {
    const T* __restrict from = x + r * channels;
    T* __restrict to = y + r * channels;
#pragma GCC ivdep
    for (int64_t c = 0; c < channels; ++c) to[c] = (from[c] - mean[c]) * scale[c] + shift[c];
  }
}

template <class T>
void channelGradSums(const T* dy, const T* x, const T* mean, int64_t rows, int64_t channels, T* sums, T* products) {
  eachChannel<T>(
      channels,
      [&](auto width, int64_t c) {
        constexpr int kCount = decltype(width)::kCount;
        Vector<T> sum[kCount] = {}, productSum[kCount] = {}, centre[kCount];
#pragma GCC unroll 4
        for (int v = 0; v < kCount; ++v) centre[v] = loadVector(mean + c + v * kLanes<T>);
        for (int64_t r = 0; r < rows; ++r) {
#pragma GCC unroll 4
          for (int v = 0; v < kCount; ++v) {
            const int64_t at = r * channels + c + v * kLanes<T>;
            const Vector<T> g = loadVector(dy + at);
            sum[v] += g;
            productSum[v] = multiplyAdd(g, loadVector(x + at) - centre[v], productSum[v]);
          }
        }
#pragma GCC unroll 4
        for (int v = 0; v < kCount; ++v) {
          storeVector(sums + c + v * kLanes<T>, sum[v]);
          storeVector(products + c + v * kLanes<T>, productSum[v]);
        }
      },
      [&](int64_t c) {
        T sum = 0, productSum = 0;
        for (int64_t r = 0; r < rows; ++r) {
          const int64_t at = r * channels + c;
          sum += dy[at];
          productSum += dy[at] * (x[at] - mean[c]);
        }
        sums[c] = sum;
        products[c] = productSum;
      });
}

template <class T>
void channelGrad(const T* dy, const T* x, const T* mean, const T* scale, const T* slope, const T* offset, T* dx,
                 int64_t rows, int64_t channels) {
  for (int64_t r = 0; r < rows; ++r) {
    const T* __restrict g = dy + r * channels;
    const T* __restrict from = x + r * channels;
    T* __restrict to = dx + r * channels;
#pragma GCC ivdep
    for (int64_t c = 0; c < channels; ++c) to[c] = g[c] * scale[c] - (from[c] - mean[c]) * slope[c] - offset[c];
  }
}

// A sum over a row: four vectors of partial sums, then the rest one by one. term(i) and vectorTerm(i) give element i
// and the vector from i on.
template <class T, class VectorTerm, class Term>
IBEX_INLINE T sumRow(int64_t n, VectorTerm&& vectorTerm, Term&& term) {
  constexpr int64_t kLane = kLanes<T>;
  Vector<T> sum[4] = {};
  int64_t i = 0;
  for (; i + 4 * kLane <= n; i += 4 * kLane) {
#pragma GCC unroll 4
    for (int v = 0; v < 4; ++v) sum[v] += vectorTerm(i + v * kLane);
  }
  for (; i + kLane <= n; i += kLane) sum[0] += vectorTerm(i);
  const Vector<T> all = (sum[0] + sum[1]) + (sum[2] + sum[3]);
  T total = 0;
  for (int64_t lane = 0; lane < kLane; ++lane) total += all[lane];
  for (; i < n; ++i) total += term(i);
  return total;
}

inline float squareRoot(float x) { return __builtin_sqrtf(x); }
inline double squareRoot(double x) { return __builtin_sqrt(x); }

template <class T>
void rowNorm(const T* x, const T* gamma, const T* beta, T epsilon, T* y, T* mean, T* rstd, int64_t rows,
             int64_t columns) {
  const T count = static_cast<T>(columns > 0 ? columns : 1);
  for (int64_t r = 0; r < rows; ++r) {
    const T* __restrict from = x + r * columns;
    T* __restrict to = y + r * columns;
    const T centre =
        sumRow<T>(columns, [&](int64_t i) { return loadVector(from + i); }, [&](int64_t i) { return from[i]; }) / count;
    const T variance = sumRow<T>(
                           columns,
                           [&](int64_t i) {
                             const Vector<T> d = loadVector(from + i) - centre;
                             return d * d;
                           },
                           [&](int64_t i) { return (from[i] - centre) * (from[i] - centre); }) /
                       count;
    const T scale = T{1} / squareRoot(variance + epsilon);
    mean[r] = centre;
    rstd[r] = scale;
#pragma GCC ivdep
    for (int64_t c = 0; c < columns; ++c) to[c] = (from[c] - centre) * scale * gamma[c] + beta[c];
  }
}

// The sums over a row of g * gamma, and of g * gamma * (x - centre).
template <class T>
IBEX_INLINE std::pair<T, T> gradSums(const T* g, const T* x, const T* gamma, T centre, int64_t columns) {
  constexpr int64_t kLane = kLanes<T>;
  Vector<T> sum[4] = {}, productSum[4] = {};
  const auto add = [&](int v, int64_t c) IBEX_INLINE_LAMBDA {
    const Vector<T> scaled = loadVector(g + c) * loadVector(gamma + c);
    sum[v] += scaled;
    productSum[v] = multiplyAdd(scaled, loadVector(x + c) - centre, productSum[v]);
  };
  int64_t c = 0;
  for (; c + 4 * kLane <= columns; c += 4 * kLane) {
#pragma GCC unroll 4
    for (int v = 0; v < 4; ++v) add(v, c + v * kLane);
  }
  for (; c + kLane <= columns; c += kLane) add(0, c);
  const Vector<T> sums = (sum[0] + sum[1]) + (sum[2] + sum[3]);
  const Vector<T> productSums = (productSum[0] + productSum[1]) + (productSum[2] + productSum[3]);
  T total = 0, productTotal = 0;
  for (int64_t lane = 0; lane < kLane; ++lane) {
    total += sums[lane];
    productTotal += productSums[lane];
  }
  for (; c < columns; ++c) {
    total += g[c] * gamma[c];
    productTotal += g[c] * gamma[c] * (x[c] - centre);
  }
  return {total, productTotal};
}

// kCount rows together, so that dgamma and dbeta are read and written once for all of them.
template <class T, int kCount>
void rowsNormGrad(const T* dy, const T* x, const T* gamma, const T* mean, const T* rstd, T* dx, T* __restrict dgamma,
                  T* __restrict dbeta, int64_t columns) {
  const T count = static_cast<T>(columns > 0 ? columns : 1);
  T centre[kCount], scale[kCount], offset[kCount], slope[kCount];
  for (int r = 0; r < kCount; ++r) {
    centre[r] = mean[r];
    scale[r] = rstd[r];
    const auto [sum, productSum] = gradSums(dy + r * columns, x + r * columns, gamma, centre[r], columns);
    offset[r] = sum / count;
    slope[r] = productSum * scale[r] * scale[r] / count;
  }
#pragma GCC ivdep
  for (int64_t c = 0; c < columns; ++c) {
    T gammaSum = dgamma[c], betaSum = dbeta[c];
#pragma GCC unroll 4
    for (int r = 0; r < kCount; ++r) {
      const T g = dy[r * columns + c];
      const T d = x[r * columns + c] - centre[r];
      dx[r * columns + c] = scale[r] * (g * gamma[c] - offset[r] - d * slope[r]);
      gammaSum += g * d * scale[r];
      betaSum += g;
    }
    dgamma[c] = gammaSum;
    dbeta[c] = betaSum;
  }
}

template <class T>
void rowNormGrad(const T* dy, const T* x, const T* gamma, const T* mean, const T* rstd, T* dx, T* dgamma, T* dbeta,
                 int64_t rows, int64_t columns) {
  int64_t r = 0;
  const auto take = [&](auto count) {
    constexpr int kCount = decltype(count)::value;
    for (; r + kCount <= rows; r += kCount) {
      const int64_t at = r * columns;
      rowsNormGrad<T, kCount>(dy + at, x + at, gamma, mean + r, rstd + r, dx + at, dgamma, dbeta, columns);
    }
  };
  take(std::integral_constant<int, 2>{});
  take(std::integral_constant<int, 1>{});
}

template <class T>
constexpr NormFunctionsOf<T> functions() {
  return {channelStats<T>, channelAffine<T>, channelGradSums<T>, channelGrad<T>, rowNorm<T>, rowNormGrad<T>};
}

}  // namespace

const NormFunctions& normFunctions() {
  static constexpr NormFunctions kTable{functions<float>(), functions<double>()};
  return kTable;
}

}  // namespace ibex::cpu::IBEX_SIMD_NS
