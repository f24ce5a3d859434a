// Columns of up to 16 tensors side by side, after unit.cuh: each is ROWS by WIDTHS of its own, and a row of the
// result has PITCH. Macros: also PARTS, STARTS (the columns where they begin, in the result of this launch) and
// COLUMNS (of all parts).
namespace ibex_device {

struct ConcatArguments {
  const Unit* from[16];
  Unit* to;
};

extern "C" __global__ void __launch_bounds__(256) concat(ConcatArguments arguments) {
  constexpr int64_t kStarts[] = STARTS;
  constexpr int64_t kWidths[] = WIDTHS;
  const Index first = Index(blockIdx.x) * (ITEMS * 256) + threadIdx.x;
#pragma unroll
  for (int item = 0; item < ITEMS; ++item) {
    const Index at = first + item * 256;
    if (at >= Index(ROWS * COLUMNS)) return;
    const int64_t row = at / Index(COLUMNS);
    const int64_t column = at % Index(COLUMNS);
    const Unit* from = arguments.from[0] + row * kWidths[0] + column;
#pragma unroll
    for (int part = 1; part < PARTS; ++part) {
      if (column >= kStarts[part]) from = arguments.from[part] + row * kWidths[part] + (column - kStarts[part]);
    }
    arguments.to[row * PITCH + column] = *from;
  }
}

}  // namespace ibex_device
