// Fused regions against the machine's memory bandwidth, measured in the same run: copies and triads written by hand.
// Arguments: --cpu-time (see below), and a part of the names of the cases to run.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "backends/cpu/kernels/region_kernel.h"
#include "backends/cpu/lowering.h"
#include "backends/cpu/parallel.h"
#include "ir/scalar.h"

using namespace ibex;
using Kind = RegionOperand::Kind;

namespace {

constexpr DType F = DType::kFloat32;

// With --cpu-time, the processor's time shared by the threads: for machines that do other work too.
bool cpuTime = false;

double now() {
  if (cpuTime) {
    timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec)) / cpu::numThreads();
  }
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// The best of many, in batches that last long enough to be timed.
double secondsOf(const std::function<void()>& f, double enough = 0.4) {
  f();
  double t = now();
  f();
  const int batch = static_cast<int>(std::max(1.0, 2e-5 / (now() - t + 1e-9)));
  double best = 1e9;
  const double start = now();
  do {
    t = now();
    for (int i = 0; i < batch; ++i) f();
    best = std::min(best, (now() - t) / batch);
  } while (now() - start < enough);
  return best;
}

struct Memory {
  explicit Memory(size_t bytes) : data(static_cast<char*>(std::aligned_alloc(4096, (bytes + 4095) / 4096 * 4096))) {
    cpu::parallelFor(static_cast<int64_t>(bytes), 4096,
                     [&](int64_t b, int64_t e) { std::memset(data + b, 1, static_cast<size_t>(e - b)); });
  }
  ~Memory() { std::free(data); }
  Memory(const Memory&) = delete;
  char* data;
};

class Builder {
 public:
  explicit Builder(std::vector<int64_t> space) {
    region.space = std::move(space);
    region.reduceAxis.assign(region.space.size(), 0);
  }
  RegionOperand in(std::vector<int64_t> strides, DType t = F) {
    region.inputs.push_back({t, std::move(strides), 0});
    return {Kind::kInput, static_cast<uint32_t>(region.inputs.size() - 1)};
  }
  RegionOperand dense(DType t = F) {
    std::vector<int64_t> s(region.space.size());
    int64_t step = 1;
    for (size_t a = s.size(); a-- > 0; step *= region.space[a]) s[a] = step;
    return in(s, t);
  }
  RegionOperand scalar() { return in(std::vector<int64_t>(region.space.size(), 0)); }
  RegionOperand imm(double v, DType t = F) {
    region.immediates.push_back(isFloat(t) ? floatScalar(t, v) : integerScalar(t, static_cast<int64_t>(v)));
    return {Kind::kImmediate, static_cast<uint32_t>(region.immediates.size() - 1)};
  }
  RegionOperand op(Op o, std::vector<RegionOperand> operands, DType result = F, DType operand = F) {
    RegionInstr i;
    i.op = o;
    i.dtype = result;
    i.operandDtype = operand;
    i.operandCount = static_cast<uint8_t>(operands.size());
    std::copy(operands.begin(), operands.end(), i.operands);
    region.prologue.push_back(i);
    return {Kind::kInstr, static_cast<uint32_t>(region.prologue.size() - 1)};
  }
  void out(RegionOperand o, DType t = F) { region.outputs.push_back({o, false, t}); }
  void reduce(ReduceKind kind, RegionOperand o, std::vector<uint8_t> axes) {
    region.reduceAxis = std::move(axes);
    region.reductions.push_back({kind, o, F});
    region.outputs.push_back({{Kind::kReduction, static_cast<uint32_t>(region.reductions.size() - 1)}, true, F});
  }
  Region region;
};

int64_t extentOf(const RegionInput& in, const std::vector<int64_t>& space) {
  int64_t last = 1;
  for (size_t a = 0; a < space.size(); ++a) last += in.strides[a] * (space[a] - 1);
  return last;
}

std::string filter;
double copyBandwidth = 0;
double triadBandwidth = 0;

// `inPlace`: outputs on the inputs that the kernel offers, as the executor does for variables.
void bench(const std::string& name, const Region& region, bool inPlace = false) {
  if (name.find(filter) == std::string::npos) return;
  std::vector<ValueId> ids;
  std::vector<std::unique_ptr<Memory>> memory;
  std::vector<void*> io;
  double bytes = 0;
  int64_t total = 1, kept = 1;
  for (size_t a = 0; a < region.space.size(); ++a) {
    total *= region.space[a];
    if (!region.reduceAxis[a]) kept *= region.space[a];
  }
  for (const RegionInput& in : region.inputs) {
    ids.push_back(static_cast<ValueId>(ids.size()));
    const size_t size = static_cast<size_t>(extentOf(in, region.space)) * dtypeSize(in.dtype);
    bytes += static_cast<double>(size);
    memory.push_back(std::make_unique<Memory>(size));
    io.push_back(memory.back()->data);
  }
  const auto kernel = cpu::makeRegionKernel(region, ids);
  for (size_t o = 0; o < region.outputs.size(); ++o) {
    const size_t size =
        static_cast<size_t>(region.outputs[o].reduced ? kept : total) * dtypeSize(region.outputs[o].dtype);
    bytes += static_cast<double>(size);
    const int over = kernel->inPlaceInput(static_cast<int>(o));
    if (inPlace && over >= 0) {
      io.push_back(io[static_cast<size_t>(over)]);
      continue;
    }
    memory.push_back(std::make_unique<Memory>(size));
    io.push_back(memory.back()->data);
  }
  Memory scratch(kernel->scratchBytes() + 64);
  io.push_back(scratch.data);
  const double s = secondsOf([&] { kernel->run(io.data()); });
  std::printf("%-44s %10.2f us %7.2f GB/s  %5.1f%% of copy %5.1f%% of triad\n", name.c_str(), s * 1e6, bytes / s * 1e-9,
              bytes / s / copyBandwidth * 100, bytes / s / triadBandwidth * 100);
}

void memoryBandwidth() {
  constexpr int64_t n = 16 << 20;
  Memory a(n * 4), b(n * 4), c(n * 4);
  float* x = reinterpret_cast<float*>(a.data);
  float* y = reinterpret_cast<float*>(b.data);
  float* z = reinterpret_cast<float*>(c.data);
  const double copy = secondsOf([&] {
    cpu::parallelFor(
        n, 1, [&](int64_t from, int64_t to) { std::memcpy(y + from, x + from, static_cast<size_t>(to - from) * 4); });
  });
  const double triad = secondsOf([&] {
    cpu::parallelFor(n, 1, [&](int64_t from, int64_t to) {
      for (int64_t i = from; i < to; ++i) z[i] = x[i] + 3.0f * y[i];
    });
  });
  copyBandwidth = 8.0 * n / copy;
  triadBandwidth = 12.0 * n / triad;
  std::printf("threads %d: copy %.1f GB/s, triad %.1f GB/s\n", cpu::numThreads(), copyBandwidth * 1e-9,
              triadBandwidth * 1e-9);
}

Region axpb(int64_t n) {
  Builder b({n});
  b.out(b.op(Op::kAdd, {b.op(Op::kMul, {b.dense(), b.imm(1.5)}), b.imm(0.25)}));
  return b.region;
}
Region add(int64_t n) {
  Builder b({n});
  b.out(b.op(Op::kAdd, {b.dense(), b.dense()}));
  return b.region;
}
Region chain4(int64_t n) {
  Builder b({n});
  const auto x = b.dense();
  const auto r = b.dense();
  b.out(b.op(Op::kAdd, {b.op(Op::kRelu, {b.op(Op::kAdd, {b.op(Op::kMul, {x, b.imm(1.5)}), b.imm(0.25)})}), r}));
  return b.region;
}
Region geluChain(int64_t n) {
  Builder b({n});
  const auto x = b.dense();
  const auto r = b.dense();
  const auto t = b.op(Op::kAdd, {b.op(Op::kMul, {x, b.imm(1.5)}), b.imm(0.25)});
  const auto e = b.op(Op::kErf, {b.op(Op::kMul, {t, b.imm(0.70710678)})});
  const auto g = b.op(Op::kMul, {b.op(Op::kMul, {t, b.imm(0.5)}), b.op(Op::kAdd, {e, b.imm(1)})});
  b.out(b.op(Op::kAdd, {g, r}));
  return b.region;
}
Region adam(int64_t n) {
  Builder b({n});
  const auto p = b.dense(), g = b.dense(), m = b.dense(), v = b.dense(), lr = b.scalar();
  const auto m2 = b.op(Op::kAdd, {m, b.op(Op::kMul, {b.op(Op::kSub, {g, m}), b.imm(0.1)})});
  const auto v2 = b.op(Op::kAdd, {v, b.op(Op::kMul, {b.op(Op::kSub, {b.op(Op::kSquare, {g}), v}), b.imm(0.001)})});
  const auto step = b.op(Op::kDiv, {b.op(Op::kMul, {m2, lr}), b.op(Op::kAdd, {b.op(Op::kSqrt, {v2}), b.imm(1e-7)})});
  b.out(b.op(Op::kSub, {p, step}));
  b.out(m2);
  b.out(v2);
  return b.region;
}
Region biasRelu(int64_t rows, int64_t columns) {
  Builder b({rows, columns});
  b.out(b.op(Op::kRelu, {b.op(Op::kAdd, {b.dense(), b.in({0, 1})})}));
  return b.region;
}
Region reluGrad(int64_t n) {
  Builder b({n});
  const auto y = b.dense(), g = b.dense();
  b.out(b.op(Op::kSelect, {b.op(Op::kGreater, {y, b.imm(0)}, DType::kBool), g, b.imm(0)}));
  return b.region;
}
Region dropout(int64_t n) {
  Builder b({n});
  const auto x = b.dense(), bits = b.dense(DType::kUint32);
  const auto keep = b.op(Op::kLess, {bits, b.imm(3000000000.0, DType::kUint32)}, DType::kBool, DType::kUint32);
  b.out(b.op(Op::kSelect, {keep, b.op(Op::kMul, {x, b.imm(1.4)}), b.imm(0)}));
  return b.region;
}
Region sum(std::vector<int64_t> space, std::vector<uint8_t> axes, bool squares = false) {
  Builder b(std::move(space));
  auto x = b.dense();
  if (squares) x = b.op(Op::kSquare, {x});
  b.reduce(ReduceKind::kSum, x, std::move(axes));
  return b.region;
}

}  // namespace

int main(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    if (std::string(argv[i]) == "--cpu-time") {
      cpuTime = true;
    } else {
      filter = argv[i];
    }
  }
  constexpr int64_t kLarge = 16 << 20;
  memoryBandwidth();
  bench("x*a+b 16M", axpb(kLarge));
  bench("x*a+b 16M in place", axpb(kLarge), true);
  bench("x+y 16M", add(kLarge));
  bench("relu(x*a+b)+r 16M", chain4(kLarge));
  bench("relu(x*a+b)+r 16M in place", chain4(kLarge), true);
  bench("gelu(x*a+b)+r 16M", geluChain(kLarge));
  bench("adam 16M in place", adam(kLarge), true);
  bench("relu gradient 16M", reluGrad(kLarge));
  bench("dropout 16M", dropout(kLarge));
  bench("bias+relu 65536x256", biasRelu(65536, 256));
  bench("bias+relu 16384x1024 in place", biasRelu(16384, 1024), true);
  bench("bias+relu 1048576x16", biasRelu(1 << 20, 16));
  bench("sum of all 16M", sum({kLarge}, {1}));
  bench("sum of squares 16M", sum({kLarge}, {1}, true));
  bench("sum rows 16384x1024", sum({16384, 1024}, {0, 1}));
  bench("sum rows 1048576x16", sum({1 << 20, 16}, {0, 1}));
  bench("sum columns 16384x1024", sum({16384, 1024}, {1, 0}));
  bench("sum columns 262144x64", sum({1 << 18, 64}, {1, 0}));
  bench("sum middle 64x4096x64", sum({64, 4096, 64}, {0, 1, 0}));
  memoryBandwidth();
  for (const int64_t n : {16, 1024, 4096, 32768, 262144}) {
    bench("x*a+b " + std::to_string(n), axpb(n));
    bench("adam " + std::to_string(n), adam(n), true);
    bench("gelu chain " + std::to_string(n), geluChain(n));
    bench("dropout " + std::to_string(n), dropout(n));
    bench("relu gradient " + std::to_string(n), reluGrad(n));
  }
  bench("bias+relu 32x128", biasRelu(32, 128));
  bench("sum columns 32x128", sum({32, 128}, {1, 0}));
  bench("sum rows 32x10", sum({32, 10}, {0, 1}));
  bench("sum rows 64x1024", sum({64, 1024}, {0, 1}));
  bench("sum of all 65536", sum({65536}, {1}));
  return 0;
}
