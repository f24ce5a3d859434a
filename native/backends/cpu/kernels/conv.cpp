// conv (alone and with an epilogue), conv_input_grad, conv_filter_grad. float32 by oneDNN on channels-last tensors: only
// the small weights are reordered into its layout (measured: reordering activations costs more than its blocked kernels
// gain).
#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "backends/conv_geometry.h"
#include "backends/cpu/aligned_memory.h"
#include "backends/cpu/kernels/conv_packed.h"
#include "backends/cpu/kernels/conv_plain.h"
#include "backends/cpu/kernels/epilogue.h"
#include "backends/cpu/kernels/via_float32.h"
#include "backends/cpu/lowering.h"
#include "backends/cpu/onednn/call.h"
#include "backends/cpu/parallel.h"
#include "backends/node_util.h"

namespace ibex::cpu {
namespace {

using onednn::Call;
using onednn::Desc;
using onednn::Dims;

// A flip of the weights pays up to so many times as many weights as there are elements in dy.
constexpr int64_t kFlipRatio = 16;
constexpr int64_t kScaleGrain = 32 * 1024;  // weights that are worth a thread

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

  auto forward(const Desc& bias = {}, const onednn::PostOps& after = {}) const {
    return onednn::convolutionDesc(x, anyWeights, bias, y, parameters, after);
  }
};

// The convolution with stride 1 that computes dx from dy and the flipped, transposed weights; nothing where there is
// none. Its x is dy, its y is dx.
std::optional<ConvGeometry> inputGradAsForward(const ConvGeometry& g) {
  if (g.groups != 1) return std::nullopt;
  ConvGeometry t = g;
  std::swap(t.inChannels, t.outChannels);
  std::swap(t.in, t.out);
  for (size_t i = 0; i < 3; ++i) {
    const int64_t reach = g.dilation[i] * (g.kernel[i] - 1);
    t.padLow[i] = reach - g.padLow[i];
    t.padHigh[i] = reach - g.padHigh[i];
    if (g.stride[i] != 1 || t.padLow[i] < 0 || t.padHigh[i] < 0) return std::nullopt;
  }
  // Flipping the weights is one more pass over them.
  const bool flips = g.kernelPositions() > 1;
  if (flips && g.kernelPositions() * g.inChannels > kFlipRatio * g.batch * g.outPositions()) return std::nullopt;
  return t;
}

// conv(x, w) -> y, with or without an epilogue, and conv_input_grad(dy, w) -> dx: weights come in.
//
// What the library wants of the weights is made in up to two steps: each output channel scaled, still in the model's
// layout, and the reorder. Weights with their positions in the opposite order are reordered position by position.
class LibraryConvWithWeights final : public Kernel {
 public:
  static LibraryConvWithWeights forward(const ConvGeometry& g, const Epilogue& epilogue = {}) {
    LibraryConvWithWeights k(g);
    k.epilogue_ = epilogue;
    k.elements_ = g.batch * g.outPositions() * g.outChannels;
    const Descs d(g);
    const Desc bias = onednn::stridedDesc({g.outChannels}, onednn::DataType::f32, {1});
    const bool biased = epilogue.bias >= 0;
    const auto pd = d.forward(biased ? bias : Desc(), {epilogue.residual >= 0, epilogue.relu});
    std::vector<Call::Argument> arguments = {
        {DNNL_ARG_SRC, d.x}, {DNNL_ARG_WEIGHTS, pd.weights_desc()}, {DNNL_ARG_DST, d.y}};
    if (biased) arguments.push_back({DNNL_ARG_BIAS, bias});
    k.use<dnnl::convolution_forward>(pd, arguments, d.modelWeights, pd.weights_desc());
    return k;
  }

  static LibraryConvWithWeights inputGrad(const ConvGeometry& g) {
    const Descs d(g);
    // The library's forward kernels are its fastest ones.
    if (const auto t = inputGradAsForward(g)) {
      const Descs transposed(*t);
      const auto pd = transposed.forward();
      if (onednn::isBatchedGemm(pd)) {
        LibraryConvWithWeights k(g);
        k.usable_ = !onednn::isReference(pd);
        k.convolution_ = Call::make<dnnl::convolution_forward>(
            pd, {{DNNL_ARG_SRC, transposed.x}, {DNNL_ARG_WEIGHTS, pd.weights_desc()}, {DNNL_ARG_DST, transposed.y}});
        k.packFlipped(g, pd.weights_desc());
        return k;
      }
    }
    LibraryConvWithWeights k(g);
    const auto pd = onednn::convolutionInputGradDesc(d.x, d.anyWeights, d.y, d.parameters, d.forward());
    k.use<dnnl::convolution_backward_data>(
        pd, {{DNNL_ARG_DIFF_DST, d.y}, {DNNL_ARG_WEIGHTS, pd.weights_desc()}, {DNNL_ARG_DIFF_SRC, d.x}}, d.modelWeights,
        pd.weights_desc());
    return k;
  }

  // False when the library would fall back to its reference loops.
  bool usable() const { return usable_; }

  size_t scratchBytes() const override {
    size_t packing = (scales() && reorder_ ? weightBytes() : 0) + reorder_.scratchBytes();
    for (const Call& flip : flips_) packing = std::max(packing, flip.scratchBytes());
    return (keeps_ ? 0 : packedBytes_) + std::max(convolution_.scratchBytes(), packing);
  }
  int inPlaceInput(int /*output*/) const override { return epilogue_.residual; }

  std::vector<int> packedInputs() const override {
    std::vector<int> inputs;
    if (packedBytes_ > 0) inputs.push_back(1);
    if (epilogue_.scale >= 0) inputs.push_back(epilogue_.scale);
    return inputs;
  }
  void keepPacked() override { keeps_ = true; }
  void pack(void* const* io) override {
    if (!kept_) kept_ = allocateAligned(packedBytes_);
    packTo(kept_.get(), io, scratchOf(io));
  }

  void run(void* const* io) override {
    const auto output = static_cast<size_t>(epilogue_.end());
    void* scratch = scratchOf(io);
    void* weights = io[1];
    if (keeps_) {
      weights = kept_.get();
    } else if (packedBytes_ > 0) {
      weights = scratch;
      scratch = static_cast<char*>(scratch) + packedBytes_;
      packTo(weights, io, scratch);
    }
    // The library adds to what is in the result's place.
    if (epilogue_.residual >= 0) {
      copyFloats(static_cast<const float*>(io[epilogue_.residual]), static_cast<float*>(io[output]), elements_);
    }
    void* const all[] = {io[0], weights, io[output], epilogue_.bias >= 0 ? io[epilogue_.bias] : nullptr};
    convolution_.run(all, scratch);
  }

 private:
  explicit LibraryConvWithWeights(const ConvGeometry& g)
      : positions_(g.kernelPositions()), rowsPerPosition_(g.inPerGroup()), columns_(g.outChannels) {}

  template <class Primitive, class PrimitiveDesc>
  void use(const PrimitiveDesc& pd, const std::vector<Call::Argument>& arguments, const Desc& model,
           const Desc& wanted) {
    usable_ = !onednn::isReference(pd);
    convolution_ = Call::make<Primitive>(pd, arguments);
    packInto(model, wanted);
  }

  void packInto(const Desc& model, const Desc& wanted) {
    if (model != wanted) {
      reorder_ = Call::make<dnnl::reorder>(onednn::reorderDesc(model, wanted),
                                           {{DNNL_ARG_FROM, model}, {DNNL_ARG_TO, wanted}});
    }
    if (reorder_ || scales()) packedBytes_ = aligned(wanted.get_size());
  }

  // The positions in the opposite order, input and output channels in each other's place.
  void packFlipped(const ConvGeometry& g, const Desc& wanted) {
    packedBytes_ = aligned(wanted.get_size());
    const auto rank = static_cast<size_t>(g.rank);
    Dims dims{g.inChannels, g.outChannels}, strides{g.outChannels, 1};
    dims.resize(2 + rank, 1);
    strides.resize(2 + rank, g.inChannels * g.outChannels);
    const Desc from = onednn::stridedDesc(dims, onednn::DataType::f32, strides);
    for (int64_t position = 0; position < positions_; ++position) {
      Dims offsets(2 + rank, 0);
      int64_t rest = positions_ - 1 - position;
      for (size_t i = rank; i-- > 0;) {
        const int64_t extent = g.kernel[3 - rank + i];
        offsets[2 + i] = rest % extent;
        rest /= extent;
      }
      const Desc to = wanted.submemory_desc(dims, offsets);
      flips_.push_back(Call::make<dnnl::reorder>(onednn::reorderDesc(from, to),
                                                 {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}}));
    }
  }

  void* scratchOf(void* const* io) const { return io[epilogue_.end() + 1]; }
  bool scales() const { return epilogue_.scale >= 0; }
  size_t weightBytes() const {
    return aligned(static_cast<size_t>(positions_ * rowsPerPosition_ * columns_) * sizeof(float));
  }

  void packTo(void* to, void* const* io, void* scratch) {
    auto* weights = static_cast<float*>(io[1]);
    for (Call& flip : flips_) {
      void* const both[] = {weights, to};
      flip.run(both, scratch);
      weights += rowsPerPosition_ * columns_;
    }
    if (scales()) {
      float* scaled = static_cast<float*>(to);
      if (reorder_) {
        scaled = static_cast<float*>(scratch);
        scratch = static_cast<char*>(scratch) + weightBytes();
      }
      scale(weights, static_cast<const float*>(io[epilogue_.scale]), scaled);
      weights = scaled;
    }
    if (!reorder_) return;
    void* const both[] = {weights, to};
    reorder_.run(both, scratch);
  }

  void scale(const float* from, const float* factors, float* to) const {
    parallelFor(positions_ * rowsPerPosition_, std::max<int64_t>(1, kScaleGrain / columns_),
                [&](int64_t begin, int64_t end) {
                  for (int64_t row = begin; row < end; ++row) {
                    for (int64_t c = 0; c < columns_; ++c) to[row * columns_ + c] = from[row * columns_ + c] * factors[c];
                  }
                });
  }

  int64_t positions_, rowsPerPosition_, columns_;  // of the model's weights
  int64_t elements_ = 0;                           // of the result
  Epilogue epilogue_;
  bool usable_ = false, keeps_ = false;
  Call convolution_;
  Call reorder_;  // empty when the library takes the model's layout
  std::vector<Call> flips_;  // in its place, by position of the model's weights
  size_t packedBytes_ = 0;  // 0 when it takes the model's weights as they are
  AlignedMemory kept_;
};

// conv_filter_grad(x, dy) -> dw: weights go out. Scratch: dw in the library's layout, then what the primitives want.
class LibraryConvFilterGrad final : public Kernel {
 public:
  explicit LibraryConvFilterGrad(const ConvGeometry& g) {
    const Descs d(g);
    const auto pd = onednn::convolutionFilterGradDesc(d.x, d.anyWeights, d.y, d.parameters, d.forward());
    usable_ = !onednn::isReference(pd);
    const Desc made = pd.diff_weights_desc();
    if (made != d.modelWeights) {
      weightBytes_ = aligned(made.get_size());
      reorder_ = Call::make<dnnl::reorder>(onednn::reorderDesc(made, d.modelWeights),
                                           {{DNNL_ARG_FROM, made}, {DNNL_ARG_TO, d.modelWeights}});
    }
    convolution_ = Call::make<dnnl::convolution_backward_weights>(
        pd, {{DNNL_ARG_SRC, d.x}, {DNNL_ARG_DIFF_DST, d.y}, {DNNL_ARG_DIFF_WEIGHTS, made}});
  }

  bool usable() const { return usable_; }
  size_t scratchBytes() const override {
    return weightBytes_ + std::max(convolution_.scratchBytes(), reorder_.scratchBytes());
  }

  void run(void* const* io) override {
    void* scratch = static_cast<char*>(io[3]) + weightBytes_;
    void* weights = reorder_ ? io[3] : io[2];
    void* const all[] = {io[0], io[1], weights};
    convolution_.run(all, scratch);
    if (!reorder_) return;
    void* const both[] = {weights, io[2]};
    reorder_.run(both, scratch);
  }

 private:
  Call convolution_;
  Call reorder_;  // empty when the library takes the model's layout
  size_t weightBytes_ = 0;
  bool usable_ = false;
};

// nullptr when the library has no kernel of its own for it. make() gives the kernel.
template <class Make>
std::unique_ptr<Kernel> usable(const ConvGeometry& g, Make&& make) {
  if (g.empty()) return nullptr;
  try {
    auto kernel = make();
    using K = decltype(kernel);
    if (kernel.usable()) return std::make_unique<K>(std::move(kernel));
  } catch (const dnnl::error&) {
    // A geometry that it does not take.
  }
  return nullptr;
}

std::unique_ptr<Kernel> libraryConv(const ConvGeometry& g, ConvPart part) {
  switch (part) {
    case ConvPart::kForward: return usable(g, [&] { return LibraryConvWithWeights::forward(g); });
    case ConvPart::kInputGrad: return usable(g, [&] { return LibraryConvWithWeights::inputGrad(g); });
    case ConvPart::kFilterGrad: break;
  }
  return usable(g, [&] { return LibraryConvFilterGrad(g); });
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
  if (auto kernel = libraryConv(g, kPart)) return kernel;
  return plainConv<float>(g, kPart);
}

std::unique_ptr<Kernel> prepareConvEpilogue(const Graph& graph, const Node& node) {
  if (usesHalf(graph, node)) return viaFloat32(graph, node, prepareConvEpilogue);
  const Node product = productOf(node);
  const ConvGeometry g = convGeometry(inputType(graph, node, 0).shape, inputType(graph, node, 1).shape,
                                      outputType(graph, node, 0).shape, attrsOf<ConvAttrs>(product));
  if (!g.empty()) {
    if (auto kernel = packedConv(g, epilogueOf(node))) return kernel;
  }
  if (auto kernel = usable(g, [&] { return LibraryConvWithWeights::forward(g, epilogueOf(node)); })) return kernel;
  return withEpilogue(graph, node, prepareConv<ConvPart::kForward>(graph, product));
}

IBEX_CPU_LOWERING(kConv, prepareConv<ConvPart::kForward>);
IBEX_CPU_LOWERING(kConvEpilogue, prepareConvEpilogue);
IBEX_CPU_LOWERING(kConvInputGrad, prepareConv<ConvPart::kInputGrad>);
IBEX_CPU_LOWERING(kConvFilterGrad, prepareConv<ConvPart::kFilterGrad>);

}  // namespace
}  // namespace ibex::cpu
