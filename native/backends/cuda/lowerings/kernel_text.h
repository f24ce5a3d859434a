// The text of a kernel from its parts: what several kernels begin with is a text of its own.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "cuda_texts.h"

namespace ibex::cuda {

inline std::string textOf(std::initializer_list<std::string_view> parts) {
  std::string text;
  for (const std::string_view part : parts) text += part;
  return text;
}

}  // namespace ibex::cuda
