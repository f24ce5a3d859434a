// Graph bytes (written by packages/tensor/src/core/encode.ts, and by ir/encoder.h) to a Graph.
#pragma once

#include <cstdint>
#include <span>

#include "ir/graph.h"

namespace ibex {

inline constexpr uint32_t kGraphMagic = 0x58424947;  // "GIBX" in little endian
inline constexpr uint32_t kGraphVersion = 2;
// Of the header's word for the graph's numerics.
inline constexpr uint32_t kRoundFloat32Bit = 1, kDeterministicBit = 2;

// Programs come without fused nodes, which the compiler makes; a node that goes to another library may be one.
enum class FusedNodes { kRefuse, kAllow };

// Safe for hostile bytes: every read is bounds-checked, counts are checked against the bytes that are left, ids must be
// of earlier values, and no type has more than 2^48 bytes. Throws Error{kInvalidGraph}. The result still has to be
// verified (ir/verifier.h) before a pass sees it.
Graph decodeGraph(std::span<const uint8_t> bytes, FusedNodes fused = FusedNodes::kRefuse);

}  // namespace ibex
