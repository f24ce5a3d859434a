#include "ir/region_codec.h"

#include <bit>

namespace ibex {
namespace {

using Kind = RegionOperand::Kind;

constexpr uint32_t kMaxOperands = 3;

void encodeOperand(const RegionOperand& operand, ByteWriter& out) {
  out.u32(static_cast<uint64_t>(operand.kind));
  out.u32(operand.index);
}

RegionOperand decodeOperand(ByteReader& in) {
  const uint32_t kind = in.u32();
  if (kind > static_cast<uint32_t>(Kind::kReduction)) malformed("no kind of operand " + std::to_string(kind));
  return {static_cast<Kind>(kind), in.u32()};
}

void encodeStage(const std::vector<RegionInstr>& instrs, ByteWriter& out) {
  out.u32(instrs.size());
  for (const RegionInstr& instr : instrs) {
    out.u16(static_cast<uint64_t>(instr.op)), out.u8(static_cast<uint64_t>(instr.dtype));
    out.u8(static_cast<uint64_t>(instr.operandDtype));
    out.u32(instr.operandCount);
    for (uint8_t i = 0; i < instr.operandCount; i++) encodeOperand(instr.operands[i], out);
  }
}

std::vector<RegionInstr> decodeStage(ByteReader& in) {
  std::vector<RegionInstr> instrs(in.count(8));
  for (RegionInstr& instr : instrs) {
    const uint16_t op = in.u16();
    if (op >= kOpCount) malformed("no op " + std::to_string(op));
    instr.op = static_cast<Op>(op);
    instr.dtype = in.dtype(in.u8());
    instr.operandDtype = in.dtype(in.u8());
    const uint32_t count = in.u32();
    if (count > kMaxOperands) malformed("an instruction of " + std::to_string(count) + " operands");
    instr.operandCount = static_cast<uint8_t>(count);
    for (uint32_t i = 0; i < count; i++) instr.operands[i] = decodeOperand(in);
  }
  return instrs;
}

}  // namespace

void encodeRegion(const Region& region, ByteWriter& out) {
  out.u32(region.space.size());
  for (const int64_t extent : region.space) out.i64(extent);
  for (const uint8_t reduced : region.reduceAxis) out.u32(reduced);
  out.u32(region.inputs.size());
  for (const RegionInput& input : region.inputs) {
    out.u32(static_cast<uint64_t>(input.dtype));
    for (const int64_t stride : input.strides) out.i64(stride);
    out.i64(input.offset);
  }
  out.u32(region.immediates.size());
  for (const RegionImmediate& immediate : region.immediates) {
    out.u32(static_cast<uint64_t>(immediate.dtype)), out.f64(immediate.value), out.i64(immediate.integer);
  }
  encodeStage(region.prologue, out);
  out.u32(region.reductions.size());
  for (const RegionReduction& reduction : region.reductions) {
    out.u16(static_cast<uint64_t>(reduction.kind)), out.u16(static_cast<uint64_t>(reduction.dtype));
    encodeOperand(reduction.operand, out);
  }
  encodeStage(region.epilogue, out);
  out.u32(region.outputs.size());
  for (const RegionOutput& output : region.outputs) {
    encodeOperand(output.operand, out);
    out.u16(output.reduced), out.u16(static_cast<uint64_t>(output.dtype));
  }
}

Region decodeRegion(ByteReader& in) {
  Region region;
  region.space.resize(in.count(12));
  for (int64_t& extent : region.space) extent = in.i64();
  for (size_t i = 0; i < region.space.size(); i++) {
    region.reduceAxis.push_back(static_cast<uint8_t>(in.boolean(in.u32())));
  }
  region.inputs.resize(in.count(12 + 8 * region.space.size()));
  for (RegionInput& input : region.inputs) {
    input.dtype = in.dtype(in.u32());
    for (size_t i = 0; i < region.space.size(); i++) input.strides.push_back(in.i64());
    input.offset = in.i64();
  }
  region.immediates.resize(in.count(20));
  for (RegionImmediate& immediate : region.immediates) {
    immediate.dtype = in.dtype(in.u32());
    immediate.value = std::bit_cast<double>(in.u64());
    immediate.integer = in.i64();
  }
  region.prologue = decodeStage(in);
  region.reductions.resize(in.count(12));
  for (RegionReduction& reduction : region.reductions) {
    const uint16_t kind = in.u16();
    if (kind > static_cast<uint16_t>(ReduceKind::kMin)) malformed("no kind of reduction " + std::to_string(kind));
    reduction.kind = static_cast<ReduceKind>(kind);
    reduction.dtype = in.dtype(in.u16());
    reduction.operand = decodeOperand(in);
  }
  region.epilogue = decodeStage(in);
  region.outputs.resize(in.count(12));
  for (RegionOutput& output : region.outputs) {
    output.operand = decodeOperand(in);
    output.reduced = in.boolean(in.u16());
    output.dtype = in.dtype(in.u16());
  }
  return region;
}

}  // namespace ibex
