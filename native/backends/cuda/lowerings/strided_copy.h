// Copies of boxes between strided layouts: what most ops that move data are.
#pragma once

#include <optional>
#include <vector>

#include "backends/cuda/lowerings/copy_plan.h"
#include "backends/cuda/runtime/context.h"

namespace ibex::cuda {

// A box that lies in one of the two tensors where data says, clamped so that it fits.
struct CopyWindow {
  bool inTarget;
  Shape room;  // per axis of the tensor, the last place where the window can begin
  Shape step;  // and the elements between two of them
};

class StridedCopy {
 public:
  // As for planCopy(). fromOffset and toOffset: where the first element is, in elements.
  StridedCopy(Context& context, const Shape& extents, const Shape& from, const Shape& to, size_t elementSize,
              int64_t fromOffset = 0, int64_t toOffset = 0, const std::optional<CopyWindow>& window = std::nullopt);

  // `from` and `to` are where the tensors begin; starts: of the window, int32 in device memory.
  void run(const void* from, void* to, const void* starts = nullptr) const;

 private:
  void prepareTiles(const CopyPlan& plan, size_t across);
  void prepareCopy(const CopyPlan& plan, const std::optional<CopyWindow>& window, size_t elementSize, int64_t toOffset);

  Context* context_;
  size_t bytes_ = 0;
  int64_t fromBytes_;
  int64_t toBytes_;
  const Function* function_ = nullptr;  // null: memory that is copied whole, or nothing at all
  bool tiled_ = false;
  LaunchShape shape_;
};

}  // namespace ibex::cuda
