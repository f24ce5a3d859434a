// Sums down columns: partial ones of blocks of rows, and those added up. After vectors.cuh and column_block.cuh. Macro
// RESULT: the type that sums are stored in at the end.
namespace ibex_device {

typedef RESULT Result;

struct ColumnSumsArguments {
  const Stored* x;
  Value* partial;  // for each part two rows, the second for the kernels that make two sums
  int64_t rows;
  int64_t columns;
  int64_t rowsOfBlock;
};

// dbeta and dgamma of layer_norm: sums of dy, and of dy * (x - mean) * rstd.
struct LayerNormSumsArguments {
  const Stored* dy;
  const Stored* x;
  const Value* mean;
  const Value* rstd;
  Value* partial;
  int64_t rows;
  int64_t columns;
  int64_t rowsOfBlock;
};

struct MergeSumsArguments {
  const Value* partial;
  Result* first;
  Result* second;  // or null
  int64_t columns;
  int64_t parts;
};

IBEX_FN void writePartial(Value* partial, const ColumnSpan& span, int64_t columns, const Value* first, const Value* second) {
  if (threadIdx.y != 0 || span.column >= columns) return;
  Value* to = partial + 2 * blockIdx.y * columns + span.column;
#pragma unroll
  for (int i = 0; i < VECTOR; ++i) {
    to[i] = first[i];
    to[columns + i] = second[i];
  }
}

extern "C" __global__ void __launch_bounds__(256) columnSums(ColumnSumsArguments a) {
  const ColumnSpan span = columnSpan(a.rows, a.columns, a.rowsOfBlock);
  Value sum[VECTOR] = {}, none[VECTOR] = {};
#pragma unroll 4
  for (int64_t row = span.begin; row < span.end; row += ROW_LANES) {
    Value x[VECTOR];
    readVector(a.x + row * a.columns + span.column, x);
#pragma unroll
    for (int i = 0; i < VECTOR; ++i) sum[i] += x[i];
  }
  addRows(sum, none);
  writePartial(a.partial, span, a.columns, sum, none);
}

extern "C" __global__ void __launch_bounds__(256) layerNormGradSums(LayerNormSumsArguments a) {
  const ColumnSpan span = columnSpan(a.rows, a.columns, a.rowsOfBlock);
  Value sum[VECTOR] = {}, products[VECTOR] = {};
#pragma unroll 4
  for (int64_t row = span.begin; row < span.end; row += ROW_LANES) {
    const int64_t at = row * a.columns + span.column;
    const Value mean = a.mean[row], rstd = a.rstd[row];
    Value dy[VECTOR], x[VECTOR];
    readVector(a.dy + at, dy);
    readVector(a.x + at, x);
#pragma unroll
    for (int i = 0; i < VECTOR; ++i) {
      sum[i] += dy[i];
      products[i] = multiplyAdd(dy[i], (x[i] - mean) * rstd, products[i]);
    }
  }
  addRows(sum, products);
  writePartial(a.partial, span, a.columns, sum, products);
}

extern "C" __global__ void __launch_bounds__(256) mergeColumnSums(MergeSumsArguments a) {
  const int64_t wanted = int64_t(blockIdx.x) * 32 + threadIdx.x;
  const int64_t column = wanted < a.columns ? wanted : a.columns - 1;
  const auto sumOf = [&](int which) {
    return addParts(a.parts, [&](int64_t part) { return double(a.partial[(2 * part + which) * a.columns + column]); });
  };
  const double first = sumOf(0);
  const double second = a.second == nullptr ? 0 : sumOf(1);
  if (threadIdx.y != 0 || wanted >= a.columns) return;
  a.first[column] = Element<Result, Value>::store(Value(first));
  if (a.second != nullptr) a.second[column] = Element<Result, Value>::store(Value(second));
}

}  // namespace ibex_device
