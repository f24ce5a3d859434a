#include <algorithm>
#include <cstring>
#include <limits>

#include "backends/cpu/kernels/number.h"
#include "backends/cpu/kernels/region_reduce.h"

namespace ibex::cpu {
namespace {

// Enough to keep many threads busy; more only costs partial results.
constexpr int64_t kMostTasks = 64;
constexpr int64_t kLeastBlockElements = 32 * 1024;
// Tiles added up in float before they go into a double.
constexpr int64_t kGroup = 32;
constexpr size_t kLine = 64;

size_t take(size_t& offset, size_t bytes) {
  const size_t at = offset;
  offset += (bytes + kLine - 1) / kLine * kLine + 3 * kLine;
  return at;
}

size_t bytesOf(DType t, int64_t elements) { return dtypeSize(t) * static_cast<size_t>(elements); }

double identityOf(ReduceKind kind) {
  switch (kind) {
    case ReduceKind::kSum: return 0;
    case ReduceKind::kProd: return 1;
    case ReduceKind::kMax: return -std::numeric_limits<double>::infinity();
    case ReduceKind::kMin: break;
  }
  return std::numeric_limits<double>::infinity();
}

}  // namespace

RegionReducer::RegionReducer(const TileProgram& program, const StageSpec& spec) : program_(program) {
  const Tiling& t = program.tiling();
  const auto split = static_cast<size_t>(t.split);
  for (size_t a = 0; a < t.extents.size(); ++a) {
    if (t.reduced[a]) continue;
    results_ *= t.extents[a];
    if (a > split) keptInner_ *= t.extents[a];
  }
  if (t.elements > 0) {
    splitReduced_ = t.reduced[split] != 0;
    planFolds();
    const int64_t steps = program.stepsPerItem();
    const int64_t bySize = t.elements / kLeastBlockElements;
    const int64_t wanted = program.items() >= kMostTasks ? 1 : std::min(kMostTasks / program.items(), bySize);
    blocks_ = std::clamp<int64_t>(wanted, 1, steps);
    stepsPerBlock_ = (steps + blocks_ - 1) / blocks_;
    blocks_ = (steps + stepsPerBlock_ - 1) / stepsPerBlock_;
  }
  const int64_t tile = std::max<int64_t>(1, t.tileElements());
  const RegionFunctions& functions = regionFunctions();
  for (const StageReduction& s : spec.reductions) {
    Reduction r{};
    r.pointer = s.pointer;
    r.kind = s.kind;
    r.dtype = s.dtype;
    r.tile = tileType(s.dtype);
    r.accumulator = accumulatorType(s.kind, r.tile);
    r.functions = functions.reduce[static_cast<int>(s.kind)][static_cast<int>(r.tile)];
    r.accumulatorFunctions = functions.reduce[static_cast<int>(s.kind)][static_cast<int>(r.accumulator)];
    r.finish = r.accumulator == r.dtype ? functions.copy[log2Size(dtypeSize(r.dtype))]
                                        : functions.cast[static_cast<int>(r.accumulator)][static_cast<int>(r.dtype)];
    r.sums = take(threadBytes_, bytesOf(r.tile, tile));
    r.folded[0] = take(threadBytes_, bytesOf(r.accumulator, tile));
    r.folded[1] = take(threadBytes_, bytesOf(r.accumulator, tile));
    r.master = take(threadBytes_, bytesOf(r.accumulator, tile));
    r.partial = take(partialBytes_, bytesOf(r.accumulator, results_) * static_cast<size_t>(blocks_));
    r.groupLimit = r.accumulator == r.tile ? std::numeric_limits<int64_t>::max() : kGroup;
    reductions_.push_back(r);
  }
  progressAt_ = take(threadBytes_, sizeof(Progress) * reductions_.size());
}

// Runs of kept and of reduced axes in the tile; the reduced ones are folded away from the innermost outwards.
void RegionReducer::planFolds() {
  const Tiling& t = program_.tiling();
  struct Run {
    int64_t extent;
    bool reduced;
  };
  std::vector<Run> runs{{1, t.reduced[static_cast<size_t>(t.split)] != 0}};  // without the first axis' extent
  for (size_t a = static_cast<size_t>(t.split) + 1; a < t.extents.size(); ++a) {
    const bool reduced = t.reduced[a] != 0;
    if (runs.back().reduced == reduced) {
      runs.back().extent *= t.extents[a];
    } else {
      runs.push_back({t.extents[a], reduced});
    }
  }
  wholeTile_ = runs.size() == 1 && runs[0].reduced;
  int64_t inner = 1;
  for (size_t i = runs.size(); i-- > 0;) {
    if (!runs[i].reduced) {
      inner *= runs[i].extent;
      continue;
    }
    int64_t outer = 1;
    for (size_t j = 0; j < i; ++j) outer *= runs[j].extent;
    folds_.push_back({outer, runs[i].extent, inner, i == 0});
  }
  // Nothing to fold: only the type changes.
  if (folds_.empty()) folds_.push_back({1, 1, inner, false});
}

void RegionReducer::fold(const Reduction& r, const void* tile, int64_t n, void* out, char* own) const {
  const int64_t first = n / program_.tiling().inner;
  const void* from = tile;
  for (size_t i = 0; i < folds_.size(); ++i) {
    const Fold& f = folds_[i];
    const bool last = i + 1 == folds_.size();
    void* to = last ? out : own + r.folded[i % 2];
    const ReduceFunctions& functions = i == 0 ? r.functions : r.accumulatorFunctions;
    functions.fold(to, from, f.firstIsExtent ? f.outer : f.outer * first, f.firstIsExtent ? f.extent * first : f.extent,
                   f.inner);
    from = to;
  }
}

void RegionReducer::flush(const Reduction& r, Progress& progress, const void* tile, int64_t n, char* own) const {
  void* master = own + r.master;
  if (!progress.begun) {
    fold(r, tile, n, master, own);
  } else {
    // The last fold's destination is neither of its sources: the one before wrote the other buffer.
    void* out = own + r.folded[(folds_.size() - 1) % 2];
    fold(r, tile, n, out, own);
    r.functions.combine(master, out, nullptr, nullptr, keptElements(n));
  }
  progress.begun = true;
  progress.steps = 0;
}

void RegionReducer::addTile(const Reduction& r, Progress& progress, const void* tile, int64_t n, bool only,
                            char* own) const {
  if (wholeTile_) {
    if (!progress.begun) return flush(r, progress, tile, n, own);
    return r.functions.reduce(own + r.master, tile, n);
  }
  if (only) return flush(r, progress, tile, n, own);
  void* sums = own + r.sums;
  if (progress.steps > 0 && progress.elements != n) flush(r, progress, sums, progress.elements, own);
  if (progress.steps == 0) {
    std::memcpy(sums, tile, bytesOf(r.tile, n));
    progress.elements = n;
  } else {
    r.functions.accumulate(sums, tile, nullptr, nullptr, n);
  }
  if (++progress.steps == r.groupLimit) flush(r, progress, sums, n, own);
}

void RegionReducer::run(char* const* pointers, char* partials, char* buffer, int64_t begin, int64_t end) const {
  char* own = buffer + program_.walkBytes();
  TileWalk walk(program_, pointers, buffer);
  const int64_t steps = program_.stepsPerItem();
  Progress* progress = reinterpret_cast<Progress*>(own + progressAt_);
  for (int64_t task = begin; task < end; ++task) {
    const int64_t item = task / blocks_;
    const int64_t block = task % blocks_;
    const int64_t from = block * stepsPerBlock_;
    const int64_t to = std::min(steps, from + stepsPerBlock_);
    if (task == begin || blocks_ > 1) {
      walk.seek(item * steps + from);
    } else {
      walk.next();
    }
    const int64_t resultAt = walk.resultOffset();
    const int64_t kept = keptElements(walk.elements());
    for (size_t i = 0; i < reductions_.size(); ++i) progress[i] = {};
    for (int64_t s = from; s < to; ++s) {
      if (s != from) walk.next();
      walk.runTile();
      for (size_t i = 0; i < reductions_.size(); ++i) {
        addTile(reductions_[i], progress[i], walk.reductionTile(i), walk.elements(), to - from == 1, own);
      }
    }
    for (size_t i = 0; i < reductions_.size(); ++i) {
      const Reduction& r = reductions_[i];
      if (progress[i].steps > 0) flush(r, progress[i], own + r.sums, progress[i].elements, own);
      if (blocks_ > 1) {
        std::memcpy(partials + r.partial + bytesOf(r.accumulator, block * results_ + resultAt), own + r.master,
                    bytesOf(r.accumulator, kept));
      } else {
        r.finish(pointers[r.pointer] + bytesOf(r.dtype, resultAt), own + r.master, nullptr, nullptr, kept);
      }
    }
  }
  walk.finish();
}

void RegionReducer::combine(char* const* pointers, char* partials, int64_t begin, int64_t end) const {
  const int64_t n = end - begin;
  for (const Reduction& r : reductions_) {
    char* first = partials + r.partial + bytesOf(r.accumulator, begin);
    for (int64_t b = 1; b < blocks_; ++b) {
      r.functions.combine(first, first + bytesOf(r.accumulator, b * results_), nullptr, nullptr, n);
    }
    r.finish(pointers[r.pointer] + bytesOf(r.dtype, begin), first, nullptr, nullptr, n);
  }
}

void RegionReducer::fillIdentity(char* const* pointers) const {
  for (const Reduction& r : reductions_) {
    uint64_t element = 0;
    encodeNumber(r.dtype, identityOf(r.kind), &element);
    regionFunctions().fill[log2Size(dtypeSize(r.dtype))](pointers[r.pointer], &element, nullptr, nullptr, results_);
  }
}

}  // namespace ibex::cpu
