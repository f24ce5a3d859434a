// Updates of x, [OUTER, ROWS, INNER], by those that were given rows, [OUTER, COUNT, INNER], in the order of the updates and without
// atomics; after scatter_combine.cuh. Macros: also PACK, columns that a thread takes, which divides INNER, and NO_ROW.
namespace ibex_device {

typedef Pack<STORED, PACK> Columns;

struct ScatterApplyArguments {
  STORED* x;
  const STORED* updates;
  const uint32_t* rows;    // sorted, or of each update in turn
  const uint32_t* places;  // of the updates, sorted with the rows
  const uint32_t* last;
};

IBEX_FN void combineInto(VALUE* values, const Columns& update) {
#pragma unroll
  for (int i = 0; i < PACK; ++i) values[i] = combined(values[i], Stored::load(update.at[i]));
}

struct Place {
  int64_t outer;
  int64_t at;  // in the rows' order
  int64_t column;
};

IBEX_FN Place placeOfThread() {
  const int64_t thread = int64_t(blockIdx.x) * 256 + threadIdx.x;
  const int64_t row = thread / (INNER / PACK);
  return {row / COUNT, row % COUNT, thread % (INNER / PACK) * PACK};
}

// The updates of a row lie side by side after sorting: the first of them is answerable for all.
extern "C" __global__ void __launch_bounds__(256) scatterSorted(ScatterApplyArguments arguments) {
  constexpr int kAhead = 8;
  const Place place = placeOfThread();
  if (place.outer >= OUTER) return;
  const uint32_t row = arguments.rows[place.at];
  if (row == NO_ROW || (place.at > 0 && arguments.rows[place.at - 1] == row)) return;
  STORED* x = arguments.x + (place.outer * ROWS + row) * INNER + place.column;
  const STORED* updates = arguments.updates + place.outer * COUNT * INNER + place.column;
  VALUE values[PACK];
  const Columns old = loadPack<STORED, PACK>(x);
#pragma unroll
  for (int i = 0; i < PACK; ++i) values[i] = Stored::load(old.at[i]);
  int64_t at = place.at;
  // Many updates of a row: some of them are read ahead.
  while (at + kAhead <= COUNT && arguments.rows[at + kAhead - 1] == row) {
    Columns ahead[kAhead];
#pragma unroll
    for (int i = 0; i < kAhead; ++i) ahead[i] = loadPack<STORED, PACK>(updates + arguments.places[at + i] * int64_t(INNER));
#pragma unroll
    for (int i = 0; i < kAhead; ++i) combineInto(values, ahead[i]);
    at += kAhead;
  }
  for (; at < COUNT && arguments.rows[at] == row; ++at) {
    combineInto(values, loadPack<STORED, PACK>(updates + arguments.places[at] * int64_t(INNER)));
  }
  Columns made;
#pragma unroll
  for (int i = 0; i < PACK; ++i) made.at[i] = Stored::store(values[i]);
  storePack(x, made);
}

// Of updates that set, the last of a row is the one that counts.
extern "C" __global__ void __launch_bounds__(256) scatterLast(ScatterApplyArguments arguments) {
  const Place place = placeOfThread();
  if (place.outer >= OUTER) return;
  const uint32_t row = arguments.rows[place.at];
  if (row == NO_ROW || arguments.last[row] != uint32_t(place.at) + 1) return;
  storePack(arguments.x + (place.outer * ROWS + row) * INNER + place.column,
            loadPack<STORED, PACK>(arguments.updates + (place.outer * COUNT + place.at) * INNER + place.column));
}

}  // namespace ibex_device
