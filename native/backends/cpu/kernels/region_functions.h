// The vectorised functions under fused regions, softmax and fills: loops over contiguous elements (a tile), one
// function per operation, element type and kind of operands. One table per instruction set.
#pragma once

#include <cstdint>

#include "backends/cpu/kernels/simd_table.h"
#include "ir/dtype.h"
#include "ir/ops.gen.h"
#include "ir/region.h"

namespace ibex::cpu {

// In tiles float16 and bfloat16 are held as float, rounded to the 16-bit type.
constexpr DType tileType(DType t) { return isHalf(t) ? DType::kFloat32 : t; }

// dst[i] = f(a[i], b[i], c[i]) for i < n. Operands of a scalar kind are read at element 0 only. `dst` may be one of the
// operands, but may not overlap them otherwise. Unused operands are null.
using TileFunction = void (*)(void* dst, const void* a, const void* b, const void* c, int64_t n);

// dst[i] = a[i] < b[i] ? x[i] : y[i], or another comparison; x, y and dst are of 4-byte elements.
using SelectFunction = void (*)(void* dst, const void* a, const void* b, const void* x, const void* y, int64_t n);

// *acc = *acc op x[0] op … op x[n-1]; acc is of accumulatorType().
using ReduceFunction = void (*)(void* acc, const void* x, int64_t n);
// out[o, i] = x[o, 0, i] op … op x[o, extent-1, i], for tiles [outer, extent, inner]; out is of accumulatorType().
using FoldFunction = void (*)(void* out, const void* x, int64_t outer, int64_t extent, int64_t inner);

// What partial results are held in: sums and products of floats in double, all else in the type itself.
constexpr DType accumulatorType(ReduceKind kind, DType t) {
  const bool rounds = kind == ReduceKind::kSum || kind == ReduceKind::kProd;
  return isFloat(t) && rounds ? DType::kFloat64 : tileType(t);
}

struct ReduceFunctions {
  ReduceFunction reduce;    // a tile to one accumulator
  FoldFunction fold;        // a tile to several accumulators
  TileFunction accumulate;  // dst[i] = dst[i] op a[i], in the tile's type
  TileFunction combine;     // dst[i] = dst[i] op a[i], both of accumulatorType()
};

enum class OperandKinds : uint8_t { kVectorVector, kVectorScalar, kScalarVector };
inline constexpr int kOperandKindsCount = 3;

// The comparisons, as they are numbered here: Equal, NotEqual, Less, LessEqual, Greater, GreaterEqual.
inline constexpr int kComparisonCount = 6;
constexpr int comparisonIndex(Op op) { return static_cast<int>(op) - static_cast<int>(Op::kEqual); }
constexpr bool isComparison(Op op) { return comparisonIndex(op) >= 0 && comparisonIndex(op) < kComparisonCount; }
static_assert(comparisonIndex(Op::kGreaterEqual) == kComparisonCount - 1);

// Two operations of float32 in one: r = a first b, then a second one on r (and c).
enum class PairFirst : uint8_t { kAdd, kSub, kMul };
enum class PairForm : uint8_t { kAdd, kMul, kSub, kSubFrom, kDiv, kDivInto, kRelu };
inline constexpr int kPairFirstCount = 3;
inline constexpr int kPairFormCount = 7;

struct PairFunctions {
  // By form, by the kinds of a and b, and by whether c is a scalar. No c for kRelu.
  TileFunction of[kPairFormCount][kOperandKindsCount][2];
};

struct RegionFunctions {
  // By op and the (tile) type of the operands; null where there is none. Scalar kinds exist for the common types only.
  TileFunction unary[kOpCount][kDTypeCount];
  TileFunction binary[kOperandKindsCount][kOpCount][kDTypeCount];
  // By log2 of the element size and by which of the two values are scalars: bit 0 the first, bit 1 the second.
  TileFunction select[4][4];
  // A comparison and the select on it in one: by comparison, type of its operands, whether its second operand is a
  // scalar, and as `select`. Only for the 4-byte types.
  SelectFunction compareSelect[kComparisonCount][kDTypeCount][2][4];
  PairFunctions pair[kPairFirstCount];
  TileFunction copy[4];    // by log2 of the element size
  TileFunction stream[4];  // copy past the caches
  TileFunction fill[4];
  // From and to storage types and tile types alike; from a tile type to a 16-bit one rounds.
  TileFunction cast[kDTypeCount][kDTypeCount];
  TileFunction roundHalf;  // float to float, rounded to float16
  TileFunction roundBfloat;
  ReduceFunctions reduce[4][kDTypeCount];  // by ReduceKind and tile type
};

IBEX_SIMD_TABLE(RegionFunctions, regionFunctions);

constexpr int log2Size(size_t bytes) { return bytes == 1 ? 0 : bytes == 2 ? 1 : bytes == 4 ? 2 : 3; }

}  // namespace ibex::cpu
