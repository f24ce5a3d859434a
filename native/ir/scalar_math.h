// Scalar functions that the expressions of element-wise ops call. To be included, before ir/scalar_ops.gen.h, inside the
// namespace that uses them: files that are compiled once per instruction set each need their own copies. The including
// file has included <cmath>, <cstdint>, <limits> and <type_traits> outside.
//
// No include guard, on purpose.

#ifndef IBEX_SCALAR_FN
#define IBEX_SCALAR_FN static inline
#endif

// Define IBEX_SCALAR_OWN_MATH where the namespace already has overloads of these for every type in use.
#ifndef IBEX_SCALAR_OWN_MATH
using std::acos;
using std::acosh;
using std::asin;
using std::asinh;
using std::atan;
using std::atan2;
using std::atanh;
using std::ceil;
using std::cos;
using std::cosh;
using std::erf;
using std::erfc;
using std::exp;
using std::expm1;
using std::fabs;
using std::floor;
using std::lgamma;
using std::log;
using std::log1p;
using std::log2;
using std::pow;
using std::rint;
using std::sin;
using std::sinh;
using std::sqrt;
using std::tan;
using std::tanh;
using std::trunc;
#endif

// The element types that an op takes, by the name in the op lists.
template <class T>
inline constexpr bool kAcceptsFloat = std::is_floating_point_v<T>;
template <class T>
inline constexpr bool kAcceptsNumber = !std::is_same_v<T, bool>;
template <class T>
inline constexpr bool kAcceptsAny = true;
template <class T>
inline constexpr bool kAcceptsBool = std::is_same_v<T, bool>;
template <class T>
inline constexpr bool kAcceptsBits = std::is_integral_v<T>;
template <class T>
inline constexpr bool kAcceptsInt = std::is_integral_v<T> && !std::is_same_v<T, bool>;

template <class T>
IBEX_SCALAR_FN constexpr T infinity() {
  return std::numeric_limits<T>::infinity();
}

// Integer arithmetic that wraps; of bools, `or` and `and`.
template <class T>
IBEX_SCALAR_FN T wrapAdd(T a, T b) {
  if constexpr (std::is_same_v<T, bool>) {
    return a || b;
  } else {
    return static_cast<T>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
  }
}
template <class T>
IBEX_SCALAR_FN T wrapSub(T a, T b) {
  return static_cast<T>(static_cast<uint64_t>(a) - static_cast<uint64_t>(b));
}
template <class T>
IBEX_SCALAR_FN T wrapMul(T a, T b) {
  if constexpr (std::is_same_v<T, bool>) {
    return a && b;
  } else {
    return static_cast<T>(static_cast<uint64_t>(a) * static_cast<uint64_t>(b));
  }
}

// Rounds towards minus infinity; 0 where b is 0; the one quotient that overflows (lowest / -1) wraps.
template <class T>
IBEX_SCALAR_FN T intFloorDiv(T a, T b) {
  if (b == T(0)) return T(0);
  if constexpr (std::is_signed_v<T>) {
    if (b == T(-1)) return wrapSub(T(0), a);
    const T q = static_cast<T>(a / b);
    return static_cast<T>(a % b != 0 && (a < 0) != (b < 0) ? q - 1 : q);
  } else {
    return static_cast<T>(a / b);
  }
}

// The remainder of intFloorDiv: it has the sign of b; 0 where b is 0.
template <class T>
IBEX_SCALAR_FN T intFloorMod(T a, T b) {
  if (b == T(0)) return T(0);
  if constexpr (std::is_signed_v<T>) {
    if (b == T(-1)) return T(0);
    const T r = static_cast<T>(a % b);
    return static_cast<T>(r != 0 && (r < 0) != (b < 0) ? r + b : r);
  } else {
    return static_cast<T>(a % b);
  }
}

// The remainder of floor(a / b), exact (fmod), with the sign of b.
template <class T>
IBEX_SCALAR_FN T floorMod(T a, T b) {
  const T r = std::fmod(a, b);
  if (r == T(0)) return std::copysign(T(0), b);
  return (r < T(0)) != (b < T(0)) ? r + b : r;
}

// a^b in wrapping arithmetic. A negative exponent gives 0 but for bases of 1 and -1.
template <class T>
IBEX_SCALAR_FN T intPow(T a, T b) {
  if constexpr (std::is_signed_v<T>) {
    if (b < T(0)) {
      if (a == T(1)) return T(1);
      if (a == T(-1)) return (b & 1) != 0 ? T(-1) : T(1);
      return T(0);
    }
  }
  T result = T(1);
  while (b != T(0)) {
    if ((b & 1) != 0) result = wrapMul(result, a);
    b = static_cast<T>(b >> 1);
    a = wrapMul(a, a);
  }
  return result;
}

template <class T>
IBEX_SCALAR_FN T bitNot(T x) {
  if constexpr (std::is_same_v<T, bool>) {
    return !x;
  } else {
    return static_cast<T>(~x);
  }
}

// Shifts by the width or more (or by a negative count) leave no bit of the operand but its sign.
template <class T>
IBEX_SCALAR_FN T shiftLeft(T a, T b) {
  if (static_cast<uint64_t>(b) >= sizeof(T) * 8) return T(0);
  return static_cast<T>(static_cast<uint64_t>(a) << static_cast<uint64_t>(b));
}
template <class T>
IBEX_SCALAR_FN T shiftRight(T a, T b) {
  if (static_cast<uint64_t>(b) >= sizeof(T) * 8) return a < T(0) ? static_cast<T>(-1) : T(0);
  return static_cast<T>(a >> b);
}

template <class T>
IBEX_SCALAR_FN T sigmoid(T x) {
  // e^-|x| never overflows.
  const T e = exp(-fabs(x));
  return x < T(0) ? e / (T(1) + e) : T(1) / (T(1) + e);
}

template <class T>
IBEX_SCALAR_FN T softplus(T x) {
  return (x > T(0) ? x : T(0)) + log1p(exp(-fabs(x)));
}

// Giles' rational start in float precision, then Newton steps on erf, which double the digits.
template <class T>
IBEX_SCALAR_FN T erfinv(T x) {
  if (!(fabs(x) < T(1))) {
    return fabs(x) == T(1) ? x * infinity<T>() : std::numeric_limits<T>::quiet_NaN();
  }
  T w = -log1p(-x * x);
  T p;
  if (w < T(5)) {
    w -= T(2.5);
    p = T(2.81022636e-08);
    p = T(3.43273939e-07) + p * w;
    p = T(-3.5233877e-06) + p * w;
    p = T(-4.39150654e-06) + p * w;
    p = T(0.00021858087) + p * w;
    p = T(-0.00125372503) + p * w;
    p = T(-0.00417768164) + p * w;
    p = T(0.246640727) + p * w;
    p = T(1.50140941) + p * w;
  } else {
    w = sqrt(w) - T(3);
    p = T(-0.000200214257);
    p = T(0.000100950558) + p * w;
    p = T(0.00134934322) + p * w;
    p = T(-0.00367342844) + p * w;
    p = T(0.00573950773) + p * w;
    p = T(-0.0076224613) + p * w;
    p = T(0.00943887047) + p * w;
    p = T(1.00167406) + p * w;
    p = T(2.83297682) + p * w;
  }
  T y = p * x;
  if constexpr (sizeof(T) > 4) {
    const T halfSqrtPi = T(0.88622692545275801365);
    for (int i = 0; i < 2; ++i) {
      // Near ±1 the difference is taken on erfc, which keeps its digits there.
      const T error = x > T(0.5) ? (T(1) - x) - erfc(y) : x < T(-0.5) ? erfc(-y) - (T(1) + x) : erf(y) - x;
      y -= error * halfSqrtPi * exp(y * y);
    }
  }
  return y;
}

// Recurrence up to where the asymptotic series has all digits; reflection for negative arguments.
template <class T>
IBEX_SCALAR_FN T digamma(T x) {
  if (x == T(0)) return std::copysign(infinity<T>(), -x);
  T reflected = T(0);
  if (x < T(0)) {
    if (x == floor(x)) return std::numeric_limits<T>::quiet_NaN();
    const T pi = T(3.14159265358979323846);
    reflected = -pi / tan(pi * (x - floor(x)));
    x = T(1) - x;
  }
  T sum = T(0);
  while (x < T(10)) {
    sum -= T(1) / x;
    x += T(1);
  }
  const T r = T(1) / (x * x);
  const T series =
      r * (T(1.0 / 12) -
           r * (T(1.0 / 120) -
                r * (T(1.0 / 252) - r * (T(1.0 / 240) - r * (T(1.0 / 132) - r * (T(691.0 / 32760) - r * T(1.0 / 12)))))));
  return sum + log(x) - T(0.5) / x - series + reflected;
}
