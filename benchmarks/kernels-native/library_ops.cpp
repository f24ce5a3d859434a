// Times single kernels of the CPU backend: `library_ops [part of a name]`. Prints the time of the fastest run, which
// other work on the machine disturbs least, and its rate. taskset sets the threads.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "tests/cpu_node_runner.h"

using namespace ibex;
using namespace ibex::testing;

namespace {

const char* wanted = "";

// Seconds of the fastest of many runs.
double seconds(NodeRunner& runner) {
  using Clock = std::chrono::steady_clock;
  runner.run();
  double best = 1e9, total = 0;
  for (int runs = 0; total < 0.3 || runs < 5; ++runs) {
    const auto start = Clock::now();
    runner.run();
    const double t = std::chrono::duration<double>(Clock::now() - start).count();
    best = std::min(best, t);
    total += t;
  }
  return best;
}

// amount: floating-point operations or bytes of a run.
void bench(const std::string& name, const char* unit, double amount, Op op, Attrs attrs, std::vector<Array> inputs,
           const std::vector<Type>& outputs) {
  if (name.find(wanted) == std::string::npos) return;
  NodeRunner runner(op, std::move(attrs), std::move(inputs), outputs);
  const double t = seconds(runner);
  std::printf("%-44s %10.1f us %8.1f %s\n", name.c_str(), t * 1e6, amount / t * 1e-9, unit);
  std::fflush(stdout);
}

constexpr DType kF = DType::kFloat32;
Array data(const Shape& shape) { return randomArray(kF, shape, 1); }
Type type(const Shape& shape) { return {kF, shape}; }
double bytes(const Shape& shape) { return static_cast<double>(type(shape).bytes()); }

void matmuls() {
  const std::vector<std::vector<int64_t>> sizes = {{1, 4, 4, 4},       {1, 32, 32, 32},      {1, 32, 256, 784},
                                                   {1, 128, 256, 784}, {1, 64, 4096, 1024},  {1, 3136, 64, 576},
                                                   {1, 1024, 1024, 1024}, {128, 64, 64, 64}, {256, 16, 16, 16}};
  for (const auto& s : sizes) {
    const Shape a = {s[0], s[1], s[3]}, b = {s[0], s[3], s[2]}, c = {s[0], s[1], s[2]};
    const std::string name = std::to_string(s[0]) + "x " + std::to_string(s[1]) + "," + std::to_string(s[2]) + "," + std::to_string(s[3]);
    const double work = 2.0 * static_cast<double>(s[0] * s[1] * s[2] * s[3]);
    bench("matmul " + name, "GFLOP/s", work, Op::kMatmul, MatmulAttrs{}, {data(a), data(b)}, {type(c)});
    bench("matmul a^T " + name, "GFLOP/s", work, Op::kMatmul, MatmulAttrs{true, false}, {data({s[0], s[3], s[1]}), data(b)}, {type(c)});
    bench("matmul b^T " + name, "GFLOP/s", work, Op::kMatmul, MatmulAttrs{false, true}, {data(a), data({s[0], s[2], s[3]})}, {type(c)});
  }
  bench("matmul float64 512", "GFLOP/s", 2.0 * 512 * 512 * 512, Op::kMatmul, MatmulAttrs{},
        {randomArray(DType::kFloat64, {512, 512}, 1), randomArray(DType::kFloat64, {512, 512}, 2)}, {{DType::kFloat64, {512, 512}}});
}

void convolutions() {
  struct Case {
    int64_t n, size, in, out, kernel, stride, pad, groups;
  };
  for (const Case& c : {Case{32, 28, 1, 32, 3, 1, 0, 1}, Case{32, 26, 32, 64, 3, 1, 0, 1}, Case{128, 13, 32, 64, 3, 1, 0, 1},
                        Case{8, 56, 64, 64, 3, 1, 1, 1}, Case{8, 56, 64, 256, 1, 1, 0, 1}, Case{8, 14, 256, 256, 3, 1, 1, 1},
                        Case{8, 224, 3, 64, 7, 2, 3, 1}, Case{8, 56, 128, 128, 3, 1, 1, 128}}) {
    const int64_t size = (c.size + 2 * c.pad - c.kernel) / c.stride + 1;
    const Shape x = {c.n, c.size, c.size, c.in}, w = {c.kernel, c.kernel, c.in / c.groups, c.out}, y = {c.n, size, size, c.out};
    const double work = 2.0 * static_cast<double>(c.n * size * size * c.out * c.kernel * c.kernel * c.in / c.groups);
    const ConvAttrs attrs{{c.stride, c.stride}, {c.pad, c.pad}, {c.pad, c.pad}, {1, 1}, c.groups, {}};
    const std::string name = "n" + std::to_string(c.n) + " " + std::to_string(c.size) + " " + std::to_string(c.in) + ">" +
                             std::to_string(c.out) + " k" + std::to_string(c.kernel) + " s" + std::to_string(c.stride) + " g" + std::to_string(c.groups);
    bench("conv " + name, "GFLOP/s", work, Op::kConv, attrs, {data(x), data(w)}, {type(y)});
    ConvAttrs grad = attrs;
    grad.spatial = {c.size, c.size};
    bench("conv_input_grad " + name, "GFLOP/s", work, Op::kConvInputGrad, grad, {data(y), data(w)}, {type(x)});
    grad.spatial = {c.kernel, c.kernel};
    bench("conv_filter_grad " + name, "GFLOP/s", work, Op::kConvFilterGrad, grad, {data(x), data(y)}, {type(w)});
  }
}

void pools() {
  struct Case {
    int64_t n, size, channels, window, stride, pad;
  };
  for (const Case& c : {Case{32, 26, 32, 2, 2, 0}, Case{8, 112, 64, 3, 2, 1}, Case{128, 24, 64, 2, 2, 0}}) {
    const int64_t size = (c.size + 2 * c.pad - c.window) / c.stride + 1;
    const Shape x = {c.n, c.size, c.size, c.channels}, y = {c.n, size, size, c.channels};
    PoolAttrs attrs{{c.window, c.window}, {c.stride, c.stride}, {c.pad, c.pad}, {c.pad, c.pad}, {1, 1}, false, {}};
    const std::string name = "n" + std::to_string(c.n) + " " + std::to_string(c.size) + " c" + std::to_string(c.channels) + " k" + std::to_string(c.window);
    const Type at{DType::kInt32, y};
    bench("max_pool " + name, "GB/s", bytes(x) + 2 * bytes(y), Op::kMaxPool, attrs, {data(x)}, {type(y), at});
    bench("avg_pool " + name, "GB/s", bytes(x) + bytes(y), Op::kAvgPool, attrs, {data(x)}, {type(y)});
    const Array where = runNode(Op::kMaxPool, attrs, {data(x)}, {type(y), at})[1];
    attrs.spatial = {c.size, c.size};
    bench("max_pool_grad " + name, "GB/s", bytes(x) + 2 * bytes(y), Op::kMaxPoolGrad, attrs, {data(y), where}, {type(x)});
    bench("avg_pool_grad " + name, "GB/s", bytes(x) + bytes(y), Op::kAvgPoolGrad, attrs, {data(y)}, {type(x)});
  }
}

void norms() {
  const NormAttrs attrs{1e-3};
  for (const Shape& x : {Shape{32, 26, 26, 32}, Shape{8, 56, 56, 256}}) {
    const Type c = type({x.back()});
    const std::string name = std::to_string(x[0]) + "x" + std::to_string(x[1]) + "^2x" + std::to_string(x[3]);
    bench("batch_norm " + name, "GB/s", 3 * bytes(x), Op::kBatchNorm, attrs, {data(x), data(c.shape), data(c.shape)}, {type(x), c, c});
    Array variance(kF, c.shape, std::vector<double>(static_cast<size_t>(c.shape[0]), 1));
    bench("batch_norm_grad " + name, "GB/s", 5 * bytes(x), Op::kBatchNormGrad, attrs,
          {data(x), data(x), data(c.shape), data(c.shape), variance}, {type(x), c, c});
  }
  const Shape x = {32, 128, 512};
  const Type c = type({512}), rows = type({32, 128});
  bench("layer_norm 4096x512", "GB/s", 2 * bytes(x), Op::kLayerNorm, attrs, {data(x), data(c.shape), data(c.shape)}, {type(x), rows, rows});
  bench("layer_norm_grad 4096x512", "GB/s", 3 * bytes(x), Op::kLayerNormGrad, attrs,
        {data(x), data(x), data(c.shape), data(rows.shape), data(rows.shape)}, {type(x), c, c});
}

void recurrent() {
  for (const auto& [n, t, h] : std::vector<std::tuple<int64_t, int64_t, int64_t>>{{32, 200, 64}, {32, 100, 256}, {1, 100, 128}}) {
    const std::string name = "n" + std::to_string(n) + " t" + std::to_string(t) + " h" + std::to_string(h);
    const Shape hs = {n, t, h}, state = {n, h}, g4 = {n, t, 4 * h}, g3 = {n, t, 3 * h};
    const double work = 2.0 * static_cast<double>(n * t * h * h);
    bench("lstm " + name, "GFLOP/s", 4 * work, Op::kLstm, RnnAttrs{}, {data(g4), data({h, 4 * h}), data(state), data(state)},
          {type(hs), type(hs), type(g4)});
    bench("lstm_grad " + name, "GFLOP/s", 4 * work, Op::kLstmGrad, RnnAttrs{},
          {data(hs), data(hs), data({h, 4 * h}), data(state), data(state), data(hs), data(hs), data(g4)}, {type(g4), type(state), type(state)});
    bench("gru " + name, "GFLOP/s", 3 * work, Op::kGru, RnnAttrs{}, {data(g3), data({h, 3 * h}), data({3 * h}), data(state)}, {type(hs), type(g4)});
    bench("gru_grad " + name, "GFLOP/s", 3 * work, Op::kGruGrad, RnnAttrs{}, {data(hs), data({h, 3 * h}), data(state), data(hs), data(g4)},
          {type(g3), type(g3), type(state), type({3 * h})});
  }
}

void movement() {
  const Shape square = {2048, 2048};
  bench("transpose 2048x2048", "GB/s", 2 * bytes(square), Op::kTranspose, TransposeAttrs{{1, 0}}, {data(square)}, {type(square)});
  bench("transpose heads 32,128,8,64", "GB/s", 2 * bytes({32, 128, 512}), Op::kTranspose, TransposeAttrs{{0, 2, 1, 3}},
        {data({32, 128, 8, 64})}, {type({32, 8, 128, 64})});
  bench("transpose nchw>nhwc 32,64,56,56", "GB/s", 2 * bytes({32, 64, 56, 56}), Op::kTranspose, TransposeAttrs{{0, 2, 3, 1}},
        {data({32, 64, 56, 56})}, {type({32, 56, 56, 64})});
  bench("concat 2 x 4096,256", "GB/s", 4 * bytes({4096, 256}), Op::kConcat, AxisAttrs{1}, {data({4096, 256}), data({4096, 256})}, {type({4096, 512})});
  bench("pad 32,56,56,64 by 1", "GB/s", 2 * bytes({32, 56, 56, 64}), Op::kPad, PadAttrs{{0, 1, 1, 0}, {0, 1, 1, 0}, {0, 0, 0, 0}, 0},
        {data({32, 56, 56, 64})}, {type({32, 58, 58, 64})});
  Array rows(DType::kInt32, {6400});
  for (int64_t i = 0; i < rows.size(); ++i) rows.set(i, static_cast<double>(i * 7919 % 20000));
  bench("gather 6400 rows of 128", "GB/s", 2 * bytes({6400, 128}), Op::kGather, AxisAttrs{0}, {data({20000, 128}), rows}, {type({6400, 128})});
  bench("scatter add 6400 rows of 128", "GB/s", 2 * bytes({20000, 128}) + 3 * bytes({6400, 128}), Op::kScatter, ScatterAttrs{0, 1},
        {data({20000, 128}), rows, data({6400, 128})}, {type({20000, 128})});
  const Shape batch = {32, 784};
  Array pick(DType::kInt32, {32});
  for (int64_t i = 0; i < 32; ++i) pick.set(i, static_cast<double>(i * 997 % 60000));
  bench("gather batch 32 of 60000x784", "GB/s", 2 * bytes(batch), Op::kGather, AxisAttrs{0}, {Array(kF, {60000, 784}), pick}, {type(batch)});
  bench("sort 64 x 16384", "GB/s", 2 * bytes({64, 16384}), Op::kSort, SortAttrs{1, false}, {data({64, 16384})}, {type({64, 16384})});
  bench("cumsum 1024 x 1024", "GB/s", 2 * bytes({1024, 1024}), Op::kCumsum, CumulativeAttrs{1, false, false}, {data({1024, 1024})}, {type({1024, 1024})});
  bench("arg_max 1024 x 1000", "GB/s", bytes({1024, 1000}), Op::kArgMax, ArgReduceAttrs{1, false}, {data({1024, 1000})}, {{DType::kInt32, {1024}}});
  bench("top_k 256 x 1000, 5", "GB/s", bytes({256, 1000}), Op::kTopK, TopKAttrs{5}, {data({256, 1000})}, {type({256, 5}), {DType::kInt32, {256, 5}}});
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1) wanted = argv[1];
  matmuls();
  convolutions();
  pools();
  norms();
  recurrent();
  movement();
}
