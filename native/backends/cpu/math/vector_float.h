// Elementary functions of float, branch-free, so that loops over them vectorise. Errors are within 2 ulp of the
// exact result (sigmoid: 2.5) over the whole range, subnormals, infinities and NaN included (but sigmoid gives 0 where
// that is subnormal); the tests state each bound. They bear the names that the scalar expressions of element-wise ops call, and hide <cmath>'s inside their
// namespace. Included only by files *.simd.cpp; each has its own copies.
#pragma once

#include "backends/cpu/math/vector_double.h"

namespace ibex::cpu::IBEX_SIMD_NS::fast {

constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kRoundShift = 0x1.8p23f;

IBEX_VECTOR_FN float fabs(float x) { return __builtin_fabsf(x); }
IBEX_VECTOR_FN float sqrt(float x) { return __builtin_sqrtf(x); }
IBEX_VECTOR_FN float floor(float x) { return __builtin_floorf(x); }
IBEX_VECTOR_FN float ceil(float x) { return __builtin_ceilf(x); }
IBEX_VECTOR_FN float trunc(float x) { return __builtin_truncf(x); }
IBEX_VECTOR_FN float rint(float x) { return __builtin_rintf(x); }

// a·b + c, rounded once where that is one instruction. Only for inside the functions here: expressions of ops are
// never contracted.
IBEX_VECTOR_FN float mulAdd(float a, float b, float c) {
#if defined(__FMA__) || defined(__aarch64__)
  return __builtin_fmaf(a, b, c);
#else
  return a * b + c;
#endif
}

// sum(c[i] * x^i), lowest first.
template <size_t I = 0, size_t N>
IBEX_VECTOR_FN float horner(float x, const float (&c)[N]) {
  if constexpr (I + 1 == N) {
    return c[I];
  } else {
    return mulAdd(horner<I + 1>(x, c), x, c[I]);
  }
}

// 2^n for -126 <= n <= 127.
IBEX_VECTOR_FN float pow2(int32_t n) { return std::bit_cast<float>((n + 127) << 23); }

IBEX_VECTOR_FN float exp(float x) {
  constexpr float kP[] = {0.5000000105f, 0.1666651325f, 0.04166617497f, 0.008369553995f, 0.001395245511f};
  x = x > 89.0f ? 89.0f : x;
  x = x < -104.0f ? -104.0f : x;
  const float shifted = mulAdd(x, 1.44269504f, kRoundShift);
  const float n = shifted - kRoundShift;
  const float r = mulAdd(n, -1.42860677e-6f, mulAdd(n, -0.693145752f, x));
  const float p = 1.0f + mulAdd(r * r, horner(r, kP), r);
  // In two steps, because 2^n alone may be subnormal or infinite.
  const int32_t k = std::bit_cast<int32_t>(shifted) - std::bit_cast<int32_t>(kRoundShift);
  const int32_t half = k >> 1;
  return p * pow2(half) * pow2(k - half);
}

// exp in fewer instructions, of numbers up to 0; where exp(x) is nearly subnormal (x < -87.6) it is 0.
IBEX_VECTOR_FN float expOfNonPositive(float x) {
  constexpr float kP[] = {0.5000000105f, 0.1666651325f, 0.04166617497f, 0.008369553995f, 0.001395245511f};
  // Its low bits are the exponent field of 2^n.
  constexpr float kFieldShift = kRoundShift + 127.0f;
  x = x < -88.0f ? -88.0f : x;
  const float shifted = mulAdd(x, 1.44269504f, kFieldShift);
  const float n = shifted - kFieldShift;
  const float r = mulAdd(n, -1.42860677e-6f, mulAdd(n, -0.693145752f, x));
  const float p = 1.0f + mulAdd(r * r, horner(r, kP), r);
  return p * std::bit_cast<float>(std::bit_cast<int32_t>(shifted) << 23);
}

IBEX_VECTOR_FN float expm1(float x) {
  constexpr float kP[] = {0.5000000065f, 0.1666653831f, 0.04166627081f, 0.008367217541f, 0.001394726747f};
  float t = x > 89.0f ? 89.0f : x;
  t = t < -18.0f ? -18.0f : t;
  const float shifted = mulAdd(t, 1.44269504f, kRoundShift);
  const float n = shifted - kRoundShift;
  const float r = mulAdd(n, -1.42860677e-6f, mulAdd(n, -0.693145752f, t));
  const float q = mulAdd(r * r, horner(r, kP), r);
  // 2^n·q + (2^n - 1), at half the scale, because 2^128 is no float.
  const int32_t k = std::bit_cast<int32_t>(shifted) - std::bit_cast<int32_t>(kRoundShift);
  const float scale = pow2(k - 1);
  const float y = 2.0f * mulAdd(scale, q, scale - 0.5f);
  return fabs(x) < 1e-6f ? x * mulAdd(x, 0.5f, 1.0f) : y;
}

// Splits x = 2^k·(1 + f), with 1 + f in [sqrt(1/2), sqrt(2)). Of positive finite x.
IBEX_VECTOR_FN float splitExponent(float x, float& k) {
  const bool subnormal = x < 0x1p-126f;
  const float scaled = subnormal ? x * 0x1p23f : x;
  constexpr uint32_t kSqrtHalf = 0x3f3504f3u;
  const uint32_t t = std::bit_cast<uint32_t>(scaled) + (0x3f800000u - kSqrtHalf);
  k = static_cast<float>(static_cast<int32_t>(t >> 23) - (subnormal ? 150 : 127));
  return std::bit_cast<float>((t & 0x7fffffu) + kSqrtHalf) - 1.0f;
}

// log(1 + f) - f for sqrt(1/2) <= 1 + f < sqrt(2).
IBEX_VECTOR_FN float logTail(float f) {
  constexpr float kP[] = {0.3333333118f,  -0.2499998748f, 0.2000214946f,  -0.166691608f, 0.1421994955f,
                          -0.1238649312f, 0.118664274f,   -0.1177553812f, 0.06912114585f};
  const float z = f * f;
  return mulAdd(z * f, horner(f, kP), -0.5f * z);
}

IBEX_VECTOR_FN float logSpecial(float x, float y) {
  y = x < kInf ? y : x;
  y = x < 0.0f ? kNan : y;
  return x == 0.0f ? -kInf : y;
}

IBEX_VECTOR_FN float log(float x) {
  float k;
  const float f = splitExponent(x, k);
  const float tail = mulAdd(k, -2.12194440e-4f, logTail(f));
  return logSpecial(x, mulAdd(k, 0.693359375f, f + tail));
}

IBEX_VECTOR_FN float log2(float x) {
  float k;
  const float f = splitExponent(x, k);
  const float tail = logTail(f);
  constexpr float kLog2eMinusOne = 0.44269504088896340736f;
  return logSpecial(x, mulAdd(tail, kLog2eMinusOne, mulAdd(f, kLog2eMinusOne, tail)) + f + k);
}

IBEX_VECTOR_FN float log1p(float x) {
  const float u = 1.0f + x;
  const float lost = (x - (u - 1.0f)) / u;
  float k;
  const float f = splitExponent(u, k);
  const float tail = mulAdd(k, -2.12194440e-4f, logTail(f)) + lost;
  const float y = logSpecial(u, mulAdd(k, 0.693359375f, f + tail));
  // The correction is NaN where u is 0 or infinite.
  return fabs(x) < 1e-4f ? mulAdd(x * x, mulAdd(x, 1.0f / 3, -0.5f), x) : y;
}

IBEX_VECTOR_FN float tanh(float x) {
  constexpr float kP[] = {-0.333332802f, 0.1333138378f, -0.05373403648f, 0.02061828274f, -0.00567950686f};
  const float a = fabs(x);
  const float z = x * x;
  const float small = mulAdd(x * z, horner(z, kP), x);
  const float e = expOfNonPositive(-2.0f * a);
  const float large = 1.0f - 2.0f * e / (1.0f + e);
  return __builtin_copysignf(a < 0.625f ? small : large, x);
}

IBEX_VECTOR_FN float sigmoid(float x) {
  const float e = expOfNonPositive(-fabs(x));
  return (x < 0.0f ? e : 1.0f) / (1.0f + e);
}

IBEX_VECTOR_FN float softplus(float x) { return (x < 0.0f ? 0.0f : x) + log1p(exp(-fabs(x))); }

IBEX_VECTOR_FN float erf(float x) {
  constexpr float kSmall[] = {0.1283791659f,   -0.3761262712f,    0.1128360002f,  -0.02685443811f,
                              0.005189523035f, -0.0008020733253f, 7.888763048e-5f};
  constexpr float kTail[] = {0.1286860931f,   0.6350011179f,     0.106481488f,   -0.02396978667f,
                             0.003739399489f, -0.0003463626836f, 1.355957954e-5f};  // -log(erfc(x))/x - 1
  const float a = fabs(x);
  const float z = x * x;
  const float small = mulAdd(x, horner(z, kSmall), x);
  const float b = a > 4.0f ? 4.0f : a;
  const float large = 1.0f - exp(-mulAdd(b, horner(b, kTail), b));
  return a < 1.0f ? small : __builtin_copysignf(large, x);
}

IBEX_VECTOR_FN float erfc(float x) {
  constexpr double kP[] = {0.766187028933164826,      -0.2599748369862860392,    0.03781389800447842048,
                           0.04253634864003640469,    -0.02524354502093294394,   -0.0005182582816371963639,
                           0.003937653217428588447,   0.0001444935375388906907,  -0.0007061158491643628797,
                           -0.0001389679235678502649, 0.0001157759327659160352,  0.00005871325894695149735,
                           -7.089864904717593585e-6,  -0.0000130317295748431133, -3.144835038670792413e-6};
  double a = std::fabs(static_cast<double>(x));
  a = a > 11.0 ? 11.0 : a;
  const double y = wide::exp(-a * a) * wide::horner((a - 2.0) / (a + 2.0), kP) / (1.0 + a);
  return static_cast<float>(x < 0.0f ? 2.0 - y : y);
}

IBEX_VECTOR_FN float erfinv(float x) {
  // y / x as polynomials of w = -log(1 - x²), and of its root in the tails.
  constexpr double kCentre[] = {1.50140935169214062,      0.2466402757803353955,    -0.004177324632090762753,
                                -0.001252704862668731102, 0.0002182635511921073946, -4.998770663152285568e-6,
                                -3.426009001563040015e-6, 4.797023320561188939e-7,  1.645660452519758778e-8,
                                -1.10237074931099277e-8,  4.37073599250649154e-10,  1.328847490303801542e-10};
  constexpr double kTail[] = {2.832976802827165622,     1.00167494658701726,        0.009445188411232687709,
                              -0.007636950966369155864, 0.005687831464914866391,    -0.003599007693264206742,
                              0.001482810045696325591,  -0.00005372709658734273608, -0.0003077198154907449675,
                              0.0001136171766218991762};
  const double d = x;
  const double w = -wide::log((1.0 - d) * (1.0 + d));
  const double p = w < 5.0 ? wide::horner(w - 2.5, kCentre) : wide::horner(__builtin_sqrt(w) - 3.0, kTail);
  const float y = static_cast<float>(p * d);
  return fabs(x) == 1.0f ? __builtin_copysignf(kInf, x) : y;
}

// For |x| <= wide::kReduceLimit; kernels send larger arguments to <cmath>.
IBEX_VECTOR_FN float sincosReduced(float x, uint64_t shift) {
  constexpr float kSin[] = {-0.1666665452f, 0.00833215165f, -0.0001951375174f};
  constexpr float kCos[] = {0.04166664645f, -0.001388734516f, 2.443569915e-5f};
  uint64_t wideQuadrant;
  const float r = static_cast<float>(wide::reduceHalfPi(x, wideQuadrant));
  const uint32_t quadrant = static_cast<uint32_t>(wideQuadrant + shift);
  const float z = r * r;
  const float s = mulAdd(r * z, horner(z, kSin), r);
  const float c = 1.0f + mulAdd(z * z, horner(z, kCos), -0.5f * z);
  const float y = (quadrant & 1u) != 0 ? c : s;
  return std::bit_cast<float>(std::bit_cast<uint32_t>(y) ^ ((quadrant & 2u) << 30));
}
IBEX_VECTOR_FN float sin(float x) { return x == 0.0f ? x : sincosReduced(x, 0); }
IBEX_VECTOR_FN float cos(float x) { return sincosReduced(x, 1); }
IBEX_VECTOR_FN float tan(float x) {
  uint64_t quadrant;
  const double r = wide::reduceHalfPi(x, quadrant);
  const double s = wide::sinQuarter(r);
  const double c = wide::cosQuarter(r);
  const float y = static_cast<float>((quadrant & 1u) != 0 ? -c / s : s / c);
  return x == 0.0f ? x : y;
}

IBEX_VECTOR_FN float atan(float x) {
  const double a = std::fabs(static_cast<double>(x));
  const double t = wide::atanUnit(a > 1.0 ? 1.0 / a : a);
  return __builtin_copysignf(static_cast<float>(a > 1.0 ? wide::kPi / 2 - t : t), x);
}
IBEX_VECTOR_FN float atan2(float y, float x) { return static_cast<float>(wide::atan2(y, x)); }
IBEX_VECTOR_FN float asin(float x) {
  const double d = x;
  return static_cast<float>(wide::atan2(d, __builtin_sqrt((1.0 - d) * (1.0 + d))));
}
IBEX_VECTOR_FN float acos(float x) {
  const double d = x;
  return static_cast<float>(wide::atan2(__builtin_sqrt((1.0 - d) * (1.0 + d)), d));
}

IBEX_VECTOR_FN float sinh(float x) {
  const double d = x;
  const double a = std::fabs(d);
  const double e = wide::exp(a);
  const double large = 0.5 * (e - 1.0 / e);
  constexpr double kP[] = {1.0, 1.0 / 6, 1.0 / 120, 1.0 / 5040, 1.0 / 362880};
  const double small = a * wide::horner(d * d, kP);
  return __builtin_copysignf(static_cast<float>(a < 0.5 ? small : large), x);
}
IBEX_VECTOR_FN float cosh(float x) {
  const double e = wide::exp(std::fabs(static_cast<double>(x)));
  return static_cast<float>(0.5 * (e + 1.0 / e));
}
IBEX_VECTOR_FN float asinh(float x) {
  const double a = std::fabs(static_cast<double>(x));
  const float y = static_cast<float>(wide::log1p(a + a * a / (1.0 + __builtin_sqrt(a * a + 1.0))));
  return fabs(x) < kInf ? __builtin_copysignf(y, x) : x;
}
IBEX_VECTOR_FN float acosh(float x) {
  const double t = static_cast<double>(x) - 1.0;
  const float y = static_cast<float>(wide::log1p(t + __builtin_sqrt(t * (t + 2.0))));
  const float valid = x >= 1.0f ? y : kNan;
  return x == kInf ? x : valid;
}
IBEX_VECTOR_FN float atanh(float x) {
  const double a = std::fabs(static_cast<double>(x));
  const double y = 0.5 * wide::log1p(2.0 * a / (1.0 - a));
  const float valid = static_cast<float>(a > 1.0 ? wide::kNan : y);
  return __builtin_copysignf(a == 1.0 ? kInf : valid, x);
}

IBEX_VECTOR_FN float pow(float x, float y) {
  double t = static_cast<double>(y) * wide::log(std::fabs(static_cast<double>(x)));
  const float magnitude = static_cast<float>(wide::exp(t));
  const bool integer = rint(y) == y;
  const bool odd = integer && 2.0f * rint(0.5f * y) != y;
  float r = odd ? __builtin_copysignf(magnitude, x) : magnitude;
  r = x < 0.0f && x > -kInf && !integer ? kNan : r;
  r = fabs(x) == 1.0f && fabs(y) == kInf ? 1.0f : r;
  return x == 1.0f || y == 0.0f ? 1.0f : r;
}

// log |Γ(x)| by Lanczos' series (g = 7), reflected below 0.
IBEX_VECTOR_FN float lgamma(float x) {
  constexpr double kLanczos[] = {676.5203681218851,     -1259.1392167224028,  771.32342877765313,
                                 -176.61502916214059,   12.507343278686905,   -0.13857109526572012,
                                 9.9843695780195716e-6, 1.5056327351493116e-7};
  const double d = x;
  const double z = d < 0 ? 1.0 - d : d;
  double sum = 0.99999999999980993;
  for (int i = 0; i < 8; ++i) sum += kLanczos[i] / (z + i);
  const double t = z + 6.5;
  const double positive = 0.91893853320467274178 + (z - 0.5) * wide::log(t) - t + wide::log(sum);
  double sine, cosine;
  wide::sincosPi(d, sine, cosine);
  const double reflected = wide::log(wide::kPi / std::fabs(sine)) - positive;
  const float y = static_cast<float>(d < 0 ? reflected : positive);
  return fabs(x) == kInf ? kInf : y;
}

// Recurrence to x + 6, then the asymptotic series; reflected below 0.
IBEX_VECTOR_FN float digamma(float x) {
  const double d = x;
  const double z = d < 0 ? 1.0 - d : d;
  double sum = 0;
  for (int i = 0; i < 6; ++i) sum += 1.0 / (z + i);
  const double t = z + 6.0;
  const double r = 1.0 / (t * t);
  constexpr double kSeries[] = {1.0 / 12, -1.0 / 120, 1.0 / 252, -1.0 / 240, 1.0 / 132, -691.0 / 32760};
  const double positive = wide::log(t) - 0.5 / t - r * wide::horner(r, kSeries) - sum;
  double sine, cosine;
  wide::sincosPi(d, sine, cosine);
  const double reflected = positive - wide::kPi * cosine / sine;
  float y = static_cast<float>(d < 0 ? reflected : positive);
  y = d < 0 && sine == 0 ? kNan : y;
  return x == 0.0f ? __builtin_copysignf(kInf, -x) : y;
}

// The remainder of floor(a / b), exact, with the sign of b.
IBEX_VECTOR_FN float floorMod(float a, float b) {
  const float r = std::fmod(a, b);
  if (r == 0.0f) return __builtin_copysignf(0.0f, b);
  return (r < 0.0f) != (b < 0.0f) ? r + b : r;
}

}  // namespace ibex::cpu::IBEX_SIMD_NS::fast
