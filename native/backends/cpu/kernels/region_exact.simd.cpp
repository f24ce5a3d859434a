// Element-wise functions of float64, the integers and bool.
#include "backends/cpu/kernels/region_loops.h"

namespace ibex::cpu::IBEX_SIMD_NS {
namespace {

// constexpr-if only discards inside templates: the list is expanded in one for each type.
template <class T>
void fillType(RegionFunctions& table) {
  constexpr bool kScalarKinds = std::is_same_v<T, int32_t> || std::is_same_v<T, uint32_t>;
#define IBEX_SET(Name, accepts, result) \
  if constexpr (exact::kAccepts##accepts<T>) setUnary<exact::Name##Op, T>(table, Op::k##Name);
  IBEX_UNARY_OPS(IBEX_SET)
#undef IBEX_SET
#define IBEX_SET(Name, accepts, result) \
  if constexpr (exact::kAccepts##accepts<T>) setBinary<exact::Name##Op, T, kScalarKinds>(table, Op::k##Name);
  IBEX_BINARY_OPS(IBEX_SET)
#undef IBEX_SET
}

}  // namespace

void fillExactFunctions(RegionFunctions& table) {
  fillType<double>(table);
  fillType<bool>(table);
  fillType<uint8_t>(table);
  fillType<int8_t>(table);
  fillType<int16_t>(table);
  fillType<int32_t>(table);
  fillType<uint32_t>(table);
  fillType<int64_t>(table);
}

}  // namespace ibex::cpu::IBEX_SIMD_NS
