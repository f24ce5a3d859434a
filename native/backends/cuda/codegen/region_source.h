// CUDA C++ for a fused region. Nothing here needs a device or NVIDIA's libraries.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "ir/graph.h"
#include "ir/region.h"

namespace ibex::cuda {

// A kernel of the source. It takes one argument: a struct of pointers to the region's inputs, its outputs and the
// scratch memory, in that order.
struct RegionLaunch {
  std::string name;
  int64_t gridX = 1;
  int64_t gridY = 1;
  int blockX = 1;
  int blockY = 1;
};

struct RegionSource {
  std::string code;                    // without the prelude; the same region gives the same text but for the name
  std::vector<RegionLaunch> launches;  // in order; none where nothing is iterated
  size_t scratchBytes = 0;
};

// `name` must be a C identifier: kernels are called name_0, name_1. Several regions with different names may follow one
// prelude. Throws Error{kUnsupported} for an operation on a type that it is not defined for.
RegionSource generateRegion(const Region& region, const std::string& name);

// For each output the input of the node in whose memory it may lie, or -1; no input is given twice. `inputs`: the node's
// values, since one may be an input several times. `homes`: for each output the input that it should have if it can, or
// -1 (the state that it is the new value of); may be empty.
std::vector<int> regionInPlaceInputs(const Region& region, const std::vector<ValueId>& inputs,
                                     const std::vector<int>& homes);

}  // namespace ibex::cuda
