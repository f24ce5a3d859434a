// The kernel of a node whose results have no elements.
#pragma once

#include "backends/kernel.h"

namespace ibex::cuda {

class NoWork final : public Kernel {
 public:
  bool recordable() const override { return true; }
  void run(void* const*) override {}
};

}  // namespace ibex::cuda
