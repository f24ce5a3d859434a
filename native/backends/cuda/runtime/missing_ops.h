#pragma once

#include <string>

namespace ibex::cuda {

// The ops that no lowering is registered for, separated by commas; empty when there are none.
std::string missingOps();

}  // namespace ibex::cuda
