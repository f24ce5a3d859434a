#include "backends/cpu/kernels/region_op_traits.h"

#include "ir/half.h"

namespace ibex::cpu {

bool needsNoRounding(Op op) {
  switch (op) {
    case Op::kNeg:
    case Op::kAbs:
    case Op::kSign:
    case Op::kFloor:
    case Op::kCeil:
    case Op::kRound:
    case Op::kTrunc:
    case Op::kRelu:
    case Op::kMaximum:
    case Op::kMinimum:
    case Op::kSelect: return true;
    default: return false;
  }
}

bool startsPair(Op op) { return op == Op::kAdd || op == Op::kSub || op == Op::kMul || op == Op::kSquare; }
bool endsPair(Op op) { return op == Op::kAdd || op == Op::kSub || op == Op::kMul || op == Op::kDiv || op == Op::kRelu; }

double costOf(Op op, DType t) {
  const bool slow = t == DType::kFloat64;
  switch (op) {
    case Op::kExp:
    case Op::kExpm1:
    case Op::kLog:
    case Op::kLog1p:
    case Op::kLog2:
    case Op::kTanh:
    case Op::kSigmoid:
    case Op::kSoftplus:
    case Op::kErf:
    case Op::kSin:
    case Op::kCos: return slow ? 6 : 0.5;
    case Op::kTan:
    case Op::kAsin:
    case Op::kAcos:
    case Op::kAtan:
    case Op::kSinh:
    case Op::kCosh:
    case Op::kAsinh:
    case Op::kAcosh:
    case Op::kAtanh:
    case Op::kErfinv:
    case Op::kErfc:
    case Op::kLgamma:
    case Op::kDigamma:
    case Op::kPow:
    case Op::kAtan2: return slow ? 15 : 2;
    case Op::kMod:
    case Op::kFloorDiv: return 3;
    case Op::kDiv:
    case Op::kSqrt:
    case Op::kRsqrt: return slow ? 0.8 : 0.2;
    default: return slow ? 0.12 : 0.06;
  }
}

std::vector<uint8_t> constantBytes(const RegionImmediate& immediate) {
  const auto bytes = [](auto v) {
    const auto* p = reinterpret_cast<const uint8_t*>(&v);
    return std::vector<uint8_t>(p, p + sizeof v);
  };
  switch (immediate.dtype) {
    case DType::kBool: return bytes(static_cast<uint8_t>(immediate.integer != 0));
    case DType::kUint8:
    case DType::kInt8: return bytes(static_cast<uint8_t>(immediate.integer));
    case DType::kInt16: return bytes(static_cast<uint16_t>(immediate.integer));
    case DType::kInt32:
    case DType::kUint32: return bytes(static_cast<uint32_t>(immediate.integer));
    case DType::kInt64: return bytes(immediate.integer);
    case DType::kFloat16: return bytes(float16ToFloat(floatToFloat16(static_cast<float>(immediate.value))));
    case DType::kBFloat16: return bytes(bfloat16ToFloat(floatToBfloat16(static_cast<float>(immediate.value))));
    case DType::kFloat32: return bytes(static_cast<float>(immediate.value));
    case DType::kFloat64: break;
  }
  return bytes(immediate.value);
}

}  // namespace ibex::cpu
