#include "backends/cuda/lowerings/copy_plan.h"

#include "backends/cuda/lowerings/kernel_macros.h"
#include "backends/node_util.h"

namespace ibex::cuda {

CopyPlan planCopy(const Shape& extents, const Shape& from, const Shape& to, size_t elementSize,
                  std::span<const int64_t> offsets) {
  CopyPlan plan;
  plan.unit = elementSize;
  plan.units = product(extents);
  if (plan.units == 0) return plan;
  std::vector<CopyAxis>& axes = plan.axes;
  for (size_t i = 0; i < extents.size(); ++i) {
    if (extents[i] == 1) continue;
    if (!axes.empty() && axes.back().from == from[i] * extents[i] && axes.back().to == to[i] * extents[i]) {
      axes.back() = {axes.back().extent * extents[i], from[i], to[i]};
    } else {
      axes.push_back({extents[i], from[i], to[i]});
    }
  }
  if (axes.empty() || axes.back().from != 1 || axes.back().to != 1) return plan;
  int64_t wider = commonPower(static_cast<int64_t>(16 / elementSize), {axes.back().extent});
  for (size_t i = 0; i + 1 < axes.size(); ++i) wider = commonPower(wider, {axes[i].from, axes[i].to});
  for (const int64_t offset : offsets) wider = commonPower(wider, {offset});
  plan.unit *= static_cast<size_t>(wider);
  plan.units /= wider;
  for (CopyAxis& axis : axes) axis = {axis.extent, axis.from / wider, axis.to / wider};
  axes.back() = {axes.back().extent / wider, 1, 1};
  if (axes.back().extent == 1) axes.pop_back();
  return plan;
}

}  // namespace ibex::cuda
