#include "backends/cpu/kernels/packed_product.h"

#include <type_traits>

#include "backends/cpu/kernels/gemm_tile.h"

namespace ibex::cpu::IBEX_SIMD_NS {
namespace {

using V = Vector<float>;

constexpr int64_t kRows = kTileRows;
constexpr int64_t kColumns = kTileColumns<float>;
constexpr int64_t kDepth = kPackedProductDepth;  // k per pass: panels of w stay in the second-level cache
constexpr int64_t kFewRows = 8 * kRows;  // up to which a panel is used by all rows before the next one
constexpr int64_t kLine = 16;        // floats that memory gives at a time

inline int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

// What a tile does besides its sums.
struct Finish {
  const float* ahead;  // of the next panel
  int64_t aheadStep;
  const float* bias;
  const float* residual;
  int64_t residualRow;
  bool last;  // of the passes over k
  bool relu;

  IBEX_INLINE void step() {
    __builtin_prefetch(ahead, 0, 2);
    ahead += aheadStep;
  }

  template <int R>
  IBEX_INLINE void finish(V (&sum)[R][2]) const {
    if (!last) return;
    const V zero{};
    const V bias0 = bias == nullptr ? zero : loadVector(bias);
    const V bias1 = bias == nullptr ? zero : loadVector(bias + kLanes<float>);
#pragma GCC unroll 16
    for (int r = 0; r < R; ++r) {
      sum[r][0] += bias0;
      sum[r][1] += bias1;
      if (residual != nullptr) {
        sum[r][0] += loadVector(residual + r * residualRow);
        sum[r][1] += loadVector(residual + r * residualRow + kLanes<float>);
      }
      if (relu) {
        sum[r][0] = sum[r][0] < zero ? zero : sum[r][0];
        sum[r][1] = sum[r][1] < zero ? zero : sum[r][1];
      }
    }
  }
};

template <int R>
void fullTile(const float* x, int64_t xRow, const float* panel, float* y, int64_t yRow, int64_t depth, bool accumulate,
              const Finish& finish) {
  if (finish.residual != nullptr) {
#pragma GCC unroll 16
    for (int r = 0; r < R; ++r) {
      for (int64_t column = 0; column < kColumns; column += kLine) {
        __builtin_prefetch(finish.residual + r * finish.residualRow + column);
      }
    }
  }
  tile<float, R>(x, xRow, 1, panel, kColumns, y, yRow, depth, accumulate, finish);
}

// At most kRows rows.
void rowsTile(int64_t rows, const float* x, int64_t xRow, const float* panel, float* y, int64_t yRow, int64_t depth,
              bool accumulate, Finish finish) {
  const auto take = [&](auto count) {
    constexpr int kCount = decltype(count)::value;
    while (rows >= kCount) {
      fullTile<kCount>(x, xRow, panel, y, yRow, depth, accumulate, finish);
      x += kCount * xRow;
      y += kCount * yRow;
      if (finish.residual != nullptr) finish.residual += kCount * finish.residualRow;
      rows -= kCount;
    }
  };
  take(std::integral_constant<int, kRows>{});
  if constexpr (kRows > 8) take(std::integral_constant<int, 8>{});
  take(std::integral_constant<int, 4>{});
  take(std::integral_constant<int, 2>{});
  take(std::integral_constant<int, 1>{});
}

void multiply(const PackedProductOperands& o) {
  // Few rows are all multiplied by a panel while the next one is on its way; of many, a tile's are multiplied by all
  // panels, so that the result is written along its rows.
  const int64_t height = o.m <= kFewRows ? kFewRows : kRows;
  for (int64_t i = 0; i < o.m; i += height) {
    const int64_t rows = smaller(height, o.m - i);
    const int64_t tiles = (rows + kRows - 1) / kRows;
    const int64_t aheadStep = smaller(kLine, kColumns / tiles);
    for (int64_t p = 0; p < o.k; p += kDepth) {
      const int64_t depth = smaller(kDepth, o.k - p);
      const bool last = p + depth == o.k;
      for (int64_t j = 0; j < o.n; j += kColumns) {
        const float* next = j + kColumns < o.n ? o.packed + (j + kColumns) * o.k + p * kColumns
                                               : o.packed + (last ? 0 : (p + depth) * kColumns);
        for (int64_t r = 0; r < rows; r += kRows) {
          const int64_t row = i + r;
          const Finish finish{next + r / kRows * depth * aheadStep,
                              aheadStep,
                              o.bias == nullptr ? nullptr : o.bias + j,
                              o.residual == nullptr || !last ? nullptr : o.residual + row * o.yRow + j,
                              o.yRow,
                              last,
                              o.relu};
          rowsTile(smaller(kRows, rows - r), o.x + row * o.xRow + p, o.xRow, o.packed + j * o.k + p * kColumns,
                   o.y + row * o.yRow + j, o.yRow, depth, p > 0, finish);
        }
      }
    }
  }
}

}  // namespace

const PackedProductFunctions& packedProductFunctions() {
  static const PackedProductFunctions table{kRows, kColumns, multiply};
  return table;
}

}  // namespace ibex::cpu::IBEX_SIMD_NS
