// What the tile compiler knows about ops and constants.
#pragma once

#include <cstdint>
#include <vector>

#include "ir/region.h"

namespace ibex::cpu {

// Whether results on values of a 16-bit type are always values of it.
bool needsNoRounding(Op op);

// Whether there are functions that begin, or end, with this operation of float32 (RegionFunctions::pair).
bool startsPair(Op op);
bool endsPair(Op op);

// Nanoseconds an element, roughly; of tile types.
double costOf(Op op, DType t);

// One element as tiles hold it.
std::vector<uint8_t> constantBytes(const RegionImmediate& immediate);

}  // namespace ibex::cpu
