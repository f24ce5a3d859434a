// One step of gru, and one of its gradient. After rnn_cell.cuh and rnn_steps.cuh.
namespace ibex_device {

// work: outputs of the steps of even and of odd number [2, N, H]. A tile is 8 units with their 3 gates.
extern "C" __global__ void __launch_bounds__(256) gruStep(GruArguments a) {
  __shared__ Totals totals;
  const int64_t states = a.batch * UNITS;
  const int64_t row = int64_t(blockIdx.y) * TILE_ROWS;
  const int first = int(blockIdx.x) * 8;
  const int lane = threadIdx.x % 32;
  const Value* before = a.work + a.step % 2 * states;
  Value* after = a.work + (a.step + 1) % 2 * states;
  const bool gated = lane < 24 && first + lane % 8 < UNITS;
  const Stored* weights = gated ? a.u + lane / 8 * UNITS + first + lane % 8 : nullptr;

  // A thread has one item at most. What it reads comes while the product is made.
  const Item<8> item(threadIdx.x, a.batch);
  const int64_t n = row + item.row;
  const int64_t at = n * a.steps + timeOf(a.step, a.steps);
  const int unit = first + item.unit;
  const int64_t state = n * UNITS + unit;
  Value x[3], bias[3], h = 0;
  bool skipped = false;
  if (item.present) {
#pragma unroll
    for (int g = 0; g < 3; ++g) {
      x[g] = loadValue(a.xw, (at * 3 + g) * UNITS + unit);
      bias[g] = loadValue(a.bias, g * UNITS + unit);
    }
    h = before[state];
    skipped = skips(a.mask, at);
  }
  tileProduct(before + row * UNITS, a.batch - row, UNITS, weights, 3 * UNITS, totals);
  if (!item.present) return;
  const auto recurrent = [&](int g) { return bias[g] + totals.at[item.row][g * 8 + item.unit]; };
  Value z = 0, reset = 0, hh = 0, part = 0;
  if (!skipped) {
    z = sigmoid(x[0] + recurrent(0));
    reset = sigmoid(x[1] + recurrent(1));
    part = recurrent(2);
    hh = tanh(multiplyAdd(reset, part, x[2]));
    h = z * h + (1 - z) * hh;
  }
  const int64_t gate = at * 4 * UNITS + unit;
  storeValue(a.gates, gate, z);
  storeValue(a.gates, gate + UNITS, reset);
  storeValue(a.gates, gate + 2 * UNITS, hh);
  storeValue(a.gates, gate + 3 * UNITS, part);
  after[state] = h;
  storeValue(a.hs, at * UNITS + unit, h);
}

// work: gradients at the recurrent products of the steps of even and of odd number [2, N, 3H], and the part of the gradient
// at the output that does not go through them [N, H]. u: transposed, [3H, H]. A tile is 32 units. The step -1 is what
// gives dh0.
extern "C" __global__ void __launch_bounds__(256) gruGradStep(GruGradArguments a) {
  __shared__ Totals totals;
  const int64_t states = a.batch * UNITS;
  const int64_t row = int64_t(blockIdx.y) * TILE_ROWS;
  const int first = int(blockIdx.x) * 32;
  const int lane = threadIdx.x % 32;
  const Value* later = a.work + (a.step + 1) % 2 * 3 * states;
  Value* gradients = a.work + (a.step + 2) % 2 * 3 * states;
  Value* passed = a.work + 6 * states;
  const bool last = a.step == a.steps - 1;
  if (!last) {
    const Stored* weights = first + lane < UNITS ? a.u + first + lane : nullptr;
    tileProduct(later + row * 3 * UNITS, a.batch - row, 3 * UNITS, weights, UNITS, totals);
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
      continue;
    }
    const int64_t at = n * a.steps + timeOf(a.step, a.steps);
    const int64_t gate = at * 4 * UNITS + first + u;
    const Value output = carried + loadValue(a.dhs, at * UNITS + first + u);
    Value outer[3] = {0, 0, 0}, inner[3] = {0, 0, 0};
    if (skips(a.mask, at)) {
      passed[state] = output;
    } else {
      const Value before = a.step == 0 ? loadValue(a.h0, state)
                                       : loadValue(a.hs, (n * a.steps + timeOf(a.step - 1, a.steps)) * UNITS + first + u);
      const GruCell c(loadValue(a.gates, gate), loadValue(a.gates, gate + UNITS), loadValue(a.gates, gate + 2 * UNITS),
                      loadValue(a.gates, gate + 3 * UNITS), before, output);
      outer[0] = inner[0] = c.update;
      outer[1] = inner[1] = c.reset;
      outer[2] = c.candidate;
      inner[2] = c.inner;
      passed[state] = c.outputBefore;
    }
#pragma unroll
    for (int g = 0; g < 3; ++g) {
      gradients[(n * 3 + g) * UNITS + first + u] = inner[g];
      storeValue(a.dxw, (at * 3 + g) * UNITS + first + u, outer[g]);
      storeValue(a.dru, (at * 3 + g) * UNITS + first + u, inner[g]);
    }
  }
}

}  // namespace ibex_device
