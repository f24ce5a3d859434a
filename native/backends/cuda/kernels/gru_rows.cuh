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
      const Value recurrent = bias + sum[r];
      const Value gate = sigmoid(x[r] + recurrent);
      const Value z = ofGate(gate, 0), reset = ofGate(gate, 1), part = ofGate(recurrent, 2);
      const Value hh = tanh(multiplyAdd(reset, part, ofGate(x[r], 2)));
      if (!p.has(r)) continue;
      const Value last = before[r * VECTOR_STEP + p.unit];
      const Value saved = p.gate == 0 ? z : p.gate == 1 ? reset : p.gate == 2 ? hh : part;
      storeValue(a.gates, at * 4 * UNITS + column, skipped[r] ? Value(0) : saved);
      if (p.gate != 0) continue;
      const Value h = skipped[r] ? last : z * last + (1 - z) * hh;
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
  struct Read {
    Value gate, output, before;  // the gradient at the output; the output of the step before
    bool skipped;
  };
  const auto read = [&](int r, int64_t step) {
    if (!p.has(r) || step < 0) return Read{};
    const int64_t n = p.row + r, at = n * a.steps + timeOf(step, a.steps);
    const Value before = step == 0 ? loadValue(a.h0, n * UNITS + p.unit)
                                   : loadValue(a.hs, (n * a.steps + timeOf(step - 1, a.steps)) * UNITS + p.unit);
    return Read{loadValue(a.gates, at * 4 * UNITS + column), loadValue(a.dhs, at * UNITS + p.unit), before,
                skips(a.mask, at)};
  };
  Value carried[ROWS] = {};
  Read next[ROWS];
#pragma unroll
  for (int r = 0; r < ROWS; ++r) next[r] = read(r, a.steps - 1);
  Value* gradients = memory;
  Value* others = memory + ROWS * 4 * VECTOR_STEP;
  for (int64_t step = a.steps - 1; step >= 0; --step) {
#pragma unroll
    for (int r = 0; r < ROWS; ++r) {
      const Read now = next[r];
      next[r] = read(r, step - 1);  // comes while this step is computed
      const int64_t at = (p.row + r) * a.steps + timeOf(step, a.steps);
      const Value z = ofGate(now.gate, 0), reset = ofGate(now.gate, 1), hh = ofGate(now.gate, 2), part = ofGate(now.gate, 3);
      if (!p.has(r)) continue;
      const Value output = carried[r] + now.output;
      Value outer = 0, inner = 0;
      if (now.skipped) {
        carried[r] = output;
      } else {
        const GruCell c(z, reset, hh, part, now.before, output);
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
