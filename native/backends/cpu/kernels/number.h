// Element types as C++ types: 16-bit floats as structs that convert to and from float, a visitor from DType to type,
// and constants of any type from a double.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>

#include "ir/dtype.h"
#include "ir/half.h"

namespace ibex::cpu {

struct Float16 {
  uint16_t bits;
  Float16() = default;
  explicit Float16(float f) : bits(floatToFloat16(f)) {}
  operator float() const { return float16ToFloat(bits); }  // NOLINT: reads as the number it is
};

struct BFloat16 {
  uint16_t bits;
  BFloat16() = default;
  explicit BFloat16(float f) : bits(floatToBfloat16(f)) {}
  operator float() const { return bfloat16ToFloat(bits); }  // NOLINT
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
