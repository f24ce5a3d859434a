// What the printer and the parser of the text form share: names and the spelling of numbers.
#pragma once

#include <charconv>
#include <cmath>
#include <string>
#include <string_view>

#include "ir/dtype.h"
#include "ir/region.h"

namespace ibex {

inline constexpr std::string_view kShortDTypeNames[kDTypeCount] = {"bool", "u8",  "i8",   "i16", "i32", "u32",
                                                                   "i64",  "f16", "bf16", "f32", "f64"};
constexpr std::string_view shortDTypeName(DType t) { return kShortDTypeNames[static_cast<int>(t)]; }

inline constexpr std::string_view kReduceKindNames[4] = {"sum", "prod", "max", "min"};
constexpr std::string_view reduceKindName(ReduceKind kind) { return kReduceKindNames[static_cast<int>(kind)]; }

// Constants of more elements print as hexadecimal bytes.
inline constexpr int64_t kMaxPrintedElements = 16;

// The shortest text that reads back as the same double; nan, inf, -inf.
inline std::string formatDouble(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  char text[32];
  return {text, std::to_chars(text, text + sizeof(text), value).ptr};
}

// Floats of 32 bits or fewer in the shortest text that reads back as the same float.
inline std::string formatScalar(const RegionImmediate& scalar) {
  if (scalar.dtype == DType::kBool) return scalar.integer != 0 ? "true" : "false";
  if (!isFloat(scalar.dtype)) return std::to_string(scalar.integer);
  if (scalar.dtype == DType::kFloat64 || !std::isfinite(scalar.value)) return formatDouble(scalar.value);
  char text[32];
  return {text, std::to_chars(text, text + sizeof(text), static_cast<float>(scalar.value)).ptr};
}

}  // namespace ibex
