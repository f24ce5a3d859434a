// Recurrent layers whose weights fit a multiprocessor: a block takes some rows of the batch through all steps, four threads
// for each unit, one for each gate. The weights lie in registers, and what does not fit there in shared memory. After
// rnn_cell.cuh. Macros: ROWS (of a block), KEPT (weights of a thread in registers, a multiple of 4).
namespace ibex_device {

#define PADDED ((UNITS + 3) / 4 * 4)
#define THREADS ((4 * UNITS + 31) / 32 * 32)
// Between the vectors that the four threads of a unit read: 4 more than a multiple of the 32 banks.
#define VECTOR_STEP (PADDED + (36 - PADDED % 32) % 32)

// The weights of a thread, by which it multiplies a vector of UNITS numbers. Those behind UNITS are zeros.
struct Weights {
  Value kept[KEPT > 0 ? KEPT : 1];
  Stored* shared;  // [PADDED - KEPT][THREADS]

  // weight(k): the k-th.
  template <class Weight>
  __device__ void load(Stored* memory, bool present, Weight weight) {
    shared = memory + threadIdx.x;
#pragma unroll
    for (int k = 0; k < KEPT; ++k) kept[k] = present && k < UNITS ? Element<Stored, Value>::load(weight(k)) : Value(0);
    for (int k = KEPT; k < PADDED; ++k) {
      shared[(k - KEPT) * THREADS] = present && k < UNITS ? weight(k) : Element<Stored, Value>::store(Value(0));
    }
  }

  // sum[r]: the product with the vector of row r. Vectors lie `rowStep` apart.
  __device__ void multiply(const Value* vectors, int rowStep, Value* sum) const {
    Value part[ROWS][4] = {};
#pragma unroll
    for (int k = 0; k < KEPT; k += 4) {
#pragma unroll
      for (int r = 0; r < ROWS; ++r) {
        const Pack<Value, 4> x = loadPack<Value, 4>(vectors + r * rowStep + k);
#pragma unroll
        for (int i = 0; i < 4; ++i) part[r][i] = multiplyAdd(x.at[i], kept[k + i], part[r][i]);
      }
    }
#pragma unroll 4
    for (int k = KEPT; k < PADDED; k += 4) {
      Value weight[4];
#pragma unroll
      for (int i = 0; i < 4; ++i) weight[i] = Element<Stored, Value>::load(shared[(k - KEPT + i) * THREADS]);
#pragma unroll
      for (int r = 0; r < ROWS; ++r) {
        const Pack<Value, 4> x = loadPack<Value, 4>(vectors + r * rowStep + k);
#pragma unroll
        for (int i = 0; i < 4; ++i) part[r][i] = multiplyAdd(x.at[i], weight[i], part[r][i]);
      }
    }
#pragma unroll
    for (int r = 0; r < ROWS; ++r) sum[r] = (part[r][0] + part[r][1]) + (part[r][2] + part[r][3]);
  }
};

// A value of one of the four threads of a unit.
IBEX_FN Value ofGate(Value x, int gate) { return __shfl_sync(0xffffffffu, x, gate, 4); }
IBEX_FN Value overGates(Value x) {
  x += __shfl_xor_sync(0xffffffffu, x, 1, 4);
  return x + __shfl_xor_sync(0xffffffffu, x, 2, 4);
}

// Who a thread is.
struct Place {
  int unit;
  int gate;
  bool present;    // is there such a unit
  int64_t row;     // the block's first
  int64_t batch;

  __device__ explicit Place(int64_t batch)
      : unit(threadIdx.x / 4), gate(threadIdx.x % 4), present(unit < UNITS), row(int64_t(blockIdx.x) * ROWS),
        batch(batch) {}
  __device__ bool has(int r) const { return present && row + r < batch; }
};

// Two copies of ROWS * vectors vectors at the beginning of shared memory, zeros behind UNITS in each; then the weights.
IBEX_FN void clearVectors(Value* vectors, int count) {
  for (int i = threadIdx.x; i < 2 * ROWS * count * VECTOR_STEP; i += THREADS) vectors[i] = Value(0);
  __syncthreads();
}

}  // namespace ibex_device
