// One step of lstm, and one of its gradient. After rnn_cell.cuh and rnn_steps.cuh.
namespace ibex_device {

// work: outputs of the steps of even and of odd number [2, N, H], cells [N, H]. A tile is 8 units with their 4 gates.
extern "C" __global__ void __launch_bounds__(256) lstmStep(LstmArguments a) {
  __shared__ Totals totals;
  const int64_t states = a.batch * UNITS;
  const int64_t row = int64_t(blockIdx.y) * TILE_ROWS;
  const int first = int(blockIdx.x) * 8;
  const int lane = threadIdx.x % 32;
  const Value* before = a.work + a.step % 2 * states;
  Value* after = a.work + (a.step + 1) % 2 * states;
  Value* cells = a.work + 2 * states;
  const Stored* weights = first + lane % 8 < UNITS ? a.u + lane / 8 * UNITS + first + lane % 8 : nullptr;

  // A thread has one item at most. What it reads comes while the product is made.
  const Item<8> item(threadIdx.x, a.batch);
  const int64_t n = row + item.row;
  const int64_t at = n * a.steps + timeOf(a.step, a.steps);
  const int unit = first + item.unit;
  const int64_t state = n * UNITS + unit;
  Value x[4], c = 0, h = 0;
  bool skipped = false;
  if (item.present) {
#pragma unroll
    for (int g = 0; g < 4; ++g) x[g] = loadValue(a.xw, (at * 4 + g) * UNITS + unit);
    c = cells[state];
    h = before[state];
    skipped = skips(a.mask, at);
  }
  tileProduct(before + row * UNITS, a.batch - row, UNITS, weights, 4 * UNITS, totals);
  if (!item.present) return;
#pragma unroll
  for (int g = 0; g < 4; ++g) {
    x[g] += totals.at[item.row][g * 8 + item.unit];
    x[g] = skipped ? Value(0) : g == 2 ? tanh(x[g]) : sigmoid(x[g]);
    storeValue(a.gates, (at * 4 + g) * UNITS + unit, x[g]);
  }
  if (!skipped) {
    c = multiplyAdd(x[1], c, x[0] * x[2]);
    h = x[3] * tanh(c);
  }
  after[state] = h;
  cells[state] = c;
  storeValue(a.hs, at * UNITS + unit, h);
  storeValue(a.cs, at * UNITS + unit, c);
}

// work: gradients at the gates of the steps of even and of odd number [2, N, 4H]; then, both [N, H], the part of the
// gradient at the output that does not go through the product, and the gradient at the cell. u: transposed, [4H, H].
// A tile is 32 units. The step -1 is what gives dh0 and dc0.
extern "C" __global__ void __launch_bounds__(256) lstmGradStep(LstmGradArguments a) {
  __shared__ Totals totals;
  const int64_t states = a.batch * UNITS;
  const int64_t row = int64_t(blockIdx.y) * TILE_ROWS;
  const int first = int(blockIdx.x) * 32;
  const int lane = threadIdx.x % 32;
  const Value* later = a.work + (a.step + 1) % 2 * 4 * states;
  Value* gradients = a.work + (a.step + 2) % 2 * 4 * states;
  Value* passed = a.work + 8 * states;
  Value* cells = a.work + 9 * states;
  const bool last = a.step == a.steps - 1;  // nothing comes from a later one
  if (!last) {
    const Stored* weights = first + lane < UNITS ? a.u + first + lane : nullptr;
    tileProduct(later + row * 4 * UNITS, a.batch - row, 4 * UNITS, weights, UNITS, totals);
  }
  for (int index = threadIdx.x; index < TILE_ROWS * 32; index += 256) {
    const Item<32> item(index, a.batch);
    if (!item.present) continue;
    const int r = item.row, u = item.unit;
    const int64_t n = row + r;
    const int64_t state = n * UNITS + first + u;
    const Value carried = last ? passed[state] : passed[state] + totals.at[r][u];
    if (a.step < 0) {
      storeValue(a.dh0, state, carried);
      storeValue(a.dc0, state, cells[state]);
      continue;
    }
    const int64_t at = n * a.steps + timeOf(a.step, a.steps);
    const int64_t unit = at * UNITS + first + u;
    const int64_t gate = at * 4 * UNITS + first + u;
    const Value output = carried + loadValue(a.dhs, unit);
    const Value cell = cells[state] + loadValue(a.dcs, unit);
    Value d[4] = {0, 0, 0, 0};
    if (skips(a.mask, at)) {
      passed[state] = output;
      cells[state] = cell;
    } else {
      const Value before = a.step == 0 ? loadValue(a.c0, state)
                                       : loadValue(a.cs, (n * a.steps + timeOf(a.step - 1, a.steps)) * UNITS + first + u);
      const LstmCell c(loadValue(a.gates, gate), loadValue(a.gates, gate + UNITS), loadValue(a.gates, gate + 2 * UNITS),
                       loadValue(a.gates, gate + 3 * UNITS), before, loadValue(a.cs, unit), output, cell);
      d[0] = c.input();
      d[1] = c.forget();
      d[2] = c.candidate();
      d[3] = c.out();
      passed[state] = 0;
      cells[state] = c.cellBefore();
    }
#pragma unroll
    for (int g = 0; g < 4; ++g) {
      gradients[(n * 4 + g) * UNITS + first + u] = d[g];
      storeValue(a.dxw, gate + g * UNITS, d[g]);
    }
  }
}

}  // namespace ibex_device
