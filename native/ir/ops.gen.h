// Generated from packages/tensor/src/ops/defs by scripts/gen-ops.mjs. Do not edit.
#pragma once

#include <cstdint>
#include <string_view>
#include <variant>
#include <vector>

#include "ir/dtype.h"

namespace ibex {

enum class Op : uint16_t {
  kParameter = 0,
  kConstant = 1,
  kIota = 2,
  kRandomBits = 3,
  kNeg = 4,
  kAbs = 5,
  kSign = 6,
  kExp = 7,
  kExpm1 = 8,
  kLog = 9,
  kLog1p = 10,
  kLog2 = 11,
  kSqrt = 12,
  kRsqrt = 13,
  kReciprocal = 14,
  kSquare = 15,
  kSin = 16,
  kCos = 17,
  kTan = 18,
  kAsin = 19,
  kAcos = 20,
  kAtan = 21,
  kSinh = 22,
  kCosh = 23,
  kTanh = 24,
  kAsinh = 25,
  kAcosh = 26,
  kAtanh = 27,
  kErf = 28,
  kErfinv = 29,
  kErfc = 30,
  kLgamma = 31,
  kDigamma = 32,
  kFloor = 33,
  kCeil = 34,
  kRound = 35,
  kTrunc = 36,
  kSigmoid = 37,
  kSoftplus = 38,
  kRelu = 39,
  kIsNan = 40,
  kIsInf = 41,
  kIsFinite = 42,
  kLogicalNot = 43,
  kBitwiseNot = 44,
  kCast = 45,
  kAdd = 46,
  kSub = 47,
  kMul = 48,
  kDiv = 49,
  kFloorDiv = 50,
  kMod = 51,
  kPow = 52,
  kMaximum = 53,
  kMinimum = 54,
  kAtan2 = 55,
  kEqual = 56,
  kNotEqual = 57,
  kLess = 58,
  kLessEqual = 59,
  kGreater = 60,
  kGreaterEqual = 61,
  kLogicalAnd = 62,
  kLogicalOr = 63,
  kLogicalXor = 64,
  kBitwiseAnd = 65,
  kBitwiseOr = 66,
  kBitwiseXor = 67,
  kShiftLeft = 68,
  kShiftRight = 69,
  kSelect = 70,
  kReshape = 71,
  kBroadcast = 72,
  kTranspose = 73,
  kSlice = 74,
  kReverse = 75,
  kPad = 76,
  kConcat = 77,
  kDynamicSlice = 78,
  kDynamicUpdateSlice = 79,
  kGather = 80,
  kGatherElements = 81,
  kGatherNd = 82,
  kScatter = 83,
  kScatterElements = 84,
  kScatterNd = 85,
  kReduceSum = 86,
  kReduceProd = 87,
  kReduceMax = 88,
  kReduceMin = 89,
  kArgMax = 90,
  kArgMin = 91,
  kCumsum = 92,
  kCumprod = 93,
  kCummax = 94,
  kCummin = 95,
  kSort = 96,
  kArgsort = 97,
  kTopK = 98,
  kMatmul = 99,
  kConv = 100,
  kConvInputGrad = 101,
  kConvFilterGrad = 102,
  kMaxPool = 103,
  kMaxPoolGrad = 104,
  kMaxPoolGather = 105,
  kAvgPool = 106,
  kAvgPoolGrad = 107,
  kSoftmax = 108,
  kSoftmaxGrad = 109,
  kLogSoftmax = 110,
  kLogSoftmaxGrad = 111,
  kBatchNorm = 112,
  kBatchNormGrad = 113,
  kLayerNorm = 114,
  kLayerNormGrad = 115,
  kLstm = 116,
  kLstmGrad = 117,
  kGru = 118,
  kGruGrad = 119,
  kFused = 120,
  kAttention = 121,
  kAttentionGrad = 122,
  kSparseCrossentropy = 123,
  kSparseCrossentropyGrad = 124,
  kConvEpilogue = 125,
  kMatmulEpilogue = 126,
};

inline constexpr int kOpCount = 127;

enum class OpKind : uint8_t { kSource, kElementwise, kMovement, kReduction, kLibrary, kFused };

struct ParameterAttrs {
  int64_t index = 0;
  bool state = false;
  bool operator==(const ParameterAttrs&) const = default;
  // Calls visit(name, field) for each field, in order: the codec, printer, parser and hash are written on it.
  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor("index", self.index);
    visitor("state", self.state);
  }
};

struct ConstantAttrs {
  std::vector<uint8_t> data;
  bool operator==(const ConstantAttrs&) const = default;
  // Calls visit(name, field) for each field, in order: the codec, printer, parser and hash are written on it.
  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor("data", self.data);
  }
};

struct IotaAttrs {
  int64_t axis = 0;
  bool operator==(const IotaAttrs&) const = default;
  // Calls visit(name, field) for each field, in order: the codec, printer, parser and hash are written on it.
  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor("axis", self.axis);
  }
};

struct ReshapeAttrs {
  std::vector<int64_t> shape;
  bool operator==(const ReshapeAttrs&) const = default;
  // Calls visit(name, field) for each field, in order: the codec, printer, parser and hash are written on it.
  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor("shape", self.shape);
  }
};

struct BroadcastAttrs {
  std::vector<int64_t> shape;
  bool operator==(const BroadcastAttrs&) const = default;
  // Calls visit(name, field) for each field, in order: the codec, printer, parser and hash are written on it.
  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor("shape", self.shape);
  }
};

struct TransposeAttrs {
  std::vector<int64_t> perm;
  bool operator==(const TransposeAttrs&) const = default;
  // Calls visit(name, field) for each field, in order: the codec, printer, parser and hash are written on it.
  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor("perm", self.perm);
  }
};

struct SliceAttrs {
  std::vector<int64_t> starts;
  std::vector<int64_t> limits;
  std::vector<int64_t> strides;
  bool operator==(const SliceAttrs&) const = default;
  // Calls visit(name, field) for each field, in order: the codec, printer, parser and hash are written on it.
  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor("starts", self.starts);
    visitor("limits", self.limits);
    visitor("strides", self.strides);
  }
};

struct AxesAttrs {
  std::vector<int64_t> axes;
  bool operator==(const AxesAttrs&) const = default;
  // Calls visit(name, field) for each field, in order: the codec, printer, parser and hash are written on it.
  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor("axes", self.axes);
  }
};

struct PadAttrs {
  std::vector<int64_t> low;
  std::vector<int64_t> high;
  std::vector<int64_t> interior;
  double value = 0;
  bool operator==(const PadAttrs&) const = default;
  // Calls visit(name, field) for each field, in order: the codec, printer, parser and hash are written on it.
  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor("low", self.low);
    visitor("high", self.high);
    visitor("interior", self.interior);
    visitor("value", self.value);
  }
};

struct AxisAttrs {
  int64_t axis = 0;
  bool operator==(const AxisAttrs&) const = default;
  // Calls visit(name, field) for each field, in order: the codec, printer, parser and hash are written on it.
  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor("axis", self.axis);
  }
};

struct SizesAttrs {
  std::vector<int64_t> sizes;
  bool operator==(const SizesAttrs&) const = default;
  // Calls visit(name, field) for each field, in order: the codec, printer, parser and hash are written on it.
  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor("sizes", self.sizes);
  }
};

struct ScatterAttrs {
  int64_t axis = 0;
  int64_t mode = 0;
  bool operator==(const ScatterAttrs&) const = default;
  // Calls visit(name, field) for each field, in order: the codec, printer, parser and hash are written on it.
  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor("axis", self.axis);
    visitor("mode", self.mode);
  }
};

struct ReduceAttrs {
  std::vector<int64_t> axes;
  bool keepdims = false;
  bool operator==(const ReduceAttrs&) const = default;
  // Calls visit(name, field) for each field, in order: the codec, printer, parser and hash are written on it.
  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor("axes", self.axes);
    visitor("keepdims", self.keepdims);
  }
};

struct ArgReduceAttrs {
  int64_t axis = 0;
  bool keepdims = false;
  bool operator==(const ArgReduceAttrs&) const = default;
  // Calls visit(name, field) for each field, in order: the codec, printer, parser and hash are written on it.
  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor("axis", self.axis);
    visitor("keepdims", self.keepdims);
  }
};

struct CumulativeAttrs {
  int64_t axis = 0;
  bool reverse = false;
  bool exclusive = false;
  bool operator==(const CumulativeAttrs&) const = default;
  // Calls visit(name, field) for each field, in order: the codec, printer, parser and hash are written on it.
  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor("axis", self.axis);
    visitor("reverse", self.reverse);
    visitor("exclusive", self.exclusive);
  }
};

struct SortAttrs {
  int64_t axis = 0;
  bool descending = false;
  bool operator==(const SortAttrs&) const = default;
  // Calls visit(name, field) for each field, in order: the codec, printer, parser and hash are written on it.
  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor("axis", self.axis);
    visitor("descending", self.descending);
  }
};

struct TopKAttrs {
  int64_t k = 0;
  bool operator==(const TopKAttrs&) const = default;
  // Calls visit(name, field) for each field, in order: the codec, printer, parser and hash are written on it.
  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor("k", self.k);
  }
};

struct MatmulAttrs {
  bool transposeA = false;
  bool transposeB = false;
  bool operator==(const MatmulAttrs&) const = default;
  // Calls visit(name, field) for each field, in order: the codec, printer, parser and hash are written on it.
  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor("transposeA", self.transposeA);
    visitor("transposeB", self.transposeB);
  }
};

struct ConvAttrs {
  std::vector<int64_t> strides;
  std::vector<int64_t> padLow;
  std::vector<int64_t> padHigh;
  std::vector<int64_t> dilation;
  int64_t groups = 0;
  std::vector<int64_t> spatial;
  bool operator==(const ConvAttrs&) const = default;
  // Calls visit(name, field) for each field, in order: the codec, printer, parser and hash are written on it.
  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor("strides", self.strides);
    visitor("padLow", self.padLow);
    visitor("padHigh", self.padHigh);
    visitor("dilation", self.dilation);
    visitor("groups", self.groups);
    visitor("spatial", self.spatial);
  }
};

struct PoolAttrs {
  std::vector<int64_t> window;
  std::vector<int64_t> strides;
  std::vector<int64_t> padLow;
  std::vector<int64_t> padHigh;
  std::vector<int64_t> dilation;
  bool countPadding = false;
  std::vector<int64_t> spatial;
  bool operator==(const PoolAttrs&) const = default;
  // Calls visit(name, field) for each field, in order: the codec, printer, parser and hash are written on it.
  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor("window", self.window);
    visitor("strides", self.strides);
    visitor("padLow", self.padLow);
    visitor("padHigh", self.padHigh);
    visitor("dilation", self.dilation);
    visitor("countPadding", self.countPadding);
    visitor("spatial", self.spatial);
  }
};

struct NormAttrs {
  double epsilon = 0;
  bool operator==(const NormAttrs&) const = default;
  // Calls visit(name, field) for each field, in order: the codec, printer, parser and hash are written on it.
  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor("epsilon", self.epsilon);
  }
};

struct RnnAttrs {
  bool reverse = false;
  bool mask = false;
  bool operator==(const RnnAttrs&) const = default;
  // Calls visit(name, field) for each field, in order: the codec, printer, parser and hash are written on it.
  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor("reverse", self.reverse);
    visitor("mask", self.mask);
  }
};

struct AttentionAttrs {
  double scale = 0;
  bool causal = false;
  bool mask = false;
  bool operator==(const AttentionAttrs&) const = default;
  // Calls visit(name, field) for each field, in order: the codec, printer, parser and hash are written on it.
  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor("scale", self.scale);
    visitor("causal", self.causal);
    visitor("mask", self.mask);
  }
};

struct ConvEpilogueAttrs {
  std::vector<int64_t> strides;
  std::vector<int64_t> padLow;
  std::vector<int64_t> padHigh;
  std::vector<int64_t> dilation;
  int64_t groups = 0;
  std::vector<int64_t> spatial;
  bool scale = false;
  bool bias = false;
  bool residual = false;
  bool relu = false;
  bool operator==(const ConvEpilogueAttrs&) const = default;
  // Calls visit(name, field) for each field, in order: the codec, printer, parser and hash are written on it.
  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor("strides", self.strides);
    visitor("padLow", self.padLow);
    visitor("padHigh", self.padHigh);
    visitor("dilation", self.dilation);
    visitor("groups", self.groups);
    visitor("spatial", self.spatial);
    visitor("scale", self.scale);
    visitor("bias", self.bias);
    visitor("residual", self.residual);
    visitor("relu", self.relu);
  }
};

struct MatmulEpilogueAttrs {
  bool transposeA = false;
  bool transposeB = false;
  bool bias = false;
  bool residual = false;
  bool relu = false;
  bool operator==(const MatmulEpilogueAttrs&) const = default;
  // Calls visit(name, field) for each field, in order: the codec, printer, parser and hash are written on it.
  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor("transposeA", self.transposeA);
    visitor("transposeB", self.transposeB);
    visitor("bias", self.bias);
    visitor("residual", self.residual);
    visitor("relu", self.relu);
  }
};

using Attrs = std::variant<std::monostate, ParameterAttrs, ConstantAttrs, IotaAttrs, ReshapeAttrs, BroadcastAttrs, TransposeAttrs, SliceAttrs, AxesAttrs, PadAttrs, AxisAttrs, SizesAttrs, ScatterAttrs, ReduceAttrs, ArgReduceAttrs, CumulativeAttrs, SortAttrs, TopKAttrs, MatmulAttrs, ConvAttrs, PoolAttrs, NormAttrs, RnnAttrs, AttentionAttrs, ConvEpilogueAttrs, MatmulEpilogueAttrs>;

struct OpInfo {
  std::string_view name;
  OpKind kind;
  int8_t inputs;      // -1: any number
  int8_t outputs;     // -1: any number
  uint8_t attrs;      // index into Attrs of this op's struct
};

inline constexpr OpInfo kOpInfo[kOpCount] = {
    {"parameter", OpKind::kSource, 0, 1, 1},
    {"constant", OpKind::kSource, 0, 1, 2},
    {"iota", OpKind::kSource, 0, 1, 3},
    {"random_bits", OpKind::kSource, 1, 1, 0},
    {"neg", OpKind::kElementwise, 1, 1, 0},
    {"abs", OpKind::kElementwise, 1, 1, 0},
    {"sign", OpKind::kElementwise, 1, 1, 0},
    {"exp", OpKind::kElementwise, 1, 1, 0},
    {"expm1", OpKind::kElementwise, 1, 1, 0},
    {"log", OpKind::kElementwise, 1, 1, 0},
    {"log1p", OpKind::kElementwise, 1, 1, 0},
    {"log2", OpKind::kElementwise, 1, 1, 0},
    {"sqrt", OpKind::kElementwise, 1, 1, 0},
    {"rsqrt", OpKind::kElementwise, 1, 1, 0},
    {"reciprocal", OpKind::kElementwise, 1, 1, 0},
    {"square", OpKind::kElementwise, 1, 1, 0},
    {"sin", OpKind::kElementwise, 1, 1, 0},
    {"cos", OpKind::kElementwise, 1, 1, 0},
    {"tan", OpKind::kElementwise, 1, 1, 0},
    {"asin", OpKind::kElementwise, 1, 1, 0},
    {"acos", OpKind::kElementwise, 1, 1, 0},
    {"atan", OpKind::kElementwise, 1, 1, 0},
    {"sinh", OpKind::kElementwise, 1, 1, 0},
    {"cosh", OpKind::kElementwise, 1, 1, 0},
    {"tanh", OpKind::kElementwise, 1, 1, 0},
    {"asinh", OpKind::kElementwise, 1, 1, 0},
    {"acosh", OpKind::kElementwise, 1, 1, 0},
    {"atanh", OpKind::kElementwise, 1, 1, 0},
    {"erf", OpKind::kElementwise, 1, 1, 0},
    {"erfinv", OpKind::kElementwise, 1, 1, 0},
    {"erfc", OpKind::kElementwise, 1, 1, 0},
    {"lgamma", OpKind::kElementwise, 1, 1, 0},
    {"digamma", OpKind::kElementwise, 1, 1, 0},
    {"floor", OpKind::kElementwise, 1, 1, 0},
    {"ceil", OpKind::kElementwise, 1, 1, 0},
    {"round", OpKind::kElementwise, 1, 1, 0},
    {"trunc", OpKind::kElementwise, 1, 1, 0},
    {"sigmoid", OpKind::kElementwise, 1, 1, 0},
    {"softplus", OpKind::kElementwise, 1, 1, 0},
    {"relu", OpKind::kElementwise, 1, 1, 0},
    {"is_nan", OpKind::kElementwise, 1, 1, 0},
    {"is_inf", OpKind::kElementwise, 1, 1, 0},
    {"is_finite", OpKind::kElementwise, 1, 1, 0},
    {"logical_not", OpKind::kElementwise, 1, 1, 0},
    {"bitwise_not", OpKind::kElementwise, 1, 1, 0},
    {"cast", OpKind::kElementwise, 1, 1, 0},
    {"add", OpKind::kElementwise, 2, 1, 0},
    {"sub", OpKind::kElementwise, 2, 1, 0},
    {"mul", OpKind::kElementwise, 2, 1, 0},
    {"div", OpKind::kElementwise, 2, 1, 0},
    {"floor_div", OpKind::kElementwise, 2, 1, 0},
    {"mod", OpKind::kElementwise, 2, 1, 0},
    {"pow", OpKind::kElementwise, 2, 1, 0},
    {"maximum", OpKind::kElementwise, 2, 1, 0},
    {"minimum", OpKind::kElementwise, 2, 1, 0},
    {"atan2", OpKind::kElementwise, 2, 1, 0},
    {"equal", OpKind::kElementwise, 2, 1, 0},
    {"not_equal", OpKind::kElementwise, 2, 1, 0},
    {"less", OpKind::kElementwise, 2, 1, 0},
    {"less_equal", OpKind::kElementwise, 2, 1, 0},
    {"greater", OpKind::kElementwise, 2, 1, 0},
    {"greater_equal", OpKind::kElementwise, 2, 1, 0},
    {"logical_and", OpKind::kElementwise, 2, 1, 0},
    {"logical_or", OpKind::kElementwise, 2, 1, 0},
    {"logical_xor", OpKind::kElementwise, 2, 1, 0},
    {"bitwise_and", OpKind::kElementwise, 2, 1, 0},
    {"bitwise_or", OpKind::kElementwise, 2, 1, 0},
    {"bitwise_xor", OpKind::kElementwise, 2, 1, 0},
    {"shift_left", OpKind::kElementwise, 2, 1, 0},
    {"shift_right", OpKind::kElementwise, 2, 1, 0},
    {"select", OpKind::kElementwise, 3, 1, 0},
    {"reshape", OpKind::kMovement, 1, 1, 4},
    {"broadcast", OpKind::kMovement, 1, 1, 5},
    {"transpose", OpKind::kMovement, 1, 1, 6},
    {"slice", OpKind::kMovement, 1, 1, 7},
    {"reverse", OpKind::kMovement, 1, 1, 8},
    {"pad", OpKind::kMovement, 1, 1, 9},
    {"concat", OpKind::kMovement, -1, 1, 10},
    {"dynamic_slice", OpKind::kMovement, 2, 1, 11},
    {"dynamic_update_slice", OpKind::kMovement, 3, 1, 0},
    {"gather", OpKind::kMovement, 2, 1, 10},
    {"gather_elements", OpKind::kMovement, 2, 1, 10},
    {"gather_nd", OpKind::kMovement, 2, 1, 0},
    {"scatter", OpKind::kMovement, 3, 1, 12},
    {"scatter_elements", OpKind::kMovement, 3, 1, 12},
    {"scatter_nd", OpKind::kMovement, 3, 1, 12},
    {"reduce_sum", OpKind::kReduction, 1, 1, 13},
    {"reduce_prod", OpKind::kReduction, 1, 1, 13},
    {"reduce_max", OpKind::kReduction, 1, 1, 13},
    {"reduce_min", OpKind::kReduction, 1, 1, 13},
    {"arg_max", OpKind::kLibrary, 1, 1, 14},
    {"arg_min", OpKind::kLibrary, 1, 1, 14},
    {"cumsum", OpKind::kLibrary, 1, 1, 15},
    {"cumprod", OpKind::kLibrary, 1, 1, 15},
    {"cummax", OpKind::kLibrary, 1, 1, 15},
    {"cummin", OpKind::kLibrary, 1, 1, 15},
    {"sort", OpKind::kLibrary, 1, 1, 16},
    {"argsort", OpKind::kLibrary, 1, 1, 16},
    {"top_k", OpKind::kLibrary, 1, 2, 17},
    {"matmul", OpKind::kLibrary, 2, 1, 18},
    {"conv", OpKind::kLibrary, 2, 1, 19},
    {"conv_input_grad", OpKind::kLibrary, 2, 1, 19},
    {"conv_filter_grad", OpKind::kLibrary, 2, 1, 19},
    {"max_pool", OpKind::kLibrary, 1, 2, 20},
    {"max_pool_grad", OpKind::kLibrary, 2, 1, 20},
    {"max_pool_gather", OpKind::kLibrary, 2, 1, 20},
    {"avg_pool", OpKind::kLibrary, 1, 1, 20},
    {"avg_pool_grad", OpKind::kLibrary, 1, 1, 20},
    {"softmax", OpKind::kLibrary, 1, 1, 0},
    {"softmax_grad", OpKind::kLibrary, 2, 1, 0},
    {"log_softmax", OpKind::kLibrary, 1, 1, 0},
    {"log_softmax_grad", OpKind::kLibrary, 2, 1, 0},
    {"batch_norm", OpKind::kLibrary, 3, 3, 21},
    {"batch_norm_grad", OpKind::kLibrary, 5, 3, 21},
    {"layer_norm", OpKind::kLibrary, 3, 3, 21},
    {"layer_norm_grad", OpKind::kLibrary, 5, 3, 21},
    {"lstm", OpKind::kLibrary, -1, 3, 22},
    {"lstm_grad", OpKind::kLibrary, -1, 3, 22},
    {"gru", OpKind::kLibrary, -1, 2, 22},
    {"gru_grad", OpKind::kLibrary, -1, 4, 22},
    {"fused", OpKind::kFused, -1, -1, 0},
    {"attention", OpKind::kLibrary, -1, 2, 23},
    {"attention_grad", OpKind::kLibrary, -1, 3, 23},
    {"sparse_crossentropy", OpKind::kLibrary, 2, 3, 0},
    {"sparse_crossentropy_grad", OpKind::kLibrary, 5, 1, 0},
    {"conv_epilogue", OpKind::kLibrary, -1, 1, 24},
    {"matmul_epilogue", OpKind::kLibrary, -1, 1, 25},
};

constexpr const OpInfo& opInfo(Op op) { return kOpInfo[static_cast<int>(op)]; }

// Of the whole table; the TypeScript side refuses an addon with another.
inline constexpr uint64_t kOpTableHash = 0x41bdd7cc2ac7ec0aull;

}  // namespace ibex
