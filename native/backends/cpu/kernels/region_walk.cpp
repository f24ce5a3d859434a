#include <cstring>

#include "backends/cpu/kernels/region_program.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace ibex::cpu {
namespace {

template <class T>
char* gatherRow(char* dst, const char* src, int64_t stride, int64_t n) {
  T* d = reinterpret_cast<T*>(dst);
  if (stride == static_cast<int64_t>(sizeof(T))) {
    std::memcpy(dst, src, static_cast<size_t>(n) * sizeof(T));
  } else if (stride == 0) {
    T v;
    std::memcpy(&v, src, sizeof(T));
    for (int64_t i = 0; i < n; ++i) d[i] = v;
  } else {
    for (int64_t i = 0; i < n; ++i, src += stride) std::memcpy(d + i, src, sizeof(T));
  }
  return dst + n * static_cast<int64_t>(sizeof(T));
}

// `rows` indices of the first axis, all of the others.
template <class T>
char* gatherBox(char* dst, const char* src, const int64_t* strides, const int64_t* extents, int axes, int64_t rows) {
  if (axes == 1) return gatherRow<T>(dst, src, strides[0], rows);
  for (int64_t i = 0; i < rows; ++i, src += strides[0]) {
    dst = gatherBox<T>(dst, src, strides + 1, extents + 1, axes - 1, extents[1]);
  }
  return dst;
}

}  // namespace

TileWalk::TileWalk(const TileProgram& program, char* const* pointers, char* buffer)
    : program_(program), slots_(reinterpret_cast<char**>(buffer)) {
  index_ = reinterpret_cast<int64_t*>(slots_ + program.slots_);
  char* tiles = buffer + program.buffersAt_;
  for (const auto& b : program.buffers_) slots_[b.slot] = tiles + b.offset;
  for (size_t i = 0; i < program.constants_.size(); ++i) {
    slots_[program.constantSlots_[i]] = const_cast<char*>(reinterpret_cast<const char*>(program.constants_[i].data()));
  }
  for (const auto& m : program.moving_) slots_[m.slot] = pointers[m.pointer] + m.offset;
  for (size_t d = 0; d < program.loops_.size(); ++d) index_[d] = 0;
  elements_ = program.tiling_.tileElements();
  for (const auto& call : program.onceCalls_) execute(call, elements_);
  elements_ = program.tiling_.chunkElements(0);
}

void TileWalk::seek(int64_t tile) {
  for (size_t d = program_.loops_.size(); d-- > 0;) {
    const int64_t to = tile % program_.loops_[d];
    tile /= program_.loops_[d];
    const int64_t by = to - index_[d];
    index_[d] = to;
    resultOffset_ += by * program_.resultStrides_[d];
    for (const auto& m : program_.moving_) slots_[m.slot] += by * m.strides[d];
  }
  elements_ = program_.tiling_.chunkElements(index_[program_.chunkLoop_]);
}

void TileWalk::next() {
  for (size_t d = program_.loops_.size(); d-- > 0;) {
    const bool wraps = index_[d] + 1 == program_.loops_[d];
    const int64_t by = wraps ? -index_[d] : 1;
    index_[d] += by;
    resultOffset_ += by * program_.resultStrides_[d];
    for (const auto& m : program_.moving_) slots_[m.slot] += by * m.strides[d];
    if (!wraps) break;
  }
  elements_ = program_.tiling_.chunkElements(index_[program_.chunkLoop_]);
}

void TileWalk::execute(const TileProgram::Call& call, int64_t n) {
  if (call.function != nullptr) {
    call.function(slots_[call.dst], slots_[call.a], slots_[call.b], slots_[call.c], call.scalar ? 1 : n);
    return;
  }
  if (call.compareSelect != nullptr) {
    call.compareSelect(slots_[call.dst], slots_[call.a], slots_[call.b], slots_[call.c], slots_[call.d], n);
    return;
  }
  const auto& g = program_.gathers_[call.a];
  const int split = program_.tiling_.split;
  const int64_t* extents = program_.tiling_.extents.data() + split;
  const int axes = static_cast<int>(program_.tiling_.extents.size()) - split;
  const int64_t rows = n / program_.tiling_.inner;
  char* dst = slots_[g.dst];
  const char* src = slots_[g.src];
  const int64_t* strides = g.strides.data();
  switch (g.elementSize) {
    case 1: gatherBox<uint8_t>(dst, src, strides, extents, axes, rows); break;
    case 2: gatherBox<uint16_t>(dst, src, strides, extents, axes, rows); break;
    case 4: gatherBox<uint32_t>(dst, src, strides, extents, axes, rows); break;
    default: gatherBox<uint64_t>(dst, src, strides, extents, axes, rows); break;
  }
}

// One share of the next tile, so that memory is busy while functions work in the nearest cache. Always inlined: GCC takes
// a function that only prefetches for one without effects, and drops its calls.
[[gnu::always_inline]] inline void TileWalk::prefetch(int64_t share) {
  constexpr int64_t kLine = 64;
  for (const auto& p : program_.prefetches_) {
    const char* from = slots_[p.slot] + p.ahead + share * p.share;
    for (int64_t at = 0; at < p.share; at += kLine) __builtin_prefetch(from + at);
  }
}

void TileWalk::runTile() {
  int64_t share = 0;
  for (const auto& call : program_.calls_) {
    prefetch(share++);
    execute(call, elements_);
  }
  if (!program_.reductionSlots_.empty()) prefetch(share);
}

void TileWalk::run(int64_t count) {
  for (int64_t i = 0; i < count; ++i) {
    runTile();
    if (i + 1 < count) next();
  }
}

void TileWalk::finish() {
#if defined(__SSE2__)
  if (program_.streaming_) _mm_sfence();
#endif
}

}  // namespace ibex::cpu
