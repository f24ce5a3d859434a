// Rows of numbers, each shared by GROUP threads: by lanes of a warp, or by a whole block. Comes before the text of kernels
// over rows, after vectors.cuh. Macros: GROUP (a power of two up to 1024), and ITEMS: a thread keeps that many vectors of
// its row in registers, or 0, where rows are too long for that and are read again. Columns are a multiple of VECTOR.
namespace ibex_device {

#define KEPT (ITEMS > 0 ? ITEMS * VECTOR : VECTOR)
#define ROW_THREADS (GROUP > 32 ? GROUP : 128)

// A number for each of two sums that are made together.
struct Two {
  Value a;
  Value b;
};

IBEX_FN Value fromLane(Value x, int distance) { return __shfl_xor_sync(0xffffffffu, x, distance); }
IBEX_FN Two fromLane(Two x, int distance) { return {fromLane(x.a, distance), fromLane(x.b, distance)}; }

IBEX_FN Value larger(Value a, Value b) { return a > b ? a : b; }  // NaN counts as the other
IBEX_FN Value sumOf(Value a, Value b) { return a + b; }
IBEX_FN Two sumOf(Two a, Two b) { return {a.a + b.a, a.b + b.b}; }

// Of the values of the threads of a group, for all of them, in the same order each time. All threads of the block come.
template <class T, class Combine>
IBEX_FN T groupReduce(T value, Combine combine) {
#pragma unroll
  for (int distance = (GROUP < 32 ? GROUP : 32) / 2; distance > 0; distance /= 2) {
    value = combine(value, fromLane(value, distance));
  }
#if GROUP > 32
  __shared__ T parts[GROUP / 32];
  __syncthreads();  // what the reduction before left there has been read
  if (threadIdx.x % 32 == 0) parts[threadIdx.x / 32] = value;
  __syncthreads();
  value = parts[0];
  for (int i = 1; i < GROUP / 32; ++i) value = combine(value, parts[i]);
#endif
  return value;
}

template <class T>
IBEX_FN T groupSum(T value) {
  return groupReduce(value, [](T a, T b) { return sumOf(a, b); });
}

IBEX_FN int64_t groupRow() { return int64_t(blockIdx.x) * (blockDim.x / GROUP) + threadIdx.x / GROUP; }
IBEX_FN int groupLane() { return threadIdx.x % GROUP; }

// Calls visit(column, place) for each vector of the row that this thread takes; `place`: where its registers begin. A row
// that is not there has no columns.
template <class Visit>
IBEX_FN void eachVector(int64_t columns, Visit visit) {
#if ITEMS > 0
#pragma unroll
  for (int item = 0; item < ITEMS; ++item) {
    const int column = (item * GROUP + groupLane()) * VECTOR;
    if (column < columns) visit(column, item * VECTOR);
  }
#else
  for (int64_t column = groupLane() * VECTOR; column < columns; column += GROUP * VECTOR) visit(column, 0);
#endif
}

// Once more, where the registers do not hold it.
IBEX_FN void readAgain(const Stored* from, Value* to) {
#if ITEMS == 0
  readVector(from, to);
#endif
}
}  // namespace ibex_device
