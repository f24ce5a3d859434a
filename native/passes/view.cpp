#include "passes/view.h"

namespace ibex {

View::View(const Shape& dense) : shape(dense), strides(dense.size()) {
  int64_t step = 1;
  for (size_t i = shape.size(); i-- > 0;) {
    strides[i] = step;
    step *= shape[i];
  }
}

int64_t View::elements() const {
  int64_t n = 1;
  for (int64_t d : shape) n *= d;
  return n;
}

bool View::isDense() const {
  if (offset != 0) return false;
  int64_t step = 1;
  for (size_t i = shape.size(); i-- > 0;) {
    if (shape[i] != 1 && strides[i] != step) return false;
    step *= shape[i];
  }
  return true;
}

View broadcastView(const View& view, const Shape& shape) {
  View out;
  out.shape = shape;
  out.strides.assign(shape.size(), 0);
  out.offset = view.offset;
  const size_t skip = shape.size() - view.shape.size();
  for (size_t i = 0; i < view.shape.size(); i++) {
    out.strides[skip + i] = view.shape[i] == shape[skip + i] && view.shape[i] != 1 ? view.strides[i] : 0;
  }
  return out;
}

View collapsed(const View& view) {
  if (view.elements() == 0) return view;
  View out;
  out.offset = view.offset;
  for (size_t i = 0; i < view.shape.size(); i++) {
    if (view.shape[i] == 1) continue;
    if (!out.shape.empty() && out.strides.back() == view.strides[i] * view.shape[i]) {
      out.shape.back() *= view.shape[i];
      out.strides.back() = view.strides[i];
    } else {
      out.shape.push_back(view.shape[i]);
      out.strides.push_back(view.strides[i]);
    }
  }
  return out;
}

std::optional<View> reshapeView(const View& view, const Shape& shape) {
  if (view.isDense() || view.elements() == 0) {
    View out(shape);
    out.offset = view.offset;
    return out;
  }
  // Cut the collapsed axes into the new extents, from the last to the first.
  const View from = collapsed(view);
  View out;
  out.shape = shape;
  out.strides.assign(shape.size(), 0);
  out.offset = view.offset;
  size_t axis = from.shape.size();
  int64_t left = 1;    // of the current axis, still to be cut
  int64_t stride = 0;  // of its next piece
  for (size_t i = shape.size(); i-- > 0;) {
    if (shape[i] == 1) continue;
    if (left == 1) {
      if (axis == 0) return std::nullopt;
      left = from.shape[--axis];
      stride = from.strides[axis];
    }
    if (left % shape[i] != 0) return std::nullopt;
    out.strides[i] = stride;
    stride *= shape[i];
    left /= shape[i];
  }
  return out;
}

std::optional<View> movedView(const Node& node, const View& view, const Shape& result) {
  switch (node.op) {
    case Op::kReshape: return reshapeView(view, result);
    case Op::kBroadcast: return broadcastView(view, result);
    case Op::kTranspose: {
      const auto& perm = std::get<TransposeAttrs>(node.attrs).perm;
      View out = view;
      for (size_t i = 0; i < perm.size(); i++) {
        out.shape[i] = view.shape[perm[i]];
        out.strides[i] = view.strides[perm[i]];
      }
      return out;
    }
    case Op::kSlice: {
      const auto& attrs = std::get<SliceAttrs>(node.attrs);
      View out = view;
      out.shape = result;
      for (size_t i = 0; i < result.size(); i++) {
        out.offset += attrs.starts[i] * view.strides[i];
        // A stride that is never taken may be too large to multiply with.
        out.strides[i] = result[i] <= 1 ? 0 : view.strides[i] * attrs.strides[i];
      }
      return out;
    }
    case Op::kReverse: {
      View out = view;
      for (int64_t axis : std::get<AxesAttrs>(node.attrs).axes) {
        if (view.shape[axis] == 0) continue;
        out.offset += (view.shape[axis] - 1) * view.strides[axis];
        out.strides[axis] = -view.strides[axis];
      }
      return out;
    }
    default: return std::nullopt;
  }
}

int64_t ViewWalker::next() {
  const int64_t here = at_;
  for (size_t i = index_.size(); i-- > 0;) {
    at_ += view_.strides[i];
    if (++index_[i] < view_.shape[i]) break;
    at_ -= view_.strides[i] * view_.shape[i];
    index_[i] = 0;
  }
  return here;
}

}  // namespace ibex
