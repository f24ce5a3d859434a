// gru and its gradient by rows: of the four threads of a unit the fourth has no gate. After rnn_cell.cuh and rnn_rows.cuh.
namespace ibex_device {

extern "C" __global__ void __launch_bounds__(THREADS) gruRows(GruArguments a) {
  extern __shared__ __align__(32) Value memory[];
  const Place p(a.batch);
  const bool gated = p.present && p.gate < 3;
  const int column = p.gate * UNITS + p.unit;
  clearVectors(memory, 1);
  Weights weights;
  weights.load(reinterpret_cast<Stored*>(memory + 2 * ROWS * VECTOR_STEP), gated,
               [&](int k) { return a.u[int64_t(k) * 3 * UNITS + column]; });
  const Value bias = gated ? loadValue(a.bias, column) : Value(0);
  const auto input = [&](int r, int64_t step) {
    if (!gated || !p.has(r) || step >= a.steps) return Value(0);
    return loadValue(a.xw, ((p.row + r) * a.steps + timeOf(step, a.steps)) * 3 * UNITS + column);
  };
  Value next[ROWS];
#pragma unroll
  for (int r = 0; r < ROWS; ++r) {
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
      next[r] = input(r, step + 1);
    }
    weights.multiply(before, VECTOR_STEP, sum);
#pragma unroll
    for (int r = 0; r < ROWS; ++r) {
      const int64_t at = (p.row + r) * a.steps + timeOf(step, a.steps);
      const Value recurrent = bias + sum[r];
      const Value gate = sigmoid(x[r] + recurrent);
      const Value z = ofGate(gate, 0), reset = ofGate(gate, 1), part = ofGate(recurrent, 2);
      const Value hh = tanh(multiplyAdd(reset, part, ofGate(x[r], 2)));
      if (!p.has(r)) continue;
      const Value last = before[r * VECTOR_STEP + p.unit];
      const bool skipped = skips(a.mask, at);
      const Value saved = p.gate == 0 ? z : p.gate == 1 ? reset : p.gate == 2 ? hh : part;
      storeValue(a.gates, at * 4 * UNITS + column, skipped ? Value(0) : saved);
      if (p.gate != 0) continue;
      const Value h = skipped ? last : z * last + (1 - z) * hh;
      after[r * VECTOR_STEP + p.unit] = h;
      storeValue(a.hs, at * UNITS + p.unit, h);
    }
    __syncthreads();
    Value* const swapped = before;
    before = after;
    after = swapped;
  }
}

extern "C" __global__ void __launch_bounds__(THREADS) gruGradRows(GruGradArguments a) {
  extern __shared__ __align__(32) Value memory[];
  const Place p(a.batch);
  const bool gated = p.present && p.gate < 3;
  const int column = p.gate * UNITS + p.unit;
  clearVectors(memory, 4);
  Weights weights;
  weights.load(reinterpret_cast<Stored*>(memory + 2 * ROWS * 4 * VECTOR_STEP), gated,
               [&](int k) { return a.u[int64_t(p.unit) * 3 * UNITS + p.gate * UNITS + k]; });
  Value carried[ROWS] = {};
  Value* gradients = memory;
  Value* others = memory + ROWS * 4 * VECTOR_STEP;
  for (int64_t step = a.steps - 1; step >= 0; --step) {
#pragma unroll
    for (int r = 0; r < ROWS; ++r) {
      const bool has = p.has(r);
      const int64_t n = p.row + r;
      const int64_t at = n * a.steps + timeOf(step, a.steps);
      const Value gate = has ? loadValue(a.gates, at * 4 * UNITS + column) : Value(0);
      const Value z = ofGate(gate, 0), reset = ofGate(gate, 1), hh = ofGate(gate, 2), part = ofGate(gate, 3);
      if (!has) continue;
      const Value output = carried[r] + loadValue(a.dhs, at * UNITS + p.unit);
      Value outer = 0, inner = 0;
      if (skips(a.mask, at)) {
        carried[r] = output;
      } else {
        const Value before = step == 0 ? loadValue(a.h0, n * UNITS + p.unit)
                                       : loadValue(a.hs, (n * a.steps + timeOf(step - 1, a.steps)) * UNITS + p.unit);
        const GruCell c(z, reset, hh, part, before, output);
        outer = p.gate == 0 ? c.update : p.gate == 1 ? c.reset : c.candidate;
        inner = p.gate == 2 ? c.inner : outer;
        carried[r] = c.outputBefore;
      }
      if (p.gate == 3) continue;
      storeValue(a.dxw, at * 3 * UNITS + column, outer);
      storeValue(a.dru, at * 3 * UNITS + column, inner);
      gradients[(r * 4 + p.gate) * VECTOR_STEP + p.unit] = inner;
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
    if (p.has(r) && p.gate == 0) storeValue(a.dh0, (p.row + r) * UNITS + p.unit, carried[r]);
  }
}

}  // namespace ibex_device
