// Holds the CUDA backend's kernels against the CPU's, on the mock of NVIDIA's libraries (mock_cuda): the lowerings, the
// runtime and the kernels' texts are the real ones; what runs the kernels is the host. That shows their logic, not how they
// do on a GPU. With IBEX_TEST_CUDA=gpu they run on the machine's own GPU instead; with IBEX_TEST_CUDA=races the mock looks for
// races between their threads, which takes several times as long.
//
//   CudaChecks checks;
//   checks.add("%0: f32[3,40] = parameter {index=0, state=false}\n"
//              "%1: f32[3,40] = softmax %0 {axis=1}\n"
//              "outputs %1\n");
//   checks.run();
//
// Adding starts the compilation of the kernels, side by side; so add all of a test's cases before run().
#pragma once

#include <doctest/doctest.h>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "backends/cuda/runtime/device_context.h"
#include "tests/cpu_node_runner.h"
#include "tests/ir_graph_text.h"

namespace ibex::testing {

// Whether tests of CUDA are to use the machine's GPU; what is about the mock is skipped then.
bool onGpu();

// The device cuda:0, for the whole life of the test program.
cuda::DeviceContext& testDevice();

// A graph with its kernels, one for each node that needs one.
class CudaGraph {
 public:
  explicit CudaGraph(Graph graph);

  // Runs the nodes one after another, and gives the graph's outputs. feeds: one for each parameter node, in their order.
  // Memory that nothing was written to is no number. Throws what the device reports.
  std::vector<Array> run(const std::vector<Array>& feeds) const { return evaluate(feeds, Way::kPlain); }
  // Likewise, with outputs in the memory of inputs where kernels offer that. Null where none does.
  std::optional<std::vector<Array>> runInPlace(const std::vector<Array>& feeds) const;
  // Likewise, recorded and replayed twice. Null where a kernel can't be recorded.
  std::optional<std::vector<Array>> runRecorded(const std::vector<Array>& feeds) const;

  const Graph& graph() const { return graph_; }
  const Kernel* kernel(size_t node) const { return kernels_[node].get(); }

 private:
  enum class Way { kPlain, kInPlace, kRecorded };
  std::vector<Array> evaluate(const std::vector<Array>& feeds, Way way) const;

  Graph graph_;
  std::vector<std::unique_ptr<Kernel>> kernels_;
};

// The CPU backend's results of the same.
std::vector<Array> runOnCpu(const Graph& graph, const std::vector<Array>& feeds);

// Random values for each parameter node: see randomArray().
std::vector<Array> randomFeeds(const Graph& graph, uint32_t seed);

class CudaChecks {
 public:
  // tolerance: of the largest |a - b| / (1 + |b|) of the outputs with floats; negative for what suits the type.
  // Integers and bools must be equal. Without feeds there are random ones.
  void add(std::string_view text, double tolerance = -1, std::optional<std::vector<Array>> feeds = std::nullopt);
  // Runs all: plainly, in place, and recorded.
  void run();

 private:
  struct Case {
    std::string text;
    std::unique_ptr<CudaGraph> graph;
    double tolerance;
    std::vector<Array> feeds;
  };
  std::vector<Case> cases_;
};

// One case alone.
inline void checkOnCuda(std::string_view text, double tolerance = -1,
                        std::optional<std::vector<Array>> feeds = std::nullopt) {
  CudaChecks checks;
  checks.add(text, tolerance, std::move(feeds));
  checks.run();
}

}  // namespace ibex::testing
