// Where the largest (or smallest) element along an axis is: the first of equals; a NaN, the first one, wins over
// everything. x is [lines / inner, extent, inner]. Macros: STORED and VALUE, the types that elements are stored in
// and computed in; LARGEST; GROUP, the threads of a line where inner is 1 (32 or 256). Lines may be split into parts,
// which a second launch puts together.
namespace ibex_device {

struct ArgArguments {
  const STORED* from;
  int32_t* to;
  VALUE* bestValues;    // [part, line], where lines are split
  int32_t* bestPlaces;
  int64_t lines;
  int64_t inner;
  int64_t extent;
  int64_t part;  // elements of a part
  int32_t parts;
};

struct Best {
  VALUE value;
  int32_t place;  // negative: none yet
};

IBEX_FN Best better(const Best& a, const Best& b) {
  if (a.place < 0) return b;
  if (b.place < 0) return a;
  const bool aIsNan = a.value != a.value;
  const bool bIsNan = b.value != b.value;
#if LARGEST
  const bool bWins = (b.value > a.value && !aIsNan) || (bIsNan && !aIsNan);
  const bool aWins = (a.value > b.value && !bIsNan) || (aIsNan && !bIsNan);
#else
  const bool bWins = (b.value < a.value && !aIsNan) || (bIsNan && !aIsNan);
  const bool aWins = (a.value < b.value && !bIsNan) || (aIsNan && !bIsNan);
#endif
  if (aWins || bWins) return aWins ? a : b;
  return a.place <= b.place ? a : b;
}

// A value of at most 4 bytes is exchanged as one of 4.
template <class T>
IBEX_FN T fromLane(T value, int distance) {
  if constexpr (sizeof(T) < 4) {
    return T(__shfl_down_sync(0xffffffffu, int32_t(value), distance));
  } else {
    return __shfl_down_sync(0xffffffffu, value, distance);
  }
}

IBEX_FN void note(const ArgArguments& arguments, int64_t line, int64_t part, const Best& best) {
  if (arguments.parts == 1) {
    arguments.to[line] = best.place;
  } else {
    arguments.bestValues[part * arguments.lines + line] = best.value;
    arguments.bestPlaces[part * arguments.lines + line] = best.place;
  }
}

// inner is 1.
extern "C" __global__ void __launch_bounds__(256) argRows(ArgArguments arguments) {
  constexpr int kGroups = 256 / GROUP;
  const int64_t which = int64_t(blockIdx.x) * kGroups + threadIdx.x / GROUP;
  const int64_t line = which / arguments.parts;
  const int64_t part = which % arguments.parts;
  const bool inside = line < arguments.lines;
  const int64_t begin = part * arguments.part;
  const int64_t end = begin + arguments.part < arguments.extent ? begin + arguments.part : arguments.extent;
  Best best{VALUE(0), -1};
  if (inside) {
    const STORED* from = arguments.from + line * arguments.extent;
#pragma unroll 4
    for (int64_t at = begin + threadIdx.x % GROUP; at < end; at += GROUP) {
      best = better(best, {Element<STORED, VALUE>::load(from[at]), int32_t(at)});
    }
  }
#pragma unroll
  for (int distance = 16; distance > 0; distance /= 2) {
    best = better(best, {fromLane(best.value, distance), fromLane(best.place, distance)});
  }
#if GROUP > 32
  __shared__ Best warps[GROUP / 32];
  if (threadIdx.x % 32 == 0) warps[threadIdx.x / 32] = best;
  __syncthreads();
  if (threadIdx.x == 0) {
    for (int warp = 1; warp < GROUP / 32; ++warp) best = better(best, warps[warp]);
  }
#endif
  if (inside && threadIdx.x % GROUP == 0) note(arguments, line, part, best);
}

// A thread for each line, beside its neighbours.
extern "C" __global__ void __launch_bounds__(256) argColumns(ArgArguments arguments) {
  const int64_t thread = int64_t(blockIdx.x) * 256 + threadIdx.x;
  const int64_t line = thread % arguments.lines;
  const int64_t part = thread / arguments.lines;
  if (part >= arguments.parts) return;
  const int64_t begin = part * arguments.part;
  const int64_t end = begin + arguments.part < arguments.extent ? begin + arguments.part : arguments.extent;
  const STORED* from = arguments.from + line / arguments.inner * arguments.extent * arguments.inner + line % arguments.inner;
  Best best{VALUE(0), -1};
#pragma unroll 4
  for (int64_t at = begin; at < end; ++at) {
    best = better(best, {Element<STORED, VALUE>::load(from[at * arguments.inner]), int32_t(at)});
  }
  note(arguments, line, part, best);
}

extern "C" __global__ void __launch_bounds__(256) argParts(ArgArguments arguments) {
  const int64_t line = int64_t(blockIdx.x) * 256 + threadIdx.x;
  if (line >= arguments.lines) return;
  Best best{VALUE(0), -1};
  for (int64_t part = 0; part < arguments.parts; ++part) {
    const int64_t at = part * arguments.lines + line;
    best = better(best, {arguments.bestValues[at], arguments.bestPlaces[at]});
  }
  arguments.to[line] = best.place;
}

}  // namespace ibex_device
