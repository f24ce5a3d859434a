// Element types as C++ types: 16-bit floats as structs that convert to and from float, a visitor from DType to type,
// and constants of any type from a double.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>

#include "ir/dtype.h"

namespace ibex::cpu {

inline float halfBitsToFloat(uint16_t h) {
  const uint32_t sign = static_cast<uint32_t>(h & 0x8000u) << 16;
  const uint32_t exponent = (h >> 10) & 0x1fu;
  const uint32_t mantissa = h & 0x3ffu;
  if (exponent == 0) {
    const float value = static_cast<float>(mantissa) * 0x1p-24f;
    return sign != 0 ? -value : value;
  }
  const uint32_t bits = exponent == 31 ? (0x7f800000u | (mantissa << 13)) : (((exponent + 112) << 23) | (mantissa << 13));
  return std::bit_cast<float>(sign | bits);
}

// Rounds to nearest, ties to even; overflow gives infinity.
inline uint16_t floatToHalfBits(float f) {
  const uint32_t bits = std::bit_cast<uint32_t>(f);
  const uint32_t sign = (bits >> 16) & 0x8000u;
  const uint32_t magnitude = bits & 0x7fffffffu;
  if (magnitude > 0x7f800000u) return static_cast<uint16_t>(sign | 0x7e00u);
  if (magnitude >= 0x477ff000u) return static_cast<uint16_t>(sign | 0x7c00u);
  if (magnitude < 0x38800000u) {
    // Subnormal: adding 0.5 lets the float unit round at the right bit.
    const float shifted = std::bit_cast<float>(magnitude) + 0.5f;
    return static_cast<uint16_t>(sign | (std::bit_cast<uint32_t>(shifted) - 0x3f000000u));
  }
  const uint32_t odd = (magnitude >> 13) & 1u;
  return static_cast<uint16_t>(sign | ((magnitude - 0x38000000u + 0xfffu + odd) >> 13));
}

inline float bfloatBitsToFloat(uint16_t b) { return std::bit_cast<float>(static_cast<uint32_t>(b) << 16); }

inline uint16_t floatToBfloatBits(float f) {
  const uint32_t bits = std::bit_cast<uint32_t>(f);
  if ((bits & 0x7fffffffu) > 0x7f800000u) return static_cast<uint16_t>((bits >> 16) | 0x40u);
  return static_cast<uint16_t>((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16);
}

struct Float16 {
  uint16_t bits;
  Float16() = default;
  explicit Float16(float f) : bits(floatToHalfBits(f)) {}
  operator float() const { return halfBitsToFloat(bits); }  // NOLINT: reads as the number it is
};

struct BFloat16 {
  uint16_t bits;
  BFloat16() = default;
  explicit BFloat16(float f) : bits(floatToBfloatBits(f)) {}
  operator float() const { return bfloatBitsToFloat(bits); }  // NOLINT
};

template <class T>
inline constexpr bool kIsHalf = std::is_same_v<T, Float16> || std::is_same_v<T, BFloat16>;
template <class T>
inline constexpr bool kIsFloating = std::is_floating_point_v<T> || kIsHalf<T>;

// The type that arithmetic on T is done in.
template <class T>
using Compute = std::conditional_t<kIsHalf<T>, float, T>;

template <class T>
inline bool isNan(T v) {
  if constexpr (kIsFloating<T>) {
    const auto x = static_cast<Compute<T>>(v);
    return x != x;
  } else {
    return false;
  }
}

template <class T>
struct TypeTag {
  using type = T;
};

// Calls f(TypeTag<T>{}) with the C++ type of `t`; bool is uint8_t holding 0 or 1.
template <class F>
decltype(auto) visitDType(DType t, F&& f) {
  switch (t) {
    case DType::kBool:
    case DType::kUint8: return f(TypeTag<uint8_t>{});
    case DType::kInt8: return f(TypeTag<int8_t>{});
    case DType::kInt16: return f(TypeTag<int16_t>{});
    case DType::kInt32: return f(TypeTag<int32_t>{});
    case DType::kUint32: return f(TypeTag<uint32_t>{});
    case DType::kInt64: return f(TypeTag<int64_t>{});
    case DType::kFloat16: return f(TypeTag<Float16>{});
    case DType::kBFloat16: return f(TypeTag<BFloat16>{});
    case DType::kFloat32: return f(TypeTag<float>{});
    case DType::kFloat64: break;
  }
  return f(TypeTag<double>{});
}

// Writes `value` as one element of `t`. Out of range integers saturate; NaN is 0 as an integer.
inline void encodeNumber(DType t, double value, void* out) {
  visitDType(t, [&](auto tag) {
    using T = typename decltype(tag)::type;
    T element;
    if constexpr (kIsHalf<T>) {
      element = T(static_cast<float>(value));
    } else if constexpr (std::is_floating_point_v<T>) {
      element = static_cast<T>(value);
    } else if (t == DType::kBool) {
      element = static_cast<T>(value != 0);
    } else {
      constexpr auto low = std::numeric_limits<T>::min();
      constexpr auto high = std::numeric_limits<T>::max();
      if (std::isnan(value)) {
        element = 0;
      } else if (value <= static_cast<double>(low)) {
        element = low;
      } else if (value >= static_cast<double>(high)) {
        element = high;
      } else {
        element = static_cast<T>(value);
      }
    }
    std::memcpy(out, &element, sizeof(T));
  });
}

}  // namespace ibex::cpu
