// A Graph to the bytes that ir/decoder.h reads. Programs are encoded in TypeScript; this is for nodes that go to backends
// in other libraries, and for tests.
#pragma once

#include <cstdint>
#include <vector>

#include "ir/graph.h"

namespace ibex {

// Any valid graph; fused nodes with their regions.
std::vector<uint8_t> encodeGraph(const Graph& graph);

}  // namespace ibex
