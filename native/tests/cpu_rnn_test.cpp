#include <doctest/doctest.h>

#include "tests/cpu_node_runner.h"

using namespace ibex;
using namespace ibex::testing;

namespace {

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

Array randomMask(int64_t n, int64_t t) {
  Array mask = randomArray(DType::kBool, {n, t}, 77);
  for (int64_t i = 0; i < n; ++i) mask.set(i * t + (t > 1 ? 1 : 0), 1);
  return mask;
}

struct Sizes {
  int64_t n, t, h;
};

// Plain loops in double over what the op is defined to do.
std::vector<Array> naiveLstm(const std::vector<Array>& in, const Sizes& s, const RnnAttrs& attrs) {
  const DType t = in[0].type.dtype;
  Array hs(t, {s.n, s.t, s.h}), cs(t, {s.n, s.t, s.h}), gates(t, {s.n, s.t, 4 * s.h});
  for (int64_t n = 0; n < s.n; ++n) {
    std::vector<double> h, c;
    for (int64_t j = 0; j < s.h; ++j) {
      h.push_back(in[2].at(n * s.h + j));
      c.push_back(in[3].at(n * s.h + j));
    }
    for (int64_t step = 0; step < s.t; ++step) {
      const int64_t at = n * s.t + (attrs.reverse ? s.t - 1 - step : step);
      const bool skip = attrs.mask && in[4].at(at) == 0;
      std::vector<double> g(static_cast<size_t>(4 * s.h));
      for (int64_t j = 0; j < 4 * s.h; ++j) {
        double sum = in[0].at(at * 4 * s.h + j);
        for (int64_t k = 0; k < s.h; ++k) sum += h[static_cast<size_t>(k)] * in[1].at(k * 4 * s.h + j);
        g[static_cast<size_t>(j)] = skip ? 0 : j / s.h == 2 ? std::tanh(sum) : sigmoid(sum);
        gates.set(at * 4 * s.h + j, g[static_cast<size_t>(j)]);
      }
      for (int64_t j = 0; j < s.h; ++j) {
        const auto i = static_cast<size_t>(j), u = static_cast<size_t>(s.h);
        if (!skip) {
          c[i] = g[u + i] * c[i] + g[i] * g[2 * u + i];
          h[i] = g[3 * u + i] * std::tanh(c[i]);
        }
        hs.set(at * s.h + j, h[i]);
        cs.set(at * s.h + j, c[i]);
      }
    }
  }
  return {hs, cs, gates};
}

std::vector<Array> naiveGru(const std::vector<Array>& in, const Sizes& s, const RnnAttrs& attrs) {
  const DType t = in[0].type.dtype;
  Array hs(t, {s.n, s.t, s.h}), gates(t, {s.n, s.t, 4 * s.h});
  for (int64_t n = 0; n < s.n; ++n) {
    std::vector<double> h;
    for (int64_t j = 0; j < s.h; ++j) h.push_back(in[3].at(n * s.h + j));
    for (int64_t step = 0; step < s.t; ++step) {
      const int64_t at = n * s.t + (attrs.reverse ? s.t - 1 - step : step);
      const bool skip = attrs.mask && in[4].at(at) == 0;
      const auto recurrent = [&](int64_t column) {
        double sum = in[2].at(column);
        for (int64_t k = 0; k < s.h; ++k) sum += h[static_cast<size_t>(k)] * in[1].at(k * 3 * s.h + column);
        return sum;
      };
      std::vector<double> next = h;
      for (int64_t j = 0; j < s.h; ++j) {
        const double z = sigmoid(in[0].at(at * 3 * s.h + j) + recurrent(j));
        const double r = sigmoid(in[0].at(at * 3 * s.h + s.h + j) + recurrent(s.h + j));
        const double part = recurrent(2 * s.h + j);
        const double hh = std::tanh(in[0].at(at * 3 * s.h + 2 * s.h + j) + r * part);
        const double saved[] = {z, r, hh, part};
        for (int64_t q = 0; q < 4; ++q) gates.set(at * 4 * s.h + q * s.h + j, skip ? 0 : saved[q]);
        if (!skip) next[static_cast<size_t>(j)] = z * h[static_cast<size_t>(j)] + (1 - z) * hh;
      }
      h = next;
      for (int64_t j = 0; j < s.h; ++j) hs.set(at * s.h + j, h[static_cast<size_t>(j)]);
    }
  }
  return {hs, gates};
}

std::vector<Array> lstmInputs(DType t, const Sizes& s, bool mask) {
  std::vector<Array> in = {randomArray(t, {s.n, s.t, 4 * s.h}, 1), randomArray(t, {s.h, 4 * s.h}, 2),
                           randomArray(t, {s.n, s.h}, 3), randomArray(t, {s.n, s.h}, 4)};
  for (int64_t i = 0; i < in[1].size(); ++i) in[1].set(i, in[1].at(i) / std::sqrt(static_cast<double>(s.h)));
  if (mask) in.push_back(randomMask(s.n, s.t));
  return in;
}

std::vector<Array> gruInputs(DType t, const Sizes& s, bool mask) {
  std::vector<Array> in = {randomArray(t, {s.n, s.t, 3 * s.h}, 1), randomArray(t, {s.h, 3 * s.h}, 2),
                           randomArray(t, {3 * s.h}, 3), randomArray(t, {s.n, s.h}, 4)};
  for (int64_t i = 0; i < in[1].size(); ++i) in[1].set(i, in[1].at(i) / std::sqrt(static_cast<double>(s.h)));
  if (mask) in.push_back(randomMask(s.n, s.t));
  return in;
}

std::vector<Type> typesOf(const std::vector<Array>& arrays) {
  std::vector<Type> types;
  for (const Array& a : arrays) types.push_back(a.type);
  return types;
}

// d(sum(weights * outputs)) / d(input element), by central differences through `forward`.
double numeric(std::vector<Array> in, size_t which, int64_t element, const std::vector<Array>& weights,
               const std::function<std::vector<Array>(const std::vector<Array>&)>& forward) {
  constexpr double kStep = 1e-5;
  double sides[2];
  for (int side = 0; side < 2; ++side) {
    std::vector<Array> moved = in;
    moved[which] = in[which].as(in[which].type.dtype);
    moved[which].set(element, in[which].at(element) + (side == 0 ? -kStep : kStep));
    const auto out = forward(moved);
    sides[side] = 0;
    for (size_t o = 0; o < weights.size(); ++o) {
      for (int64_t i = 0; i < out[o].size(); ++i) sides[side] += weights[o].at(i) * out[o].at(i);
    }
  }
  return (sides[1] - sides[0]) / (2 * kStep);
}

void checkNumeric(const Array& got, const std::vector<Array>& in, size_t which, const std::vector<Array>& weights,
                  const std::function<std::vector<Array>(const std::vector<Array>&)>& forward) {
  CAPTURE(which);
  for (int64_t i = 0; i < got.size(); ++i) {
    REQUIRE(got.at(i) == doctest::Approx(numeric(in, which, i, weights, forward)).epsilon(1e-6).scale(1));
  }
}

const RnnAttrs kVariants[] = {{false, false}, {true, false}, {false, true}, {true, true}};

}  // namespace

TEST_CASE("LSTM forward follows its equations, forward, reversed and masked") {
  for (DType t : {DType::kFloat32, DType::kFloat64, DType::kBFloat16}) {
    for (const Sizes& s : {Sizes{3, 4, 5}, Sizes{1, 1, 1}, Sizes{17, 6, 33}, Sizes{2, 0, 3}}) {
      for (const RnnAttrs& attrs : kVariants) {
        const auto in = lstmInputs(t, s, attrs.mask);
        const auto expected = naiveLstm(in, s, attrs);
        const auto got = runNode(Op::kLstm, attrs, in, typesOf(expected));
        for (size_t o = 0; o < 3; ++o) CHECK(difference(got[o], expected[o]) <= tolerance(t) * 4);
      }
    }
  }
}

TEST_CASE("LSTM gradient is that of central differences") {
  const DType t = DType::kFloat64;
  const Sizes s{3, 4, 3};
  for (const RnnAttrs& attrs : kVariants) {
    const auto in = lstmInputs(t, s, attrs.mask);
    const auto forward = [&](const std::vector<Array>& x) { return naiveLstm(x, s, attrs); };
    const auto out = forward(in);
    const std::vector<Array> weights = {randomArray(t, out[0].type.shape, 5), randomArray(t, out[1].type.shape, 6)};
    std::vector<Array> gradIn = {weights[0], weights[1], in[1], in[2], in[3], out[0], out[1], out[2]};
    if (attrs.mask) gradIn.push_back(in[4]);
    const auto got = runNode(Op::kLstmGrad, attrs, gradIn, {in[0].type, in[2].type, in[3].type});
    checkNumeric(got[0], in, 0, weights, forward);
    checkNumeric(got[1], in, 2, weights, forward);
    checkNumeric(got[2], in, 3, weights, forward);
  }
}

TEST_CASE("float32 LSTM gradient agrees with float64's") {
  const Sizes s{19, 5, 40};
  for (const RnnAttrs& attrs : kVariants) {
    std::vector<std::vector<Array>> results;
    for (DType t : {DType::kFloat64, DType::kFloat32}) {
      const auto in = lstmInputs(t, s, attrs.mask);
      const auto out = runNode(Op::kLstm, attrs, in, {{t, {s.n, s.t, s.h}}, {t, {s.n, s.t, s.h}}, {t, {s.n, s.t, 4 * s.h}}});
      std::vector<Array> gradIn = {randomArray(t, out[0].type.shape, 5), randomArray(t, out[1].type.shape, 6), in[1], in[2], in[3], out[0], out[1], out[2]};
      if (attrs.mask) gradIn.push_back(in[4]);
      results.push_back(runNode(Op::kLstmGrad, attrs, gradIn, {in[0].type, in[2].type, in[3].type}));
    }
    for (size_t o = 0; o < 3; ++o) CHECK(difference(results[1][o], results[0][o]) <= 1e-4);
  }
}

TEST_CASE("GRU forward follows its equations, forward, reversed and masked") {
  for (DType t : {DType::kFloat32, DType::kFloat64, DType::kFloat16}) {
    for (const Sizes& s : {Sizes{3, 4, 5}, Sizes{1, 1, 1}, Sizes{17, 6, 33}, Sizes{2, 0, 3}}) {
      for (const RnnAttrs& attrs : kVariants) {
        const auto in = gruInputs(t, s, attrs.mask);
        const auto expected = naiveGru(in, s, attrs);
        const auto got = runNode(Op::kGru, attrs, in, typesOf(expected));
        for (size_t o = 0; o < 2; ++o) CHECK(difference(got[o], expected[o]) <= tolerance(t) * 4);
      }
    }
  }
}

TEST_CASE("GRU gradient is that of central differences") {
  const DType t = DType::kFloat64;
  const Sizes s{3, 4, 3};
  for (const RnnAttrs& attrs : kVariants) {
    const auto in = gruInputs(t, s, attrs.mask);
    const auto forward = [&](const std::vector<Array>& x) { return naiveGru(x, s, attrs); };
    const auto out = forward(in);
    const std::vector<Array> weights = {randomArray(t, out[0].type.shape, 5)};
    std::vector<Array> gradIn = {weights[0], in[1], in[3], out[0], out[1]};
    if (attrs.mask) gradIn.push_back(in[4]);
    const auto got = runNode(Op::kGruGrad, attrs, gradIn, {in[0].type, in[0].type, in[3].type, in[2].type});
    checkNumeric(got[0], in, 0, weights, forward);
    checkNumeric(got[2], in, 3, weights, forward);
    checkNumeric(got[3], in, 2, weights, forward);
    // dU from dru, as it is composed: sum over rows of (output before) x dru.
    Array dU(t, in[1].type.shape, std::vector<double>(static_cast<size_t>(in[1].size()), 0));
    for (int64_t n = 0; n < s.n; ++n) {
      for (int64_t step = 0; step < s.t; ++step) {
        const int64_t at = n * s.t + (attrs.reverse ? s.t - 1 - step : step);
        for (int64_t k = 0; k < s.h; ++k) {
          const double before = step == 0 ? in[3].at(n * s.h + k) : out[0].at((at + (attrs.reverse ? 1 : -1)) * s.h + k);
          for (int64_t j = 0; j < 3 * s.h; ++j) dU.set(k * 3 * s.h + j, dU.at(k * 3 * s.h + j) + before * got[1].at(at * 3 * s.h + j));
        }
      }
    }
    checkNumeric(dU, in, 1, weights, forward);
  }
}
