// Matrix products. After tile_product.cuh, with LEFT_ROW, LEFT_COLUMN, RIGHT_ROW and RIGHT_COLUMN: elements to the next row
// and column of each operand; MATRICES of the batch.
namespace ibex_device {

struct MatmulArguments {
  const Stored* left;
  const Stored* right;
  const int64_t* offsets;  // of each matrix of the batch in both; null where there is one
  Epilogue epilogue;
};

constexpr Index kResultSize = Index(MATRICES) * Index(ROWS) * Index(COLUMNS);

extern "C" __global__ void __launch_bounds__(TILE_THREADS) matmul(MatmulArguments m) {
  const Index matrix = matrixOfBlock();
  const Stored* a = m.left + (m.offsets == nullptr ? 0 : m.offsets[2 * matrix]);
  const Stored* b = m.right + (m.offsets == nullptr ? 0 : m.offsets[2 * matrix + 1]);
  tileProduct([=](Index row, Index k) { return load(a, row * Index(LEFT_ROW) + k * Index(LEFT_COLUMN)); },
              [=](Index k, Index column) { return load(b, k * Index(RIGHT_ROW) + column * Index(RIGHT_COLUMN)); },
              [&](Index row, Index column, Value sum) {
                storeOrKeep(m.epilogue, sum, (matrix * Index(ROWS) + row) * Index(COLUMNS) + column, column, kResultSize);
              });
}

extern "C" __global__ void __launch_bounds__(TILE_THREADS) matmulParts(MatmulArguments m) {
  combineParts(m.epilogue, kResultSize, Index(COLUMNS));
}

}  // namespace ibex_device
