// The element-wise halves of a recurrent step. After values.cuh. Macros: UNITS (H), REVERSE and
// MASK (0 or 1).
namespace ibex_device {

IBEX_FN Value loadValue(const Stored* from, int64_t at) { return Element<Stored, Value>::load(from[at]); }
IBEX_FN void storeValue(Stored* to, int64_t at, Value x) { to[at] = Element<Stored, Value>::store(x); }

// The place in time of the s-th step in the order of the recurrence.
IBEX_FN int64_t timeOf(int64_t step, int64_t steps) { return REVERSE ? steps - 1 - step : step; }
IBEX_FN bool skips(const bool* mask, int64_t at) { return MASK && !mask[at]; }

// Gradients of one unit of an LSTM before activation, from those at its output and its cell.
struct LstmCell {
  Value i, f, g, o;  // gates after activation
  Value before;      // the cell of the step before
  Value squashed;    // tanh of the cell
  Value output;      // gradient at the output
  Value d;           // gradient at the cell

  __device__ LstmCell(Value i, Value f, Value g, Value o, Value before, Value cell, Value output, Value cellGradient)
      : i(i), f(f), g(g), o(o), before(before), squashed(tanh(cell)), output(output),
        d(cellGradient + output * o * (1 - squashed * squashed)) {}
  __device__ Value input() const { return d * g * i * (1 - i); }
  __device__ Value forget() const { return d * before * f * (1 - f); }
  __device__ Value candidate() const { return d * i * (1 - g * g); }
  __device__ Value out() const { return output * squashed * o * (1 - o); }
  __device__ Value cellBefore() const { return d * f; }
};

// Of a GRU: z, r and hh after activation, `part` the recurrent part of hh.
struct GruCell {
  Value update, reset, candidate, inner;  // gradients; at the recurrent product they are update, reset and inner
  Value outputBefore;                     // what does not go through the product

  __device__ GruCell(Value z, Value r, Value hh, Value part, Value before, Value d)
      : update(d * (before - hh) * z * (1 - z)), reset(d * (1 - z) * (1 - hh * hh) * part * r * (1 - r)),
        candidate(d * (1 - z) * (1 - hh * hh)), inner(candidate * r), outputBefore(d * z) {}
};

struct LstmArguments {
  const Stored* xw;
  const Stored* u;
  const Stored* h0;
  const Stored* c0;
  const bool* mask;
  Stored* hs;
  Stored* cs;
  Stored* gates;
  Value* work;
  int64_t batch;
  int64_t steps;
  int64_t step;  // of a kernel that does one
};

struct LstmGradArguments {
  const Stored* dhs;
  const Stored* dcs;
  const Stored* u;
  const Stored* c0;
  const Stored* cs;
  const Stored* gates;
  const bool* mask;
  Stored* dxw;
  Stored* dh0;
  Stored* dc0;
  Value* work;
  int64_t batch;
  int64_t steps;
  int64_t step;
};

struct GruArguments {
  const Stored* xw;
  const Stored* u;
  const Stored* bias;
  const Stored* h0;
  const bool* mask;
  Stored* hs;
  Stored* gates;
  Value* work;
  int64_t batch;
  int64_t steps;
  int64_t step;
};

struct GruGradArguments {
  const Stored* dhs;
  const Stored* u;
  const Stored* h0;
  const Stored* hs;
  const Stored* gates;
  const bool* mask;
  Stored* dxw;
  Stored* dru;
  Stored* dh0;
  Value* work;
  int64_t batch;
  int64_t steps;
  int64_t step;
};

}  // namespace ibex_device
