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
    bool skipped[ROWS];
#pragma unroll
    for (int r = 0; r < ROWS; ++r) {
      x[r] = next[r];
      next[r] = input(r, step + 1);  // comes while this step is computed
      skipped[r] = p.has(r) && skips(a.mask, (p.row + r) * a.steps + timeOf(step, a.steps));
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
      if (skipped[r]) {
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
  struct Read {
    Value gate, output, cell, before;  // gradients at the output and the cell; the cell of the step before
    bool skipped;
  };
  const auto read = [&](int r, int64_t step) {
    if (!p.has(r) || step < 0) return Read{};
    const int64_t n = p.row + r, at = n * a.steps + timeOf(step, a.steps), unit = at * UNITS + p.unit;
    const Value before = step == 0 ? loadValue(a.c0, n * UNITS + p.unit)
                                   : loadValue(a.cs, (n * a.steps + timeOf(step - 1, a.steps)) * UNITS + p.unit);
    return Read{loadValue(a.gates, at * 4 * UNITS + column), loadValue(a.dhs, unit), loadValue(a.dcs, unit), before,
                skips(a.mask, at)};
  };
  Value carried[ROWS] = {}, cell[ROWS] = {};  // gradients
  Value here[ROWS] = {};                      // the cell of this step
  Read next[ROWS];
#pragma unroll
  for (int r = 0; r < ROWS; ++r) {
    next[r] = read(r, a.steps - 1);
    if (p.has(r) && a.steps > 0) {
      here[r] = loadValue(a.cs, ((p.row + r) * a.steps + timeOf(a.steps - 1, a.steps)) * UNITS + p.unit);
    }
  }
  Value* gradients = memory;  // of this step: for each row the four gates' vectors
  Value* others = memory + ROWS * 4 * VECTOR_STEP;
  for (int64_t step = a.steps - 1; step >= 0; --step) {
#pragma unroll
    for (int r = 0; r < ROWS; ++r) {
      const Read now = next[r];
      next[r] = read(r, step - 1);  // comes while this step is computed
      const int64_t at = (p.row + r) * a.steps + timeOf(step, a.steps);
      const Value i = ofGate(now.gate, 0), f = ofGate(now.gate, 1), g = ofGate(now.gate, 2), o = ofGate(now.gate, 3);
      if (!p.has(r)) continue;
      const Value output = carried[r] + now.output;
      cell[r] += now.cell;
      Value gradient = 0;
      if (now.skipped) {
        carried[r] = output;
      } else {
        const LstmCell c(i, f, g, o, now.before, here[r], output, cell[r]);
        gradient = p.gate == 0 ? c.input() : p.gate == 1 ? c.forget() : p.gate == 2 ? c.candidate() : c.out();
        cell[r] = c.cellBefore();
        carried[r] = 0;
      }
      here[r] = now.before;
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
