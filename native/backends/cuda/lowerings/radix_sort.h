// A stable sort of lines of keys by their digits, for lines that no block can keep: see radix_sort.cuh.
#pragma once

#include <cstddef>
#include <cstdint>

#include "backends/cuda/runtime/context.h"

namespace ibex::cuda {

class RadixSort {
 public:
  // keyBytes: 4 or 8. Keys are below 2^keyBits. A line has fewer than 2^31.
  RadixSort(Context& context, size_t keyBytes, int keyBits, int64_t lines, int64_t extent);

  // Of the memory that it works in, 16-byte aligned: begins with the keys, [line, extent], as they are to be sorted.
  size_t scratchBytes() const;

  struct Sorted {
    const void* keys;
    const uint32_t* places;  // in their lines
  };
  Sorted run(void* scratch) const;

 private:
  Context* context_;
  size_t keyBytes_;
  int passes_;
  int64_t lines_;
  int64_t extent_;
  int64_t tiles_;
  const Function* count_;
  const Function* scan_;
  const Function* move_;
};

}  // namespace ibex::cuda
