// One stage compiled to calls of vectorised functions on tiles. They take their operands from a table of addresses
// ("slots"): the stage's inputs and outputs at the current tile, tile buffers, and constants.
#pragma once

#include <cstdint>
#include <vector>

#include "backends/cpu/kernels/region_stage.h"

namespace ibex::cpu {

class TileProgram {
 public:
  // Merges axes of `spec`. With `streaming`, outputs go past the caches: for large ones that are not read soon.
  // Throws Error{kUnsupported} for an operation on a type that it is not defined for.
  TileProgram(StageSpec& spec, bool streaming);

  const Tiling& tiling() const { return tiling_; }
  // Tiles are walked item by item: an item is one index of the kept axes, its steps are the indices of the reduced
  // ones.
  int64_t items() const { return items_; }
  int64_t stepsPerItem() const { return stepsPerItem_; }
  // An estimate for one thread, to split work by.
  double nanosecondsPerElement() const { return cost_; }
  // Of the buffer of a walk.
  size_t walkBytes() const { return walkBytes_; }

  // For the in-place rule. Instructions are numbered from 0; kEnd is after all of them.
  static constexpr int kEnd = 1 << 20;
  static constexpr int kAfterEnd = kEnd + 1;  // read while outputs are stored
  int lastRead(size_t input) const { return lastRead_[input]; }
  int written(size_t output) const { return written_[output]; }
  // Whether the input lies in memory as the outputs do, over the whole space.
  bool dense(size_t input) const { return dense_[input] != 0; }

 private:
  friend class TileCompiler;
  friend class TileWalk;

  struct Call {
    TileFunction function;  // null: compareSelect, or gathers_[a]
    SelectFunction compareSelect;
    uint16_t dst, a, b, c, d;
    bool scalar;  // on one element instead of the tile
  };
  // Brings the elements of an input that are not contiguous in a tile into a buffer.
  struct Gather {
    uint16_t dst;
    uint16_t src;
    size_t elementSize;
    std::vector<int64_t> strides;  // in bytes, of the axes from `split` on
  };
  // A slot that moves with the position: an input or an output.
  struct Moving {
    uint16_t slot;
    int pointer;
    int64_t offset;                // in bytes
    std::vector<int64_t> strides;  // in bytes, one per loop
  };
  // An input that a tile's calls (and its reductions, as one) fetch for the next tile, a share each.
  struct Prefetch {
    uint16_t slot;
    int64_t ahead;  // in bytes
    int64_t share;
  };
  struct Buffer {
    uint16_t slot;
    size_t offset;
  };

  Tiling tiling_;
  bool streaming_ = false;
  double cost_ = 0;
  int64_t items_ = 0;
  int64_t stepsPerItem_ = 1;
  // The loops over tiles, outermost first: kept axes, then reduced ones.
  std::vector<int64_t> loops_;
  size_t chunkLoop_ = 0;                // the one over chunks of the split axis
  std::vector<int64_t> resultStrides_;  // of the reduced results in elements, one per loop
  std::vector<Moving> moving_;
  std::vector<Buffer> buffers_;
  std::vector<std::vector<uint8_t>> constants_;
  std::vector<uint16_t> constantSlots_;
  std::vector<Gather> gathers_;
  std::vector<Call> onceCalls_;  // the same for all tiles
  std::vector<Call> calls_;
  std::vector<Prefetch> prefetches_;
  std::vector<uint16_t> reductionSlots_;
  std::vector<int> lastRead_;
  std::vector<int> written_;
  std::vector<uint8_t> dense_;
  uint16_t slots_ = 0;
  size_t buffersAt_ = 0;  // in the walk's buffer
  size_t walkBytes_ = 0;
};

// The addresses and position of one thread.
class TileWalk {
 public:
  // `pointers`: what StageInput, StageOutput and StageReduction::pointer index. `buffer`: walkBytes() bytes, aligned
  // to 64.
  TileWalk(const TileProgram& program, char* const* pointers, char* buffer);
  // To the tile with index `tile` of items() * stepsPerItem().
  void seek(int64_t tile);
  void next();
  // Runs `count` tiles from the current one on.
  void run(int64_t count);
  void runTile();
  // After the last tile: orders stores that went past the caches before what follows.
  void finish();

  int64_t elements() const { return elements_; }  // of the current tile
  // The reduction's operand at the current tile.
  const void* reductionTile(size_t r) const { return slots_[program_.reductionSlots_[r]]; }
  // Where the results of the current item begin, in elements.
  int64_t resultOffset() const { return resultOffset_; }

 private:
  void execute(const TileProgram::Call& call, int64_t n);
  void prefetch(int64_t share);

  const TileProgram& program_;
  char** slots_;
  int64_t* index_;
  int64_t elements_ = 0;
  int64_t resultOffset_ = 0;
};

}  // namespace ibex::cpu
