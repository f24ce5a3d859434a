// Products of matrices by cuBLASLt, on a mock of it that checks what it is asked: what is ours are the descriptors. On a GPU
// it is the real one.
#include <dlfcn.h>

#include "backends/cuda/lowering.h"
#include "backends/cuda/lowerings/lt_matmul.h"
#include "tests/cuda_nn_text.h"
#include "tests/cuda_node_check.h"

using namespace ibex;
using namespace ibex::testing;

namespace {

const cuda::CublasLt& libraryUnderTest() {
  static const cuda::CublasLt* const lt = [] {
    if (onGpu()) {
      testDevice();
      const cuda::CublasLt* found = cuda::CublasLt::find();
      REQUIRE_MESSAGE(found != nullptr, cuda::CublasLt::report().advice);
      return found;
    }
    std::string why;
    auto opened = cuda::CublasLt::open({dlopen(IBEX_MOCK_CUBLASLT, RTLD_NOW | RTLD_GLOBAL), IBEX_MOCK_CUBLASLT}, &why);
    REQUIRE_MESSAGE(opened != nullptr, why);
    return const_cast<const cuda::CublasLt*>(opened.release());
  }();
  return *lt;
}

std::unique_ptr<Kernel> prepareLt(cuda::Context& context, const Graph& graph, const Node& node) {
  const Node product = hasEpilogue(node.op) ? productOf(node) : node;
  const DType dtype = graph.type(node.outputs[0]).dtype;
  auto kernel = cuda::makeLtMatmul(context, libraryUnderTest(), matmulProblem(graph, product), dtype, epilogueOf(node),
                                   graph.numerics);
  REQUIRE(kernel != nullptr);
  return kernel;
}

// The library's way for matmuls, as long as it lives.
class Lt {
 public:
  Lt() {
    for (const Op op : {Op::kMatmul, Op::kMatmulEpilogue}) {
      before_.push_back(cuda::findLowering(op));
      cuda::registerLowering(op, prepareLt);
    }
  }
  ~Lt() {
    cuda::registerLowering(Op::kMatmul, before_[0]);
    cuda::registerLowering(Op::kMatmulEpilogue, before_[1]);
  }

 private:
  std::vector<cuda::Lowering> before_;
};

std::string matmul(const std::string& dtype, std::vector<int64_t> a, std::vector<int64_t> b, std::vector<int64_t> y,
                   bool transposeA, bool transposeB) {
  if (transposeA) std::swap(a[a.size() - 1], a[a.size() - 2]);
  if (transposeB) std::swap(b[b.size() - 1], b[b.size() - 2]);
  const auto text = [](bool value) { return std::string(value ? "true" : "false"); };
  return nodeText("matmul", {typeText(dtype, a), typeText(dtype, b)}, {typeText(dtype, y)},
                  "transposeA=" + text(transposeA) + ", transposeB=" + text(transposeB));
}

// What the mock was asked for a case: which algorithms, a bit for each, and the compute type.
struct Seen {
  int algorithms, compute;
};
Seen seenOf(const std::string& text, double tolerance) {
  using Look = void (*)(int*, int*);
  libraryUnderTest();
  void* const symbol = dlsym(RTLD_DEFAULT, "ibex_mock_cublaslt_seen");
  REQUIRE(symbol != nullptr);
  const auto look = reinterpret_cast<Look>(symbol);
  Seen seen{};
  look(&seen.algorithms, &seen.compute);
  checkOnCuda(text, tolerance);
  look(&seen.algorithms, &seen.compute);
  return seen;
}

}  // namespace

TEST_CASE("cuBLASLt: all types, transposed either way, with a batch") {
  const Lt lt;
  CudaChecks checks;
  for (const char* dtype : {"f32", "f64", "f16", "bf16"}) {
    for (const bool transposeA : {false, true}) {
      for (const bool transposeB : {false, true}) {
        checks.add(matmul(dtype, {7, 9}, {9, 5}, {7, 5}, transposeA, transposeB));
      }
    }
  }
  checks.add(matmul("f32", {3, 10, 8}, {3, 8, 6}, {3, 10, 6}, true, true));
  checks.add(matmul("f32", {3, 10, 8}, {8, 6}, {3, 10, 6}, false, true));
  checks.add(matmul("f32", {10, 8}, {3, 8, 6}, {3, 10, 6}, false, false));
  checks.add(matmul("f32", {1, 8}, {8, 1}, {1, 1}, true, false));
  checks.add(matmul("f32", {8, 1}, {1, 6}, {8, 6}, false, false));
  checks.run();
}

TEST_CASE("cuBLASLt: the way is chosen by measurement among those that run") {
  const Lt lt;
  checkOnCuda(matmul("f32", {400, 40}, {40, 300}, {400, 300}, false, false), 1e-4);
  checkOnCuda(matmul("f32", {400, 40}, {40, 300}, {400, 300}, false, false), 1e-4);
}

TEST_CASE("cuBLASLt: where nothing may be chosen by time, the first way that runs is taken") {
  if (onGpu()) return;  // what it asked is the mock's to tell
  const Lt lt;
  const std::string text = matmul("f32", {200, 130}, {130, 300}, {200, 300}, false, false);
  CHECK(seenOf(text, 1e-4).algorithms == 0b111);
  CHECK(seenOf("numerics deterministic\n" + text, 1e-4).algorithms == 0b001);
  const std::string refused = matmul("f32", {400, 130}, {130, 300}, {400, 300}, false, false);
  CHECK(seenOf("numerics deterministic\n" + refused, 1e-4).algorithms == 0b011);
}

TEST_CASE("cuBLASLt: float32 is rounded where the program allows it, and 16 bits are summed in float32") {
  if (onGpu()) return;
  const Lt lt;
  const auto computeOf = [](const char* dtype, const std::string& before) {
    return seenOf(before + matmul(dtype, {6, 7}, {7, 5}, {6, 5}, false, false), -1).compute;
  };
  CHECK(computeOf("f32", "") == cuda::kLtComputeFloat32);
  CHECK(computeOf("f32", "numerics roundFloat32\n") == cuda::kLtComputeTf32);
  CHECK(computeOf("f32", "numerics deterministic\n") == cuda::kLtComputeFloat32);
  CHECK(computeOf("f64", "numerics roundFloat32\n") == cuda::kLtComputeFloat64);
  CHECK(computeOf("f16", "numerics roundFloat32\n") == cuda::kLtComputeFloat32);
  CHECK(computeOf("bf16", "") == cuda::kLtComputeFloat32);
}

TEST_CASE("cuBLASLt: epilogues") {
  const Lt lt;
  CudaChecks checks;
  for (const char* dtype : {"f32", "f16", "bf16"}) {
    for (int mask = 0; mask < 8; ++mask) {
      const auto text = [&](int bit) { return std::string((mask & bit) != 0 ? "true" : "false"); };
      std::vector<std::string> inputs = {typeText(dtype, {20, 9}), typeText(dtype, {9, 30})};
      if ((mask & 1) != 0) inputs.push_back(typeText(dtype, {30}));
      if ((mask & 2) != 0) inputs.push_back(typeText(dtype, {20, 30}));
      checks.add(nodeText("matmul_epilogue", inputs, {typeText(dtype, {20, 30})},
                          "transposeA=false, transposeB=false, bias=" + text(1) + ", residual=" + text(2) +
                              ", relu=" + text(4)));
    }
  }
  checks.run();
}

TEST_CASE("cuBLASLt: what it can't walk is left to others") {
  const Graph graph = graphOf(nodeText("matmul", {"f32[2,1,4,5]", "f32[3,5,6]"}, {"f32[2,3,4,6]"},
                                       "transposeA=false, transposeB=false"));
  const MatmulProblem problem = matmulProblem(graph, graph.nodes[2]);
  CHECK(cuda::makeLtMatmul(testDevice(), libraryUnderTest(), problem, DType::kFloat32, {}, {}) == nullptr);
  CHECK(cuda::makeLtMatmul(testDevice(), libraryUnderTest(), problem, DType::kInt32, {}, {}) == nullptr);
}
