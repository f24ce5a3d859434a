#include "backends/cpu/kernels/convert16.h"

#include "backends/cpu/math/vector_half.h"

namespace ibex::cpu::IBEX_SIMD_NS {

const Convert16Functions& convert16Functions() {
  static constexpr Convert16Functions kTable{halfToFloatArray, floatToHalfArray, bfloatToFloatArray,
                                               floatToBfloatArray};
  return kTable;
}

}  // namespace ibex::cpu::IBEX_SIMD_NS
