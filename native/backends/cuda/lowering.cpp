#include "backends/cuda/lowering.h"

#include <array>

namespace ibex::cuda {
namespace {

std::array<Lowering, kOpCount>& table() {
  static std::array<Lowering, kOpCount> lowerings{};
  return lowerings;
}

}  // namespace

void registerLowering(Op op, Lowering lowering) { table()[static_cast<size_t>(op)] = lowering; }

Lowering findLowering(Op op) { return table()[static_cast<size_t>(op)]; }

}  // namespace ibex::cuda
