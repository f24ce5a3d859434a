#include "backends/cpu/kernels/via_float32.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "backends/cpu/aligned_memory.h"
#include "backends/cpu/kernels/convert16.h"
#include "backends/cpu/parallel.h"

namespace ibex::cpu {
namespace {

constexpr int64_t kGrain = 16384;

void widen(DType t, const void* from, void* to, int64_t n) {
  const auto& f = convert16Functions();
  const auto convert = t == DType::kFloat16 ? f.fromFloat16 : f.fromBFloat16;
  parallelFor(n, kGrain, [&](int64_t begin, int64_t end) {
    convert(static_cast<const uint16_t*>(from) + begin, static_cast<float*>(to) + begin, end - begin);
  });
}

void narrow(DType t, const void* from, void* to, int64_t n) {
  const auto& f = convert16Functions();
  const auto convert = t == DType::kFloat16 ? f.toFloat16 : f.toBFloat16;
  parallelFor(n, kGrain, [&](int64_t begin, int64_t end) {
    convert(static_cast<const float*>(from) + begin, static_cast<uint16_t*>(to) + begin, end - begin);
  });
}

class ViaFloat32Kernel final : public Kernel {
 public:
  ViaFloat32Kernel(const Graph& graph, const Node& node, Lowering prepare) : inputs_(node.inputs.size()) {
    // A graph of just this node, so that nothing else is copied.
    Graph small;
    Node copy = node;
    const auto add = [&](ValueId v) {
      Type type = graph.type(v);
      Slot slot{type.dtype, type.elements(), 0};
      if (isHalf(type.dtype)) {
        type.dtype = DType::kFloat32;
        slot.offset = scratch_;
        scratch_ += aligned(type.bytes());
      }
      slots_.push_back(slot);
      small.values.push_back({type, kNone, 0});
      return static_cast<ValueId>(small.values.size() - 1);
    };
    for (ValueId& v : copy.inputs) v = add(v);
    for (ValueId& v : copy.outputs) v = add(v);
    if (node.scope != kNone) {
      small.scopes.push_back(graph.scopeOf(node));
      copy.scope = 0;
    }
    inner_ = prepare(small, copy);
    io_.resize(slots_.size() + 1);
  }

  size_t scratchBytes() const override { return scratch_ + inner_->scratchBytes(); }

  void run(void* const* io) override {
    auto* scratch = static_cast<char*>(io[slots_.size()]);
    for (size_t i = 0; i < slots_.size(); ++i) {
      const Slot& slot = slots_[i];
      io_[i] = isHalf(slot.dtype) ? scratch + slot.offset : io[i];
      if (i < inputs_ && isHalf(slot.dtype)) widen(slot.dtype, io[i], io_[i], slot.elements);
    }
    io_[slots_.size()] = inner_->scratchBytes() == 0 ? nullptr : scratch + scratch_;
    inner_->run(io_.data());
    for (size_t i = inputs_; i < slots_.size(); ++i) {
      const Slot& slot = slots_[i];
      if (isHalf(slot.dtype)) narrow(slot.dtype, io_[i], io[i], slot.elements);
    }
  }

 private:
  struct Slot {
    DType dtype;
    int64_t elements;
    size_t offset;  // into the scratch, for 16-bit types
  };
  size_t inputs_;
  size_t scratch_ = 0;
  std::vector<Slot> slots_;  // inputs, then outputs
  std::unique_ptr<Kernel> inner_;
  std::vector<void*> io_;
};

}  // namespace

bool usesHalf(const Graph& graph, const Node& node) {
  const auto half = [&](ValueId v) { return isHalf(graph.type(v).dtype); };
  return std::any_of(node.inputs.begin(), node.inputs.end(), half) ||
         std::any_of(node.outputs.begin(), node.outputs.end(), half);
}

std::unique_ptr<Kernel> viaFloat32(const Graph& graph, const Node& node, Lowering prepare) {
  return std::make_unique<ViaFloat32Kernel>(graph, node, prepare);
}

}  // namespace ibex::cpu
