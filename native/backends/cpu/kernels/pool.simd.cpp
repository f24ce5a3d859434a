#include "backends/cpu/kernels/pool.h"

#include <limits>
#include <type_traits>

#include "backends/cpu/kernels/vector_fma.h"

namespace ibex::cpu::IBEX_SIMD_NS {
namespace {

template <class T>
constexpr T lowest() {
  if constexpr (std::is_floating_point_v<T>) return -std::numeric_limits<T>::infinity();
  return std::numeric_limits<T>::lowest();
}

// A group of adjacent channels: W vectors, with what pooling does to them.
template <class T, int W>
struct Lanes {
  static constexpr int64_t kCount = W * kLanes<T>;
  using IndexElement = std::conditional_t<sizeof(T) == 8, int64_t, int32_t>;
  using IndexVector = Vector<IndexElement>;
  typedef int32_t StoredIndex __attribute__((vector_size(4 * kLanes<T>)));
  struct Value {
    Vector<T> v[W];
  };
  struct Index {
    IndexVector v[W];
  };

  static IBEX_INLINE IndexVector same(int64_t i) { return IndexVector{} + static_cast<IndexElement>(i); }

  static IBEX_INLINE Value load(const T* p) {
    Value r;
#pragma GCC unroll 4
    for (int w = 0; w < W; ++w) r.v[w] = loadVector(p + w * kLanes<T>);
    return r;
  }
  static IBEX_INLINE void store(T* p, const Value& x) {
#pragma GCC unroll 4
    for (int w = 0; w < W; ++w) storeVector(p + w * kLanes<T>, x.v[w]);
  }
  static IBEX_INLINE Value all(T x) {
    Value r;
#pragma GCC unroll 4
    for (int w = 0; w < W; ++w) r.v[w] = splat(x);
    return r;
  }
  static IBEX_INLINE Index index(int64_t i) {
    Index r;
#pragma GCC unroll 4
    for (int w = 0; w < W; ++w) r.v[w] = same(i);
    return r;
  }
  static IBEX_INLINE Index loadIndex(const int32_t* p) {
    Index r;
#pragma GCC unroll 4
    for (int w = 0; w < W; ++w) {
      StoredIndex stored;
      std::memcpy(&stored, p + w * kLanes<T>, sizeof stored);
      r.v[w] = __builtin_convertvector(stored, IndexVector);
    }
    return r;
  }
  static IBEX_INLINE void storeIndex(int32_t* p, const Index& x) {
#pragma GCC unroll 4
    for (int w = 0; w < W; ++w) {
      const StoredIndex stored = __builtin_convertvector(x.v[w], StoredIndex);
      std::memcpy(p + w * kLanes<T>, &stored, sizeof stored);
    }
  }
  // Larger wins, then NaN; what already is NaN stays.
  static IBEX_INLINE void takeLarger(Value& best, Index& where, const T* p, int64_t place) {
    const IndexVector here = same(place);
#pragma GCC unroll 4
    for (int w = 0; w < W; ++w) {
      const Vector<T> x = loadVector(p + w * kLanes<T>);
      const auto take = ~(x <= best.v[w]) & (best.v[w] == best.v[w]);
      best.v[w] = take ? x : best.v[w];
      where.v[w] = take ? here : where.v[w];
    }
  }
  static IBEX_INLINE void takeChosen(Value& value, const Index& where, const T* p, int64_t place) {
    const IndexVector here = same(place);
#pragma GCC unroll 4
    for (int w = 0; w < W; ++w) value.v[w] = where.v[w] == here ? loadVector(p + w * kLanes<T>) : value.v[w];
  }
  static IBEX_INLINE void add(Value& sum, const T* p) {
#pragma GCC unroll 4
    for (int w = 0; w < W; ++w) sum.v[w] += loadVector(p + w * kLanes<T>);
  }
  static IBEX_INLINE void addChosen(Value& sum, const int32_t* at, const T* p, int64_t place) {
    const Index where = loadIndex(at);
    const IndexVector here = same(place);
#pragma GCC unroll 4
    for (int w = 0; w < W; ++w) sum.v[w] += where.v[w] == here ? loadVector(p + w * kLanes<T>) : Vector<T>{};
  }
  static IBEX_INLINE void addQuotient(Value& sum, const T* p, T divisor) {
#pragma GCC unroll 4
    for (int w = 0; w < W; ++w) sum.v[w] += loadVector(p + w * kLanes<T>) / divisor;
  }
  static IBEX_INLINE void divide(Value& sum, T divisor) {
#pragma GCC unroll 4
    for (int w = 0; w < W; ++w) sum.v[w] /= divisor;
  }
  static IBEX_INLINE void multiply(Value& sum, T factor) {
#pragma GCC unroll 4
    for (int w = 0; w < W; ++w) sum.v[w] *= factor;
  }
};

// The same for one channel.
template <class T>
struct OneLane {
  static constexpr int64_t kCount = 1;
  using Value = T;
  using Index = int32_t;
  static IBEX_INLINE Value load(const T* p) { return *p; }
  static IBEX_INLINE void store(T* p, Value v) { *p = v; }
  static IBEX_INLINE Value all(T x) { return x; }
  static IBEX_INLINE Index index(int64_t i) { return static_cast<Index>(i); }
  static IBEX_INLINE Index loadIndex(const int32_t* p) { return *p; }
  static IBEX_INLINE void storeIndex(int32_t* p, Index i) { *p = i; }
  static IBEX_INLINE void takeLarger(Value& best, Index& where, const T* p, int64_t place) {
    const bool take = !(*p <= best) && best == best;
    best = take ? *p : best;
    where = take ? static_cast<Index>(place) : where;
  }
  static IBEX_INLINE void takeChosen(Value& value, Index where, const T* p, int64_t place) {
    value = where == place ? *p : value;
  }
  static IBEX_INLINE void add(Value& sum, const T* p) { sum += *p; }
  static IBEX_INLINE void addChosen(Value& sum, const int32_t* at, const T* p, int64_t place) {
    sum += *at == place ? *p : T{0};
  }
  static IBEX_INLINE void addQuotient(Value& sum, const T* p, T divisor) { sum += *p / divisor; }
  static IBEX_INLINE void divide(Value& sum, T divisor) { sum /= divisor; }
  static IBEX_INLINE void multiply(Value& sum, T factor) { sum *= factor; }
};

// Calls body(lanes tag, first channel) until all channels are done. The last vector overlaps the one before it where
// the channels do not divide: results are pure, so doing some twice is harmless.
template <class T, class F>
IBEX_INLINE void eachChannelGroup(int64_t channels, F&& body) {
  int64_t c = 0;
  if constexpr (sizeof(T) >= 4) {
    constexpr int64_t kCount = kLanes<T>;
    for (; c + 4 * kCount <= channels; c += 4 * kCount) body(Lanes<T, 4>{}, c);
    if (c + 2 * kCount <= channels) {
      body(Lanes<T, 2>{}, c);
      c += 2 * kCount;
    }
    if (c + kCount <= channels) {
      body(Lanes<T, 1>{}, c);
      c += kCount;
    }
    if (c < channels && channels >= kCount) {
      body(Lanes<T, 1>{}, channels - kCount);
      return;
    }
  }
  for (; c < channels; ++c) body(OneLane<T>{}, c);
}

inline int64_t smallerOf(int64_t a, int64_t b) { return a < b ? a : b; }

// The part of a window that is not padding, along one axis.
struct Range {
  int64_t start;        // input index of window place 0 (may be negative)
  int64_t begin, end;   // window places inside the input
};

inline Range rangeOf(const PoolGeometry& g, int axis, int64_t output) {
  Range r;
  r.start = output * g.stride[axis] - g.pad[axis];
  const int64_t d = g.dilation[axis];
  // Dividing by the usual 1 would take longer than the window of a few channels.
  const auto divideUp = [d](int64_t n) { return d == 1 ? n : (n + d - 1) / d; };
  r.begin = r.start < 0 ? divideUp(-r.start) : 0;
  const int64_t room = g.in[axis] - r.start;  // first distance that is outside
  const int64_t fit = room <= 0 ? 0 : divideUp(room);
  r.end = fit < g.window[axis] ? fit : g.window[axis];
  if (r.begin > r.end) r.begin = r.end;
  return r;
}

// Calls visit(n, output position, ranges) for the positions of output rows begin..end.
template <class F>
IBEX_INLINE void eachOutput(const PoolGeometry& g, int64_t begin, int64_t end, F&& visit) {
  for (int64_t row = begin; row < end; ++row) {
    Range r[3];
    const int64_t o0 = row / g.out[1] % g.out[0];
    const int64_t o1 = row % g.out[1];
    r[0] = rangeOf(g, 0, o0);
    r[1] = rangeOf(g, 1, o1);
    for (int64_t o2 = 0; o2 < g.out[2]; ++o2) {
      r[2] = rangeOf(g, 2, o2);
      visit(row / (g.out[0] * g.out[1]), row * g.out[2] + o2, o0, o1, o2, r);
    }
  }
}

// Calls visit(offset of the input position, place in the window) for the covered positions, in window order.
template <class F>
IBEX_INLINE void eachPlace(const PoolGeometry& g, int64_t n, const Range* r, F&& visit) {
  for (int64_t a = r[0].begin; a < r[0].end; ++a) {
    const int64_t p0 = n * g.in[0] + r[0].start + a * g.dilation[0];
    for (int64_t b = r[1].begin; b < r[1].end; ++b) {
      const int64_t p1 = p0 * g.in[1] + r[1].start + b * g.dilation[1];
      const int64_t place = (a * g.window[1] + b) * g.window[2];
      for (int64_t c = r[2].begin; c < r[2].end; ++c) {
        visit((p1 * g.in[2] + r[2].start + c * g.dilation[2]) * g.channels, place + c);
      }
    }
  }
}

template <class T>
void maxRows(const PoolGeometry& g, const T* x, T* y, int32_t* at, int64_t begin, int64_t end) {
  eachOutput(g, begin, end, [&](int64_t n, int64_t position, int64_t, int64_t, int64_t, const Range* r) {
    const int64_t to = position * g.channels;
    const int64_t firstPlace = (r[0].begin * g.window[1] + r[1].begin) * g.window[2] + r[2].begin;
    eachChannelGroup<T>(g.channels, [&](auto lanes, int64_t c) IBEX_INLINE_LAMBDA {
      using L = decltype(lanes);
      // The lowest value at the first place loses to all others, and to an equal one there is nothing to do.
      auto best = L::all(lowest<T>());
      auto where = L::index(firstPlace);
      eachPlace(g, n, r, [&](int64_t offset, int64_t place) IBEX_INLINE_LAMBDA { L::takeLarger(best, where, x + offset + c, place); });
      L::store(y + to + c, best);
      L::storeIndex(at + to + c, where);
    });
  });
}

template <class T>
void maxGatherRows(const PoolGeometry& g, const T* x, const int32_t* at, T* y, int64_t begin, int64_t end) {
  eachOutput(g, begin, end, [&](int64_t n, int64_t position, int64_t, int64_t, int64_t, const Range* r) {
    const int64_t to = position * g.channels;
    eachChannelGroup<T>(g.channels, [&](auto lanes, int64_t c) IBEX_INLINE_LAMBDA {
      using L = decltype(lanes);
      const auto where = L::loadIndex(at + to + c);
      auto value = L::all(T{0});
      eachPlace(g, n, r, [&](int64_t offset, int64_t place) IBEX_INLINE_LAMBDA { L::takeChosen(value, where, x + offset + c, place); });
      L::store(y + to + c, value);
    });
  });
}

template <class T>
void averageRows(const PoolGeometry& g, const T* x, T* y, int64_t begin, int64_t end) {
  eachOutput(g, begin, end, [&](int64_t n, int64_t position, int64_t o0, int64_t o1, int64_t o2, const Range* r) {
    const int64_t covered = static_cast<int64_t>(g.counts[0][o0]) * g.counts[1][o1] * g.counts[2][o2];
    const T count = static_cast<T>(covered > 0 ? covered : 1);
    // Multiplying by the reciprocal of a power of two gives the same numbers, sooner.
    const bool powerOfTwo = (covered & (covered - 1)) == 0;
    eachChannelGroup<T>(g.channels, [&](auto lanes, int64_t c) IBEX_INLINE_LAMBDA {
      using L = decltype(lanes);
      auto sum = L::all(T{0});
      eachPlace(g, n, r, [&](int64_t offset, int64_t) IBEX_INLINE_LAMBDA { L::add(sum, x + offset + c); });
      if (powerOfTwo) {
        L::multiply(sum, T{1} / count);
      } else {
        L::divide(sum, count);
      }
      L::store(y + position * g.channels + c, sum);
    });
  });
}

// The windows of one input row, over the outer two axes.
struct RowHit {
  int64_t row;    // output position of the row's first output
  int64_t place;  // place in the window of the row's first place
  int64_t count;
};
constexpr int64_t kRowHits = 32;

// For the positions of input rows begin..end: visit(position, eachWindow), where eachWindow(f) calls f(output position,
// place in the window, positions that the window covers) for every window with this position in it.
template <class F>
IBEX_INLINE void eachInput(const PoolGeometry& g, int64_t begin, int64_t end, F&& visit) {
  for (int64_t row = begin; row < end; ++row) {
    const int64_t n = row / (g.in[0] * g.in[1]);
    const int64_t i0 = row / g.in[1] % g.in[0];
    const int64_t i1 = row % g.in[1];
    const PoolHit* h0 = g.hits[0] + g.first[0][i0];
    const PoolHit* h1 = g.hits[1] + g.first[1][i1];
    const int64_t width = g.first[1][i1 + 1] - g.first[1][i1];
    const int64_t count = (g.first[0][i0 + 1] - g.first[0][i0]) * width;
    const auto hit = [&](int64_t i) {
      const PoolHit& a = h0[i / width];
      const PoolHit& b = h1[i % width];
      return RowHit{((n * g.out[0] + a.output) * g.out[1] + b.output) * g.out[2],
                    (a.window * g.window[1] + b.window) * g.window[2], static_cast<int64_t>(a.count) * b.count};
    };
    RowHit listed[kRowHits];  // found once for the row; large overlapping windows find them again each time
    for (int64_t i = 0; i < smallerOf(count, kRowHits); ++i) listed[i] = hit(i);
    for (int64_t i2 = 0; i2 < g.in[2]; ++i2) {
      visit(row * g.in[2] + i2, [&](auto&& f) IBEX_INLINE_LAMBDA {
        for (int64_t i = 0; i < count; ++i) {
          const RowHit outer = i < kRowHits ? listed[i] : hit(i);
          for (int32_t c = g.first[2][i2]; c < g.first[2][i2 + 1]; ++c) {
            const PoolHit& h2 = g.hits[2][c];
            f(outer.row + h2.output, outer.place + h2.window, outer.count * h2.count);
          }
        }
      });
    }
  }
}

template <class T>
void maxGradRows(const PoolGeometry& g, const T* dy, const int32_t* at, T* dx, int64_t begin, int64_t end) {
  eachInput(g, begin, end, [&](int64_t position, auto&& eachWindow) {
    eachChannelGroup<T>(g.channels, [&](auto lanes, int64_t c) IBEX_INLINE_LAMBDA {
      using L = decltype(lanes);
      auto sum = L::all(T{0});
      eachWindow([&](int64_t output, int64_t place, int64_t) IBEX_INLINE_LAMBDA {
        const int64_t from = output * g.channels + c;
        L::addChosen(sum, at + from, dy + from, place);
      });
      L::store(dx + position * g.channels + c, sum);
    });
  });
}

template <class T>
void averageGradRows(const PoolGeometry& g, const T* dy, T* dx, int64_t begin, int64_t end) {
  eachInput(g, begin, end, [&](int64_t position, auto&& eachWindow) {
    eachChannelGroup<T>(g.channels, [&](auto lanes, int64_t c) IBEX_INLINE_LAMBDA {
      using L = decltype(lanes);
      auto sum = L::all(T{0});
      eachWindow([&](int64_t output, int64_t, int64_t count) IBEX_INLINE_LAMBDA {
        L::addQuotient(sum, dy + output * g.channels + c, static_cast<T>(count));
      });
      L::store(dx + position * g.channels + c, sum);
    });
  });
}

template <class T>
constexpr PoolFunctionsOf<T> functions() {
  PoolFunctionsOf<T> f{maxRows<T>, maxGradRows<T>, maxGatherRows<T>, nullptr, nullptr};
  if constexpr (std::is_floating_point_v<T>) {
    f.average = averageRows<T>;
    f.averageGrad = averageGradRows<T>;
  }
  return f;
}

}  // namespace

const PoolFunctions& poolFunctions() {
  static constexpr PoolFunctions kTable{functions<uint8_t>(),  functions<int8_t>(),  functions<int16_t>(),
                                        functions<int32_t>(),  functions<uint32_t>(), functions<int64_t>(),
                                        functions<float>(),    functions<double>()};
  return kTable;
}

}  // namespace ibex::cpu::IBEX_SIMD_NS
