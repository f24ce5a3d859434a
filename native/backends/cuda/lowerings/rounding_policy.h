// What NVIDIA's libraries may do with float32.
#pragma once

#include <cstdlib>
#include <string_view>

namespace ibex::cuda {

// Products of float32 are its own, unless IBEX_CUDA_TF32=1 lets operands be rounded to 10 bits, for speed.
inline bool mayRoundFloat32() {
  const char* tf32 = std::getenv("IBEX_CUDA_TF32");
  return tf32 != nullptr && std::string_view(tf32) == "1";
}

}  // namespace ibex::cuda
