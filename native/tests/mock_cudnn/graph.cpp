#include "tests/mock_cudnn/graph.h"

#include <algorithm>
#include <array>
#include <functional>

#include "ir/half.h"

namespace ibex::mock_cudnn {
namespace {

using Places = std::array<int64_t, 5>;  // samples, channels and three spatial axes; of filters: outputs, inputs

struct Tensor {
  int64_t id;
  int type;
  bool isVirtual;
  Places extents, strides;

  explicit Tensor(const Data& data)
      : id(data.one<int64_t>(kDnnTensorUniqueId)),
        type(data.one<int>(kDnnTensorDataType)),
        isVirtual(data.has(kDnnTensorVirtual) && data.one<char>(kDnnTensorVirtual) != 0),
        extents(spread(data.all<int64_t>(kDnnTensorDimensions), 1)),
        strides(spread(data.all<int64_t>(kDnnTensorStrides), 0)) {}

  // With the spatial axis that two lack.
  static Places spread(const std::vector<int64_t>& values, int64_t lacking) {
    if (values.size() == 5) return {values[0], values[1], values[2], values[3], values[4]};
    return {values.at(0), values.at(1), lacking, values.at(2), values.at(3)};
  }
  int64_t elements() const {
    int64_t count = 1;
    for (const int64_t each : extents) count *= each;
    return count;
  }
  // Among all elements; an axis of one is broadcast.
  size_t at(const Places& places) const {
    int64_t index = 0;
    for (size_t i = 0; i < 5; ++i) index = index * extents[i] + (extents[i] == 1 ? 0 : places[i]);
    return static_cast<size_t>(index);
  }
};

struct Convolution {
  int64_t axes;
  Places dilation{}, stride{}, low{}, high{};  // of the last three

  explicit Convolution(const Data& data) : axes(data.one<int64_t>(kDnnConvSpatialDims)) {
    const auto fill = [&](Places& to, int name, int64_t lacking) {
      const auto values = data.all<int64_t>(name);
      to.fill(lacking);
      std::copy(values.begin(), values.end(), to.end() - static_cast<int64_t>(values.size()));
      return static_cast<int64_t>(values.size()) == axes;
    };
    const bool agree = fill(dilation, kDnnConvDilations, 1) && fill(stride, kDnnConvStrides, 1) &&
                       fill(low, kDnnConvPrePaddings, 0) && fill(high, kDnnConvPostPaddings, 0);
    if (!agree || data.one<int>(kDnnConvMode) != kDnnCrossCorrelation) axes = -1;
  }
};

// The first attribute of an operation's own: alpha.
int firstOf(int type) {
  if (type == kDnnConvForward) return kDnnForwardAlpha;
  return type == kDnnConvBackwardData ? kDnnBackwardDataAlpha : kDnnBackwardFilterAlpha;
}

// In the order of the attributes, which is the same for the three: filter, input, output.
std::array<Tensor, 3> tensorsOf(const Data& operation) {
  const int first = firstOf(operation.type);
  return {Tensor(*operation.child(first + 3)), Tensor(*operation.child(first + 4)), Tensor(*operation.child(first + 5))};
}

void forEach(const Places& extents, const std::function<void(const Places&)>& visit) {
  Places p{};
  for (p[0] = 0; p[0] < extents[0]; ++p[0]) {
    for (p[1] = 0; p[1] < extents[1]; ++p[1]) {
      for (p[2] = 0; p[2] < extents[2]; ++p[2]) {
        for (p[3] = 0; p[3] < extents[3]; ++p[3]) {
          for (p[4] = 0; p[4] < extents[4]; ++p[4]) visit(p);
        }
      }
    }
  }
}

bool paddingsGood(const Convolution& how, const Tensor& w, const Tensor& x, const Tensor& y) {
  for (size_t i = 2; i < 5; ++i) {
    if (how.low[i] < 0 || how.high[i] < 0) return false;
    const int64_t room = x.extents[i] + how.low[i] + how.high[i] - how.dilation[i] * (w.extents[i] - 1) - 1;
    if (room < 0 || room / how.stride[i] + 1 != y.extents[i]) return false;
  }
  return true;
}

// Of one tensor of the graph: in memory or, where it is virtual, here.
class Values {
 public:
  explicit Values(const Memory& memory) : memory_(memory) {}

  std::vector<double> read(const Tensor& t) const {
    if (t.isVirtual) return virtual_.at(t.id);
    std::vector<double> values(static_cast<size_t>(t.elements()));
    const void* from = memory_.at(t.id);
    forEach(t.extents, [&](const Places& p) { values[t.at(p)] = load(from, t.type, offset(t, p)); });
    return values;
  }
  void write(const Tensor& t, std::vector<double> values) {
    if (t.isVirtual) {
      virtual_[t.id] = std::move(values);
      return;
    }
    void* to = memory_.at(t.id);
    forEach(t.extents, [&](const Places& p) { store(to, t.type, offset(t, p), values[t.at(p)]); });
  }

 private:
  static size_t offset(const Tensor& t, const Places& p) {
    int64_t sum = 0;
    for (size_t i = 0; i < 5; ++i) sum += p[i] * t.strides[i];
    return static_cast<size_t>(sum);
  }
  static double load(const void* from, int type, size_t at) {
    switch (type) {
      case kDnnFloat64: return static_cast<const double*>(from)[at];
      case kDnnFloat16: return float16ToFloat(static_cast<const uint16_t*>(from)[at]);
      case kDnnBFloat16: return bfloat16ToFloat(static_cast<const uint16_t*>(from)[at]);
      default: return static_cast<const float*>(from)[at];
    }
  }
  static void store(void* to, int type, size_t at, double value) {
    const auto narrow = static_cast<float>(value);
    switch (type) {
      case kDnnFloat64: static_cast<double*>(to)[at] = value; break;
      case kDnnFloat16: static_cast<uint16_t*>(to)[at] = floatToFloat16(narrow); break;
      case kDnnBFloat16: static_cast<uint16_t*>(to)[at] = floatToBfloat16(narrow); break;
      default: static_cast<float*>(to)[at] = narrow; break;
    }
  }

  const Memory& memory_;
  std::map<int64_t, std::vector<double>> virtual_;
};

void convolve(const Data& operation, Values& values, double factor) {
  const auto [w, x, y] = tensorsOf(operation);
  const Convolution how(*operation.child(firstOf(operation.type) + 2));
  const bool forward = operation.type == kDnnConvForward, data = operation.type == kDnnConvBackwardData;
  const Tensor& target = forward ? y : data ? x : w;
  const auto operand = [&](const Tensor& t) { return t.id == target.id ? std::vector<double>() : values.read(t); };
  const std::vector<double> ws = operand(w), xs = operand(x), ys = operand(y);
  std::vector<double> sums(static_cast<size_t>(target.elements()), 0.0);
  const int64_t outPerGroup = y.extents[1] / (x.extents[1] / w.extents[1]);
  forEach(y.extents, [&](const Places& out) {
    Places window = w.extents;
    window[0] = 1;
    forEach(window, [&](const Places& inWindow) {
      Places filter = inWindow, in = out;
      filter[0] = out[1];
      in[1] = out[1] / outPerGroup * w.extents[1] + inWindow[1];
      for (size_t i = 2; i < 5; ++i) {
        in[i] = out[i] * how.stride[i] - how.low[i] + inWindow[i] * how.dilation[i];
        if (in[i] < 0 || in[i] >= x.extents[i]) return;
      }
      const size_t atW = w.at(filter), atX = x.at(in), atY = y.at(out);
      if (forward) sums[atY] += ws[atW] * xs[atX];
      else if (data) sums[atX] += ws[atW] * ys[atY];
      else sums[atW] += xs[atX] * ys[atY];
    });
  });
  for (double& each : sums) each *= factor;
  values.write(target, std::move(sums));
}

void applyPointwise(const Data& operation, Values& values) {
  const Tensor x(*operation.child(kDnnOperationX)), y(*operation.child(kDnnOperationY));
  const int mode = operation.child(kDnnOperationPointwise)->one<int>(kDnnPointwiseMode);
  std::vector<double> result = values.read(x);
  if (mode == kDnnRelu) {
    for (double& each : result) each = each < 0 ? 0 : each;
  } else {
    const Tensor b(*operation.child(kDnnOperationB));
    const std::vector<double> operand = values.read(b);
    forEach(y.extents, [&](const Places& p) {
      double& each = result[y.at(p)];
      each = mode == kDnnMultiply ? each * operand[b.at(p)] : each + operand[b.at(p)];
    });
  }
  values.write(y, std::move(result));
}

template <class Visit>
void forTensors(const Data& graph, const Visit& visit) {
  for (const auto& operation : graph.values.at(kDnnGraphOperations).children) {
    for (const auto& [name, value] : operation->values) {
      for (const auto& child : value.children) {
        if (child->type == kDnnTensor) visit(Tensor(*child));
      }
    }
  }
}

}  // namespace

DnnStatus checkOperation(const Data& operation) {
  if (operation.type == kDnnPointwiseOperation) {
    const Tensor x(*operation.child(kDnnOperationX)), y(*operation.child(kDnnOperationY));
    const int mode = operation.child(kDnnOperationPointwise)->one<int>(kDnnPointwiseMode);
    if (x.extents != y.extents || operation.has(kDnnOperationB) != (mode != kDnnRelu)) return kBadParameter;
    if (mode == kDnnRelu) return 0;
    const Tensor b(*operation.child(kDnnOperationB));
    for (size_t i = 0; i < 5; ++i) {
      if (b.extents[i] != 1 && b.extents[i] != y.extents[i]) return kBadParameter;
    }
    return mode == kDnnAdd || mode == kDnnMultiply ? 0 : kNotSupported;
  }
  const auto [w, x, y] = tensorsOf(operation);
  const Convolution how(*operation.child(firstOf(operation.type) + 2));
  const bool channels = w.extents[0] == y.extents[1] && x.extents[1] % w.extents[1] == 0 &&
                        y.extents[1] % (x.extents[1] / w.extents[1]) == 0;
  return how.axes >= 2 && channels && x.extents[0] == y.extents[0] && paddingsGood(how, w, x, y) ? 0 : kBadParameter;
}

bool isFloat32(const Data& graph) {
  bool all = true;
  forTensors(graph, [&](const Tensor& t) { all &= t.type == kDnnFloat32; });
  return all;
}

DnnStatus checkGraph(const Data& graph) {
  const auto& operations = graph.values.at(kDnnGraphOperations).children;
  for (const auto& operation : operations) {
    if (operation->type == kDnnPointwiseOperation) {
      const int mode = operation->child(kDnnOperationPointwise)->one<int>(kDnnPointwiseMode);
      if (mode == kDnnMultiply && isFloat32(graph)) return kNotSupported;
      continue;
    }
    const int first = firstOf(operation->type);
    const bool wide = Tensor(*operation->child(first + 3)).type == kDnnFloat64;
    if (wide && Convolution(*operation->child(first + 2)).axes == 3) return kNotSupported;
  }
  return 0;
}

bool hasAll(const Data& graph, const Memory& memory) {
  bool all = true;
  forTensors(graph, [&](const Tensor& t) {
    if (t.isVirtual) return;
    const auto found = memory.find(t.id);
    all &= found != memory.end() && found->second != nullptr;
  });
  return all;
}

void compute(const Data& graph, const Memory& memory, double factor) {
  Values values(memory);
  for (const auto& operation : graph.values.at(kDnnGraphOperations).children) {
    if (operation->type == kDnnPointwiseOperation) applyPointwise(*operation, values);
    else convolve(*operation, values, factor);
  }
}

}  // namespace ibex::mock_cudnn
