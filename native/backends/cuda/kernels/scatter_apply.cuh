// Updates of x, [OUTER, ROWS, INNER], by those that were given rows, [OUTER, COUNT, INNER], in the order of the
// updates and without atomics; after fold.cuh. Macros: also COMBINE, of the old and the new, one of its functions; PACK,
// columns that a thread takes, which divides INNER; NO_ROW.
//
// Sorted updates are taken in chunks, CHUNK of them; what a row has in the chunks after the one where it begins is
// put together there, and then, by a second launch, with the row.
namespace ibex_device {

typedef Pack<STORED, PACK> Columns;

struct ScatterApplyArguments {
  STORED* x;
  const STORED* updates;
  const uint32_t* rows;    // sorted, or of each update in turn
  const uint32_t* places;  // of the updates, sorted with the rows
  const uint32_t* last;
  VALUE* partials;  // [OUTER, chunk, INNER]
};

#define CHUNKS ((COUNT + CHUNK - 1) / CHUNK)

IBEX_FN void load(const STORED* from, VALUE* values) {
  const Columns columns = loadPack<STORED, PACK>(from);
#pragma unroll
  for (int i = 0; i < PACK; ++i) values[i] = Stored::load(columns.at[i]);
}
IBEX_FN void store(STORED* to, const VALUE* values) {
  Columns columns;
#pragma unroll
  for (int i = 0; i < PACK; ++i) columns.at[i] = Stored::store(values[i]);
  storePack(to, columns);
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

// The updates of a row lie side by side after sorting: the first of them is answerable for all, in its chunk.
extern "C" __global__ void __launch_bounds__(256) scatterSorted(ScatterApplyArguments arguments) {
  constexpr int kAhead = 8;
  const Place place = placeOfThread();
  if (place.outer >= OUTER) return;
  const uint32_t row = arguments.rows[place.at];
  const bool continued = place.at > 0 && arguments.rows[place.at - 1] == row;
  if (row == NO_ROW || (continued && place.at % CHUNK != 0)) return;
  const int64_t chunk = place.at / CHUNK;
  const int64_t end = (chunk + 1) * CHUNK < COUNT ? (chunk + 1) * CHUNK : COUNT;
  STORED* x = arguments.x + (place.outer * ROWS + row) * INNER + place.column;
  const STORED* updates = arguments.updates + place.outer * COUNT * INNER + place.column;
  VALUE values[PACK];
  int64_t at = place.at;
  if (continued) {
    load(updates + arguments.places[at++] * int64_t(INNER), values);
  } else {
    load(x, values);
  }
  const auto combine = [&](const Columns& update) {
#pragma unroll
    for (int i = 0; i < PACK; ++i) {
      const VALUE made = COMBINE(values[i], Stored::load(update.at[i]));
      values[i] = continued ? made : Stored::round(made);  // x has what is stored after each update
    }
  };
  // Many updates of a row: some of them are read ahead.
  while (at + kAhead <= end && arguments.rows[at + kAhead - 1] == row) {
    Columns ahead[kAhead];
#pragma unroll
    for (int i = 0; i < kAhead; ++i) ahead[i] = loadPack<STORED, PACK>(updates + arguments.places[at + i] * int64_t(INNER));
#pragma unroll
    for (int i = 0; i < kAhead; ++i) combine(ahead[i]);
    at += kAhead;
  }
  for (; at < end && arguments.rows[at] == row; ++at) {
    combine(loadPack<STORED, PACK>(updates + arguments.places[at] * int64_t(INNER)));
  }
  if (continued) {
    VALUE* partials = arguments.partials + (place.outer * CHUNKS + chunk) * INNER + place.column;
#pragma unroll
    for (int i = 0; i < PACK; ++i) partials[i] = values[i];
  } else {
    store(x, values);
  }
}

// A thread for the columns of each chunk but the first: where a row is continued from the chunk that it begins in.
extern "C" __global__ void __launch_bounds__(256) scatterContinued(ScatterApplyArguments arguments) {
  const int64_t thread = int64_t(blockIdx.x) * 256 + threadIdx.x;
  const int64_t column = thread % (INNER / PACK) * PACK;
  const int64_t rest = thread / (INNER / PACK);
  const int64_t outer = rest / (CHUNKS - 1);
  if (outer >= OUTER) return;
  const int64_t chunk = rest % (CHUNKS - 1) + 1;
  const uint32_t* first = arguments.rows + chunk * CHUNK;
  const uint32_t row = first[0];
  if (row == NO_ROW || first[-1] != row) return;
  if (chunk > 1 && first[-CHUNK] == row && first[-CHUNK - 1] == row) return;
  STORED* x = arguments.x + (outer * ROWS + row) * INNER + column;
  VALUE values[PACK];
  load(x, values);
  for (int64_t next = chunk; next < CHUNKS && arguments.rows[next * CHUNK] == row; ++next) {
    const VALUE* partials = arguments.partials + (outer * CHUNKS + next) * INNER + column;
#pragma unroll
    for (int i = 0; i < PACK; ++i) values[i] = COMBINE(values[i], partials[i]);
  }
  store(x, values);
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
