#include "backends/cuda/lowerings/strided_copy.h"

#include "backends/cuda/lowerings/kernel_macros.h"
#include "backends/cuda/lowerings/kernel_text.h"
#include "backends/node_util.h"

namespace ibex::cuda {
namespace {

constexpr int64_t kThreads = 256;
constexpr int64_t kLeastTile = 16;  // extents of axes that are worth tiles of 32

struct CopyArguments {
  const void* from;
  void* to;
  const void* starts;
};
struct TileArguments {
  const void* from;
  void* to;
};

void addAxes(Macros& macros, const std::vector<CopyAxis>& axes) {
  std::vector<int64_t> extents, from, to;
  for (const CopyAxis& axis : axes) {
    extents.push_back(axis.extent);
    from.push_back(axis.from);
    to.push_back(axis.to);
  }
  macros.insert(macros.end(), {{"RANK", std::to_string(axes.size())},
                               {"EXTENTS", macroOf(extents)},
                               {"FROM", macroOf(from)},
                               {"TO", macroOf(to)}});
}

// The axis that is contiguous in the source, when it is worth tiles with the last, which is in the target.
std::optional<size_t> acrossOf(const CopyPlan& plan) {
  if (plan.axes.size() < 2) return std::nullopt;
  const CopyAxis& last = plan.axes.back();
  if (last.to != 1 || last.from == 1 || last.from == 0 || last.extent < kLeastTile) return std::nullopt;
  for (size_t i = 0; i + 1 < plan.axes.size(); ++i) {
    if (plan.axes[i].from == 1 && plan.axes[i].extent >= kLeastTile) return i;
  }
  return std::nullopt;
}

}  // namespace

StridedCopy::StridedCopy(Context& context, const Shape& extents, const Shape& from, const Shape& to, size_t elementSize,
                         int64_t fromOffset, int64_t toOffset, const std::optional<CopyWindow>& window)
    : context_(&context),
      fromBytes_(fromOffset * static_cast<int64_t>(elementSize)),
      toBytes_(toOffset * static_cast<int64_t>(elementSize)) {
  std::vector<int64_t> offsets = {fromOffset, toOffset};
  for (size_t i = 0; window && i < window->room.size(); ++i) {
    if (window->room[i] > 0) offsets.push_back(window->step[i]);
  }
  const CopyPlan plan = planCopy(extents, from, to, elementSize, offsets);
  bytes_ = plan.bytes();
  if (plan.units == 0 || (plan.contiguous() && !window)) return;
  const auto across = acrossOf(plan);
  if (across && !window && fromOffset == 0 && toOffset == 0) {
    prepareTiles(plan, *across);
  } else {
    prepareCopy(plan, window, elementSize, toOffset);
  }
}

void StridedCopy::prepareTiles(const CopyPlan& plan, size_t across) {
  const CopyAxis row = plan.axes.back();
  const CopyAxis column = plan.axes[across];
  std::vector<CopyAxis> rest;
  int64_t outer = 1;
  // Accesses of 4 or 8 bytes a lane.
  int64_t vector = commonPower(plan.unit >= 8 ? 1 : plan.unit == 1 ? 4 : 2, {row.extent, column.extent, row.from, column.to});
  for (size_t i = 0; i + 1 < plan.axes.size(); ++i) {
    if (i == across) continue;
    rest.push_back(plan.axes[i]);
    outer *= plan.axes[i].extent;
    vector = commonPower(vector, {plan.axes[i].from, plan.axes[i].to});
  }
  const auto tilesWith = [&](int64_t lanes) {
    return outer * divideUp(row.extent, 32 * lanes) * divideUp(column.extent, 32 * lanes);
  };
  while (vector > 1 && tilesWith(vector) < 2 * context_->traits().multiprocessors) vector /= 2;
  if (rest.empty()) rest.push_back({1, 0, 0});
  Macros macros = unitMacros(plan.unit, plan.units);
  macros.insert(macros.end(), {{"VECTOR", std::to_string(vector)},
                               {"ROWS", macroOf(row.extent)},
                               {"ROW_FROM", macroOf(row.from)},
                               {"COLUMNS", macroOf(column.extent)},
                               {"COLUMN_TO", macroOf(column.to)}});
  addAxes(macros, rest);
  function_ = &context_->function({textOf({kUnitText, kTiledTransposeText}), macros}, "tiledTranspose");
  tiled_ = true;
  shape_ = {{tilesWith(vector)}, {kThreads}, 0};
}

void StridedCopy::prepareCopy(const CopyPlan& plan, const std::optional<CopyWindow>& window, size_t elementSize,
                              int64_t toOffset) {
  const auto wider = static_cast<int64_t>(plan.unit / elementSize);
  std::vector<CopyAxis> axes = plan.axes;
  if (axes.empty()) axes.push_back({1, 1, 1});
  int64_t pack = 1;
  if (axes.back().to == 1) {
    pack = commonPower(static_cast<int64_t>(16 / plan.unit), {axes.back().extent, toOffset / wider});
    for (size_t i = 0; i + 1 < axes.size(); ++i) pack = commonPower(pack, {axes[i].to});
    for (size_t i = 0; window && window->inTarget && i < window->room.size(); ++i) {
      if (window->room[i] > 0) pack = commonPower(pack, {window->step[i] / wider});
    }
  }
  const int64_t packs = plan.units / pack;
  // Where there is enough for all multiprocessors, a thread has several accesses under way.
  const int64_t items = packs >= context_->traits().multiprocessors * kThreads * 32 ? 4 : 1;
  Macros macros = unitMacros(plan.unit, plan.units);
  macros.insert(macros.end(), {{"UNITS", macroOf(plan.units)},
                               {"PACK", std::to_string(pack)},
                               {"ITEMS", std::to_string(items)},
                               {"DYNAMIC", !window ? "0" : window->inTarget ? "2" : "1"}});
  addAxes(macros, axes);
  if (window) {
    std::vector<int64_t> step;
    for (size_t i = 0; i < window->room.size(); ++i) step.push_back(window->room[i] > 0 ? window->step[i] / wider : 0);
    macros.insert(macros.end(), {{"STARTS", std::to_string(step.size())},
                                 {"ROOM", macroOf(window->room)},
                                 {"STEP", macroOf(step)}});
  }
  function_ = &context_->function({textOf({kUnitText, kStridedCopyText}), macros}, "stridedCopy");
  shape_ = {{divideUp(packs, items * kThreads)}, {kThreads}, 0};
}

void StridedCopy::run(const void* from, void* to, const void* starts) const {
  const auto* source = static_cast<const char*>(from) + fromBytes_;
  auto* target = static_cast<char*>(to) + toBytes_;
  if (function_ == nullptr) {
    context_->copy(target, source, bytes_);
  } else if (tiled_) {
    context_->launch(*function_, shape_, TileArguments{source, target});
  } else {
    context_->launch(*function_, shape_, CopyArguments{source, target, starts});
  }
}

}  // namespace ibex::cuda
