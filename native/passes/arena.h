// Offsets for buffers that live for parts of a program, in one arena.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace ibex {

struct ArenaBuffer {
  size_t bytes = 0;
  uint32_t first = 0;  // the call that writes it first
  uint32_t last = 0;   // the last call that uses it
  size_t offset = 0;   // set by placeBuffers
};

// Sets the offsets, multiples of `alignment`: buffers that live at the same time (first..last, both included) don't
// overlap. Returns the arena's size. Deterministic; near linear, but for a few hundred buffers a slower and better
// placement is tried as well.
size_t placeBuffers(std::vector<ArenaBuffer>& buffers, size_t alignment);

}  // namespace ibex
