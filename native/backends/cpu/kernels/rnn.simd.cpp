#include "backends/cpu/kernels/rnn.h"

#include <cmath>

#include "backends/cpu/math/vector_float.h"

namespace ibex::cpu::IBEX_SIMD_NS {
namespace {

IBEX_VECTOR_FN float sigmoidOf(float x) { return fast::sigmoid(x); }
IBEX_VECTOR_FN float tanhOf(float x) { return fast::tanh(x); }
inline double sigmoidOf(double x) { return x < 0 ? std::exp(x) / (1 + std::exp(x)) : 1 / (1 + std::exp(-x)); }
inline double tanhOf(double x) { return std::tanh(x); }

template <class T>
void lstmStep(T* gates, const T* cellBefore, T* cell, T* output, int64_t h) {
  T* __restrict i = gates;
  T* __restrict f = gates + h;
  T* __restrict g = gates + 2 * h;
  T* __restrict o = gates + 3 * h;
  T* __restrict c = cell;
  T* __restrict y = output;
#pragma GCC ivdep
  for (int64_t j = 0; j < h; ++j) {
    const T in = sigmoidOf(i[j]);
    const T forget = sigmoidOf(f[j]);
    const T candidate = tanhOf(g[j]);
    const T out = sigmoidOf(o[j]);
    const T next = forget * cellBefore[j] + in * candidate;
    i[j] = in;
    f[j] = forget;
    g[j] = candidate;
    o[j] = out;
    c[j] = next;
    y[j] = out * tanhOf(next);
  }
}

template <class T>
void lstmGradStep(const T* gates, const T* cellBefore, const T* cell, const T* dOutput, T* dCell, T* dGates,
                  int64_t h) {
  T* __restrict dc = dCell;
  T* __restrict di = dGates;
  T* __restrict df = dGates + h;
  T* __restrict dg = dGates + 2 * h;
  T* __restrict dOut = dGates + 3 * h;
#pragma GCC ivdep
  for (int64_t j = 0; j < h; ++j) {
    const T i = gates[j], f = gates[h + j], g = gates[2 * h + j], o = gates[3 * h + j];
    const T squashed = tanhOf(cell[j]);
    const T d = dc[j] + dOutput[j] * o * (T{1} - squashed * squashed);
    di[j] = d * g * i * (T{1} - i);
    df[j] = d * cellBefore[j] * f * (T{1} - f);
    dg[j] = d * i * (T{1} - g * g);
    dOut[j] = dOutput[j] * squashed * o * (T{1} - o);
    dc[j] = d * f;
  }
}

template <class T>
void gruStep(const T* x, const T* recurrent, const T* before, T* gates, T* output, int64_t h) {
  T* __restrict z = gates;
  T* __restrict r = gates + h;
  T* __restrict candidate = gates + 2 * h;
  T* __restrict inner = gates + 3 * h;
  T* __restrict y = output;
#pragma GCC ivdep
  for (int64_t j = 0; j < h; ++j) {
    const T update = sigmoidOf(x[j] + recurrent[j]);
    const T reset = sigmoidOf(x[h + j] + recurrent[h + j]);
    const T part = recurrent[2 * h + j];
    const T hh = tanhOf(x[2 * h + j] + reset * part);
    z[j] = update;
    r[j] = reset;
    candidate[j] = hh;
    inner[j] = part;
    y[j] = update * before[j] + (T{1} - update) * hh;
  }
}

template <class T>
void gruGradStep(const T* gates, const T* before, const T* dOutput, T* dx, T* dRecurrent, T* dBefore, int64_t h) {
  T* __restrict dz = dx;
  T* __restrict dr = dx + h;
  T* __restrict dh = dx + 2 * h;
  T* __restrict uz = dRecurrent;
  T* __restrict ur = dRecurrent + h;
  T* __restrict uh = dRecurrent + 2 * h;
  T* __restrict out = dBefore;
#pragma GCC ivdep
  for (int64_t j = 0; j < h; ++j) {
    const T z = gates[j], r = gates[h + j], hh = gates[2 * h + j], part = gates[3 * h + j];
    const T d = dOutput[j];
    const T da = d * (T{1} - z) * (T{1} - hh * hh);
    const T gz = d * (before[j] - hh) * z * (T{1} - z);
    const T gr = da * part * r * (T{1} - r);
    dz[j] = gz;
    dr[j] = gr;
    dh[j] = da;
    uz[j] = gz;
    ur[j] = gr;
    uh[j] = da * r;
    out[j] = d * z;
  }
}

template <class T>
constexpr RnnFunctionsOf<T> functions() {
  return {lstmStep<T>, lstmGradStep<T>, gruStep<T>, gruGradStep<T>};
}

}  // namespace

const RnnFunctions& rnnFunctions() {
  static constexpr RnnFunctions kTable{functions<float>(), functions<double>()};
  return kTable;
}

}  // namespace ibex::cpu::IBEX_SIMD_NS
