// Fused nodes, and element-wise ops and reductions that were not fused: each is a region, and a kernel is generated for it.
#include <algorithm>
#include <cstring>

#include "backends/cuda/codegen/region_source.h"
#include "backends/cuda/lowering.h"
#include "backends/region_of_node.h"
#include "ir/error.h"

namespace ibex::cuda {
namespace {

// The generated kernels' argument has a pointer for each input and output; these are the sizes that it is made in.
template <size_t kPointers>
struct Pointers {
  void* at[kPointers];
};

class RegionKernel final : public Kernel {
 public:
  RegionKernel(Context& context, const Graph& graph, const Node& node, const Region& region)
      : context_(context), inPlace_(regionInPlaceInputs(region, node.inputs, homesOf(graph, node))) {
    // The name is the same for all regions, so that equal ones have equal texts.
    const RegionSource source = generateRegion(region, "region");
    pointers_ = region.inputs.size() + region.outputs.size();
    scratchBytes_ = source.scratchBytes;
    if (pointers_ + 1 > kMostPointers) throw Error(ErrorCode::kUnsupported, "A fused node has too many inputs.");
    for (const RegionLaunch& launch : source.launches) {
      launches_.push_back({&context.function({source.code, {}}, launch.name.c_str()),
                           {{launch.gridX, launch.gridY, 1}, {launch.blockX, launch.blockY, 1}, 0}});
    }
  }

  size_t scratchBytes() const override { return scratchBytes_; }
  int inPlaceInput(int output) const override { return inPlace_[static_cast<size_t>(output)]; }
  bool recordable() const override { return true; }

  void run(void* const* io) override {
    if (pointers_ + 1 <= 8) {
      launchWith<8>(io);
    } else if (pointers_ + 1 <= 32) {
      launchWith<32>(io);
    } else {
      launchWith<kMostPointers>(io);
    }
  }

 private:
  static constexpr size_t kMostPointers = 512;
  struct Launch {
    const Function* function;
    LaunchShape shape;
  };

  template <size_t kCount>
  void launchWith(void* const* io) {
    Pointers<kCount> pointers;
    std::copy_n(io, pointers_ + 1, pointers.at);
    for (const Launch& launch : launches_) context_.launch(*launch.function, launch.shape, pointers);
  }

  Context& context_;
  std::vector<int> inPlace_;
  std::vector<Launch> launches_;
  size_t pointers_ = 0;  // without the scratch
  size_t scratchBytes_ = 0;
};

std::unique_ptr<Kernel> prepareRegion(Context& context, const Graph& graph, const Node& node) {
  try {
    if (node.op == Op::kFused) return std::make_unique<RegionKernel>(context, graph, node, *node.region);
    return std::make_unique<RegionKernel>(context, graph, node, regionOfNode(graph, node));
  } catch (const Error& error) {
    throw error.in(graph.scopeOf(node));
  }
}

[[maybe_unused]] const bool kRegistered = [] {
  for (int i = 0; i < kOpCount; ++i) {
    const OpKind kind = opInfo(static_cast<Op>(i)).kind;
    if (kind == OpKind::kElementwise || kind == OpKind::kReduction) registerLowering(static_cast<Op>(i), prepareRegion);
  }
  registerLowering(Op::kFused, prepareRegion);
  return true;
}();

}  // namespace
}  // namespace ibex::cuda
