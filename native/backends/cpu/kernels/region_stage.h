// A fused region as the CPU backend sees it: one stage of element-wise work over an iteration space, planned into
// tiles. A region without reductions is one stage; with them, the epilogue is a second stage over the kept axes.
#pragma once

#include <cstdint>
#include <vector>

#include "backends/cpu/kernels/region_functions.h"
#include "ir/region.h"

namespace ibex::cpu {

// `pointer` indexes the table of addresses that a kernel gives to its stages.
struct StageInput {
  int pointer = 0;
  DType dtype = DType::kFloat32;
  std::vector<int64_t> strides;  // in elements, one per axis of the stage's space
  int64_t offset = 0;
};

struct StageOutput {
  int pointer = 0;
  DType dtype = DType::kFloat32;
  RegionOperand operand;  // stored dense over the space
  bool late = false;      // written only after every instruction of the tile has read its operands
};

struct StageReduction {
  int pointer = 0;  // of the result, dense over the kept axes
  ReduceKind kind = ReduceKind::kSum;
  DType dtype = DType::kFloat32;
  RegionOperand operand;
};

// Operands are inputs, immediates and earlier instructions; RegionOperand::kReduction does not occur.
struct StageSpec {
  std::vector<int64_t> space;
  std::vector<uint8_t> reduceAxis;
  std::vector<StageInput> inputs;
  std::vector<RegionImmediate> immediates;
  std::vector<RegionInstr> instrs;
  std::vector<StageOutput> outputs;
  std::vector<StageReduction> reductions;
};

// The iteration space with adjacent axes merged and cut into tiles: a tile covers `chunk` indices of axis `split`
// and all of the axes after it.
struct Tiling {
  std::vector<int64_t> extents;
  std::vector<uint8_t> reduced;
  int split = 0;
  int64_t inner = 1;  // elements of the axes after `split`
  int64_t chunk = 1;
  int64_t chunks = 1;  // along `split`
  int64_t tiles = 1;
  int64_t elements = 1;

  int64_t tileElements() const { return chunk * inner; }
  // Elements of the chunk with index `i`.
  int64_t chunkElements(int64_t i) const {
    return (i + 1 < chunks ? chunk : extents[static_cast<size_t>(split)] - i * chunk) * inner;
  }
};

struct TileSizes {
  int64_t elements;  // of a tile, about
  int64_t shortRow;  // rows shorter than this are tiled several at a time
};

// Merges axes of `spec` in place (its strides follow) and cuts tiles.
Tiling makeTiling(StageSpec& spec, const TileSizes& sizes);

}  // namespace ibex::cpu
