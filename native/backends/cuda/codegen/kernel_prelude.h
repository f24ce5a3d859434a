// What comes before the text of every kernel, generated or written by hand.
#pragma once

#include <string>

namespace ibex::cuda {

std::string kernelPrelude();

}  // namespace ibex::cuda
