// How a matrix is laid over threads whose work goes down its columns, for the kernels that begin with
// kernels/column_block.cuh.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "backends/cuda/lowerings/row_plan.h"

namespace ibex::cuda {

struct ColumnPlan {
  DType dtype;
  int64_t rows, columns;
  int vector;
  int64_t lanes = 1;        // vectors of columns side by side in a block
  int64_t rowsOfBlock = 1;  // where columns are summed up
  int64_t parts = 0;        // blocks of rows there; none of an empty matrix

  ColumnPlan(const DeviceTraits& traits, DType dtype, int64_t rows, int64_t columns)
      : dtype(dtype), rows(rows), columns(columns), vector(vectorFor(dtype, columns)) {
    while (lanes < 32 && lanes * vector < columns) lanes *= 2;
    if (rows == 0 || columns == 0) return;
    // Enough blocks for the device, each with some rows for every thread.
    const int64_t most = std::max<int64_t>(1, rows / (rowLanes() * 8));
    const int64_t wanted = std::clamp<int64_t>(4 * traits.multiprocessors / blocksAcross(), 1, std::min<int64_t>(most, 1024));
    rowsOfBlock = (rows + wanted - 1) / wanted;
    parts = (rows + rowsOfBlock - 1) / rowsOfBlock;
  }

  int64_t rowLanes() const { return 256 / lanes; }
  int64_t blocksAcross() const { return std::max<int64_t>(1, (columns + lanes * vector - 1) / (lanes * vector)); }

  std::vector<std::pair<std::string, std::string>> macros() const {
    return {{"STORED", storedType(dtype)},
            {"VALUE", valueType(dtype)},
            {"VECTOR", std::to_string(vector)},
            {"LANES", std::to_string(lanes)}};
  }

  LaunchShape sumShape() const { return {{blocksAcross(), parts, 1}, {lanes, rowLanes(), 1}, 0}; }
  LaunchShape mergeShape() const { return {{(columns + 31) / 32, 1, 1}, {32, 8, 1}, 0}; }

  // Of kernels that do the same to each row. Threads take some rows, since what they need of the columns is read first.
  int64_t applyRows() const { return std::max(8 * rowLanes(), (rows + 65534) / 65535); }
  LaunchShape applyShape() const {
    return {{blocksAcross(), (rows + applyRows() - 1) / applyRows(), 1}, {lanes, rowLanes(), 1}, 0};
  }
};

}  // namespace ibex::cuda
