// matmul (alone and with an epilogue): oneDNN for float32 and bfloat16, our own product for other types, small matrices and odd broadcasts.
#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "backends/cpu/kernels/epilogue.h"
#include "backends/cpu/kernels/gemm.h"
#include "backends/cpu/kernels/via_float32.h"
#include "backends/cpu/lowering.h"
#include "backends/cpu/onednn/call.h"
#include "backends/cpu/parallel.h"
#include "backends/matmul_problem.h"
#include "backends/node_util.h"

namespace ibex::cpu {
namespace {

// Work is counted in multiply-adds.
constexpr int64_t kUnitWork = 64 * 1024;     // that a unit of the own product has at least
constexpr int64_t kThreadWork = 512 * 1024;  // that is worth waking a thread for
constexpr int64_t kNarrowWork = 4 * 1024;    // up to which the own product takes matrices of few rows or columns

// Is one matrix so small that the library's fixed cost (a call, threads woken) outweighs its faster loops?
bool isSmall(int64_t m, int64_t n, int64_t k) { return m * n * k <= (m >= 4 && n >= 8 ? kThreadWork : kNarrowWork); }

template <class T>
class OwnMatmul final : public Kernel {
 public:
  explicit OwnMatmul(const MatmulProblem& p) : p_(p), gemm_(gemmFor<T>()) {
    offsets_ = p.offsets();
    // A unit of work is a block of whole register tiles, large enough to pay for packing its part of b.
    const int64_t work = p.m * p.n * p.k;
    if (work > kUnitWork) {
      rows_ = std::min(p.m, 9 * gemm_.rows);
      columns_ = std::min(p.n, gemm_.columns * (p.m < rows_ ? 1 : 4));
    } else {
      rows_ = p.m;
      columns_ = p.n;
    }
  }

  void run(void* const* io) override {
    const auto* a = static_cast<const T*>(io[0]);
    const auto* b = static_cast<const T*>(io[1]);
    auto* c = static_cast<T*>(io[2]);
    if (p_.m == 0 || p_.n == 0) return;
    const int64_t across = (p_.n + columns_ - 1) / columns_;
    const int64_t down = (p_.m + rows_ - 1) / rows_;
    const int64_t grain = std::max<int64_t>(1, kThreadWork / std::max<int64_t>(1, rows_ * columns_ * p_.k));
    parallelFor(static_cast<int64_t>(offsets_.size()) * across * down, grain, [&](int64_t begin, int64_t end) {
      for (int64_t unit = begin; unit < end; ++unit) {
        const int64_t matrix = unit / (across * down);
        const int64_t i = unit % down * rows_;
        const int64_t j = unit / down % across * columns_;
        const auto [aOffset, bOffset] = offsets_[static_cast<size_t>(matrix)];
        gemm_.multiply(a + aOffset + i * p_.aRow, p_.aRow, p_.aColumn, b + bOffset + j * p_.bColumn, p_.bRow,
                       p_.bColumn, c + (matrix * p_.m + i) * p_.n + j, p_.n, std::min(rows_, p_.m - i),
                       std::min(columns_, p_.n - j), p_.k, false);
      }
    });
  }

 private:
  MatmulProblem p_;
  const GemmFunctionsOf<T>& gemm_;
  std::vector<std::pair<int64_t, int64_t>> offsets_;
  int64_t rows_, columns_;
};

class LibraryMatmul final : public Kernel {
 public:
  LibraryMatmul(onednn::Call call, const Epilogue& epilogue, int64_t elements)
      : call_(std::move(call)), epilogue_(epilogue), elements_(elements) {}
  size_t scratchBytes() const override { return call_.scratchBytes(); }
  int inPlaceInput(int /*output*/) const override { return epilogue_.residual; }
  void run(void* const* io) override {
    const auto output = static_cast<size_t>(epilogue_.end());
    // The library adds to what is in the result's place.
    if (epilogue_.residual >= 0) {
      copyFloats(static_cast<const float*>(io[epilogue_.residual]), static_cast<float*>(io[output]), elements_);
    }
    void* const all[] = {io[0], io[1], io[output], epilogue_.bias >= 0 ? io[epilogue_.bias] : nullptr};
    call_.run(all, io[output + 1]);
  }

 private:
  onednn::Call call_;
  Epilogue epilogue_;
  int64_t elements_;  // of the result
};

// nullptr when the library has no fast kernel for it.
std::unique_ptr<Kernel> libraryMatmul(const MatmulProblem& p, onednn::DataType type, const Epilogue& epilogue = {}) {
  onednn::Dims aDims, bDims, cDims, aStrides, bStrides, cStrides;
  int64_t step = p.m * p.n;
  for (size_t i = 0; i < p.batch.size(); ++i) {
    // A broadcast axis has extent 1 there.
    aDims.push_back(p.aSteps[i] == 0 ? 1 : p.batch[i]);
    bDims.push_back(p.bSteps[i] == 0 ? 1 : p.batch[i]);
    cDims.push_back(p.batch[i]);
    aStrides.push_back(p.aSteps[i] == 0 ? p.m * p.k : p.aSteps[i]);
    bStrides.push_back(p.bSteps[i] == 0 ? p.k * p.n : p.bSteps[i]);
  }
  cStrides.resize(p.batch.size());
  for (size_t i = p.batch.size(); i-- > 0;) {
    cStrides[i] = step;
    step *= p.batch[i];
  }
  const auto append = [](onednn::Dims& dims, onednn::Dims& strides, int64_t rows, int64_t columns, int64_t row,
                         int64_t column) {
    dims.insert(dims.end(), {rows, columns});
    strides.insert(strides.end(), {row, column});
  };
  append(aDims, aStrides, p.m, p.k, p.aRow, p.aColumn);
  append(bDims, bStrides, p.k, p.n, p.bRow, p.bColumn);
  append(cDims, cStrides, p.m, p.n, p.n, 1);
  try {
    const auto a = onednn::stridedDesc(aDims, type, aStrides);
    const auto b = onednn::stridedDesc(bDims, type, bStrides);
    const auto c = onednn::stridedDesc(cDims, type, cStrides);
    onednn::Desc bias;
    std::vector<onednn::Call::Argument> arguments = {{DNNL_ARG_SRC, a}, {DNNL_ARG_WEIGHTS, b}, {DNNL_ARG_DST, c}};
    if (epilogue.bias >= 0) {
      onednn::Dims dims(cDims.size(), 1);
      dims.back() = p.n;
      bias = onednn::stridedDesc(dims, type, onednn::Dims(dims.size(), 1));
      arguments.push_back({DNNL_ARG_BIAS, bias});
    }
    const auto pd = onednn::matmulDesc(a, b, bias, c, {epilogue.residual >= 0, epilogue.relu});
    if (onednn::isReference(pd)) return nullptr;
    return std::make_unique<LibraryMatmul>(onednn::Call::make<dnnl::matmul>(pd, arguments), epilogue,
                                           p.matrices() * p.m * p.n);
  } catch (const dnnl::error&) {
    return nullptr;  // not implemented for these types, shapes or this machine
  }
}

bool isForOwn(const MatmulProblem& p) {
  return p.m == 0 || p.n == 0 || p.k == 0 || p.matrices() == 0 || isSmall(p.m, p.n, p.k);
}

std::unique_ptr<Kernel> prepareMatmul(const Graph& graph, const Node& node) {
  const DType t = outputType(graph, node, 0).dtype;
  const MatmulProblem p = matmulProblem(graph, node);
  const bool own = isForOwn(p);
  switch (t) {
    case DType::kFloat32:
      if (!own) {
        if (auto kernel = libraryMatmul(p, onednn::DataType::f32)) return kernel;
      }
      return std::make_unique<OwnMatmul<float>>(p);
    case DType::kBFloat16:
      if (!own) {
        if (auto kernel = libraryMatmul(p, onednn::DataType::bf16)) return kernel;
      }
      return viaFloat32(graph, node, prepareMatmul);
    case DType::kFloat16: return viaFloat32(graph, node, prepareMatmul);
    case DType::kFloat64: return std::make_unique<OwnMatmul<double>>(p);
    case DType::kInt32:
    case DType::kUint32: return std::make_unique<OwnMatmul<uint32_t>>(p);
    case DType::kInt64: return std::make_unique<OwnMatmul<uint64_t>>(p);
    default: refuseDType(graph, node, t);
  }
}

std::unique_ptr<Kernel> prepareMatmulEpilogue(const Graph& graph, const Node& node) {
  const Node product = productOf(node);
  const MatmulProblem p = matmulProblem(graph, product);
  const DType t = outputType(graph, node, 0).dtype;
  if (isHalf(t)) {
    // With a residual in float32: it would be copied to the result's place either way.
    if (t == DType::kBFloat16 && !isForOwn(p) && epilogueOf(node).residual < 0) {
      if (auto kernel = libraryMatmul(p, onednn::DataType::bf16, epilogueOf(node))) return kernel;
    }
    return viaFloat32(graph, node, prepareMatmulEpilogue);
  }
  if (!isForOwn(p)) {
    if (auto kernel = libraryMatmul(p, onednn::DataType::f32, epilogueOf(node))) return kernel;
  }
  return withEpilogue(graph, node, prepareMatmul(graph, product));
}

IBEX_CPU_LOWERING(kMatmul, prepareMatmul);
IBEX_CPU_LOWERING(kMatmulEpilogue, prepareMatmulEpilogue);

}  // namespace
}  // namespace ibex::cpu
