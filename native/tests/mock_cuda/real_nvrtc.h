#pragma once

#include <string>
#include <utility>
#include <vector>

namespace ibex::mock {

// Compiles with NVIDIA's library at that path for the devices of several generations. What it said; empty when it could.
std::string compileWithNvrtc(const std::string& path, const std::string& source,
                             const std::vector<std::pair<std::string, std::string>>& headers);

}  // namespace ibex::mock
