// A strided reading of a dense value: what movement ops do to the addresses of elements.
#pragma once

#include <optional>
#include <vector>

#include "ir/graph.h"

namespace ibex {

struct View {
  Shape shape;
  Shape strides;  // in elements; 0 along broadcast axes
  int64_t offset = 0;

  View() = default;
  explicit View(const Shape& shape);  // dense, row-major

  int64_t elements() const;
  // Whether element e of the view is element e of the value.
  bool isDense() const;
  bool operator==(const View&) const = default;
};

// NumPy's broadcast of the view to a shape that it fits.
View broadcastView(const View& view, const Shape& shape);

// The view with its elements in the same row-major order under another shape; nothing when no strides can say that.
std::optional<View> reshapeView(const View& view, const Shape& shape);

// Through a reshape, broadcast, transpose, slice or reverse; nothing for other ops or an impossible reshape.
// `result` is the node's output shape.
std::optional<View> movedView(const Node& node, const View& view, const Shape& result);

// The same element order with the fewest axes: none of extent 1, none that continues its neighbour. For an empty view
// the axes are left as they are.
View collapsed(const View& view);

// Element offsets of a view, in row-major order.
class ViewWalker {
 public:
  explicit ViewWalker(View view) : view_(std::move(view)), index_(view_.shape.size()), at_(view_.offset) {}
  int64_t next();

 private:
  View view_;
  Shape index_;
  int64_t at_;
};

}  // namespace ibex
