// How a recurrent layer is laid over the device: by rows of the batch, each block with all the weights (kernels/rnn_rows.cuh),
// or where they do not fit a multiprocessor, step by step (kernels/rnn_steps.cuh).
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "backends/cuda/codegen/element_code.h"
#include "backends/cuda/runtime/context.h"
#include "backends/node_util.h"

namespace ibex::cuda {

struct RnnPlan {
  DType dtype;
  int64_t batch, steps, units;
  bool reverse, masked;
  size_t storedBytes, valueBytes;

  int64_t rowsOfBlock = 0;  // 0: step by step
  int64_t kept = 0;         // weights of a thread in registers
  size_t sharedBytes = 0;
  int64_t tileRows = 8;

  // hs: of the outputs [N, T, H]. vectors: how many of H numbers a row's product is of, at each step. unitsOfTile: of a block
  // of one step.
  RnnPlan(const DeviceTraits& traits, const Type& hs, const RnnAttrs& attrs, int64_t vectors, int64_t unitsOfTile)
      : dtype(hs.dtype),
        batch(hs.shape[0]),
        steps(hs.shape[1]),
        units(hs.shape[2]),
        reverse(attrs.reverse),
        masked(attrs.mask),
        storedBytes(dtypeSize(dtype)),
        valueBytes(dtype == DType::kFloat64 ? 8 : 4) {
    // Two rounds of blocks at most, where so many fit.
    const int64_t wanted = batch > 4 * traits.multiprocessors ? 4 : batch > 2 * traits.multiprocessors ? 2 : 1;
    for (int64_t rows = wanted; rows > 0 && rowsOfBlock == 0; rows /= 2) tryRows(traits, rows, vectors);
    const int64_t tilesAcross = (units + unitsOfTile - 1) / unitsOfTile;
    for (const int64_t rows : {16, 32}) {
      if (tilesAcross * ((batch + rows - 1) / rows) >= traits.multiprocessors) tileRows = rows;
    }
  }

  bool empty() const { return batch == 0 || steps == 0 || units == 0; }
  int64_t states() const { return batch * units; }
  int64_t threads() const { return (4 * units + 31) / 32 * 32; }

  std::vector<std::pair<std::string, std::string>> macros() const {
    std::vector<std::pair<std::string, std::string>> macros = {{"STORED", storedType(dtype)},
                                                               {"VALUE", valueType(dtype)},
                                                               {"UNITS", std::to_string(units)},
                                                               {"REVERSE", reverse ? "1" : "0"},
                                                               {"MASK", masked ? "1" : "0"}};
    if (rowsOfBlock > 0) {
      macros.emplace_back("ROWS", std::to_string(rowsOfBlock));
      macros.emplace_back("KEPT", std::to_string(kept));
    } else {
      macros.emplace_back("TILE_ROWS", std::to_string(tileRows));
    }
    return macros;
  }

  LaunchShape rowShape() const {
    return {{(batch + rowsOfBlock - 1) / rowsOfBlock, 1, 1}, {threads(), 1, 1}, sharedBytes};
  }
  LaunchShape stepShape(int64_t unitsOfTile) const {
    return {{(units + unitsOfTile - 1) / unitsOfTile, (batch + tileRows - 1) / tileRows, 1}, {256, 1, 1}, 0};
  }

 private:
  void tryRows(const DeviceTraits& traits, int64_t rows, int64_t vectors) {
    if (units == 0 || threads() > 1024) return;
    const int64_t padded = (units + 3) / 4 * 4;
    const int64_t words = static_cast<int64_t>(valueBytes) / 4;
    // What a thread needs besides the weights was found by compiling.
    const int64_t registers = std::min<int64_t>(248, 65536 / threads() / 8 * 8) - (40 + 16 * rows) * words;
    kept = std::clamp<int64_t>(registers / words / 4 * 4, 0, padded);
    const int64_t vectorStep = padded + (36 - padded % 32) % 32;
    sharedBytes = static_cast<size_t>(2 * rows * vectors * vectorStep) * valueBytes +
                  static_cast<size_t>((padded - kept) * threads()) * storedBytes;
    if (sharedBytes <= traits.sharedBytesPerBlock) rowsOfBlock = rows;
  }
};

}  // namespace ibex::cuda
