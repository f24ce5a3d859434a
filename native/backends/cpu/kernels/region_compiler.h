// From a stage to calls: where each value lives, which values are single elements or the same for all tiles, and which
// function computes each. region_compile.cpp plans, region_emit.cpp emits.
#pragma once

#include <cstdint>
#include <vector>

#include "backends/cpu/kernels/region_program.h"

namespace ibex::cpu {

class TileCompiler {
 public:
  using Kind = RegionOperand::Kind;

  TileCompiler(TileProgram& program, StageSpec& spec) : p_(program), spec_(spec), functions_(regionFunctions()) {}

  void compile();

 private:
  struct Place {
    uint16_t slot = 0;
    bool scalar = false;  // one element for the whole tile
    bool once = false;    // the same for all tiles
    int buffer = -1;      // into owned_, where the value lives in a tile buffer
  };
  static constexpr int kNever = -1;

  // A value: known after the instruction (or the load) that makes it.
  struct Value {
    bool made = false;
    Place place;
    int lastUse = kNever;
  };
  // An instruction that its only user computes along with itself.
  struct Joined {
    bool joined = false;
    Place operands[2];
  };
  struct SizedBuffer {
    uint16_t slot;
    int size;  // log2 of the element size
    bool scalar;
  };
  struct OwnedBuffer {
    uint16_t slot;
    int size;   // log2 of the element size
    int users;  // values that live in it
  };

  void chooseLoops();
  void addMoving();
  void findUses();
  void joinComparisons(const std::vector<int>& uses);
  void compileInstr(int i);
  void joinPairs(const std::vector<int>& uses);
  void join(uint32_t instr, int user);
  bool compileJoined(const RegionInstr& instr, int i);
  void readJoined(const RegionInstr& instr, int user);
  bool compilePair(const RegionInstr& instr, Value& value, int i);
  bool compileCompareSelect(const RegionInstr& instr, Value& value, int i);
  Place destination(int i, DType type, bool scalar, bool once);
  void compileCast(const RegionInstr& instr, Value& value, int i);
  void storeOutput(size_t o);
  void bindReduction(size_t r);
  void finishLayout();
  void planPrefetch();

  Place operand(const RegionOperand& o, int at);
  Place loadInput(size_t input, int at);
  Place rawInput(size_t input, int at);
  Place vectorOf(const Place& place, DType type);
  Place newPlace(DType type, bool scalar, bool once);
  void releaseUnused(int at);
  void call(TileFunction f, const Place& dst, const Place* operands, int count);
  void call(TileFunction f, const Place& dst, const Place& a) { call(f, dst, &a, 1); }
  Value& valueOf(const RegionOperand& o) { return o.kind == Kind::kInput ? inputs_[o.index] : instrs_[o.index]; }
  DType typeOf(const RegionOperand& o) const {
    switch (o.kind) {
      case Kind::kInput: return spec_.inputs[o.index].dtype;
      case Kind::kInstr: return spec_.instrs[o.index].dtype;
      default: return spec_.immediates[o.index].dtype;
    }
  }

  TileProgram& p_;
  StageSpec& spec_;
  const RegionFunctions& functions_;
  std::vector<Value> inputs_;
  std::vector<Value> instrs_;
  std::vector<int> directOutput_;  // by instruction: the output that it writes itself, or -1
  std::vector<int> soleOutput_;    // by instruction: the output that is its only use, or -1
  std::vector<Joined> joined_;     // by instruction
  std::vector<int> pairOperand_;   // by instruction: which operand is computed along with it, or -1
  std::vector<OwnedBuffer> owned_;
  std::vector<int> temporaries_;  // buffers that die with the current instruction
  std::vector<uint16_t> freeSlots_[4];
  std::vector<SizedBuffer> allBuffers_;
  std::vector<uint16_t> inputSlots_;
  std::vector<uint16_t> outputSlots_;
};

}  // namespace ibex::cpu
