// layer_norm over rows, and dx of its gradient. After vectors.cuh and row_group.cuh.
namespace ibex_device {

struct LayerNormArguments {
  const Stored* x;
  const Value* gamma;
  const Value* beta;
  Stored* y;
  Value* mean;
  Value* rstd;
  int64_t rows;
  int64_t columns;
  double epsilon;
};

struct LayerNormGradArguments {
  const Stored* dy;
  const Stored* x;
  const Value* gamma;
  const Value* mean;
  const Value* rstd;
  Stored* dx;
  int64_t rows;
  int64_t columns;
};

extern "C" __global__ void __launch_bounds__(ROW_THREADS) layerNorm(LayerNormArguments a) {
  const int64_t row = groupRow();
  const int64_t columns = row < a.rows ? a.columns : 0;
  const Stored* x = a.x + row * a.columns;
  const Value count = Value(a.columns > 0 ? a.columns : 1);
  Value kept[KEPT];
  Value sum = 0;
  eachVector(columns, [&](int64_t column, int place) {
    readVector(x + column, kept + place);
    for (int i = 0; i < VECTOR; ++i) sum += kept[place + i];
  });
  const Value mean = groupSum(sum) / count;
  Value squares = 0;
  eachVector(columns, [&](int64_t column, int place) {
    readAgain(x + column, kept + place);
    for (int i = 0; i < VECTOR; ++i) squares = multiplyAdd(kept[place + i] - mean, kept[place + i] - mean, squares);
  });
  const Value rstd = Value(1) / sqrt(groupSum(squares) / count + Value(a.epsilon));
  eachVector(columns, [&](int64_t column, int place) {
    readAgain(x + column, kept + place);
    const Pack<Value, VECTOR> gamma = loadPack<Value, VECTOR>(a.gamma + column);
    const Pack<Value, VECTOR> beta = loadPack<Value, VECTOR>(a.beta + column);
    for (int i = 0; i < VECTOR; ++i) {
      kept[place + i] = multiplyAdd((kept[place + i] - mean) * rstd, gamma.at[i], beta.at[i]);
    }
    writeVector(a.y + row * a.columns + column, kept + place);
  });
  if (row >= a.rows || groupLane() != 0) return;
  a.mean[row] = mean;
  a.rstd[row] = rstd;
}

extern "C" __global__ void __launch_bounds__(ROW_THREADS) layerNormGrad(LayerNormGradArguments a) {
  const int64_t row = groupRow();
  const bool present = row < a.rows;
  const int64_t columns = present ? a.columns : 0;
  const int64_t start = row * a.columns;
  const Value mean = present ? a.mean[row] : Value(0);
  const Value rstd = present ? a.rstd[row] : Value(0);
  Value dy[KEPT], x[KEPT];
  Two sums = {0, 0};
  eachVector(columns, [&](int64_t column, int place) {
    readVector(a.dy + start + column, dy + place);
    readVector(a.x + start + column, x + place);
    const Pack<Value, VECTOR> gamma = loadPack<Value, VECTOR>(a.gamma + column);
    for (int i = 0; i < VECTOR; ++i) {
      const Value scaled = dy[place + i] * gamma.at[i];
      sums.a += scaled;
      sums.b = multiplyAdd(scaled, x[place + i] - mean, sums.b);
    }
  });
  sums = groupSum(sums);
  const Value offset = sums.a / Value(a.columns);
  const Value slope = sums.b * rstd * rstd / Value(a.columns);
  eachVector(columns, [&](int64_t column, int place) {
    readAgain(a.dy + start + column, dy + place);
    readAgain(a.x + start + column, x + place);
    const Pack<Value, VECTOR> gamma = loadPack<Value, VECTOR>(a.gamma + column);
    for (int i = 0; i < VECTOR; ++i) {
      dy[place + i] = rstd * (dy[place + i] * gamma.at[i] - offset - (x[place + i] - mean) * slope);
    }
    writeVector(a.dx + start + column, dy + place);
  });
}

}  // namespace ibex_device
