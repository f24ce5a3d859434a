// conv, conv_input_grad, conv_filter_grad. float32 by oneDNN on channels-last tensors: only the small weights are
// reordered into its layout (measured: reordering activations costs more than its blocked kernels gain).
#include <algorithm>
#include <array>
#include <memory>
#include <utility>
#include <vector>

#include "backends/cpu/kernels/conv_geometry.h"
#include "backends/cpu/kernels/conv_plain.h"
#include "backends/cpu/kernels/node_util.h"
#include "backends/cpu/kernels/via_float32.h"
#include "backends/cpu/lowering.h"
#include "backends/cpu/onednn/call.h"

namespace ibex::cpu {
namespace {

using onednn::Call;
using onednn::Desc;
using onednn::Dims;

size_t aligned(size_t bytes) { return (bytes + 63) / 64 * 64; }

// Logical order N, C, spatial; memory order N, spatial, C.
Desc activationDesc(int64_t batch, int64_t channels, const std::array<int64_t, 3>& spatial, int rank) {
  Dims dims{batch, channels};
  Dims strides{product(spatial) * channels, 1};
  int64_t step = product(spatial) * channels;
  for (int i = 3 - rank; i < 3; ++i) {
    step /= spatial[static_cast<size_t>(i)];
    dims.push_back(spatial[static_cast<size_t>(i)]);
    strides.push_back(step);
  }
  return onednn::stridedDesc(dims, onednn::DataType::f32, strides);
}

// Logical order (G,) O, I, spatial.
Dims weightDims(const ConvGeometry& g) {
  Dims dims;
  if (g.groups > 1) dims.push_back(g.groups);
  dims.insert(dims.end(), {g.outPerGroup(), g.inPerGroup()});
  for (int i = 3 - g.rank; i < 3; ++i) dims.push_back(g.kernel[static_cast<size_t>(i)]);
  return dims;
}

// Memory order spatial, I, (G,) O: the layout of the model's weights.
Desc modelWeightDesc(const ConvGeometry& g) {
  Dims strides;
  if (g.groups > 1) strides.push_back(g.outPerGroup());
  strides.insert(strides.end(), {1, g.outChannels});
  int64_t step = product(g.kernel) * g.inPerGroup() * g.outChannels;
  for (int i = 3 - g.rank; i < 3; ++i) {
    step /= g.kernel[static_cast<size_t>(i)];
    strides.push_back(step);
  }
  return onednn::stridedDesc(weightDims(g), onednn::DataType::f32, strides);
}

onednn::ConvolutionGeometry parameters(const ConvGeometry& g) {
  onednn::ConvolutionGeometry p;
  for (auto i = static_cast<size_t>(3 - g.rank); i < 3; ++i) {
    p.strides.push_back(g.stride[i]);
    p.dilates.push_back(g.dilation[i] - 1);
    p.padLow.push_back(g.padLow[i]);
    p.padHigh.push_back(g.padHigh[i]);
  }
  return p;
}

struct Descs {
  Desc x, y, modelWeights, anyWeights;
  onednn::ConvolutionGeometry parameters;
  explicit Descs(const ConvGeometry& g)
      : x(activationDesc(g.batch, g.inChannels, g.in, g.rank)),
        y(activationDesc(g.batch, g.outChannels, g.out, g.rank)),
        modelWeights(modelWeightDesc(g)),
        anyWeights(onednn::anyDesc(weightDims(g), onednn::DataType::f32)),
        parameters(cpu::parameters(g)) {}
};

// Scratch: the weights in the library's layout, then what the primitives want.
class LibraryConv : public Kernel {
 public:
  // False when the library would fall back to its reference loops.
  bool usable() const { return usable_; }
  size_t scratchBytes() const override {
    return weightBytes_ + std::max(convolution_.scratchBytes(), reorder_.scratchBytes());
  }

 protected:
  void prepareReorder(const Desc& from, const Desc& to, const Desc& libraryWeights) {
    if (from == to) return;
    weightBytes_ = aligned(libraryWeights.get_size());
    reorder_ = Call::make<dnnl::reorder>(onednn::reorderDesc(from, to), {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}});
  }
  void* primitiveScratch(void* scratch) const { return static_cast<char*>(scratch) + weightBytes_; }

  Call convolution_;
  Call reorder_;  // empty when the library takes the model's layout
  size_t weightBytes_ = 0;
  bool usable_ = false;
};

// conv(x, w) -> y and conv_input_grad(dy, w) -> dx: weights come in.
class LibraryConvWithWeights final : public LibraryConv {
 public:
  LibraryConvWithWeights(const ConvGeometry& g, ConvPart part) {
    const Descs d(g);
    const auto forward = onednn::convolutionDesc(d.x, d.anyWeights, d.y, d.parameters);
    if (part == ConvPart::kForward) {
      usable_ = !onednn::isReference(forward);
      prepareReorder(d.modelWeights, forward.weights_desc(), forward.weights_desc());
      convolution_ = Call::make<dnnl::convolution_forward>(
          forward, {{DNNL_ARG_SRC, d.x}, {DNNL_ARG_WEIGHTS, forward.weights_desc()}, {DNNL_ARG_DST, d.y}});
    } else {
      const auto pd = onednn::convolutionInputGradDesc(d.x, d.anyWeights, d.y, d.parameters, forward);
      usable_ = !onednn::isReference(pd);
      prepareReorder(d.modelWeights, pd.weights_desc(), pd.weights_desc());
      convolution_ = Call::make<dnnl::convolution_backward_data>(
          pd, {{DNNL_ARG_DIFF_DST, d.y}, {DNNL_ARG_WEIGHTS, pd.weights_desc()}, {DNNL_ARG_DIFF_SRC, d.x}});
    }
  }

  void run(void* const* io) override {
    void* weights = io[1];
    void* scratch = primitiveScratch(io[3]);
    if (reorder_) {
      weights = io[3];
      void* const both[] = {io[1], weights};
      reorder_.run(both, scratch);
    }
    void* const all[] = {io[0], weights, io[2]};
    convolution_.run(all, scratch);
  }
};

// conv_filter_grad(x, dy) -> dw: weights go out.
class LibraryConvFilterGrad final : public LibraryConv {
 public:
  explicit LibraryConvFilterGrad(const ConvGeometry& g) {
    const Descs d(g);
    const auto forward = onednn::convolutionDesc(d.x, d.anyWeights, d.y, d.parameters);
    const auto pd = onednn::convolutionFilterGradDesc(d.x, d.anyWeights, d.y, d.parameters, forward);
    usable_ = !onednn::isReference(pd);
    prepareReorder(pd.diff_weights_desc(), d.modelWeights, pd.diff_weights_desc());
    convolution_ = Call::make<dnnl::convolution_backward_weights>(
        pd, {{DNNL_ARG_SRC, d.x}, {DNNL_ARG_DIFF_DST, d.y}, {DNNL_ARG_DIFF_WEIGHTS, pd.diff_weights_desc()}});
  }

  void run(void* const* io) override {
    void* scratch = primitiveScratch(io[3]);
    void* weights = reorder_ ? io[3] : io[2];
    void* const all[] = {io[0], io[1], weights};
    convolution_.run(all, scratch);
    if (!reorder_) return;
    void* const both[] = {weights, io[2]};
    reorder_.run(both, scratch);
  }
};

// nullptr when the library has no kernel of its own for it.
std::unique_ptr<Kernel> libraryConv(const ConvGeometry& g, ConvPart part) {
  try {
    std::unique_ptr<LibraryConv> kernel;
    if (part == ConvPart::kFilterGrad) {
      kernel = std::make_unique<LibraryConvFilterGrad>(g);
    } else {
      kernel = std::make_unique<LibraryConvWithWeights>(g, part);
    }
    if (kernel->usable()) return kernel;
  } catch (const dnnl::error&) {
    // A geometry that it does not take.
  }
  return nullptr;
}

template <ConvPart kPart>
std::unique_ptr<Kernel> prepareConv(const Graph& graph, const Node& node) {
  if (usesHalf(graph, node)) return viaFloat32(graph, node, prepareConv<kPart>);
  const Shape& in0 = inputType(graph, node, 0).shape;
  const Shape& in1 = inputType(graph, node, 1).shape;
  const Shape& out = outputType(graph, node, 0).shape;
  const auto& attrs = attrsOf<ConvAttrs>(node);
  const ConvGeometry g = kPart == ConvPart::kForward     ? convGeometry(in0, in1, out, attrs)
                         : kPart == ConvPart::kInputGrad ? convGeometry(out, in1, in0, attrs)
                                                         : convGeometry(in0, out, in1, attrs);
  const DType t = outputType(graph, node, 0).dtype;
  if (t == DType::kFloat64) return plainConv<double>(g, kPart);
  if (t != DType::kFloat32) refuseDType(graph, node, t);
  if (!g.empty()) {
    if (auto kernel = libraryConv(g, kPart)) return kernel;
  }
  return plainConv<float>(g, kPart);
}

IBEX_CPU_LOWERING(kConv, prepareConv<ConvPart::kForward>);
IBEX_CPU_LOWERING(kConvInputGrad, prepareConv<ConvPart::kInputGrad>);
IBEX_CPU_LOWERING(kConvFilterGrad, prepareConv<ConvPart::kFilterGrad>);

}  // namespace
}  // namespace ibex::cpu
