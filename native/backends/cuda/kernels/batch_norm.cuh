// batch_norm and its gradient over x[rows, channels]: partial statistics of blocks of rows, one block that merges them per
// 32 channels, then the result. After vectors.cuh and column_block.cuh.
namespace ibex_device {

struct BatchNormArguments {
  const Stored* x;
  const Value* gamma;
  const Value* beta;
  Stored* y;
  Value* mean;
  Value* variance;
  Value* partial;  // for each part: means, then sums of squares around them
  Value* scale;
  int64_t rows;
  int64_t channels;
  int64_t rowsOfBlock;
  int64_t parts;
  double epsilon;
};

struct BatchNormGradArguments {
  const Stored* dy;
  const Stored* x;
  const Value* gamma;
  const Value* mean;
  const Value* variance;
  Stored* dx;
  Value* dgamma;
  Value* dbeta;
  Value* partial;  // for each part: sums of dy, then of dy * (x - mean)
  Value* factors;  // scale, slope and offset of each channel
  int64_t rows;
  int64_t channels;
  int64_t rowsOfBlock;
  int64_t parts;
  double epsilon;
};

// Means and sums of squares around them, of `count` numbers, with those of others.
struct Spread {
  Value mean[VECTOR];
  Value squares[VECTOR];
  Value count;

  __device__ void join(const Value* otherMean, const Value* otherSquares, Value otherCount) {
    if (otherCount == 0) return;
    const Value share = otherCount / (count + otherCount);
    const Value weight = count * share;
    count += otherCount;
#pragma unroll
    for (int i = 0; i < VECTOR; ++i) {
      const Value d = otherMean[i] - mean[i];
      mean[i] = multiplyAdd(d, share, mean[i]);
      squares[i] += multiplyAdd(d * d, weight, otherSquares[i]);
    }
  }
};

// Rows that a thread reads before it goes on: what it has to wait for is then on its way together.
#define AT_ONCE (VECTOR > 4 ? 2 : 4)

extern "C" __global__ void __launch_bounds__(256) batchNormStatistics(BatchNormArguments a) {
  const ColumnSpan span = columnSpan(a.rows, a.channels, a.rowsOfBlock);
  Spread all = {};
  for (int64_t row = span.begin; row < span.end; row += AT_ONCE * ROW_LANES) {
    Value x[AT_ONCE][VECTOR] = {};
    int count = 0;
#pragma unroll
    for (int r = 0; r < AT_ONCE; ++r) {
      if (row + r * ROW_LANES >= span.end) continue;
      readVector(a.x + (row + r * ROW_LANES) * a.channels + span.column, x[r]);
      ++count;
    }
    Value mean[VECTOR], squares[VECTOR];
#pragma unroll
    for (int i = 0; i < VECTOR; ++i) {
      Value sum = 0;
#pragma unroll
      for (int r = 0; r < AT_ONCE; ++r) sum += x[r][i];
      mean[i] = sum / Value(count);
      squares[i] = 0;
#pragma unroll
      for (int r = 0; r < AT_ONCE; ++r) {
        const Value d = r < count ? x[r][i] - mean[i] : Value(0);
        squares[i] = multiplyAdd(d, d, squares[i]);
      }
    }
    all.join(mean, squares, Value(count));
  }

  __shared__ Value means[ROW_LANES][LANES * VECTOR];
  __shared__ Value squares[ROW_LANES][LANES * VECTOR];
  __shared__ Value counts[ROW_LANES][LANES];
  const int column = threadIdx.x * VECTOR;
  for (int step = ROW_LANES / 2; step > 0; step /= 2) {
    if (threadIdx.y >= step && threadIdx.y < 2 * step) {
#pragma unroll
      for (int i = 0; i < VECTOR; ++i) {
        means[threadIdx.y][column + i] = all.mean[i];
        squares[threadIdx.y][column + i] = all.squares[i];
      }
      counts[threadIdx.y][threadIdx.x] = all.count;
    }
    __syncthreads();
    if (threadIdx.y < step) {
      const int other = threadIdx.y + step;
      all.join(&means[other][column], &squares[other][column], counts[other][threadIdx.x]);
    }
  }
  if (threadIdx.y != 0 || span.column >= a.channels) return;
  Value* partial = a.partial + 2 * blockIdx.y * a.channels + span.column;
#pragma unroll
  for (int i = 0; i < VECTOR; ++i) {
    partial[i] = all.mean[i];
    partial[a.channels + i] = all.squares[i];
  }
}

extern "C" __global__ void __launch_bounds__(256) batchNormMerge(BatchNormArguments a) {
  const int64_t wanted = int64_t(blockIdx.x) * 32 + threadIdx.x;
  const int64_t channel = wanted < a.channels ? wanted : a.channels - 1;
  const auto rowsOf = [&](int64_t part) {
    const int64_t left = a.rows - part * a.rowsOfBlock;
    return double(left < a.rowsOfBlock ? left : a.rowsOfBlock);
  };
  const auto partial = [&](int64_t part, int which) { return double(a.partial[(2 * part + which) * a.channels + channel]); };
  const double rows = a.rows > 0 ? double(a.rows) : 1;
  const double mean = addParts(a.parts, [&](int64_t part) { return partial(part, 0) * rowsOf(part); }) / rows;
  const double squares = addParts(a.parts, [&](int64_t part) {
    const double d = partial(part, 0) - mean;
    return partial(part, 1) + d * d * rowsOf(part);
  });
  if (threadIdx.y != 0 || wanted >= a.channels) return;
  const Value variance = Value(squares / rows);
  a.mean[channel] = Value(mean);
  a.variance[channel] = variance;
  a.scale[channel] = Value(double(a.gamma[channel]) / sqrt(double(variance) + a.epsilon));
}

extern "C" __global__ void __launch_bounds__(256) batchNormApply(BatchNormArguments a) {
  const ColumnSpan span = columnSpan(a.rows, a.channels, a.rowsOfBlock);
  if (span.begin >= span.end) return;
  Value mean[VECTOR], scale[VECTOR], shift[VECTOR];
#pragma unroll
  for (int i = 0; i < VECTOR; ++i) {
    mean[i] = a.mean[span.column + i];
    scale[i] = a.scale[span.column + i];
    shift[i] = a.beta[span.column + i];
  }
  for (int64_t row = span.begin; row < span.end; row += AT_ONCE * ROW_LANES) {
    Value x[AT_ONCE][VECTOR];
#pragma unroll
    for (int r = 0; r < AT_ONCE; ++r) {
      const int64_t at = row + r * ROW_LANES;
      if (at < span.end) readVector(a.x + at * a.channels + span.column, x[r]);
    }
#pragma unroll
    for (int r = 0; r < AT_ONCE; ++r) {
      const int64_t at = row + r * ROW_LANES;
      if (at >= span.end) continue;
#pragma unroll
      for (int i = 0; i < VECTOR; ++i) x[r][i] = multiplyAdd(x[r][i] - mean[i], scale[i], shift[i]);
      writeVector(a.y + at * a.channels + span.column, x[r]);
    }
  }
}

extern "C" __global__ void __launch_bounds__(256) batchNormGradSums(BatchNormGradArguments a) {
  const ColumnSpan span = columnSpan(a.rows, a.channels, a.rowsOfBlock);
  Value sum[VECTOR] = {}, products[VECTOR] = {}, mean[VECTOR] = {};
#pragma unroll
  for (int i = 0; i < VECTOR; ++i) {
    if (span.column < a.channels) mean[i] = a.mean[span.column + i];
  }
#pragma unroll 4
  for (int64_t row = span.begin; row < span.end; row += ROW_LANES) {
    const int64_t at = row * a.channels + span.column;
    Value dy[VECTOR], x[VECTOR];
    readVector(a.dy + at, dy);
    readVector(a.x + at, x);
#pragma unroll
    for (int i = 0; i < VECTOR; ++i) {
      sum[i] += dy[i];
      products[i] = multiplyAdd(dy[i], x[i] - mean[i], products[i]);
    }
  }
  addRows(sum, products);
  if (threadIdx.y != 0 || span.column >= a.channels) return;
  Value* partial = a.partial + 2 * blockIdx.y * a.channels + span.column;
#pragma unroll
  for (int i = 0; i < VECTOR; ++i) {
    partial[i] = sum[i];
    partial[a.channels + i] = products[i];
  }
}

extern "C" __global__ void __launch_bounds__(256) batchNormGradMerge(BatchNormGradArguments a) {
  const int64_t wanted = int64_t(blockIdx.x) * 32 + threadIdx.x;
  const int64_t channel = wanted < a.channels ? wanted : a.channels - 1;
  const auto sumOf = [&](int which) {
    return addParts(a.parts, [&](int64_t part) { return double(a.partial[(2 * part + which) * a.channels + channel]); });
  };
  const double sum = sumOf(0);
  const double products = sumOf(1);
  if (threadIdx.y != 0 || wanted >= a.channels) return;
  const double rows = a.rows > 0 ? double(a.rows) : 1;
  const double rstd = 1 / sqrt(double(a.variance[channel]) + a.epsilon);
  const double factor = double(a.gamma[channel]) * rstd;
  a.dbeta[channel] = Value(sum);
  a.dgamma[channel] = Value(products * rstd);
  a.factors[channel] = Value(factor);
  a.factors[a.channels + channel] = Value(factor * rstd * rstd * products / rows);
  a.factors[2 * a.channels + channel] = Value(factor * sum / rows);
}

extern "C" __global__ void __launch_bounds__(256) batchNormGradApply(BatchNormGradArguments a) {
  const ColumnSpan span = columnSpan(a.rows, a.channels, a.rowsOfBlock);
  if (span.begin >= span.end) return;
  Value mean[VECTOR], scale[VECTOR], slope[VECTOR], offset[VECTOR];
#pragma unroll
  for (int i = 0; i < VECTOR; ++i) {
    mean[i] = a.mean[span.column + i];
    scale[i] = a.factors[span.column + i];
    slope[i] = a.factors[a.channels + span.column + i];
    offset[i] = a.factors[2 * a.channels + span.column + i];
  }
  for (int64_t row = span.begin; row < span.end; row += AT_ONCE * ROW_LANES) {
    Value dy[AT_ONCE][VECTOR], x[AT_ONCE][VECTOR];
#pragma unroll
    for (int r = 0; r < AT_ONCE; ++r) {
      const int64_t at = row + r * ROW_LANES;
      if (at >= span.end) continue;
      readVector(a.dy + at * a.channels + span.column, dy[r]);
      readVector(a.x + at * a.channels + span.column, x[r]);
    }
#pragma unroll
    for (int r = 0; r < AT_ONCE; ++r) {
      const int64_t at = row + r * ROW_LANES;
      if (at >= span.end) continue;
#pragma unroll
      for (int i = 0; i < VECTOR; ++i) dy[r][i] = dy[r][i] * scale[i] - (x[r][i] - mean[i]) * slope[i] - offset[i];
      writeVector(a.dx + at * a.channels + span.column, dy[r]);
    }
  }
}

}  // namespace ibex_device
