// Where NVIDIA's libraries may lie.
#pragma once

#include <string>
#include <vector>

namespace ibex::cuda {

// What IBEX_CUDA_LIBRARIES lists, separated by colons; empty when it is not set.
std::vector<std::string> explicitFolders();

// The folders of toolkits, then of Python's nvidia-* wheels, as far as they exist.
std::vector<std::string> usualFolders();

}  // namespace ibex::cuda
