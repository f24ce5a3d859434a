#include "tests/cuda_node_check.h"

#include <cstdlib>

#include "backends/cuda/lowering.h"
#include "passes/plan.h"

namespace ibex::testing {
namespace {

// A block of the device's memory, of exactly the bytes that are needed: on the mock, what is read or written beside it
// is noticed.
class DeviceBlock {
 public:
  explicit DeviceBlock(size_t bytes) : memory_(testDevice().allocate(std::max<size_t>(bytes, 1))), bytes_(bytes) {
    REQUIRE(memory_ != nullptr);
    spoil();
  }
  explicit DeviceBlock(const Array& array) : DeviceBlock(array.type.bytes()) { set(array.data.get()); }
  ~DeviceBlock() { testDevice().release(memory_); }
  DeviceBlock(const DeviceBlock&) = delete;
  DeviceBlock& operator=(const DeviceBlock&) = delete;

  void* data() const { return memory_; }
  void set(const void* bytes) const {
    const cuda::CuEvent uploaded = testDevice().upload(memory_, bytes, bytes_);
    testDevice().synchronize();
    testDevice().destroyEvent(uploaded);
  }
  // What stands there is no number that anyone expects.
  void spoil() const { set(std::vector<unsigned char>(bytes_, 0xee).data()); }

 private:
  void* memory_;
  size_t bytes_;
};
using BlockPtr = std::shared_ptr<DeviceBlock>;

Array constantOf(const Graph& graph, const Node& node) {
  const Type& type = graph.type(node.outputs[0]);
  Array array(type.dtype, type.shape);
  fillConstant(node, type, array.data.get());
  return array;
}

Array reshaped(const Array& from, const Type& type) {
  Array array(type.dtype, type.shape);
  std::memcpy(array.data.get(), from.data.get(), type.bytes());
  return array;
}

double differenceAllowed(const Array& expected, double tolerance_) {
  if (!isFloat(expected.type.dtype)) return 0;
  return tolerance_ >= 0 ? tolerance_ : tolerance(expected.type.dtype);
}

}  // namespace

namespace {

bool wanted(const char* way) {
  const char* given = std::getenv("IBEX_TEST_CUDA");
  return given != nullptr && std::string(given) == way;
}

}  // namespace

bool onGpu() { return wanted("gpu"); }

cuda::DeviceContext& testDevice() {
  static auto* const device = [] {
    if (!onGpu()) {
      setenv("IBEX_CUDA_LIBRARIES", IBEX_MOCK_CUDA, 1);
      setenv("IBEX_MOCK_CUDA_FENCE", "1", 1);
      if (wanted("races")) setenv("IBEX_MOCK_CUDA_RACES", "1", 1);
      setenv("IBEX_CUDA_CACHE", "off", 1);  // the mock keeps what it compiled itself
    }
    return new cuda::DeviceContext(cuda::libraries(), 0);
  }();
  return *device;
}

CudaGraph::CudaGraph(Graph graph) : graph_(std::move(graph)) {
  for (const Node& node : graph_.nodes) {
    kernels_.emplace_back();
    if (!needsKernel(node)) continue;
    const cuda::Lowering lowering = cuda::findLowering(node.op);
    if (lowering == nullptr) {
      throw Error(ErrorCode::kUnsupported, "The CUDA backend has no kernel for " + std::string(opInfo(node.op).name));
    }
    kernels_.back() = lowering(testDevice(), graph_, node);
  }
}

std::vector<Array> CudaGraph::evaluate(const std::vector<Array>& feeds, Way way) const {
  cuda::DeviceContext& device = testDevice();
  std::vector<BlockPtr> values(graph_.values.size());
  const auto blockOf = [](const Array& array) { return std::make_shared<DeviceBlock>(array); };
  size_t feed = 0;
  for (size_t n = 0; n < graph_.nodes.size(); ++n) {
    const Node& node = graph_.nodes[n];
    if (node.op == Op::kParameter) {
      values[node.outputs[0]] = blockOf(feeds.at(feed++));
    } else if (node.op == Op::kConstant) {
      values[node.outputs[0]] = blockOf(constantOf(graph_, node));
    } else if (node.op == Op::kReshape) {
      values[node.outputs[0]] = values[node.inputs[0]];
    } else {
      Kernel& kernel = *kernels_[n];
      std::vector<void*> io;
      std::vector<BlockPtr> inputs;
      for (const ValueId input : node.inputs) inputs.push_back(values[input]);
      for (size_t o = 0; o < node.outputs.size(); ++o) {
        const size_t bytes = graph_.type(node.outputs[o]).bytes();
        const int over = way == Way::kInPlace ? kernel.inPlaceInput(static_cast<int>(o)) : -1;
        BlockPtr block = std::make_shared<DeviceBlock>(bytes);
        if (over >= 0) {
          device.copy(block->data(), inputs[static_cast<size_t>(over)]->data(), bytes);
          inputs[static_cast<size_t>(over)] = block;
        }
        values[node.outputs[o]] = block;
      }
      for (const BlockPtr& input : inputs) io.push_back(input->data());
      for (const ValueId output : node.outputs) io.push_back(values[output]->data());
      const DeviceBlock scratch(kernel.scratchBytes());
      io.push_back(kernel.scratchBytes() == 0 ? nullptr : scratch.data());
      if (way == Way::kRecorded) {
        kernel.run(io.data());  // recordings are never of the first run
        device.synchronize();
        for (const ValueId output : node.outputs) values[output]->spoil();
        scratch.spoil();
        device.beginRecording();
        kernel.run(io.data());
        const cuda::CuGraphExec recorded = device.endRecording();
        for (int i = 0; i < 2; ++i) device.replay(recorded);
        device.synchronize();
        device.destroyRecording(recorded);
      } else {
        kernel.run(io.data());
      }
      device.synchronize();
    }
  }
  std::vector<Array> outputs;
  for (const ValueId output : graph_.outputs) {
    const Type& type = graph_.type(output);
    outputs.emplace_back(type.dtype, type.shape);
    device.download(outputs.back().data.get(), values[output]->data(), type.bytes());
  }
  return outputs;
}

std::optional<std::vector<Array>> CudaGraph::runInPlace(const std::vector<Array>& feeds) const {
  bool offered = false;
  for (size_t n = 0; n < graph_.nodes.size(); ++n) {
    for (size_t o = 0; kernels_[n] != nullptr && o < graph_.nodes[n].outputs.size(); ++o) {
      offered = offered || kernels_[n]->inPlaceInput(static_cast<int>(o)) >= 0;
    }
  }
  if (!offered) return std::nullopt;
  return evaluate(feeds, Way::kInPlace);
}

std::optional<std::vector<Array>> CudaGraph::runRecorded(const std::vector<Array>& feeds) const {
  for (const auto& kernel : kernels_) {
    if (kernel != nullptr && !kernel->recordable()) return std::nullopt;
  }
  return evaluate(feeds, Way::kRecorded);
}

std::vector<Array> runOnCpu(const Graph& graph, const std::vector<Array>& feeds) {
  std::vector<std::optional<Array>> values(graph.values.size());
  size_t feed = 0;
  for (const Node& node : graph.nodes) {
    if (node.op == Op::kParameter) {
      values[node.outputs[0]] = feeds.at(feed++);
    } else if (node.op == Op::kConstant) {
      values[node.outputs[0]] = constantOf(graph, node);
    } else if (node.op == Op::kReshape) {
      values[node.outputs[0]] = reshaped(*values[node.inputs[0]], graph.type(node.outputs[0]));
    } else {
      const auto lowering = cpu::findLowering(node.op);
      if (lowering == nullptr) throw Error(ErrorCode::kUnsupported, "The CPU backend has no kernel for it.");
      const auto kernel = lowering(graph, node);
      std::vector<void*> io;
      for (const ValueId input : node.inputs) io.push_back(values[input]->data.get());
      for (const ValueId output : node.outputs) {
        values[output].emplace(graph.type(output).dtype, graph.type(output).shape);
        io.push_back(values[output]->data.get());
      }
      const Memory scratch = allocate(kernel->scratchBytes());
      io.push_back(kernel->scratchBytes() == 0 ? nullptr : scratch.get());
      kernel->run(io.data());
    }
  }
  std::vector<Array> outputs;
  for (const ValueId output : graph.outputs) outputs.push_back(*values[output]);
  return outputs;
}

std::vector<Array> randomFeeds(const Graph& graph, uint32_t seed) {
  std::vector<Array> feeds;
  for (const Node& node : graph.nodes) {
    if (node.op != Op::kParameter) continue;
    const Type& type = graph.type(node.outputs[0]);
    feeds.push_back(randomArray(type.dtype, type.shape, seed * 100 + static_cast<uint32_t>(feeds.size())));
  }
  return feeds;
}

void CudaChecks::add(std::string_view text, double tolerance, std::optional<std::vector<Array>> feeds) {
  CAPTURE(text);
  Graph graph = graphOf(text);
  std::vector<Array> values = feeds ? *std::move(feeds) : randomFeeds(graph, static_cast<uint32_t>(cases_.size()));
  cases_.push_back({std::string(text), std::make_unique<CudaGraph>(std::move(graph)), tolerance, std::move(values)});
}

void CudaChecks::run() {
  for (const Case& each : cases_) {
    CAPTURE(each.text);
    const std::vector<Array> expected = runOnCpu(each.graph->graph(), each.feeds);
    const auto compare = [&](const char* way, const std::optional<std::vector<Array>>& outputs) {
      if (!outputs) return;
      CAPTURE(way);
      for (size_t o = 0; o < expected.size(); ++o) {
        CAPTURE(o);
        CHECK(difference((*outputs)[o], expected[o]) <= differenceAllowed(expected[o], each.tolerance));
      }
    };
    compare("plainly", each.graph->run(each.feeds));
    compare("in place", each.graph->runInPlace(each.feeds));
    compare("recorded", each.graph->runRecorded(each.feeds));
  }
  cases_.clear();
}

}  // namespace ibex::testing
