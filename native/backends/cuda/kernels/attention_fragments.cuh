// Products of tiles of 16-bit floats on tensor cores, summed up in float32. A warp has 16 rows; 64 rows of another tile stand
// against them. Rows in shared memory are 8 numbers longer than their width, so that the 8 rows that are read together lie
// in different banks. After attention_arguments.cuh. What a GPU does in one instruction a host does with shuffles, for tests.
namespace ibex_device {

#define TILE 64
#define WARPS 4

template <int WIDTH>
struct Layout {
  static constexpr int kStep = WIDTH + 8;
  static constexpr int kElements = TILE * kStep;
};
typedef Layout<DEPTH> OfDepth;
typedef Layout<VALUE_DEPTH> OfValue;

constexpr bool kBrain = std::is_same_v<Stored, BFloat16>;

IBEX_FN int laneOfWarp() { return threadIdx.x % 32; }
IBEX_FN int warpOfBlock() { return threadIdx.x / 32; }

// Two numbers in one register, the first in the lower half.
IBEX_FN uint32_t packed(float first, float second) {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 800
  uint32_t both;
  if constexpr (kBrain) {
    asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(both) : "f"(second), "f"(first));
  } else {
    asm("cvt.rn.f16x2.f32 %0, %1, %2;" : "=r"(both) : "f"(second), "f"(first));
  }
  return both;
#else
  return uint32_t(Element<Stored, Value>::store(first).bits) | uint32_t(Element<Stored, Value>::store(second).bits) << 16;
#endif
}

// 16 bytes to shared memory without waiting for them; zeros where they are not there.
IBEX_FN void copyAhead(Stored* to, const Stored* from, bool present) {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 800
  const uint32_t address = uint32_t(__cvta_generic_to_shared(to));
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(address), "l"(from), "r"(present ? 16 : 0) : "memory");
#else
  Pack<Stored, 8> pack = {};
  if (present) pack = loadPack<Stored, 8>(from);
  storePack(to, pack);
#endif
}
// All copies since the last one belong together.
IBEX_FN void endCopies() {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 800
  asm volatile("cp.async.commit_group;" ::: "memory");
#endif
}
// Waits for all but the last COUNT that belong together; for the thread's own, so __syncthreads() comes after it.
template <int COUNT>
IBEX_FN void awaitCopies() {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 800
  asm volatile("cp.async.wait_group %0;" ::"n"(COUNT) : "memory");
#endif
}

// Rows [first, first + TILE) of `from`, which lie `step` apart; those from `count` on are zeros.
template <int WIDTH>
IBEX_FN void copyTile(Stored* to, const Stored* from, int64_t step, int64_t first, int64_t count) {
#pragma unroll
  for (int i = threadIdx.x; i < TILE * WIDTH / 8; i += 32 * WARPS) {
    const int row = i / (WIDTH / 8), column = i % (WIDTH / 8) * 8;
    const bool present = first + row < count;
    copyAhead(to + row * Layout<WIDTH>::kStep + column, present ? from + (first + row) * step + column : from, present);
  }
}

#ifndef __CUDA_ARCH__
IBEX_FN uint32_t pairOf(const Stored* first, const Stored* second) {
  return uint32_t(first->bits) | uint32_t(second->bits) << 16;
}
IBEX_FN float halfOf(uint32_t pair, int which) {
  Stored x;
  x.bits = uint16_t(pair >> (16 * which));
  return Element<Stored, Value>::load(x);
}
#endif

// Four matrices of 8 x 8 numbers. Lane l gives where row l % 8 of matrix l / 8 begins; it gets from each matrix the numbers
// 2t and 2t + 1 of row g where l = 4g + t; transposed, those of column g.
template <bool TRANSPOSED>
IBEX_FN void loadMatrices(uint32_t (&to)[4], const Stored* row) {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 800
  const uint32_t address = uint32_t(__cvta_generic_to_shared(row));
  if constexpr (TRANSPOSED) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(to[0]), "=r"(to[1]), "=r"(to[2]), "=r"(to[3])
                 : "r"(address)
                 : "memory");
  } else {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(to[0]), "=r"(to[1]), "=r"(to[2]), "=r"(to[3])
                 : "r"(address)
                 : "memory");
  }
#elif defined(__CUDA_ARCH__)
  __trap();
#else
  const int g = laneOfWarp() / 4, t = laneOfWarp() % 4;
  for (int m = 0; m < 4; ++m) {
    const auto rowAt = [&](int r) {
      return reinterpret_cast<const Stored*>(__shfl_sync(0xffffffffu, reinterpret_cast<unsigned long>(row), m * 8 + r));
    };
    if constexpr (TRANSPOSED) {
      const Stored* first = rowAt(2 * t);
      const Stored* second = rowAt(2 * t + 1);
      to[m] = pairOf(first + g, second + g);
    } else {
      const Stored* from = rowAt(g);
      to[m] = pairOf(from + 2 * t, from + 2 * t + 1);
    }
  }
#endif
}

// c += a * b, of 16 x 16 and 16 x 8 numbers. Lane 4g + t has of c the numbers 2t and 2t + 1 of rows g and g + 8; of a those,
// then those at 8 columns more; of b the rows 2t and 2t + 1, then 8 more, of column g.
IBEX_FN void multiplyMatrices(float (&c)[4], const uint32_t (&a)[4], uint32_t b0, uint32_t b1) {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 800
  if constexpr (kBrain) {
    asm volatile(
        "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
        : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
  } else {
    asm volatile(
        "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
        : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
  }
#elif defined(__CUDA_ARCH__)
  __trap();
#else
  const int g = laneOfWarp() / 4, t = laneOfWarp() % 4;
  const auto from = [](uint32_t x, int lane) { return __shfl_sync(0xffffffffu, x, lane); };
  for (int k = 0; k < 4; ++k) {
    uint32_t rows[4];
    for (int i = 0; i < 4; ++i) rows[i] = from(a[i], g * 4 + k);
    for (int n = 0; n < 2; ++n) {
      const uint32_t low = from(b0, (2 * t + n) * 4 + k), high = from(b1, (2 * t + n) * 4 + k);
      for (int i = 0; i < 2; ++i) {
        c[n] += halfOf(rows[0], i) * halfOf(low, i) + halfOf(rows[2], i) * halfOf(high, i);
        c[2 + n] += halfOf(rows[1], i) * halfOf(low, i) + halfOf(rows[3], i) * halfOf(high, i);
      }
    }
  }
#endif
}

// What a warp has of 16 rows and 64 columns: at[j] of columns 8j to 8j + 7, as the sums of multiplyMatrices() lie.
struct Scores {
  float at[8][4];

  // The products of the warp's rows and those of the other tile.
  template <int WIDTH>
  __device__ void products(const Stored* tile, const Stored* others) {
    constexpr int kStep = Layout<WIDTH>::kStep;
    const int lane = laneOfWarp();
    const Stored* rows = tile + (warpOfBlock() * 16 + lane % 16) * kStep + lane / 16 * 8;
    const Stored* columns = others + (lane / 16 * 8 + lane % 8) * kStep + lane / 8 % 2 * 8;
#pragma unroll
    for (int j = 0; j < 8; ++j) {
#pragma unroll
      for (int i = 0; i < 4; ++i) at[j][i] = 0;
    }
#pragma unroll
    for (int k = 0; k < WIDTH; k += 16) {
      uint32_t a[4];
      loadMatrices<false>(a, rows + k);
#pragma unroll
      for (int j = 0; j < 8; j += 2) {
        uint32_t b[4];
        loadMatrices<false>(b, columns + j * 8 * kStep + k);
        multiplyMatrices(at[j], a, b[0], b[1]);
        multiplyMatrices(at[j + 1], a, b[2], b[3]);
      }
    }
  }

  // visit(number, row of the warp (0: g, 1: g + 8), column)
  template <class Visit>
  __device__ void each(Visit visit) {
#pragma unroll
    for (int j = 0; j < 8; ++j) {
#pragma unroll
      for (int i = 0; i < 4; ++i) visit(at[j][i], i / 2, j * 8 + laneOfWarp() % 4 * 2 + i % 2);
    }
  }
};

// Sums of the other tile's rows, with weights from Scores: 16 rows of WIDTH numbers.
template <int WIDTH>
struct RowSums {
  float at[WIDTH / 8][4];

  __device__ void clear() {
#pragma unroll
    for (int n = 0; n < WIDTH / 8; ++n) {
#pragma unroll
      for (int i = 0; i < 4; ++i) at[n][i] = 0;
    }
  }

  __device__ void add(const Scores& weights, const Stored* others) {
    constexpr int kStep = Layout<WIDTH>::kStep;
    const int lane = laneOfWarp();
    const Stored* from = others + (lane / 8 % 2 * 8 + lane % 8) * kStep + lane / 16 * 8;
#pragma unroll
    for (int k = 0; k < TILE / 16; ++k) {
      const float(&low)[4] = weights.at[2 * k];
      const float(&high)[4] = weights.at[2 * k + 1];
      const uint32_t a[4] = {packed(low[0], low[1]), packed(low[2], low[3]), packed(high[0], high[1]),
                             packed(high[2], high[3])};
#pragma unroll
      for (int n = 0; n < WIDTH / 16; ++n) {
        uint32_t b[4];
        loadMatrices<true>(b, from + k * 16 * kStep + n * 16);
        multiplyMatrices(at[2 * n], a, b[0], b[1]);
        multiplyMatrices(at[2 * n + 1], a, b[2], b[3]);
      }
    }
  }

  // To rows [first, count) of `to`, which lie `step` apart; the rows are multiplied by their factors.
  __device__ void store(Stored* to, int64_t step, int64_t first, int64_t count, float factor0, float factor1) const {
    const int64_t row = first + warpOfBlock() * 16 + laneOfWarp() / 4;
#pragma unroll
    for (int n = 0; n < WIDTH / 8; ++n) {
      const int column = n * 8 + laneOfWarp() % 4 * 2;
      if (row < count) {
        *reinterpret_cast<uint32_t*>(to + row * step + column) = packed(at[n][0] * factor0, at[n][1] * factor0);
      }
      if (row + 8 < count) {
        *reinterpret_cast<uint32_t*>(to + (row + 8) * step + column) = packed(at[n][2] * factor1, at[n][3] * factor1);
      }
    }
  }
};

// Over the four lanes that share a row.
template <class Combine>
IBEX_FN float overRow(float x, Combine combine) {
  x = combine(x, __shfl_xor_sync(0xffffffffu, x, 1));
  return combine(x, __shfl_xor_sync(0xffffffffu, x, 2));
}

}  // namespace ibex_device
