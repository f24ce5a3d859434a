// Convolutions by cuDNN and cuBLASLt, on mocks of them that check what they are asked. On a GPU they are the real ones.
#include <dlfcn.h>

#include <thread>

#include "backends/cuda/lowering.h"
#include "backends/cuda/lowerings/dnn_conv.h"
#include "backends/cuda/lowerings/dnn_ways.h"
#include "tests/cuda_conv_text.h"

using namespace ibex;
using namespace ibex::testing;

namespace {

// The library with that mock, or on a GPU what is found there.
template <class Library>
const Library* libraryUnderTest(const char* mock) {
  if (onGpu()) {
    testDevice();
    const Library* found = Library::find();
    REQUIRE_MESSAGE(found != nullptr, Library::report().advice);
    return found;
  }
  testDevice();
  std::string why;
  auto opened = Library::open({dlopen(mock, RTLD_NOW | RTLD_GLOBAL), mock}, &why);
  REQUIRE_MESSAGE(opened != nullptr, why);
  return opened.release();
}

const cuda::Cudnn* cudnnUnderTest() {
  static const cuda::Cudnn* const dnn = libraryUnderTest<cuda::Cudnn>(IBEX_MOCK_CUDNN);
  return dnn;
}

std::unique_ptr<Kernel> prepareByCudnn(cuda::Context& context, const Graph& graph, const Node& node) {
  return cuda::prepareConv(context, graph, node, {nullptr, cudnnUnderTest()});
}

std::unique_ptr<Kernel> prepareByCublas(cuda::Context& context, const Graph& graph, const Node& node) {
  static const cuda::CublasLt* const lt = libraryUnderTest<cuda::CublasLt>(IBEX_MOCK_CUBLASLT);
  return cuda::prepareConv(context, graph, node, {lt, nullptr});
}

// One way for convolutions, as long as it lives.
class Way {
 public:
  explicit Way(cuda::Lowering lowering) {
    for (const Op op : kOps) {
      before_.push_back(cuda::findLowering(op));
      cuda::registerLowering(op, lowering);
    }
  }
  ~Way() {
    for (size_t i = 0; i < before_.size(); ++i) cuda::registerLowering(kOps[i], before_[i]);
  }

 private:
  static constexpr Op kOps[] = {Op::kConv, Op::kConvEpilogue, Op::kConvInputGrad, Op::kConvFilterGrad};
  std::vector<cuda::Lowering> before_;
};

const ConvCase kPointwise = {3, 40, 17, 1, {5, 5}, {1, 1}, {1, 1}, {0, 0}, {0, 0}, {1, 1}};

std::unique_ptr<Kernel> byCudnn(const ConvCase& c) {
  const ConvGeometry g = convGeometry(shapeOf(c.batch, c.in, {c.inputs}), shapeOf(-1, c.kernel, {c.inputs / c.groups, c.outputs}),
                                      shapeOf(c.batch, outOf(c), {c.outputs}),
                                      {c.strides, c.padLow, c.padHigh, c.dilation, c.groups, {}});
  const DType dtype = std::string(c.dtype) == "f64" ? DType::kFloat64 : DType::kFloat32;
  return cuda::makeDnnConv(testDevice(), *cudnnUnderTest(), {g, cuda::ConvPart::kForward, dtype, {}, {}},
                           {0, [] { return std::unique_ptr<Kernel>(); }});
}

// Which engines of the mock's computed it: bits, by their place in its list.
int enginesOf(const ConvCase& c, const std::string& before) {
  cudnnUnderTest();
  void* const symbol = dlsym(RTLD_DEFAULT, "ibex_mock_cudnn_engines");
  REQUIRE(symbol != nullptr);
  const auto look = reinterpret_cast<int (*)()>(symbol);
  look();
  const ConvTypes types(c);
  const CudaGraph graph(graphOf(before + nodeText("conv", {types.x, types.w}, {types.y}, attributes(c, {}))));
  graph.run(randomFeeds(graph.graph(), 1));
  return look();
}

}  // namespace

TEST_CASE("cuDNN: convolutions and their gradients") {
  const Way way(prepareByCudnn);
  CudaChecks checks;
  for (const ConvCase& c : kConvCases) addConvs(checks, c);
  checks.run();
}

TEST_CASE("cuDNN: epilogues, in its graph or after it") {
  const Way way(prepareByCudnn);
  CudaChecks checks;
  for (const size_t which : {size_t{1}, size_t{2}, size_t{5}, size_t{9}, size_t{10}}) addConvEpilogues(checks, kConvCases[which]);
  checks.run();
}

TEST_CASE("cuDNN: the way is chosen by measurement among those that run") {
  const Way way(prepareByCudnn);
  CudaChecks checks;
  addConvs(checks, {8, 16, 32, 1, {16, 16}, {3, 3}, {1, 1}, {1, 1}, {1, 1}, {1, 1}});
  checks.run();
}

TEST_CASE("cuDNN: which engines may compute, and which are tried, is the program's choice") {
  if (onGpu()) return;  // what it asked is the mock's to tell
  const Way way(prepareByCudnn);
  constexpr int kTensorCore = 0b10, kWithWorkspace = 0b010000, kWithout = 0b100000;
  ConvCase c = {8, 16, 26, 1, {16, 16}, {3, 3}, {1, 1}, {1, 1}, {1, 1}, {1, 1}};
  CHECK(enginesOf(c, "") == (kWithWorkspace | kWithout));
  CHECK(enginesOf(c, "numerics deterministic\n") == kWithWorkspace);
  CHECK(enginesOf(c, "numerics roundFloat32\n") == (kTensorCore | kWithWorkspace | kWithout));
  CHECK(enginesOf(c, "numerics roundFloat32\nnumerics deterministic\n") == kTensorCore);
  c.dtype = "bf16";
  CHECK(enginesOf(c, "numerics deterministic\n") == kTensorCore);
}

TEST_CASE("cuDNN: what it has no way for is left to others") {
  CHECK(byCudnn({2, 3, 4, 1, {6, 6}, {3, 3}, {1, 1}, {1, 1}, {1, 1}, {1, 1}}) != nullptr);
  CHECK(byCudnn({2, 3, 4, 1, {6, 6}, {3, 3}, {1, 1}, {-1, 1}, {1, 1}, {1, 1}}) == nullptr);
  if (!onGpu()) CHECK(byCudnn({2, 3, 4, 1, {6, 6, 6}, {3, 3, 3}, {1, 1, 1}, {1, 1, 1}, {1, 1, 1}, {1, 1, 1}, "f64"}) == nullptr);
}

TEST_CASE("cuDNN: what fails when it is run is done by our own kernels" * doctest::skip(onGpu())) {
  const Way way(prepareByCudnn);
  CudaChecks checks;
  addConvs(checks, kConvCases[1]);
  addConvEpilogues(checks, kConvCases[1]);
  const auto fail = reinterpret_cast<void (*)(bool)>(dlsym(dlopen(IBEX_MOCK_CUDNN, RTLD_NOW), "ibex_mock_cudnn_fail"));
  fail(true);
  checks.run();
  fail(false);
}

TEST_CASE("cuDNN: shapes that it may not be best at, by what is faster") {
  const Way way(prepareByCudnn);
  const ConvCase grouped = {16, 4, 32, 4, {32, 32}, {3, 3}, {1, 1}, {1, 1}, {1, 1}, {1, 1}};
  const ConvTypes t(grouped);
  checkOnCuda(nodeText("conv", {t.x, t.w}, {t.y}, attributes(grouped, {})));
}

TEST_CASE("cuDNN: the faster one is found by measurement, once") {
  struct Work final : Kernel {
    explicit Work(size_t bytes) : memory(testDevice().temporary(bytes)), bytes(bytes) {}
    void run(void* const*) override {
      testDevice().clear(memory.get(), bytes);
      ++times;
    }
    std::shared_ptr<void> memory;
    size_t bytes;
    int times = 0;
  };
  Work little(64), much(size_t{64} << 20);
  const ConvGeometry g =
      convGeometry({1, 8, 8, 2}, {3, 3, 2, 2}, {1, 6, 6, 2}, {{1, 1}, {0, 0}, {0, 0}, {1, 1}, 1, {}});
  const auto state = cuda::DnnState::on(testDevice(), *cudnnUnderTest());
  REQUIRE(state != nullptr);
  const auto isFaster = [&](cuda::ConvPart part, Work& ours, Work& theirs) {
    const auto run = [&](cuda::DnnHandle, void* const* io) { theirs.run(io); };
    return state->isFaster({g, part, DType::kFloat32, {}, {}}, ours, run, 0);
  };
  CHECK(isFaster(cuda::ConvPart::kForward, little, much));
  CHECK(!isFaster(cuda::ConvPart::kInputGrad, much, little));
  const int before = much.times;
  CHECK(before > 1);
  CHECK(isFaster(cuda::ConvPart::kForward, little, much));
  CHECK(much.times == before);
}

TEST_CASE("cuDNN: kernels run while others are prepared") {
  const auto running = byCudnn({2, 3, 4, 1, {6, 6}, {3, 3}, {1, 1}, {1, 1}, {1, 1}, {1, 1}});
  REQUIRE(running != nullptr);
  std::thread others([] {
    for (int64_t outputs = 5; outputs < 25; ++outputs) {
      CHECK(byCudnn({2, 3, outputs, 1, {6, 6}, {3, 3}, {1, 1}, {1, 1}, {1, 1}, {1, 1}}) != nullptr);
    }
  });
  const auto x = testDevice().temporary(864), w = testDevice().temporary(432), y = testDevice().temporary(1152),
             scratch = testDevice().temporary(running->scratchBytes());
  void* const io[] = {x.get(), w.get(), y.get(), scratch.get()};
  for (int i = 0; i < 20; ++i) running->run(io);
  others.join();
  CHECK_NOTHROW(testDevice().synchronize());
}

TEST_CASE("cuBLASLt: convolutions of single positions, with the epilogues that it has") {
  const Way way(prepareByCublas);
  CudaChecks checks;
  addConvs(checks, kPointwise);
  addConvs(checks, {2, 1, 6, 1, {7}, {1}, {1}, {0}, {0}, {1}});
  addConvs(checks, {2, 6, 1, 1, {7}, {1}, {1}, {0}, {0}, {1}});
  addConvEpilogues(checks, kPointwise);
  ConvCase narrow = kPointwise;
  narrow.dtype = "bf16";
  addConvEpilogues(checks, narrow);
  checks.run();
}
