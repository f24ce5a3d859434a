// How rows are laid over threads, for the kernels that begin with kernels/row_group.cuh.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "backends/cuda/codegen/element_code.h"
#include "backends/cuda/runtime/context.h"
#include "ir/dtype.h"

namespace ibex::cuda {

// Elements of 16 bytes together, where that divides `columns`; else the widest power of two that does.
inline int vectorFor(DType dtype, int64_t columns) {
  int64_t vector = std::max<int64_t>(1, 16 / static_cast<int64_t>(dtypeSize(dtype)));
  while (columns % vector != 0) vector /= 2;
  return static_cast<int>(vector);
}

struct RowPlan {
  DType dtype;
  int64_t rows, columns;
  int vector, group = 1, items = 0;

  // kept: numbers of a row that a thread may keep in registers.
  RowPlan(DType dtype, int64_t rows, int64_t columns, int kept)
      : dtype(dtype), rows(rows), columns(columns), vector(vectorFor(dtype, columns)) {
    const int64_t vectors = std::max<int64_t>(1, columns / vector);
    while (group < 32 && group < vectors) group *= 2;
    // A warp takes more of a row before a block does: then nothing goes through shared memory.
    while (group < 1024 && itemsOf(vectors) * vector > (group <= 32 ? 2 * kept : kept)) group *= 2;
    const int64_t wanted = itemsOf(vectors);
    if (wanted * vector > kept && group > 32) return;
    items = 1;
    while (items < wanted) items *= 2;
  }

  std::vector<std::pair<std::string, std::string>> macros() const {
    return {{"STORED", storedType(dtype)},
            {"VALUE", valueType(dtype)},
            {"GROUP", std::to_string(group)},
            {"VECTOR", std::to_string(vector)},
            {"ITEMS", std::to_string(items)}};
  }

  LaunchShape shape() const {
    const int64_t block = group > 32 ? group : 128;  // a group over 32 is a block
    const int64_t perBlock = block / group;
    return {{(rows + perBlock - 1) / perBlock, 1, 1}, {block, 1, 1}, 0};
  }

 private:
  int64_t itemsOf(int64_t vectors) const { return (vectors + group - 1) / group; }
};

}  // namespace ibex::cuda
