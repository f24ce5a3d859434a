// Pooling over channels-last tensors: a thread takes neighbouring channels of a position. The gradients gather: each input
// position adds up the windows that it lies in, in the order of the windows. After vectors.cuh. Macros: INDEX (a type that
// counts all elements), COUNT_PADDING, and for each of three axes, outermost first, WINDOW_i, STRIDE_i, PAD_i, DILATION_i.
namespace ibex_device {

typedef INDEX Index;

// Loops over small windows are unrolled.
constexpr int kUnrolled = WINDOW_0 * WINDOW_1 * WINDOW_2 <= 64 ? 64 : 1;

struct PoolArguments {
  const Stored* x;    // of a gradient dy
  const int32_t* at;  // places in the window, of max_pool_grad and max_pool_gather
  Stored* y;          // of a gradient dx
  int32_t* places;    // of max_pool
  int64_t batch;
  int64_t in[3];
  int64_t out[3];
  int64_t channels;
};

template <int WINDOW, int STRIDE, int PAD, int DILATION>
struct Axis {
  // The input position under a place of an output's window, or -1 outside of the input.
  __device__ static Index inputAt(Index output, int place, Index in) {
    const Index i = output * STRIDE - PAD + place * DILATION;
    return i >= 0 && i < in ? i : Index(-1);
  }
  // The output whose window has the input position at this place, or -1 where there is none.
  __device__ static Index outputAt(Index input, int place, Index out) {
    const Index distance = input + PAD - place * DILATION;
    return distance >= 0 && distance % STRIDE == 0 && distance / STRIDE < out ? distance / STRIDE : Index(-1);
  }
  // The first place inside of the input; one behind the window or the last where there is none.
  __device__ static int firstInside(Index output, Index in) {
    const Index start = output * STRIDE - PAD;
    const Index begin = start < 0 ? (-start + DILATION - 1) / DILATION : 0;
    const Index room = in - start;
    const Index fit = room <= 0 ? 0 : (room + DILATION - 1) / DILATION;
    const Index end = fit < WINDOW ? fit : WINDOW;
    return int(begin < end ? begin : end);
  }
  __device__ static int covered(Index output, Index in) {
#if COUNT_PADDING
    return WINDOW;
#else
    int count = 0;
#pragma unroll kUnrolled
    for (int place = 0; place < WINDOW; ++place) count += inputAt(output, place, in) >= 0;
    return count;
#endif
  }
};
typedef Axis<WINDOW_0, STRIDE_0, PAD_0, DILATION_0> Axis0;
typedef Axis<WINDOW_1, STRIDE_1, PAD_1, DILATION_1> Axis1;
typedef Axis<WINDOW_2, STRIDE_2, PAD_2, DILATION_2> Axis2;

// Channels of one position, of the input or of the output.
struct Position {
  Index n, at[3], channel;
  Index element;  // the first of them
  bool present;
};

IBEX_FN Position positionOf(const int64_t* extents, const PoolArguments& a) {
  const Index vectors = Index(a.channels) / VECTOR;
  Index rest = Index(blockIdx.x) * Index(blockDim.x) + Index(threadIdx.x);
  Position p;
  p.element = rest * VECTOR;
  p.channel = rest % vectors * VECTOR;
  rest /= vectors;
#pragma unroll
  for (int axis = 2; axis >= 0; --axis) {
    p.at[axis] = rest % Index(extents[axis]);
    rest /= Index(extents[axis]);
  }
  p.n = rest;
  p.present = rest < Index(a.batch);
  return p;
}

// Calls visit(first element, place) for the input positions under the window of an output, in the window's order.
template <class Visit>
IBEX_FN void eachInput(const Position& p, const PoolArguments& a, Visit visit) {
#pragma unroll kUnrolled
  for (int k0 = 0; k0 < WINDOW_0; ++k0) {
    const Index i0 = Axis0::inputAt(p.at[0], k0, Index(a.in[0]));
    if (i0 < 0) continue;
#pragma unroll kUnrolled
    for (int k1 = 0; k1 < WINDOW_1; ++k1) {
      const Index i1 = Axis1::inputAt(p.at[1], k1, Index(a.in[1]));
      if (i1 < 0) continue;
      const Index row = ((p.n * Index(a.in[0]) + i0) * Index(a.in[1]) + i1) * Index(a.in[2]);
#pragma unroll kUnrolled
      for (int k2 = 0; k2 < WINDOW_2; ++k2) {
        const Index i2 = Axis2::inputAt(p.at[2], k2, Index(a.in[2]));
        if (i2 >= 0) visit((row + i2) * Index(a.channels) + p.channel, (k0 * WINDOW_1 + k1) * WINDOW_2 + k2);
      }
    }
  }
}

// Calls visit(first element, place, its position along the axes) for the outputs whose window has an input position.
template <class Visit>
IBEX_FN void eachOutput(const Position& p, const PoolArguments& a, Visit visit) {
#pragma unroll kUnrolled
  for (int k0 = WINDOW_0 - 1; k0 >= 0; --k0) {
    const Index o0 = Axis0::outputAt(p.at[0], k0, Index(a.out[0]));
    if (o0 < 0) continue;
#pragma unroll kUnrolled
    for (int k1 = WINDOW_1 - 1; k1 >= 0; --k1) {
      const Index o1 = Axis1::outputAt(p.at[1], k1, Index(a.out[1]));
      if (o1 < 0) continue;
      const Index row = ((p.n * Index(a.out[0]) + o0) * Index(a.out[1]) + o1) * Index(a.out[2]);
#pragma unroll kUnrolled
      for (int k2 = WINDOW_2 - 1; k2 >= 0; --k2) {
        const Index o2 = Axis2::outputAt(p.at[2], k2, Index(a.out[2]));
        if (o2 < 0) continue;
        visit((row + o2) * Index(a.channels) + p.channel, (k0 * WINDOW_1 + k1) * WINDOW_2 + k2, o0, o1, o2);
      }
    }
  }
}

extern "C" __global__ void __launch_bounds__(256) maxPool(PoolArguments a) {
  const Position p = positionOf(a.out, a);
  if (!p.present) return;
  // The lowest value at the first place loses to all others, and to an equal one there is nothing to do.
  const int first = (Axis0::firstInside(p.at[0], Index(a.in[0])) * WINDOW_1 + Axis1::firstInside(p.at[1], Index(a.in[1]))) *
                        WINDOW_2 + Axis2::firstInside(p.at[2], Index(a.in[2]));
  Value best[VECTOR];
  Pack<int32_t, VECTOR> where;
#pragma unroll
  for (int i = 0; i < VECTOR; ++i) {
    best[i] = -infinity<Value>();
    where.at[i] = first;
  }
  eachInput(p, a, [&](Index from, int place) {
    Value x[VECTOR];
    readVector(a.x + from, x);
#pragma unroll
    for (int i = 0; i < VECTOR; ++i) {
      // Larger wins, then NaN; what already is NaN stays.
      const bool take = !(x[i] <= best[i]) && best[i] == best[i];
      best[i] = take ? x[i] : best[i];
      where.at[i] = take ? place : where.at[i];
    }
  });
  writeVector(a.y + p.element, best);
  storePack(a.places + p.element, where);
}

extern "C" __global__ void __launch_bounds__(256) maxPoolGather(PoolArguments a) {
  const Position p = positionOf(a.out, a);
  if (!p.present) return;
  const Pack<int32_t, VECTOR> where = loadPack<int32_t, VECTOR>(a.at + p.element);
  Value y[VECTOR];
#pragma unroll
  for (int i = 0; i < VECTOR; ++i) {
    const int place = where.at[i];
    const Index i0 = Axis0::inputAt(p.at[0], place / (WINDOW_1 * WINDOW_2), Index(a.in[0]));
    const Index i1 = Axis1::inputAt(p.at[1], place / WINDOW_2 % WINDOW_1, Index(a.in[1]));
    const Index i2 = Axis2::inputAt(p.at[2], place % WINDOW_2, Index(a.in[2]));
    y[i] = Value(0);
    if (place < 0 || place >= WINDOW_0 * WINDOW_1 * WINDOW_2 || i0 < 0 || i1 < 0 || i2 < 0) continue;
    const Index position = ((p.n * Index(a.in[0]) + i0) * Index(a.in[1]) + i1) * Index(a.in[2]) + i2;
    y[i] = Element<Stored, Value>::load(a.x[position * Index(a.channels) + p.channel + i]);
  }
  writeVector(a.y + p.element, y);
}

extern "C" __global__ void __launch_bounds__(256) maxPoolGrad(PoolArguments a) {
  const Position p = positionOf(a.in, a);
  if (!p.present) return;
  Value sum[VECTOR] = {};
  eachOutput(p, a, [&](Index from, int place, Index, Index, Index) {
    const Pack<int32_t, VECTOR> where = loadPack<int32_t, VECTOR>(a.at + from);
    Value dy[VECTOR];
    readVector(a.x + from, dy);
#pragma unroll
    for (int i = 0; i < VECTOR; ++i) sum[i] += where.at[i] == place ? dy[i] : Value(0);
  });
  writeVector(a.y + p.element, sum);
}

extern "C" __global__ void __launch_bounds__(256) averagePool(PoolArguments a) {
  const Position p = positionOf(a.out, a);
  if (!p.present) return;
  Value sum[VECTOR] = {};
  eachInput(p, a, [&](Index from, int) {
    Value x[VECTOR];
    readVector(a.x + from, x);
#pragma unroll
    for (int i = 0; i < VECTOR; ++i) sum[i] += x[i];
  });
  const int covered = Axis0::covered(p.at[0], Index(a.in[0])) * Axis1::covered(p.at[1], Index(a.in[1])) *
                      Axis2::covered(p.at[2], Index(a.in[2]));
#pragma unroll
  for (int i = 0; i < VECTOR; ++i) sum[i] /= Value(covered > 0 ? covered : 1);
  writeVector(a.y + p.element, sum);
}

extern "C" __global__ void __launch_bounds__(256) averagePoolGrad(PoolArguments a) {
  const Position p = positionOf(a.in, a);
  if (!p.present) return;
  Value sum[VECTOR] = {};
  eachOutput(p, a, [&](Index from, int, Index o0, Index o1, Index o2) {
    const Value count = Value(Axis0::covered(o0, Index(a.in[0])) * Axis1::covered(o1, Index(a.in[1])) *
                              Axis2::covered(o2, Index(a.in[2])));
    Value dy[VECTOR];
    readVector(a.x + from, dy);
#pragma unroll
    for (int i = 0; i < VECTOR; ++i) sum[i] += dy[i] / count;
  });
  writeVector(a.y + p.element, sum);
}

}  // namespace ibex_device
