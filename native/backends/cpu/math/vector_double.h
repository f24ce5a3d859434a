// Cores in double precision for the float functions that are not worth a float polynomial of their own: branch-free, so
// that loops over them vectorise. Relative errors are below 1e-11, for arguments that come from floats (no subnormals);
// they are not meant for float64 results. Included only by files *.simd.cpp; each has its own copies.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

#ifndef IBEX_VECTOR_FN
#define IBEX_VECTOR_FN static inline __attribute__((always_inline))
#endif

namespace ibex::cpu::IBEX_SIMD_NS::wide {

constexpr double kPi = 3.14159265358979323846;
constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kRoundShift = 0x1.8p52;  // x + kRoundShift has the rounded x in its low mantissa bits

// sum(c[i] * x^i), lowest first.
template <size_t I = 0, size_t N>
IBEX_VECTOR_FN double horner(double x, const double (&c)[N]) {
  if constexpr (I + 1 == N) {
    return c[I];
  } else {
    return horner<I + 1>(x, c) * x + c[I];
  }
}

// e^x; arguments beyond ±700 count as ±700.
IBEX_VECTOR_FN double exp(double x) {
  constexpr double kP[] = {0.5000000000000015124,     0.1666666666660988321,   0.04166666666648386879,
                           0.008333333371631908531,   0.001388888895674357773, 0.000198411841945779979,
                           0.00002480147913120708923, 2.763543231927095999e-6, 2.763525794045159994e-7};
  x = x > 700.0 ? 700.0 : x;
  x = x < -700.0 ? -700.0 : x;
  const double shifted = x * 1.44269504088896340736 + kRoundShift;
  const double n = shifted - kRoundShift;
  const double r = (x - n * 0x1.62e42fee00000p-1) - n * 0x1.a39ef35793c76p-33;
  const double p = 1.0 + (r + r * r * horner(r, kP));
  const uint64_t exponent = std::bit_cast<uint64_t>(shifted) - std::bit_cast<uint64_t>(kRoundShift) + 1023;
  return p * std::bit_cast<double>(exponent << 52);
}

// Natural logarithm; -inf at 0, NaN below.
IBEX_VECTOR_FN double log(double x) {
  constexpr double kR[] = {0.6666666666666698921, 0.3999999999961076987, 0.2857142870430783017, 0.2222220207851968307,
                           0.1818339802249611666, 0.1531798249692985615, 0.1475926346678774337};
  constexpr uint64_t kSqrtHalf = 0x3fe6a09e667f3bcdu;
  const uint64_t t = std::bit_cast<uint64_t>(x) + (0x3ff0000000000000u - kSqrtHalf);
  const double k = std::bit_cast<double>((t >> 52) | 0x4330000000000000u) - (0x1p52 + 1023);
  const double f = std::bit_cast<double>((t & 0x000fffffffffffffu) + kSqrtHalf) - 1.0;
  const double s = f / (2.0 + f);
  const double z = s * s;
  const double small = s * (2.0 + z * horner(z, kR));
  double y = k * 0x1.62e42fefa3800p-1 + (small + k * 0x1.ef35793c76730p-45);
  y = x < kInf ? y : x;
  y = x < 0 ? kNan : y;
  return x == 0 ? -kInf : y;
}

IBEX_VECTOR_FN double log1p(double x) {
  const double u = 1.0 + x;
  const double correction = (x - (u - 1.0)) / u;
  return log(u) + correction;
}

// Of 0 <= x <= 1.
IBEX_VECTOR_FN double atanUnit(double x) {
  constexpr double kP[] = {-0.3333333333326035358,  0.1999999998271560249,   -0.1428571287348594236,
                           0.1111105438033502471,   -0.09089613737753946356, 0.07674297115565480184,
                           -0.06510074413560810126, 0.0503672680243951303,   -0.025463265943933753};
  const bool upper = x > 0.41421356237309504880;
  const double t = upper ? (x - 1.0) / (x + 1.0) : x;
  const double z = t * t;
  const double r = t + t * z * horner(z, kP);
  return upper ? kPi / 4 + r : r;
}

IBEX_VECTOR_FN double atan2(double y, double x) {
  const double ay = std::fabs(y);
  const double ax = std::fabs(x);
  const double high = ay > ax ? ay : ax;
  const double low = ay > ax ? ax : ay;
  double ratio = low / high;
  ratio = high == 0 ? 0.0 : ratio;
  ratio = low == kInf ? 1.0 : ratio;
  double a = atanUnit(ratio);
  a = ay > ax ? kPi / 2 - a : a;
  a = std::copysign(1.0, x) < 0 ? kPi - a : a;
  a = std::copysign(a, y);
  return x != x || y != y ? kNan : a;
}

// sin and cos of |x| <= pi/4.
IBEX_VECTOR_FN double sinQuarter(double x) {
  constexpr double kP[] = {-0.1666666666663151752, 0.008333333325256094051, -0.0001984126381328797969,
                           2.755535549238415263e-6, -2.476147555307762556e-8};
  const double z = x * x;
  return x + x * z * horner(z, kP);
}
IBEX_VECTOR_FN double cosQuarter(double x) {
  constexpr double kP[] = {0.041666666666601759, -0.001388888887820969693, 0.00002480158094401824261,
                           -2.755556224750398542e-7, 2.064743104095797229e-9};
  const double z = x * x;
  return 1.0 + (z * z * horner(z, kP) - 0.5 * z);
}

// x - n·pi/2 with n the nearest integer, for |x| <= kReduceLimit; `quadrant` gets n's low bits.
constexpr double kReduceLimit = 1e6;
IBEX_VECTOR_FN double reduceHalfPi(double x, uint64_t& quadrant) {
  const double shifted = x * 0.63661977236758134308 + kRoundShift;
  const double n = shifted - kRoundShift;
  quadrant = std::bit_cast<uint64_t>(shifted);
  return (x - n * 1.57079632673412561417) - n * 6.07710050650619224932e-11;
}

// sin(pi x) and cos(pi x).
IBEX_VECTOR_FN void sincosPi(double x, double& sine, double& cosine) {
  const double n = __builtin_rint(x);
  const double r = x - n;
  const double ar = std::fabs(r);
  const bool swap = ar > 0.25;
  const double t = kPi * (swap ? 0.5 - ar : ar);
  const double s = sinQuarter(t);
  const double c = cosQuarter(t);
  const double sign = __builtin_rint(n * 0.5) * 2 == n ? 1.0 : -1.0;
  sine = std::copysign(swap ? c : s, r) * sign;
  cosine = (swap ? s : c) * sign;
}

}  // namespace ibex::cpu::IBEX_SIMD_NS::wide
