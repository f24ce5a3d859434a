// The one place that knows which oneDNN this is built with: 2.x (a primitive has an operation descriptor) or 3.x (a
// primitive_desc takes the parameters). Everything here returns primitive descriptors with user-mode scratchpads.
#pragma once

#include <oneapi/dnnl/dnnl.hpp>

namespace ibex::cpu::onednn {

using Dims = dnnl::memory::dims;
using Desc = dnnl::memory::desc;
using DataType = dnnl::memory::data_type;

inline const dnnl::engine& engine() {
  // Never destroyed: a worker's thread may still hold primitives when the process runs its exit handlers.
  static const auto* instance = new dnnl::engine(dnnl::engine::kind::cpu, 0);
  return *instance;
}

inline Desc stridedDesc(const Dims& dims, DataType type, const Dims& strides) { return Desc(dims, type, strides); }
inline Desc anyDesc(const Dims& dims, DataType type) { return Desc(dims, type, dnnl::memory::format_tag::any); }

inline dnnl::primitive_attr userScratchpad() {
  dnnl::primitive_attr attr;
  attr.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  return attr;
}

// What a convolution or matmul does to its result before it stores it. With `sum` the result is added to what is there.
struct PostOps {
  bool sum = false;
  bool relu = false;
};

inline dnnl::primitive_attr userScratchpad(const PostOps& after) {
  dnnl::post_ops ops;
  if (after.sum) ops.append_sum();
#if DNNL_VERSION_MAJOR >= 3
  if (after.relu) ops.append_eltwise(dnnl::algorithm::eltwise_relu, 0.f, 0.f);
#else
  if (after.relu) ops.append_eltwise(1.f, dnnl::algorithm::eltwise_relu, 0.f, 0.f);
#endif
  dnnl::primitive_attr attr = userScratchpad();
  attr.set_post_ops(ops);
  return attr;
}

// bias: an empty Desc for none.
inline dnnl::matmul::primitive_desc matmulDesc(const Desc& a, const Desc& b, const Desc& bias, const Desc& c,
                                               const PostOps& after) {
#if DNNL_VERSION_MAJOR >= 3
  return {engine(), a, b, bias, c, userScratchpad(after)};
#else
  return {dnnl::matmul::desc(a, b, bias, c), userScratchpad(after), engine()};
#endif
}

struct ConvolutionGeometry {
  Dims strides, dilates, padLow, padHigh;  // dilates: 0 is dense
};

// bias: an empty Desc for none.
inline dnnl::convolution_forward::primitive_desc convolutionDesc(const Desc& x, const Desc& w, const Desc& bias,
                                                                 const Desc& y, const ConvolutionGeometry& g,
                                                                 const PostOps& after) {
  constexpr auto kind = dnnl::prop_kind::forward_training;
  constexpr auto algorithm = dnnl::algorithm::convolution_direct;
  const auto attr = userScratchpad(after);
#if DNNL_VERSION_MAJOR >= 3
  return {engine(), kind, algorithm, x, w, bias, y, g.strides, g.dilates, g.padLow, g.padHigh, attr};
#else
  return {dnnl::convolution_forward::desc(kind, algorithm, x, w, bias, y, g.strides, g.dilates, g.padLow, g.padHigh),
          attr, engine()};
#endif
}

inline dnnl::convolution_backward_data::primitive_desc convolutionInputGradDesc(
    const Desc& dx, const Desc& w, const Desc& dy, const ConvolutionGeometry& g,
    const dnnl::convolution_forward::primitive_desc& forward) {
  constexpr auto algorithm = dnnl::algorithm::convolution_direct;
#if DNNL_VERSION_MAJOR >= 3
  return {engine(), algorithm, dx, w, dy, g.strides, g.dilates, g.padLow, g.padHigh, forward, userScratchpad()};
#else
  return {dnnl::convolution_backward_data::desc(algorithm, dx, w, dy, g.strides, g.dilates, g.padLow, g.padHigh),
          userScratchpad(), engine(), forward};
#endif
}

inline dnnl::convolution_backward_weights::primitive_desc convolutionFilterGradDesc(
    const Desc& x, const Desc& dw, const Desc& dy, const ConvolutionGeometry& g,
    const dnnl::convolution_forward::primitive_desc& forward) {
  constexpr auto algorithm = dnnl::algorithm::convolution_direct;
#if DNNL_VERSION_MAJOR >= 3
  return {engine(), algorithm, x, dw, dy, g.strides, g.dilates, g.padLow, g.padHigh, forward, userScratchpad()};
#else
  return {dnnl::convolution_backward_weights::desc(algorithm, x, dw, dy, g.strides, g.dilates, g.padLow, g.padHigh),
          userScratchpad(), engine(), forward};
#endif
}

inline dnnl::reorder::primitive_desc reorderDesc(const Desc& from, const Desc& to) {
  return {engine(), from, engine(), to, userScratchpad()};
}

// The library's reference loops are correct and slower than ours.
template <class PrimitiveDesc>
bool isReference(const PrimitiveDesc& pd) {
  const char* name = pd.impl_info_str();
  return name[0] == 'r' && name[1] == 'e' && name[2] == 'f';
}

// Its kernels on batches of small products (AVX-512): the fastest of a convolution.
template <class PrimitiveDesc>
bool isBatchedGemm(const PrimitiveDesc& pd) {
  const char* name = pd.impl_info_str();
  return name[0] == 'b' && name[1] == 'r' && name[2] == 'g';
}

}  // namespace ibex::cpu::onednn
