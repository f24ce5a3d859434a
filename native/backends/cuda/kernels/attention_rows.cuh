// What attention needs where heads are so large that no tile of their rows fits shared memory: a block has one row, and
// meets 128 others at a time. After attention_arguments.cuh.
namespace ibex_device {

#define THREADS 128

template <class Combine>
IBEX_FN Value overWarp(Value x, Combine combine) {
#pragma unroll
  for (int distance = 16; distance > 0; distance /= 2) x = combine(x, __shfl_xor_sync(0xffffffffu, x, distance));
  return x;
}

// For all threads of the block.
template <class Combine>
IBEX_FN Value overBlock(Value x, Combine combine) {
  __shared__ Value parts[THREADS / 32];
  x = overWarp(x, combine);
  __syncthreads();
  if (threadIdx.x % 32 == 0) parts[threadIdx.x / 32] = x;
  __syncthreads();
  return combine(combine(parts[0], parts[1]), combine(parts[2], parts[3]));
}

IBEX_FN Value product(const Stored* a, const Stored* b, int width) {
  Value sum = 0;
  for (int i = threadIdx.x % 32; i < width; i += 32) {
    sum = multiplyAdd(Element<Stored, Value>::load(a[i]), Element<Stored, Value>::load(b[i]), sum);
  }
  return overWarp(sum, [](Value x, Value y) { return x + y; });
}

// Calls visit(j) with a warp for each j < THREADS.
template <class Visit>
IBEX_FN void eachByWarp(Visit visit) {
  for (int j = threadIdx.x / 32; j < THREADS; j += THREADS / 32) visit(j);
}

// sums[i] = sums[i] * factor + the sum over j < count of weights[j] * rows[j][i], for i < width. Each thread has its own i.
IBEX_FN void addRows(Value* sums, int width, Value factor, const Value* weights, const Stored* rows, int64_t step, int64_t count) {
  for (int i = threadIdx.x; i < width; i += THREADS) {
    Value sum = sums[i] * factor;
    for (int64_t j = 0; j < count; ++j) sum = multiplyAdd(weights[j], Element<Stored, Value>::load(rows[j * step + i]), sum);
    sums[i] = sum;
  }
}

IBEX_FN void clearRow(Value* sums, int width) {
  for (int i = threadIdx.x; i < width; i += THREADS) sums[i] = 0;
}
IBEX_FN void storeRow(Stored* to, const Value* sums, int width, Value factor) {
  for (int i = threadIdx.x; i < width; i += THREADS) to[i] = Element<Stored, Value>::store(sums[i] * factor);
}

// How many of THREADS rows from `first` on there are.
IBEX_FN int64_t countOf(int64_t first, int64_t all) { return all - first < THREADS ? all - first : THREADS; }

}  // namespace ibex_device
