// Element-wise functions of float32, and the table itself.
#include "backends/cpu/kernels/region_loops.h"

namespace ibex::cpu::IBEX_SIMD_NS {
namespace {

// The vectorised sine, cosine and tangent reduce their argument in double, which fails for large ones: tiles that have
// any go to <cmath>.
template <class Fast, class Exact>
void trigonometricLoop(void* dst, const void* a, const void* b, const void* c, int64_t n) {
  const float* x = static_cast<const float*>(a);
  int large = 0;
  for (int64_t i = 0; i < n; ++i) large |= fast::fabs(x[i]) > static_cast<float>(wide::kReduceLimit);
  if (large == 0) return unaryLoop<Fast, float>(dst, a, b, c, n);
  float* d = static_cast<float*>(dst);
  for (int64_t i = 0; i < n; ++i) d[i] = static_cast<float>(Exact::template apply<double>(x[i]));
}

template <class Fast, class Exact>
void setTrigonometric(RegionFunctions& table, Op op) {
  table.unary[static_cast<int>(op)][static_cast<int>(DType::kFloat32)] = trigonometricLoop<Fast, Exact>;
}

// constexpr-if only discards inside templates.
template <class T>
void fillType(RegionFunctions& table) {
#define IBEX_SET(Name, accepts, result) \
  if constexpr (fast::kAccepts##accepts<T>) setUnary<fast::Name##Op, T>(table, Op::k##Name);
  IBEX_UNARY_OPS(IBEX_SET)
#undef IBEX_SET
#define IBEX_SET(Name, accepts, result) \
  if constexpr (fast::kAccepts##accepts<T>) setBinary<fast::Name##Op, T, true>(table, Op::k##Name);
  IBEX_BINARY_OPS(IBEX_SET)
#undef IBEX_SET
}

}  // namespace

void fillFloatFunctions(RegionFunctions& table) {
  fillType<float>(table);
  setTrigonometric<fast::SinOp, exact::SinOp>(table, Op::kSin);
  setTrigonometric<fast::CosOp, exact::CosOp>(table, Op::kCos);
  setTrigonometric<fast::TanOp, exact::TanOp>(table, Op::kTan);
}

const RegionFunctions& regionFunctions() {
  static const RegionFunctions table = [] {
    RegionFunctions t{};
    fillFloatFunctions(t);
    fillExactFunctions(t);
    fillMoveFunctions(t);
    fillPairFunctions(t);
    fillReduceFunctions(t);
    return t;
  }();
  return table;
}

}  // namespace ibex::cpu::IBEX_SIMD_NS
