#include "backends/cuda/codegen/region_source.h"

#include <algorithm>
#include <set>
#include <string_view>

#include "backends/cuda/codegen/element_code.h"
#include "backends/cuda/codegen/region_layout.h"

namespace ibex::cuda {
namespace {

using Kind = RegionOperand::Kind;

constexpr size_t kPartialAlignment = 256;
constexpr int kCombineBlock = 128;
constexpr int64_t kGridLimit = int64_t{1} << 30;

std::string number(int64_t n) { return std::to_string(n); }

class Generator {
 public:
  Generator(const Region& region, const std::string& name) : region_(region), name_(name), layout_(layOut(region)) {
    int64_t elements = layout_.keptCount * layout_.reducedCount;
    for (size_t i = 0; i < region.inputs.size(); ++i) {
      int64_t reach = region.inputs[i].offset;
      for (size_t a = 0; a < region.space.size(); ++a) {
        reach += std::max<int64_t>(0, region.inputs[i].strides[a]) * std::max<int64_t>(0, region.space[a] - 1);
      }
      elements = std::max(elements, reach);
    }
    index_ = elements < (int64_t{1} << 30) ? "int" : "int64_t";
  }

  RegionSource generate() {
    if (layout_.keptCount == 0) return {};
    code_ = "namespace ibex_device {\nstruct " + name_ + "_Pointers { void* at[" +
            number(static_cast<int64_t>(region_.inputs.size() + region_.outputs.size() + 1)) + "]; };\n";
    if (layout_.hasReduction) {
      reduce();
      if (layout_.splits > 1) combine();
    } else {
      elementwise();
    }
    source_.code = code_ + "}\n";
    return std::move(source_);
  }

 private:
  void line(const std::string& text) { code_ += std::string(static_cast<size_t>(depth_) * 2, ' ') + text + "\n"; }
  void open(const std::string& text) {
    line(text + " {");
    ++depth_;
  }
  void close() {
    --depth_;
    line("}");
  }

  // Begins a kernel, with the pointers of the inputs that `used` names and of all outputs.
  void openKernel(int64_t gridX, int64_t gridY, int blockX, int blockY, const std::set<uint32_t>& used) {
    const std::string name = name_ + "_" + number(static_cast<int64_t>(source_.launches.size()));
    source_.launches.push_back({name, gridX, gridY, blockX, blockY});
    open("extern \"C\" __global__ void " + name + "(" + name_ + "_Pointers pointers)");
    for (const uint32_t i : used) {
      const std::string type = storedType(region_.inputs[i].dtype);
      line("const " + type + "* const in" + number(i) + " = static_cast<const " + type + "*>(pointers.at[" + number(i) +
           "]) + " + number(region_.inputs[i].offset) + ";");
    }
    for (size_t o = 0; o < region_.outputs.size(); ++o) {
      const std::string type = storedType(region_.outputs[o].dtype);
      line(type + "* const out" + number(static_cast<int64_t>(o)) + " = static_cast<" + type + "*>(pointers.at[" +
           number(static_cast<int64_t>(region_.inputs.size() + o)) + "]);");
    }
  }

  // Declares `prefix`0, `prefix`1 … : the index along each axis, from a linear index.
  void decompose(const std::vector<RegionAxis>& axes, const std::string& linear, const std::string& prefix) {
    std::string rest = linear;
    for (size_t a = axes.size(); a-- > 0;) {
      const std::string index = prefix + number(static_cast<int64_t>(a));
      if (a == 0) {
        line("const Index " + index + " = " + rest + ";");
        return;
      }
      line("const Index " + index + " = " + rest + " % " + number(axes[a].extent) + ";");
      line("const Index " + index + "rest = " + rest + " / " + number(axes[a].extent) + ";");
      rest = index + "rest";
    }
  }

  static std::string offset(const std::vector<RegionAxis>& axes, const std::string& prefix, auto strideOf) {
    std::string sum;
    for (size_t a = 0; a < axes.size(); ++a) {
      const int64_t stride = strideOf(axes[a]);
      if (stride == 0) continue;
      if (!sum.empty()) sum += " + ";
      sum += prefix + number(static_cast<int64_t>(a)) + " * Index(" + number(stride) + ")";
    }
    return sum.empty() ? "0" : sum;
  }
  std::string inputOffset(uint32_t i, bool withReduced) const {
    const auto strideOf = [i](const RegionAxis& axis) { return axis.inputStrides[i]; };
    const std::string kept = offset(layout_.kept, "k", strideOf);
    return withReduced ? kept + " + " + offset(layout_.reduced, "r", strideOf) : kept;
  }
  std::string spaceOffset() const {
    const auto strideOf = [](const RegionAxis& axis) { return axis.spaceStride; };
    return offset(layout_.kept, "k", strideOf) + " + " + offset(layout_.reduced, "r", strideOf);
  }

  static void collect(const RegionOperand& operand, std::set<uint32_t>& inputs) {
    if (operand.kind == Kind::kInput) inputs.insert(operand.index);
  }
  static void collect(const std::vector<RegionInstr>& instrs, std::set<uint32_t>& inputs) {
    for (const RegionInstr& instr : instrs) {
      for (int k = 0; k < instr.operandCount; ++k) collect(instr.operands[k], inputs);
    }
  }
  std::set<uint32_t> prologueInputs() const {
    std::set<uint32_t> inputs;
    collect(region_.prologue, inputs);
    for (const RegionReduction& reduction : region_.reductions) collect(reduction.operand, inputs);
    for (const RegionOutput& output : region_.outputs) {
      if (!output.reduced) collect(output.operand, inputs);
    }
    return inputs;
  }
  std::set<uint32_t> epilogueInputs() const {
    std::set<uint32_t> inputs;
    collect(region_.epilogue, inputs);
    for (const RegionOutput& output : region_.outputs) {
      if (output.reduced) collect(output.operand, inputs);
    }
    return inputs;
  }

  // An operand as an expression: `prefix` names the stage's instructions, `load` gives an input's element.
  std::string operandCode(const RegionOperand& operand, const std::string& prefix, auto load) const {
    switch (operand.kind) {
      case Kind::kInput: return loaded(region_.inputs[operand.index].dtype, load(operand.index));
      case Kind::kInstr: return prefix + number(operand.index);
      case Kind::kImmediate: return immediateCode(region_.immediates[operand.index]);
      case Kind::kReduction: break;
    }
    return rounded(region_.reductions[operand.index].dtype, "sum" + number(operand.index));
  }
  void instructions(const std::vector<RegionInstr>& instrs, const std::string& prefix, auto load) {
    for (size_t i = 0; i < instrs.size(); ++i) {
      std::vector<std::string> operands;
      for (int k = 0; k < instrs[i].operandCount; ++k) {
        operands.push_back(operandCode(instrs[i].operands[k], prefix, load));
      }
      line("const " + valueType(instrs[i].dtype) + " " + prefix + number(static_cast<int64_t>(i)) + " = " +
           instructionCode(instrs[i], operands) + ";");
    }
  }

  // The prologue on the `vector` elements from the current indices on. Everything is read before anything is written:
  // outputs may lie on inputs.
  void prologue() {
    const int n = layout_.vector;
    const std::string width = number(n);
    const RegionAxis* inner = layout_.innermost();
    for (const uint32_t i : prologueInputs()) {
      const std::string type = storedType(region_.inputs[i].dtype);
      const std::string pack = "const Pack<" + type + ", " + width + "> x" + number(i) + " = ";
      const std::string from = "in" + number(i) + " + (" + inputOffset(i, true) + ")";
      const int64_t stride = inner == nullptr ? 0 : inner->inputStrides[i];
      if (stride == 1) {
        line(pack + "loadPack<" + type + ", " + width + ">(" + from + ");");
      } else {
        line(pack + "gatherPack<" + type + ", " + width + ">(" + from + ", " + number(stride) + ");");
      }
    }
    for (size_t o = 0; o < region_.outputs.size(); ++o) {
      const RegionOutput& output = region_.outputs[o];
      if (!output.reduced) {
        line("Pack<" + storedType(output.dtype) + ", " + width + "> y" + number(static_cast<int64_t>(o)) + ";");
      }
    }
    line("#pragma unroll");
    open("for (int v = 0; v < " + width + "; ++v)");
    const auto load = [](uint32_t i) { return "x" + number(i) + ".at[v]"; };
    instructions(region_.prologue, "p", load);
    for (size_t o = 0; o < region_.outputs.size(); ++o) {
      const RegionOutput& output = region_.outputs[o];
      if (output.reduced) continue;
      line("y" + number(static_cast<int64_t>(o)) + ".at[v] = " +
           stored(output.dtype, operandCode(output.operand, "p", load)) + ";");
    }
    for (size_t r = 0; r < region_.reductions.size(); ++r) {
      const std::string sum = "sum" + number(static_cast<int64_t>(r));
      const RegionReduction& reduction = region_.reductions[r];
      line(sum + " = " + reductionStep(reduction, sum, operandCode(reduction.operand, "p", load)) + ";");
    }
    close();
    for (size_t o = 0; o < region_.outputs.size(); ++o) {
      if (region_.outputs[o].reduced) continue;
      const std::string y = number(static_cast<int64_t>(o));
      line("storePack(out" + y + " + (" + spaceOffset() + "), y" + y + ");");
    }
  }

  // What is computed and stored for an item once its reductions are known.
  void epilogue() {
    const auto load = [this](uint32_t i) { return "in" + number(i) + "[" + inputOffset(i, false) + "]"; };
    instructions(region_.epilogue, "e", load);
    for (size_t o = 0; o < region_.outputs.size(); ++o) {
      const RegionOutput& output = region_.outputs[o];
      if (!output.reduced) continue;
      line("const " + storedType(output.dtype) + " z" + number(static_cast<int64_t>(o)) + " = " +
           stored(output.dtype, operandCode(output.operand, "e", load)) + ";");
    }
    for (size_t o = 0; o < region_.outputs.size(); ++o) {
      if (!region_.outputs[o].reduced) continue;
      line("out" + number(static_cast<int64_t>(o)) + "[item] = z" + number(static_cast<int64_t>(o)) + ";");
    }
  }

  void elementwise() {
    constexpr int kBlock = 256;
    const int64_t vectors = layout_.keptCount / layout_.vector;
    openKernel(std::min((vectors + kBlock - 1) / kBlock, kGridLimit), 1, kBlock, 1, prologueInputs());
    line("typedef " + index_ + " Index;");
    const std::string step = "Index(gridDim.x) * " + number(kBlock);
    open("for (Index vector = Index(blockIdx.x) * " + number(kBlock) + " + threadIdx.x; vector < " + number(vectors) +
         "; vector += " + step + ")");
    decompose(layout_.kept, "vector * " + number(layout_.vector), "k");
    prologue();
    close();
    close();
  }

  std::string partial(size_t r, const std::string& split) const {
    return "partial" + number(static_cast<int64_t>(r)) + "[" + split + " * Index(" + number(layout_.keptCount) +
           ") + item]";
  }
  void partialPointers() {
    size_t at = 0;
    for (size_t r = 0; r < region_.reductions.size(); ++r) {
      const DType dtype = region_.reductions[r].dtype;
      const std::string type = valueType(dtype);
      line(type + "* const partial" + number(static_cast<int64_t>(r)) + " = reinterpret_cast<" + type +
           "*>(static_cast<char*>(pointers.at[" +
           number(static_cast<int64_t>(region_.inputs.size() + region_.outputs.size())) + "]) + " +
           number(static_cast<int64_t>(at)) + ");");
      const size_t bytes = static_cast<size_t>(layout_.keptCount * layout_.splits) * std::max<size_t>(4, dtypeSize(dtype));
      at += (bytes + kPartialAlignment - 1) / kPartialAlignment * kPartialAlignment;
    }
    source_.scratchBytes = at;
  }
  void declareSums() {
    for (size_t r = 0; r < region_.reductions.size(); ++r) {
      line(valueType(region_.reductions[r].dtype) + " sum" + number(static_cast<int64_t>(r)) + " = " +
           reductionStart(region_.reductions[r]) + ";");
    }
  }

  void reduce() {
    const int lanes = layout_.lanes;
    const int items = layout_.items;
    const int64_t blocks = (layout_.keptCount + items - 1) / items;
    std::set<uint32_t> used = prologueInputs();
    if (layout_.splits == 1) used.merge(epilogueInputs());
    const bool rows = layout_.lanesReduce;
    openKernel(std::min(blocks, kGridLimit), layout_.splits, rows ? lanes : items, rows ? items : lanes, used);
    line("typedef " + index_ + " Index;");
    if (layout_.splits > 1) partialPointers();
    const std::string lane = rows ? "threadIdx.x" : "threadIdx.y";
    const std::string slot = rows ? "threadIdx.y" : "threadIdx.x";
    if (lanes > 1) line("__shared__ double shared[" + number(static_cast<int64_t>(lanes) * items) + "];");
    // All threads of a block take the same turns, so that they meet at the barriers.
    open("for (Index block = blockIdx.x; block < " + number(blocks) + "; block += gridDim.x)");
    line("const Index item = block * " + number(items) + " + " + slot + ";");
    declareSums();
    open("if (item < " + number(layout_.keptCount) + ")");
    decompose(layout_.kept, "item", "k");
    const std::string begin = "Index(blockIdx.y) * " + number(layout_.splitExtent);
    line("const Index end = " + begin + " + " + number(layout_.splitExtent) + " < " + number(layout_.reducedCount) + " ? " +
         begin + " + " + number(layout_.splitExtent) + " : Index(" + number(layout_.reducedCount) + ");");
    open("for (Index at = " + begin + " + Index(" + lane + ") * " + number(layout_.vector) + "; at < end; at += " +
         number(static_cast<int64_t>(lanes) * layout_.vector) + ")");
    decompose(layout_.reduced, "at", "r");
    prologue();
    close();
    close();
    for (size_t r = 0; lanes > 1 && r < region_.reductions.size(); ++r) combineLanes(r, lane, slot);
    open("if (" + lane + " == 0 && item < " + number(layout_.keptCount) + ")");
    if (layout_.splits > 1) {
      for (size_t r = 0; r < region_.reductions.size(); ++r) {
        line(partial(r, "Index(blockIdx.y)") + " = sum" + number(static_cast<int64_t>(r)) + ";");
      }
    } else {
      decompose(layout_.kept, "item", "k");
      epilogue();
    }
    close();
    close();
    close();
  }

  // A tree over the lanes of an item; lane 0 has the result.
  void combineLanes(size_t r, const std::string& lane, const std::string& slot) {
    const RegionReduction& reduction = region_.reductions[r];
    const std::string type = valueType(reduction.dtype);
    const std::string sum = "sum" + number(static_cast<int64_t>(r));
    open("");
    // Lanes that are neighbours in x lie side by side, and so do items.
    const int laneStep = layout_.lanesReduce ? 1 : layout_.items;
    const int slotStep = layout_.lanesReduce ? layout_.lanes : 1;
    line(type + "* const mine = reinterpret_cast<" + type + "*>(shared) + " + slot + " * " + number(slotStep) + " + " +
         lane + " * " + number(laneStep) + ";");
    line("__syncthreads();");
    line("*mine = " + sum + ";");
    open("for (int half = " + number(layout_.lanes / 2) + "; half > 0; half /= 2)");
    line("__syncthreads();");
    line("if (" + lane + " < half) *mine = " + reductionStep(reduction, "*mine", "mine[half * " + number(laneStep) + "]") +
         ";");
    close();
    line(sum + " = *mine;");
    close();
  }

  // The parts of each item, in order, and what follows them.
  void combine() {
    openKernel(std::min((layout_.keptCount + kCombineBlock - 1) / kCombineBlock, kGridLimit), 1, kCombineBlock, 1,
               epilogueInputs());
    line("typedef " + index_ + " Index;");
    partialPointers();
    open("for (Index item = Index(blockIdx.x) * " + number(kCombineBlock) + " + threadIdx.x; item < " +
         number(layout_.keptCount) + "; item += Index(gridDim.x) * " + number(kCombineBlock) + ")");
    decompose(layout_.kept, "item", "k");
    declareSums();
    open("for (Index split = 0; split < " + number(layout_.splits) + "; ++split)");
    for (size_t r = 0; r < region_.reductions.size(); ++r) {
      const std::string sum = "sum" + number(static_cast<int64_t>(r));
      line(sum + " = " + reductionStep(region_.reductions[r], sum, partial(r, "split")) + ";");
    }
    close();
    epilogue();
    close();
    close();
  }

  const Region& region_;
  const std::string name_;
  const RegionLayout layout_;
  std::string index_;
  std::string code_;
  int depth_ = 0;
  RegionSource source_;
};

}  // namespace

RegionSource generateRegion(const Region& region, const std::string& name) {
  return Generator(region, name).generate();
}

}  // namespace ibex::cuda
