// The reductions of a stage: how tiles are folded into accumulators, accumulators of blocks of the reduced space into
// results. The blocks follow from the extents alone, so results do not depend on the number of threads.
#pragma once

#include <cstdint>
#include <vector>

#include "backends/cpu/kernels/region_program.h"

namespace ibex::cpu {

class RegionReducer {
 public:
  RegionReducer(const TileProgram& program, const StageSpec& spec);

  // Items times blocks: units of work that may run in any order.
  int64_t tasks() const { return program_.items() * blocks_; }
  // Of one thread, beside those of its walk.
  size_t threadBytes() const { return threadBytes_; }
  // Accumulators of blocks, shared by all threads.
  size_t partialBytes() const { return blocks_ > 1 ? partialBytes_ : 0; }

  // Tasks [begin, end) on one thread; `buffer` has walkBytes() + threadBytes() bytes.
  void run(char* const* pointers, char* partials, char* buffer, int64_t begin, int64_t end) const;
  // After all tasks: the blocks' accumulators into results [begin, end) of results().
  void combine(char* const* pointers, char* partials, int64_t begin, int64_t end) const;
  bool needsCombine() const { return blocks_ > 1; }
  int64_t results() const { return results_; }
  // The results of an empty reduction.
  void fillIdentity(char* const* pointers) const;

 private:
  // out[o, i] = x[o, :, i]; the tile's first axis is as long as the tile is.
  struct Fold {
    int64_t outer, extent, inner;
    bool firstIsExtent;  // the first axis multiplies `extent`, else `outer`
  };
  struct Reduction {
    int pointer;
    ReduceKind kind;
    DType dtype;  // of the result
    DType tile;
    DType accumulator;
    ReduceFunctions functions;
    ReduceFunctions accumulatorFunctions;
    TileFunction finish;  // accumulator to result
    // Offsets in the thread's part of the buffer.
    size_t sums;
    size_t folded[2];
    size_t master;
    size_t partial;  // in the partials
    int64_t groupLimit;
  };
  struct Progress {
    int64_t steps = 0;     // in `sums`
    int64_t elements = 0;  // of these tiles
    bool begun = false;    // `master` has a value
  };

  void planFolds();
  void addTile(const Reduction& r, Progress& progress, const void* tile, int64_t n, bool only, char* own) const;
  void flush(const Reduction& r, Progress& progress, const void* tile, int64_t n, char* own) const;
  void fold(const Reduction& r, const void* tile, int64_t n, void* out, char* own) const;
  int64_t keptElements(int64_t n) const {
    return splitReduced_ ? keptInner_ : n / program_.tiling().inner * keptInner_;
  }

  const TileProgram& program_;
  std::vector<Reduction> reductions_;
  std::vector<Fold> folds_;
  bool wholeTile_ = false;  // the tile has reduced axes only
  bool splitReduced_ = false;
  int64_t keptInner_ = 1;  // kept elements of the axes after the split one
  int64_t results_ = 1;
  int64_t blocks_ = 1;
  int64_t stepsPerBlock_ = 1;
  size_t progressAt_ = 0;  // in the thread's part of the buffer
  size_t threadBytes_ = 0;
  size_t partialBytes_ = 0;
};

}  // namespace ibex::cpu
