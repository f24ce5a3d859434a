#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "backends/cpu/simd_dispatch.h"
#include "tests/cpu_node_runner.h"

using namespace ibex;
using namespace ibex::testing;

namespace {

struct Case {
  int64_t batch, queries, keys, heads, keyHeads, depth, valueDepth;
  bool causal = false;
  Shape mask = {};  // empty: none
};

AttentionAttrs attrsOf(const Case& c) { return {1 / std::sqrt(static_cast<double>(c.depth)), c.causal, !c.mask.empty()}; }

// q, k, v and the mask.
std::vector<Array> inputsOf(const Case& c, DType t) {
  std::vector<Array> in = {randomArray(t, {c.batch, c.queries, c.heads, c.depth}, 1),
                           randomArray(t, {c.batch, c.keys, c.keyHeads, c.depth}, 2),
                           randomArray(t, {c.batch, c.keys, c.keyHeads, c.valueDepth}, 3)};
  if (!c.mask.empty()) {
    in.push_back(randomArray(DType::kBool, c.mask, 4));
    for (int64_t j = 0; j < c.mask.back(); ++j) in[3].set(j, 0);  // the first row sees nothing
  }
  return in;
}

struct Reference {
  Array out, logSum, dq, dk, dv;
};

// Plain loops in double over what attention and its gradient are defined to be, all scores of a row at once.
Reference reference(const Case& c, const std::vector<Array>& in, const Array& dout) {
  const DType t = in[0].type.dtype;
  const DType wide = isHalf(t) ? DType::kFloat32 : t;
  const auto zeros = [&](const Type& type) {
    return Array(DType::kFloat64, type.shape, std::vector<double>(static_cast<size_t>(type.elements()), 0));
  };
  Reference r{Array(t, dout.type.shape), Array(wide, {c.batch, c.heads, c.queries}), zeros(in[0].type),
              zeros(in[1].type), zeros(in[2].type)};
  const double scale = attrsOf(c).scale;
  const auto add = [](Array& a, int64_t i, double x) { a.set(i, a.at(i) + x); };
  for (int64_t row = 0; row < c.batch * c.heads * c.queries; ++row) {
    const int64_t b = row / c.queries / c.heads, h = row / c.queries % c.heads, i = row % c.queries;
    const int64_t kh = h / (c.heads / c.keyHeads);
    const int64_t q = ((b * c.queries + i) * c.heads + h) * c.depth, o = q / c.depth * c.valueDepth;
    const auto k = [&](int64_t j) { return ((b * c.keys + j) * c.keyHeads + kh) * c.depth; };
    const auto v = [&](int64_t j) { return ((b * c.keys + j) * c.keyHeads + kh) * c.valueDepth; };
    std::vector<double> weights(static_cast<size_t>(c.keys)), dWeights(weights.size());
    std::vector<bool> seen(weights.size());
    double top = -INFINITY, sum = 0, delta = 0;
    for (int64_t j = 0; j < c.keys; ++j) {
      const auto at = static_cast<size_t>(j);
      for (int64_t d = 0; d < c.depth; ++d) weights[at] += in[0].at(q + d) * in[1].at(k(j) + d) * scale;
      seen[at] = !c.causal || j <= i;
      if (!c.mask.empty()) {
        const Shape& m = c.mask;
        const int64_t position = ((m[0] == 1 ? 0 : b) * m[1] + (m[1] == 1 ? 0 : h)) * m[2] + (m[2] == 1 ? 0 : i);
        seen[at] = seen[at] && in[3].at(position * c.keys + j) != 0;
      }
      if (seen[at]) top = std::max(top, weights[at]);
    }
    const bool blind = top == -INFINITY;
    for (size_t j = 0; j < weights.size(); ++j) {
      weights[j] = blind ? 1 : seen[j] ? std::exp(weights[j] - top) : 0;
      sum += weights[j];
    }
    r.logSum.set(row, blind ? -INFINITY : top + std::log(sum));
    for (int64_t d = 0; d < c.valueDepth; ++d) r.out.set(o + d, 0);
    std::vector<double> out(static_cast<size_t>(c.valueDepth));
    for (int64_t j = 0; j < c.keys; ++j) {
      const auto at = static_cast<size_t>(j);
      weights[at] /= sum;
      for (int64_t d = 0; d < c.valueDepth; ++d) {
        out[static_cast<size_t>(d)] += weights[at] * in[2].at(v(j) + d);
        dWeights[at] += dout.at(o + d) * in[2].at(v(j) + d);
        add(r.dv, v(j) + d, weights[at] * dout.at(o + d));
      }
      delta += weights[at] * dWeights[at];
    }
    for (int64_t d = 0; d < c.valueDepth; ++d) r.out.set(o + d, out[static_cast<size_t>(d)]);
    for (int64_t j = 0; j < c.keys; ++j) {
      const auto at = static_cast<size_t>(j);
      if (!seen[at]) continue;
      const double dScore = weights[at] * (dWeights[at] - delta) * scale;
      for (int64_t d = 0; d < c.depth; ++d) {
        add(r.dq, q + d, dScore * in[1].at(k(j) + d));
        add(r.dk, k(j) + d, dScore * in[0].at(q + d));
      }
    }
  }
  return r;
}

void check(const Case& c, DType t) {
  CAPTURE(c.queries);
  CAPTURE(c.keys);
  CAPTURE(c.mask.size());
  const auto in = inputsOf(c, t);
  const Array dout = randomArray(t, {c.batch, c.queries, c.heads, c.valueDepth}, 5);
  const Reference expected = reference(c, in, dout);
  const auto got = runNode(Op::kAttention, attrsOf(c), in, {expected.out.type, expected.logSum.type});
  CHECK(difference(got[0], expected.out) <= tolerance(t));
  CHECK(difference(got[1], expected.logSum) <= tolerance(t));
  std::vector<Array> gradientIn = {dout, in[0], in[1], in[2], got[0], got[1]};
  if (!c.mask.empty()) gradientIn.push_back(in[3]);
  const auto gradients = runNode(Op::kAttentionGrad, attrsOf(c), gradientIn, {in[0].type, in[1].type, in[2].type});
  CHECK(difference(gradients[0], expected.dq) <= 4 * tolerance(t));
  CHECK(difference(gradients[1], expected.dk) <= 4 * tolerance(t));
  CHECK(difference(gradients[2], expected.dv) <= 4 * tolerance(t));
}

const Case kCases[] = {
    {2, 5, 7, 3, 3, 4, 6},
    {1, 1, 1, 1, 1, 1, 1},
    {1, 1, 300, 2, 2, 16, 16},
    {2, 130, 1, 2, 2, 8, 8},
    {1, 129, 257, 2, 2, 32, 17},
    {1, 200, 200, 4, 2, 24, 32},
    {2, 64, 128, 4, 1, 64, 64},
    {0, 3, 4, 2, 2, 8, 8},
    {2, 0, 4, 2, 2, 8, 8},
};

void checkAll() {
  for (Case c : kCases) {
    for (const bool causal : {false, true}) {
      c.causal = causal;
      for (const Shape& mask : {Shape{}, Shape{1, 1, 1, c.keys}, Shape{c.batch, 1, c.queries, c.keys},
                                Shape{c.batch, c.heads, 1, c.keys}, Shape{c.batch, c.heads, c.queries, c.keys}}) {
        if (!mask.empty() && c.batch * c.queries == 0) continue;
        c.mask = mask;
        check(c, DType::kFloat32);
        check(c, DType::kFloat64);
      }
    }
  }
}

}  // namespace

TEST_CASE("attention and its gradient follow their definition") {
  for (const cpu::SimdLevel level : cpu::availableSimdLevels()) {
    cpu::overrideSimdLevel(level);
    checkAll();
  }
  cpu::overrideSimdLevel(std::nullopt);
}

TEST_CASE("attention computes 16-bit floats in float32") {
  check({2, 70, 150, 2, 1, 16, 8, true, {2, 1, 70, 150}}, DType::kBFloat16);
  check({2, 70, 150, 2, 1, 16, 8}, DType::kFloat16);
}

TEST_CASE("attention's gradient over many blocks of keys") {
  check({1, 70, 1030, 1, 1, 8, 8, false, {}}, DType::kFloat64);
  check({1, 1030, 1030, 2, 1, 8, 8, true, {}}, DType::kFloat64);
}

TEST_CASE("NaN in a query stays in its row, NaN in a key goes to all who see it") {
  const Case c{1, 3, 4, 1, 1, 2, 2, true};
  auto in = inputsOf(c, DType::kFloat32);
  in[0].set(0, NAN);
  in[1].set(2 * 2, NAN);
  const auto out = runNode(Op::kAttention, attrsOf(c), in,
                           {{DType::kFloat32, {1, 3, 1, 2}}, {DType::kFloat32, {1, 1, 3}}})[0];
  CHECK(std::isnan(out.at(0)));
  CHECK(!std::isnan(out.at(2)));
  CHECK(std::isnan(out.at(4)));
}

TEST_CASE("attention over long sequences has no memory for all scores") {
  const int64_t length = 8192;
  const Type q{DType::kFloat32, {1, length, 2, 8}};
  const Type logSum{DType::kFloat32, {1, 2, length}};
  const AttentionAttrs attrs{0.5, true, false};
  const auto scratch = [&](Op op, const std::vector<Type>& in, const std::vector<Type>& out) {
    const Graph graph = singleNode(op, attrs, in, out);
    return cpu::findLowering(op)(graph, graph.nodes.back())->scratchBytes();
  };
  CHECK(scratch(Op::kAttention, {q, q, q}, {q, logSum}) == 0);
  CHECK(scratch(Op::kAttentionGrad, {q, q, q, q, q, logSum}, {q, q, q}) <= 32 * q.bytes());
}
