// lstm and its gradient by rows. After rnn_cell.cuh and rnn_rows.cuh.
namespace ibex_device {

extern "C" __global__ void __launch_bounds__(THREADS) lstmRows(LstmArguments a) {
  extern __shared__ __align__(32) Value memory[];
  const Place p(a.batch);
  const int column = p.gate * UNITS + p.unit;
  clearVectors(memory, 1);
  Weights weights;
  weights.load(reinterpret_cast<Stored*>(memory + 2 * ROWS * VECTOR_STEP), p.present,
               [&](int k) { return a.u[int64_t(k) * 4 * UNITS + column]; });
  const auto input = [&](int r, int64_t step) {
    if (!p.has(r) || step >= a.steps) return Value(0);
    return loadValue(a.xw, ((p.row + r) * a.steps + timeOf(step, a.steps)) * 4 * UNITS + column);
  };
  Value cell[ROWS], next[ROWS];
#pragma unroll
  for (int r = 0; r < ROWS; ++r) {
    cell[r] = p.has(r) ? loadValue(a.c0, (p.row + r) * UNITS + p.unit) : Value(0);
    if (p.has(r) && p.gate == 0) memory[r * VECTOR_STEP + p.unit] = loadValue(a.h0, (p.row + r) * UNITS + p.unit);
    next[r] = input(r, 0);
  }
  __syncthreads();
  Value* before = memory;
  Value* after = memory + ROWS * VECTOR_STEP;
  for (int64_t step = 0; step < a.steps; ++step) {
    Value x[ROWS], sum[ROWS];
#pragma unroll
    for (int r = 0; r < ROWS; ++r) {
      x[r] = next[r];
      next[r] = input(r, step + 1);  // comes while this step is computed
    }
    weights.multiply(before, VECTOR_STEP, sum);
#pragma unroll
    for (int r = 0; r < ROWS; ++r) {
      const int64_t at = (p.row + r) * a.steps + timeOf(step, a.steps);
      Value gate = x[r] + sum[r];
      gate = p.gate == 2 ? tanh(gate) : sigmoid(gate);
      Value c = multiplyAdd(ofGate(gate, 1), cell[r], ofGate(gate, 0) * ofGate(gate, 2));
      Value h = ofGate(gate, 3) * tanh(c);
      if (!p.has(r)) continue;
      if (skips(a.mask, at)) {
        gate = 0;
        c = cell[r];
        h = before[r * VECTOR_STEP + p.unit];
      }
      cell[r] = c;
      storeValue(a.gates, at * 4 * UNITS + column, gate);
      if (p.gate == 0) {
        after[r * VECTOR_STEP + p.unit] = h;
        storeValue(a.hs, at * UNITS + p.unit, h);
      }
      if (p.gate == 1) storeValue(a.cs, at * UNITS + p.unit, c);
    }
    __syncthreads();
    Value* const swapped = before;
    before = after;
    after = swapped;
  }
}

extern "C" __global__ void __launch_bounds__(THREADS) lstmGradRows(LstmGradArguments a) {
  extern __shared__ __align__(32) Value memory[];
  const Place p(a.batch);
  const int column = p.gate * UNITS + p.unit;
  clearVectors(memory, 4);
  Weights weights;
  weights.load(reinterpret_cast<Stored*>(memory + 2 * ROWS * 4 * VECTOR_STEP), p.present,
               [&](int k) { return a.u[int64_t(p.unit) * 4 * UNITS + p.gate * UNITS + k]; });
  Value carried[ROWS] = {}, cell[ROWS] = {};
  Value* gradients = memory;  // of this step: for each row the four gates' vectors
  Value* others = memory + ROWS * 4 * VECTOR_STEP;
  for (int64_t step = a.steps - 1; step >= 0; --step) {
#pragma unroll
    for (int r = 0; r < ROWS; ++r) {
      const bool has = p.has(r);
      const int64_t n = p.row + r;
      const int64_t at = n * a.steps + timeOf(step, a.steps);
      const int64_t unit = at * UNITS + p.unit;
      const Value gate = has ? loadValue(a.gates, at * 4 * UNITS + column) : Value(0);
      const Value i = ofGate(gate, 0), f = ofGate(gate, 1), g = ofGate(gate, 2), o = ofGate(gate, 3);
      if (!has) continue;
      const Value output = carried[r] + loadValue(a.dhs, unit);
      cell[r] += loadValue(a.dcs, unit);
      Value gradient = 0;
      if (skips(a.mask, at)) {
        carried[r] = output;
      } else {
        const Value before = step == 0 ? loadValue(a.c0, n * UNITS + p.unit)
                                       : loadValue(a.cs, (n * a.steps + timeOf(step - 1, a.steps)) * UNITS + p.unit);
        const LstmCell c(i, f, g, o, before, loadValue(a.cs, unit), output, cell[r]);
        gradient = p.gate == 0 ? c.input() : p.gate == 1 ? c.forget() : p.gate == 2 ? c.candidate() : c.out();
        cell[r] = c.cellBefore();
        carried[r] = 0;
      }
      storeValue(a.dxw, at * 4 * UNITS + column, gradient);
      gradients[(r * 4 + p.gate) * VECTOR_STEP + p.unit] = gradient;
    }
    __syncthreads();
    Value sum[ROWS];
    weights.multiply(gradients + p.gate * VECTOR_STEP, 4 * VECTOR_STEP, sum);
#pragma unroll
    for (int r = 0; r < ROWS; ++r) carried[r] += overGates(sum[r]);
    Value* const swapped = gradients;
    gradients = others;
    others = swapped;
  }
#pragma unroll
  for (int r = 0; r < ROWS; ++r) {
    if (!p.has(r)) continue;
    if (p.gate == 0) storeValue(a.dh0, (p.row + r) * UNITS + p.unit, carried[r]);
    if (p.gate == 1) storeValue(a.dc0, (p.row + r) * UNITS + p.unit, cell[r]);
  }
}

}  // namespace ibex_device
