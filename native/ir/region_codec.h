// The binary form of a fused region, which follows a fused node's outputs. Only the core writes it, to hand nodes to
// backends in other libraries; graphs of programs hold no fused nodes.
#pragma once

#include "ir/byte_reader.h"
#include "ir/byte_writer.h"
#include "ir/region.h"

namespace ibex {

void encodeRegion(const Region& region, ByteWriter& out);

// Throws Error{kInvalidGraph} for malformed bytes; what the region says still has to be verified.
Region decodeRegion(ByteReader& in);

}  // namespace ibex
