// Regions large enough to be split: the same bits from any number of threads, past-the-cache stores included.
#include <doctest/doctest.h>

#include <cmath>
#include <cstring>

#include "backends/cpu/parallel.h"
#include "tests/cpu_region_reference.h"

using namespace ibex;
using namespace ibex::testing;
using Kind = RegionOperand::Kind;

namespace {

class ThreadCount {
 public:
  explicit ThreadCount(int n) : before_(cpu::numThreads()) { cpu::setNumThreads(n); }
  ~ThreadCount() { cpu::setNumThreads(before_); }
  ThreadCount(const ThreadCount&) = delete;

 private:
  int before_;
};

bool sameBits(const Array& a, const Array& b) {
  return a.type == b.type && std::memcmp(a.data.get(), b.data.get(), a.type.bytes()) == 0;
}

RegionInstr instr(Op op, std::vector<RegionOperand> operands) {
  RegionInstr i;
  i.op = op;
  i.operandCount = static_cast<uint8_t>(operands.size());
  for (size_t k = 0; k < operands.size(); ++k) i.operands[k] = operands[k];
  return i;
}

}  // namespace

TEST_CASE("sums do not depend on the number of threads") {
  struct Case {
    Shape shape;
    std::vector<int64_t> axes;
    Shape kept;
  };
  const Case cases[] = {{{1 << 20}, {0}, {}},           {{4000, 300}, {0}, {300}},   {{4000, 300}, {1}, {4000}},
                        {{60000, 10}, {0}, {10}},       {{60000, 10}, {1}, {60000}}, {{30, 500, 40}, {1}, {30, 40}},
                        {{50, 300, 40}, {0, 2}, {300}}, {{7, 90000}, {0}, {90000}}};
  for (const Case& c : cases) {
    CAPTURE(c.shape[0]);
    const Array x = randomArray(DType::kFloat32, c.shape, 11);
    const auto sum = [&](int threads) {
      const ThreadCount count(threads);
      return runNode(Op::kReduceSum, ReduceAttrs{c.axes, false}, {x}, {{DType::kFloat32, c.kept}})[0];
    };
    const Array one = sum(1);
    for (const int threads : {2, 3, 7}) CHECK(sameBits(one, sum(threads)));
    double total = 0, exact = 0;
    for (int64_t i = 0; i < one.size(); ++i) total += one.at(i);
    for (int64_t i = 0; i < x.size(); ++i) exact += x.at(i);
    CHECK(std::abs(total - exact) <= 1e-2);
  }
}

TEST_CASE("a large region with a scalar, a row and a column operand, on several threads") {
  // 9M elements: outputs that are not in place go around the caches.
  const Shape shape{3001, 3000};
  const int64_t elements = shape[0] * shape[1];
  Region region;
  region.space = shape;
  region.reduceAxis = {0, 0};
  region.inputs = {{DType::kFloat32, {3000, 1}, 0},
                   {DType::kFloat32, {0, 1}, 0},
                   {DType::kFloat32, {1, 0}, 0},
                   {DType::kFloat32, {0, 0}, 0}};
  const RegionOperand in[] = {{Kind::kInput, 0}, {Kind::kInput, 1}, {Kind::kInput, 2}, {Kind::kInput, 3}};
  region.prologue = {instr(Op::kMul, {in[0], in[3]}), instr(Op::kAdd, {{Kind::kInstr, 0}, in[1]}),
                     instr(Op::kSub, {{Kind::kInstr, 1}, in[2]})};
  region.outputs = {{{Kind::kInstr, 2}, false, DType::kFloat32}, {{Kind::kInstr, 0}, false, DType::kFloat32}};
  std::vector<Array> inputs{Array(DType::kFloat32, shape), randomArray(DType::kFloat32, {3000}, 2),
                            randomArray(DType::kFloat32, {3001}, 3), Array(DType::kFloat32, {}, {0.75})};
  float* x = static_cast<float*>(inputs[0].data.get());
  for (int64_t i = 0; i < elements; ++i) x[i] = static_cast<float>(i % 8191) * 0.125f;
  for (const int threads : {1, 3}) {
    for (const bool inPlace : {false, true}) {
      const ThreadCount count(threads);
      const auto outputs = runRegion(region, inputs, inPlace);
      const float* y = static_cast<const float*>(outputs[0].data.get());
      const float* scaled = static_cast<const float*>(outputs[1].data.get());
      const float* row = static_cast<const float*>(inputs[1].data.get());
      const float* column = static_cast<const float*>(inputs[2].data.get());
      bool equal = true;
      for (int64_t i = 0; i < elements; ++i) {
        equal &= scaled[i] == x[i] * 0.75f && y[i] == (x[i] * 0.75f + row[i % 3000]) - column[i / 3000];
      }
      CHECK(equal);
    }
  }
}

TEST_CASE("statistics of columns with an epilogue, the prologue's value stored too") {
  // y = x * x; s = sum over rows; z = sqrt(s).
  Region region;
  region.space = {20000, 70};
  region.reduceAxis = {1, 0};
  region.inputs = {{DType::kFloat32, {70, 1}, 0}};
  region.prologue = {instr(Op::kSquare, {{Kind::kInput, 0}})};
  region.reductions = {{ReduceKind::kSum, {Kind::kInstr, 0}, DType::kFloat32},
                       {ReduceKind::kMax, {Kind::kInput, 0}, DType::kFloat32}};
  region.epilogue = {instr(Op::kSqrt, {{Kind::kReduction, 0}})};
  region.outputs = {{{Kind::kInstr, 0}, true, DType::kFloat32},
                    {{Kind::kInstr, 0}, false, DType::kFloat32},
                    {{Kind::kReduction, 1}, true, DType::kFloat32}};
  const Array x = randomArray(DType::kFloat32, {20000, 70}, 4);
  const auto run = [&](int threads) {
    const ThreadCount count(threads);
    return runRegion(region, {x});
  };
  const auto one = run(1);
  const auto three = run(3);
  for (size_t o = 0; o < 3; ++o) CHECK(sameBits(one[o], three[o]));
  for (const int64_t c : {0, 33, 69}) {
    double sum = 0, most = -INFINITY;
    for (int64_t r = 0; r < 20000; ++r) {
      const double v = x.at(r * 70 + c);
      sum += static_cast<double>(static_cast<float>(v * v));
      most = std::max(most, v);
    }
    CHECK(one[0].at(c) == doctest::Approx(std::sqrt(sum)).epsilon(1e-6));
    CHECK(one[2].at(c) == most);
  }
}
