// Products by register tiles.
#include <type_traits>

#include "backends/cpu/kernels/gemm.h"
#include "backends/cpu/kernels/gemm_tile.h"
#include "backends/cpu/kernels/transpose_block.h"
#include "backends/cpu/kernels/vector_fma.h"

namespace ibex::cpu::IBEX_SIMD_NS {
namespace {

constexpr int kRows = kTileRows;
constexpr int64_t kDepth = 256;   // k per pass: a panel of b stays in the first-level cache
constexpr int64_t kHeight = 252;  // rows of a per pass: they stay in the second-level cache

template <class T>
inline constexpr int64_t kColumns = kTileColumns<T>;

inline int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

template <class T, int R>
void fullTile(const T* a, int64_t aRow, int64_t aColumn, const T* b, int64_t bRow, T* c, int64_t ldc, int64_t k,
              bool accumulate) {
  tile<T, R>(a, aRow, aColumn, b, bRow, c, ldc, k, accumulate);
}

// `rows` <= kRows rows; fewer than a full set go through smaller instances.
template <class T>
void rowsTile(int64_t rows, const T* a, int64_t aRow, int64_t aColumn, const T* b, int64_t bRow, T* c, int64_t ldc,
              int64_t k, bool accumulate) {
  if (rows == kRows) return fullTile<T, kRows>(a, aRow, aColumn, b, bRow, c, ldc, k, accumulate);
  const auto take = [&](auto count) {
    constexpr int kCount = decltype(count)::value;
    while (rows >= kCount) {
      fullTile<T, kCount>(a, aRow, aColumn, b, bRow, c, ldc, k, accumulate);
      a += kCount * aRow;
      c += kCount * ldc;
      rows -= kCount;
    }
  };
  if constexpr (kRows > 8) take(std::integral_constant<int, 8>{});
  if constexpr (kRows > 6) take(std::integral_constant<int, 6>{});
  take(std::integral_constant<int, 4>{});
  take(std::integral_constant<int, 2>{});
  take(std::integral_constant<int, 1>{});
}

// One panel of b (`columns` of its kColumns are wanted) against all the rows of a.
template <class T>
void panel(const T* a, int64_t aRow, int64_t aColumn, const T* b, int64_t bRow, T* c, int64_t ldc, int64_t m,
           int64_t columns, int64_t k, bool accumulate) {
  constexpr int64_t kHalf = kRows / 2 + 1;
  int64_t rows;
  for (int64_t i = 0; i < m; i += rows) {
    // Two tiles of half the height keep the arithmetic units busier than a full one and one of 2 rows.
    rows = m - i == 2 * kHalf ? kHalf : smaller(kRows, m - i);
    if (columns == kColumns<T>) {
      rowsTile(rows, a + i * aRow, aRow, aColumn, b, bRow, c + i * ldc, ldc, k, accumulate);
      continue;
    }
    alignas(64) T edge[kRows * kColumns<T>];
    if (accumulate) {
      for (int64_t r = 0; r < rows; ++r) {
        for (int64_t j = 0; j < kColumns<T>; ++j) edge[r * kColumns<T> + j] = j < columns ? c[(i + r) * ldc + j] : T{};
      }
    }
    rowsTile(rows, a + i * aRow, aRow, aColumn, b, bRow, edge, kColumns<T>, k, accumulate);
    for (int64_t r = 0; r < rows; ++r) {
      for (int64_t j = 0; j < columns; ++j) c[(i + r) * ldc + j] = edge[r * kColumns<T> + j];
    }
  }
}

template <class T>
void packPanel(const T* b, int64_t rowStep, int64_t columnStep, int64_t k, int64_t columns, T* packed) {
  if (columns == kColumns<T> && columnStep == 1) {
    for (int64_t p = 0; p < k; ++p) std::memcpy(packed + p * kColumns<T>, b + p * rowStep, sizeof(T) * kColumns<T>);
    return;
  }
  if (rowStep == 1) {
    // Columns of b are contiguous: read along them.
    const int64_t blocked = sizeof(T) == 4 && columns == kColumns<T> ? k & ~int64_t{7} : 0;
    for (int64_t p = 0; p < blocked; p += 8) {
      for (int64_t j = 0; j < kColumns<T>; j += 8) {
        transpose_block::block8x8(reinterpret_cast<const char*>(b + p + j * columnStep),
                                  columnStep * static_cast<int64_t>(sizeof(T)),
                                  reinterpret_cast<char*>(packed + p * kColumns<T> + j), kColumns<T> * sizeof(T));
      }
    }
    for (int64_t j = 0; j < kColumns<T>; ++j) {
      for (int64_t p = blocked; p < k; ++p) packed[p * kColumns<T> + j] = j < columns ? b[p + j * columnStep] : T{};
    }
    return;
  }
  for (int64_t p = 0; p < k; ++p) {
    for (int64_t j = 0; j < kColumns<T>; ++j) {
      packed[p * kColumns<T> + j] = j < columns ? b[p * rowStep + j * columnStep] : T{};
    }
  }
}

template <class T>
void pack(const T* b, int64_t rowStep, int64_t columnStep, int64_t k, int64_t n, T* packed) {
  for (int64_t j = 0; j < n; j += kColumns<T>) {
    packPanel(b + j * columnStep, rowStep, columnStep, k, smaller(kColumns<T>, n - j), packed + j * k);
  }
}

template <class T>
void zero(T* c, int64_t ldc, int64_t m, int64_t n) {
  for (int64_t i = 0; i < m; ++i) std::memset(c + i * ldc, 0, sizeof(T) * static_cast<size_t>(n));
}

template <class T>
void multiplyPacked(const T* a, int64_t rowStep, int64_t columnStep, const T* packed, T* c, int64_t ldc, int64_t m,
                    int64_t n, int64_t k, bool accumulate) {
  if (k == 0 && !accumulate) zero(c, ldc, m, n);
  for (int64_t i = 0; i < m; i += kHeight) {
    const int64_t rows = smaller(kHeight, m - i);
    for (int64_t p = 0; p < k; p += kDepth) {
      const int64_t depth = smaller(kDepth, k - p);
      for (int64_t j = 0; j < n; j += kColumns<T>) {
        panel(a + i * rowStep + p * columnStep, rowStep, columnStep, packed + j * k + p * kColumns<T>, kColumns<T>,
              c + i * ldc + j, ldc, rows, smaller(kColumns<T>, n - j), depth, accumulate || p > 0);
      }
    }
  }
}

template <class T>
void multiply(const T* a, int64_t aRow, int64_t aColumn, const T* b, int64_t bRow, int64_t bColumn, T* c, int64_t ldc,
              int64_t m, int64_t n, int64_t k, bool accumulate) {
  alignas(64) T buffer[kDepth * kColumns<T>];
  if (k == 0 && !accumulate) zero(c, ldc, m, n);
  for (int64_t i = 0; i < m; i += kHeight) {
    const int64_t rows = smaller(kHeight, m - i);
    for (int64_t p = 0; p < k; p += kDepth) {
      const int64_t depth = smaller(kDepth, k - p);
      for (int64_t j = 0; j < n; j += kColumns<T>) {
        const int64_t columns = smaller(kColumns<T>, n - j);
        const T* source = b + p * bRow + j * bColumn;
        const T* x = a + i * aRow + p * aColumn;
        // A few rows use each panel too little to pay for its packing.
        const bool direct = bColumn == 1 && columns == kColumns<T> && rows <= 2 * kRows;
        if (!direct) packPanel(source, bRow, bColumn, depth, columns, buffer);
        panel(x, aRow, aColumn, direct ? source : buffer, direct ? bRow : kColumns<T>, c + i * ldc + j, ldc, rows,
              columns, depth, accumulate || p > 0);
      }
    }
  }
}

template <class T>
constexpr GemmFunctionsOf<T> functions() {
  return {kRows, kColumns<T>, pack<T>, multiplyPacked<T>, multiply<T>};
}

}  // namespace

const GemmFunctions& gemmFunctions() {
  static constexpr GemmFunctions kTable{functions<float>(), functions<double>(), functions<uint32_t>(),
                                        functions<uint64_t>()};
  return kTable;
}

}  // namespace ibex::cpu::IBEX_SIMD_NS
