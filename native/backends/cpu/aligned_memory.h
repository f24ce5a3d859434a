// Memory as kernels want it: in whole cache lines.
#pragma once

#include <cstddef>
#include <memory>
#include <new>

namespace ibex::cpu {

inline constexpr size_t kAlignment = 64;

inline size_t aligned(size_t bytes) { return (bytes + kAlignment - 1) / kAlignment * kAlignment; }

struct FreeAligned {
  void operator()(void* p) const { ::operator delete(p, std::align_val_t{kAlignment}); }
};
using AlignedMemory = std::unique_ptr<void, FreeAligned>;

inline AlignedMemory allocateAligned(size_t bytes) {
  return AlignedMemory(::operator new(bytes, std::align_val_t{kAlignment}));
}

}  // namespace ibex::cpu
