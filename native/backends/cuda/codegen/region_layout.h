// How a region's iteration space is laid over threads.
#pragma once

#include <cstdint>
#include <vector>

#include "ir/region.h"

namespace ibex::cuda {

// Axes of the space that are walked as one.
struct RegionAxis {
  int64_t extent = 1;
  int64_t spaceStride = 1;            // in outputs that are stored over the whole space
  std::vector<int64_t> inputStrides;  // in elements, one per input of the region
};

struct RegionLayout {
  std::vector<RegionAxis> kept;     // outermost first; empty for a single item
  std::vector<RegionAxis> reduced;  // likewise; empty where nothing is reduced
  int64_t keptCount = 1;
  int64_t reducedCount = 1;
  bool hasReduction = false;

  // Neighbouring threads take neighbours along the reduced axes ("rows"), else along the kept ones.
  bool lanesReduce = false;
  int vector = 1;   // elements that a thread takes at once along its innermost axis
  int lanes = 1;    // threads of a block that share an item; a power of two
  int items = 256;  // items (without a reduction: vectors) of a block
  int64_t splits = 1;      // parts of the reduced axes, each with a result of its own that a second kernel combines
  int64_t splitExtent = 0; // of a part, in elements

  // The axis along which vectors lie; nullptr for a single element.
  const RegionAxis* innermost() const;
};

RegionLayout layOut(const Region& region);

}  // namespace ibex::cuda
