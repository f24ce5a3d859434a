// Two axes that change places as the fastest, through tiles in shared memory, after unit.cuh: a warp reads a row of a
// tile along the axis that is contiguous in the source, and writes one along the axis that is contiguous in the
// target, VECTOR units a lane. Macros: ROWS and ROW_FROM, of the axis that is contiguous in the target, its extent
// and stride in the source; COLUMNS and COLUMN_TO, of the other, likewise; RANK, EXTENTS, FROM and TO of the further
// axes.
namespace ibex_device {

#define TILE (32 * VECTOR)

struct TransposeArguments {
  const Unit* from;
  Unit* to;
};

extern "C" __global__ void __launch_bounds__(256) tiledTranspose(TransposeArguments arguments) {
  constexpr int64_t kExtents[] = EXTENTS;
  constexpr int64_t kFrom[] = FROM;
  constexpr int64_t kTo[] = TO;
  constexpr Index kTilesDown = (ROWS + TILE - 1) / TILE;
  constexpr Index kTilesAcross = (COLUMNS + TILE - 1) / TILE;
  __shared__ Unit tile[TILE][TILE + 1];
  Index which = blockIdx.x;
  const int64_t column0 = int64_t(which % kTilesAcross) * TILE;
  which /= kTilesAcross;
  const int64_t row0 = int64_t(which % kTilesDown) * TILE;
  which /= kTilesDown;
  const Unit* from = arguments.from;
  Unit* to = arguments.to;
#pragma unroll
  for (int axis = RANK - 1; axis >= 0; --axis) {
    const int64_t i = which % Index(kExtents[axis]);
    which /= Index(kExtents[axis]);
    from += i * kFrom[axis];
    to += i * kTo[axis];
  }
  const int lane = threadIdx.x % 32 * VECTOR;
#pragma unroll 8
  for (int r = threadIdx.x / 32; r < TILE; r += 8) {
    if (row0 + r < ROWS && column0 + lane < COLUMNS) {
      const Pack<Unit, VECTOR> pack = loadPack<Unit, VECTOR>(from + (row0 + r) * ROW_FROM + column0 + lane);
#pragma unroll
      for (int i = 0; i < VECTOR; ++i) tile[r][lane + i] = pack.at[i];
    }
  }
  __syncthreads();
#pragma unroll 8
  for (int c = threadIdx.x / 32; c < TILE; c += 8) {
    if (column0 + c < COLUMNS && row0 + lane < ROWS) {
      Pack<Unit, VECTOR> pack;
#pragma unroll
      for (int i = 0; i < VECTOR; ++i) pack.at[i] = tile[lane + i][c];
      storePack(to + (column0 + c) * COLUMN_TO + row0 + lane, pack);
    }
  }
}

}  // namespace ibex_device
