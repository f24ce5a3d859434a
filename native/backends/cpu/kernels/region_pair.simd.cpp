// Two float32 operations in one loop, each rounded as it is alone.
#include "backends/cpu/kernels/region_loops.h"

namespace ibex::cpu::IBEX_SIMD_NS {
namespace {

template <PairForm kForm>
IBEX_VECTOR_FN float finish(float r, float c) {
  if constexpr (kForm == PairForm::kAdd) return fast::AddOp::apply<float>(r, c);
  if constexpr (kForm == PairForm::kMul) return fast::MulOp::apply<float>(r, c);
  if constexpr (kForm == PairForm::kSub) return fast::SubOp::apply<float>(r, c);
  if constexpr (kForm == PairForm::kSubFrom) return fast::SubOp::apply<float>(c, r);
  if constexpr (kForm == PairForm::kDiv) return fast::DivOp::apply<float>(r, c);
  if constexpr (kForm == PairForm::kDivInto) return fast::DivOp::apply<float>(c, r);
  return fast::ReluOp::apply<float>(r);
}

template <class First, PairForm kForm, OperandKinds kKinds, bool kScalarC>
void pairLoop(void* dst, const void* a, const void* b, const void* c, int64_t n) {
  constexpr bool kScalarA = kKinds == OperandKinds::kScalarVector;
  constexpr bool kScalarB = kKinds == OperandKinds::kVectorScalar;
  float* d = static_cast<float*>(dst);
  const float* x = static_cast<const float*>(a);
  const float* y = static_cast<const float*>(b);
  const float* z = static_cast<const float*>(c);
  const float sx = kScalarA ? *x : 0.0f;
  const float sy = kScalarB ? *y : 0.0f;
  const float sz = kScalarC ? *z : 0.0f;
#pragma GCC ivdep
  for (int64_t i = 0; i < n; ++i) {
    const float r = First::template apply<float>(kScalarA ? sx : x[i], kScalarB ? sy : y[i]);
    d[i] = finish<kForm>(r, kScalarC ? sz : z[i]);
  }
}

template <class First, OperandKinds kKinds, PairForm kForm>
void setPair(PairFunctions& functions) {
  auto& f = functions.of[static_cast<int>(kForm)][static_cast<int>(kKinds)];
  f[1] = pairLoop<First, kForm, kKinds, true>;
  // relu has no third operand.
  f[0] = kForm == PairForm::kRelu ? f[1] : pairLoop<First, kForm, kKinds, kForm == PairForm::kRelu>;
}

template <class First, OperandKinds kKinds>
void setForms(PairFunctions& functions) {
  setPair<First, kKinds, PairForm::kAdd>(functions);
  setPair<First, kKinds, PairForm::kMul>(functions);
  setPair<First, kKinds, PairForm::kSub>(functions);
  setPair<First, kKinds, PairForm::kSubFrom>(functions);
  setPair<First, kKinds, PairForm::kDiv>(functions);
  setPair<First, kKinds, PairForm::kDivInto>(functions);
  setPair<First, kKinds, PairForm::kRelu>(functions);
}

template <class First>
void setFirst(PairFunctions& functions) {
  setForms<First, OperandKinds::kVectorVector>(functions);
  setForms<First, OperandKinds::kVectorScalar>(functions);
  setForms<First, OperandKinds::kScalarVector>(functions);
}

}  // namespace

void fillPairFunctions(RegionFunctions& table) {
  setFirst<fast::AddOp>(table.pair[static_cast<int>(PairFirst::kAdd)]);
  setFirst<fast::SubOp>(table.pair[static_cast<int>(PairFirst::kSub)]);
  setFirst<fast::MulOp>(table.pair[static_cast<int>(PairFirst::kMul)]);
}

}  // namespace ibex::cpu::IBEX_SIMD_NS
