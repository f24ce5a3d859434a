// The error of each vectorised float function, in units in the last place of the exact result (long double libm), over
// all magnitudes, subnormals included; infinities, NaN, zeros and poles give what <cmath> gives.
#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <vector>

#include "backends/cpu/kernels/region_functions.h"
#include "backends/cpu/simd_dispatch.h"
#include "ir/half.h"

using namespace ibex;

namespace {

constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr long double kPi = 3.14159265358979323846264338327950288L;

const std::vector<float>& specials() {
  static const std::vector<float> all{
      0.0f,   -0.0f,   1.0f,   -1.0f,       0.5f,    -0.5f, 2.0f,
      -2.0f,  3.0f,    -3.0f,  1e-40f,      -1e-40f, 3e38f, -3e38f,
      88.72f, -103.9f, -87.4f, 16777216.0f, kInf,    -kInf, std::numeric_limits<float>::quiet_NaN()};
  return all;
}

// Every so-many-th float there is, a fine grid around 0, and the special ones.
const std::vector<float>& arguments() {
  static const std::vector<float> all = [] {
    std::vector<float> v = specials();
    for (uint64_t bits = 0; bits < (uint64_t{1} << 32); bits += 30011)
      v.push_back(std::bit_cast<float>(static_cast<uint32_t>(bits)));
    for (int i = -20000; i < 20000; ++i) v.push_back(static_cast<float>(i) * 1.0003e-3f);
    return v;
  }();
  return all;
}

double errorOf(float got, long double exact) {
  const float nearest = static_cast<float>(exact);
  if (std::isnan(got) || std::isnan(nearest)) return std::isnan(got) && std::isnan(nearest) ? 0 : INFINITY;
  if (got == nearest) return 0;
  if (std::isinf(got) || std::isinf(nearest))
    return std::fabs(exact) > 3.4028e38L && std::fabs(got) > 3.4028e38f ? 1 : INFINITY;
  int exponent = 0;
  std::frexp(exact, &exponent);
  return static_cast<double>(std::fabs(got - exact) / std::ldexp(1.0L, std::max(exponent - 24, -149)));
}

using Reference = long double (*)(long double);

long double sigmoid(long double x) { return 1 / (1 + std::exp(-x)); }
long double softplus(long double x) { return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x)); }
long double reciprocalRoot(long double x) { return 1 / std::sqrt(x); }
long double digamma(long double x) {
  if (x == 0) return std::copysign(static_cast<long double>(kInf), -x);
  if (std::isinf(x)) return x > 0 ? x : std::nan("");
  if (x < 0) {
    if (x == std::floor(x)) return std::nan("");
    return digamma(1 - x) - kPi / std::tan(kPi * (x - std::rint(x)));
  }
  long double sum = 0;
  for (; x < 30; x += 1) sum -= 1 / x;
  const long double r = 1 / (x * x);
  return sum + std::log(x) - 0.5L / x -
         r * (1.0L / 12 - r * (1.0L / 120 - r * (1.0L / 252 - r * (1.0L / 240 - r / 132))));
}
long double erfinv(long double x) {
  const long double a = std::fabs(x);
  if (!(a < 1)) return a == 1 ? x * kInf : std::nan("");
  if (a < 1e-6L) return x * std::sqrt(kPi) / 2;
  long double low = 0, high = 10;
  for (int i = 0; i < 80; ++i) {
    const long double middle = (low + high) / 2;
    const bool below = a < 0.5L ? std::erf(middle) < a : std::erfc(middle) > 1 - a;
    (below ? low : high) = middle;
  }
  return std::copysign(low, x);
}
#define IBEX_LIBM(name) [](long double x) -> long double { return std::name(x); }

struct Unary {
  Op op;
  Reference reference;
  double bound;
  float largest = kInf;  // arguments beyond it are not compared: the reference is slow or inexact there
};

const Unary kUnary[] = {
    {Op::kExp, IBEX_LIBM(exp), 1.1},       {Op::kExpm1, IBEX_LIBM(expm1), 2.0},
    {Op::kLog, IBEX_LIBM(log), 1.3},       {Op::kLog1p, IBEX_LIBM(log1p), 1.5},
    {Op::kLog2, IBEX_LIBM(log2), 2.0},     {Op::kSqrt, IBEX_LIBM(sqrt), 0.51},
    {Op::kRsqrt, reciprocalRoot, 1.5},     {Op::kSin, IBEX_LIBM(sin), 1.6},
    {Op::kCos, IBEX_LIBM(cos), 1.6},       {Op::kTan, IBEX_LIBM(tan), 0.6},
    {Op::kAsin, IBEX_LIBM(asin), 0.6},     {Op::kAcos, IBEX_LIBM(acos), 0.6},
    {Op::kAtan, IBEX_LIBM(atan), 0.6},     {Op::kSinh, IBEX_LIBM(sinh), 0.6},
    {Op::kCosh, IBEX_LIBM(cosh), 0.6},     {Op::kTanh, IBEX_LIBM(tanh), 1.4},
    {Op::kAsinh, IBEX_LIBM(asinh), 0.6},   {Op::kAcosh, IBEX_LIBM(acosh), 0.6},
    {Op::kAtanh, IBEX_LIBM(atanh), 0.6},   {Op::kErf, IBEX_LIBM(erf), 1.4},
    {Op::kErfc, IBEX_LIBM(erfc), 0.6},     {Op::kErfinv, erfinv, 1.0},
    {Op::kSigmoid, sigmoid, 2.5},          {Op::kSoftplus, softplus, 2.0},
    {Op::kLgamma, IBEX_LIBM(lgamma), 1.0}, {Op::kDigamma, digamma, 1.0, 1e6f},
};

// libm's own lgamma is inexact near its zeros below -2; the distance to the next zero decides there.
bool compared(const Unary& f, float x) {
  if (std::fabs(x) > f.largest && !std::isinf(x)) return false;
  return f.op != Op::kLgamma || x > -2 || std::isinf(x);
}

}  // namespace

TEST_CASE("unary float functions are within their bounds") {
  const auto& x = arguments();
  std::vector<float> y(x.size());
  for (const cpu::SimdLevel level : cpu::availableSimdLevels()) {
    cpu::overrideSimdLevel(level);
    for (const Unary& f : kUnary) {
      CAPTURE(cpu::simdLevelName(level));
      CAPTURE(opInfo(f.op).name);
      const auto function = cpu::regionFunctions().unary[static_cast<int>(f.op)][static_cast<int>(DType::kFloat32)];
      // In tiles, as kernels call it.
      constexpr size_t kTile = 1000;
      for (size_t i = 0; i < x.size(); i += kTile) {
        function(&y[i], &x[i], nullptr, nullptr, static_cast<int64_t>(std::min(kTile, x.size() - i)));
      }
      double worst = 0;
      float at = 0;
      for (size_t i = 0; i < x.size(); ++i) {
        if (!compared(f, x[i])) continue;
        const long double exact = f.reference(x[i]);
        // sigmoid gives 0 for most subnormal results.
        const bool flushed = f.op == Op::kSigmoid && y[i] == 0 && exact < 0x1p-126L;
        const double e = flushed ? 0 : errorOf(y[i], exact);
        if (!(e <= worst)) worst = e, at = x[i];
      }
      CAPTURE(at);
      CHECK(worst <= f.bound);
    }
  }
  cpu::overrideSimdLevel(std::nullopt);
}

TEST_CASE("zeros keep their sign in odd functions") {
  for (const Op op : {Op::kExpm1, Op::kLog1p, Op::kSin, Op::kTan, Op::kAsin, Op::kAtan, Op::kSinh, Op::kTanh,
                      Op::kAsinh, Op::kAtanh, Op::kErf, Op::kErfinv}) {
    CAPTURE(opInfo(op).name);
    float x = -0.0f;
    cpu::regionFunctions().unary[static_cast<int>(op)][static_cast<int>(DType::kFloat32)](&x, &x, nullptr, nullptr, 1);
    CHECK(std::signbit(x));
  }
}

TEST_CASE("pow and atan2 are within a unit in the last place, special operands included") {
  std::vector<float> a, b;
  for (float x : specials()) {
    for (float y : specials()) a.push_back(x), b.push_back(y);
  }
  uint32_t state = 1;
  const auto next = [&] { return state = state * 1664525u + 1013904223u; };
  const size_t pairs = a.size() + 60000;
  while (a.size() < pairs) {
    a.push_back(std::bit_cast<float>(next()));
    b.push_back(static_cast<float>(static_cast<int>(next() >> 16) - 32768) * 1e-3f);
  }
  std::vector<float> y(a.size());
  for (const cpu::SimdLevel level : cpu::availableSimdLevels()) {
    cpu::overrideSimdLevel(level);
    for (const Op op : {Op::kPow, Op::kAtan2}) {
      CAPTURE(cpu::simdLevelName(level));
      CAPTURE(opInfo(op).name);
      cpu::regionFunctions().binary[0][static_cast<int>(op)][static_cast<int>(DType::kFloat32)](
          y.data(), a.data(), b.data(), nullptr, static_cast<int64_t>(y.size()));
      double worst = 0;
      size_t at = 0;
      for (size_t i = 0; i < y.size(); ++i) {
        const long double u = a[i], v = b[i];
        const double e = errorOf(y[i], op == Op::kPow ? std::pow(u, v) : std::atan2(u, v));
        if (!(e <= worst)) worst = e, at = i;
      }
      CAPTURE(a[at]);
      CAPTURE(b[at]);
      CHECK(worst <= 1);
    }
  }
  cpu::overrideSimdLevel(std::nullopt);
}

TEST_CASE("16-bit conversions are those of the core, bit for bit") {
  for (const cpu::SimdLevel level : cpu::availableSimdLevels()) {
    cpu::overrideSimdLevel(level);
    CAPTURE(cpu::simdLevelName(level));
    const auto& cast = cpu::regionFunctions().cast;
    const int f32 = static_cast<int>(DType::kFloat32);
    std::vector<uint16_t> all(65536), narrowed(65536);
    std::vector<float> wide(65536);
    for (uint32_t i = 0; i < 65536; ++i) all[i] = static_cast<uint16_t>(i);
    for (const DType t : {DType::kFloat16, DType::kBFloat16}) {
      const bool half = t == DType::kFloat16;
      const int h = static_cast<int>(t);
      cast[h][f32](wide.data(), all.data(), nullptr, nullptr, 65533);
      bool same = true;
      for (uint32_t i = 0; i < 65533; ++i) {
        const float expected = half ? float16ToFloat(all[i]) : bfloat16ToFloat(all[i]);
        same &= std::isnan(expected) ? std::isnan(wide[i])
                                     : std::bit_cast<uint32_t>(wide[i]) == std::bit_cast<uint32_t>(expected);
      }
      CHECK(same);
      // Around all values, the halfway points included.
      for (const uint32_t offset : {0u, 1u, 0x0fffu, 0x1000u, 0x1001u, 0x7fffu, 0x8000u, 0x8001u}) {
        std::vector<float> x = wide;
        for (float& v : x) v = std::bit_cast<float>(std::bit_cast<uint32_t>(v) + offset);
        cast[f32][h](narrowed.data(), x.data(), nullptr, nullptr, 65533);
        for (uint32_t i = 0; i < 65533; ++i) {
          const uint16_t expected = half ? floatToFloat16(x[i]) : floatToBfloat16(x[i]);
          same &= std::isnan(x[i]) || narrowed[i] == expected;
        }
        CAPTURE(offset);
        CHECK(same);
      }
    }
  }
  cpu::overrideSimdLevel(std::nullopt);
}

TEST_CASE("float64 to 16 bits rounds once") {
  // Just above the middle of two float16 numbers: through float it would fall on the middle, and to even.
  const double x = 1.0 + 0x1p-11 + 0x1p-40;
  uint16_t h = 0;
  cpu::regionFunctions().cast[static_cast<int>(DType::kFloat64)][static_cast<int>(DType::kFloat16)](&h, &x, nullptr,
                                                                                                    nullptr, 1);
  CHECK(float16ToFloat(h) == 1.0f + 0x1p-10f);
}
