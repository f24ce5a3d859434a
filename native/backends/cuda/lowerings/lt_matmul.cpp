#include "backends/cuda/lowerings/lt_matmul.h"

#include <algorithm>
#include <array>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ir/error.h"

namespace ibex::cuda {
namespace {

constexpr size_t kMostWorkspace = size_t{32} << 20;
constexpr uint32_t kAlignment = 64;        // of all our memory
constexpr size_t kWorkspaceAlignment = 256;  // what the library wants
constexpr int kCandidates = 8;
constexpr int64_t kMeasuredWork = int64_t{1} << 22;  // multiply-adds from which choosing by measurement pays

struct Types {
  int element, compute, scale;
};

std::optional<Types> typesOf(DType dtype, bool roundFloat32) {
  switch (dtype) {
    case DType::kFloat32: return Types{kLtFloat32, roundFloat32 ? kLtComputeTf32 : kLtComputeFloat32, kLtFloat32};
    case DType::kFloat64: return Types{kLtFloat64, kLtComputeFloat64, kLtFloat64};
    case DType::kFloat16: return Types{kLtFloat16, kLtComputeFloat32, kLtFloat32};
    case DType::kBFloat16: return Types{kLtBFloat16, kLtComputeFloat32, kLtFloat32};
    default: return std::nullopt;
  }
}

// The library's descriptors. It knows matrices by columns, so it is asked for the transposed product: its A is our b,
// its B our a.
class Descriptors {
 public:
  Descriptors(const CublasLtFunctions& lt, const MatmulProblem& p, const Types& types, const Epilogue& epilogue)
      : lt_(lt), narrow_(types.element == kLtFloat16 || types.element == kLtBFloat16) {
    checkLt(lt.descCreate(&desc_, types.compute, types.scale), "cublasLtMatmulDescCreate");
    // As it lies in memory by columns: [n, k] where b's rows are dense, else transposed.
    const bool transposeB = p.bColumn != 1, transposeA = p.aColumn != 1;
    if (transposeB) set(kLtDescTransposeA, kLtTranspose);
    if (transposeA) set(kLtDescTransposeB, kLtTranspose);
    int32_t after = kLtEpilogueNone;
    if (epilogue.relu) after = epilogue.bias >= 0 ? kLtEpilogueReluBias : kLtEpilogueRelu;
    else if (epilogue.bias >= 0) after = kLtEpilogueBias;
    set(kLtDescEpilogue, after);
    // Heuristics look at how it is aligned; run() has the right one.
    if (epilogue.bias >= 0) setBias(reinterpret_cast<const void*>(uintptr_t{kWorkspaceAlignment}));
    layout(b_, types.element, transposeB ? p.k : p.n, transposeB ? p.n : p.k, transposeB ? p.bColumn : p.bRow, p,
           p.bSteps);
    layout(a_, types.element, transposeA ? p.m : p.k, transposeA ? p.k : p.m, transposeA ? p.aColumn : p.aRow, p,
           p.aSteps);
    layout(c_, types.element, p.n, p.m, p.n, p, Shape(p.batch.size(), p.m * p.n));
  }
  ~Descriptors() {
    for (const LtLayout each : {a_, b_, c_}) {
      if (each != nullptr) lt_.layoutDestroy(each);
    }
    if (desc_ != nullptr) lt_.descDestroy(desc_);
  }
  Descriptors(const Descriptors&) = delete;
  Descriptors& operator=(const Descriptors&) = delete;

  void setBias(const void* bias) { checkLt(lt_.descSet(desc_, kLtDescBiasPointer, &bias, sizeof bias), "bias"); }

  std::vector<LtHeuristic> algorithms(LtHandle handle) const {
    LtPreference preference = nullptr;
    checkLt(lt_.preferenceCreate(&preference), "cublasLtMatmulPreferenceCreate");
    lt_.preferenceSet(preference, kLtPreferWorkspaceBytes, &kMostWorkspace, sizeof kMostWorkspace);
    // Parts of sums that are taken side by side are float32 too.
    if (narrow_) {
      lt_.preferenceSet(preference, kLtPreferReductions, &kLtReduceInComputeType, sizeof kLtReduceInComputeType);
    }
    for (const int which : kLtPreferAlignment) lt_.preferenceSet(preference, which, &kAlignment, sizeof kAlignment);
    std::vector<LtHeuristic> found(kCandidates);
    int count = 0;
    const LtStatus status =
        lt_.heuristic(handle, desc_, b_, a_, c_, c_, preference, kCandidates, found.data(), &count);
    lt_.preferenceDestroy(preference);
    found.resize(status == 0 ? static_cast<size_t>(count) : 0);
    std::erase_if(found, [](const LtHeuristic& each) { return each.state != 0; });
    return found;
  }

  LtStatus run(LtHandle handle, const LtHeuristic& way, const void* alpha, const void* beta, const void* a,
               const void* b, const void* added, void* c, void* workspace, void* stream) const {
    return lt_.matmul(handle, desc_, alpha, b, b_, a, a_, beta, added, c_, c, c_, &way.algorithm, workspace,
                      way.workspaceBytes, static_cast<LtStream>(stream));
  }

 private:
  void set(int attribute, int32_t value) {
    checkLt(lt_.descSet(desc_, attribute, &value, sizeof value), "cublasLtMatmulDescSetAttribute");
  }
  void layout(LtLayout& to, int type, int64_t rows, int64_t columns, int64_t leading, const MatmulProblem& p,
              const Shape& steps) {
    checkLt(lt_.layoutCreate(&to, type, static_cast<uint64_t>(rows), static_cast<uint64_t>(columns),
                             std::max(leading, rows)),
            "cublasLtMatrixLayoutCreate");
    if (p.batch.empty()) return;
    const auto count = static_cast<int32_t>(p.batch[0]);
    checkLt(lt_.layoutSet(to, kLtLayoutBatchCount, &count, sizeof count), "cublasLtMatrixLayoutSetAttribute");
    checkLt(lt_.layoutSet(to, kLtLayoutBatchStride, &steps[0], sizeof steps[0]), "cublasLtMatrixLayoutSetAttribute");
  }

  const CublasLtFunctions& lt_;
  bool narrow_;  // elements of 16 bits
  LtDesc desc_ = nullptr;
  LtLayout a_ = nullptr, b_ = nullptr, c_ = nullptr;
};

// alpha or beta, in the type that the library scales in.
struct Factor {
  float narrow;
  double wide;
  bool isWide;
  Factor(double value, const Types& types)
      : narrow(static_cast<float>(value)), wide(value), isWide(types.scale == kLtFloat64) {}
  const void* address() const { return isWide ? static_cast<const void*>(&wide) : &narrow; }
};

// What was chosen for a product on a context, so that programs with the same layers measure once.
using Chosen = std::map<std::string, LtHeuristic>;

std::string keyOf(const MatmulProblem& p, const Types& types, const Epilogue& epilogue, bool deterministic) {
  std::string key;
  const auto add = [&](int64_t value) { key += std::to_string(value) + ","; };
  for (const int64_t value : {p.m, p.n, p.k, p.aRow, p.aColumn, p.bRow, p.bColumn, int64_t{types.element},
                              int64_t{types.compute}, int64_t{epilogue.bias >= 0}, int64_t{epilogue.residual >= 0},
                              int64_t{epilogue.relu}, int64_t{deterministic}}) {
    add(value);
  }
  for (const Shape* each : {&p.batch, &p.aSteps, &p.bSteps}) {
    for (const int64_t value : *each) add(value);
  }
  return key;
}

class LtMatmulKernel final : public Kernel {
 public:
  LtMatmulKernel(Context& context, const CublasLt& lt, const MatmulProblem& p, DType dtype, const Types& types,
                 const Epilogue& epilogue, bool deterministic)
      : context_(context),
        handle_(lt.handle(context)),
        epilogue_(epilogue),
        descriptors_(lt.functions(), p, types, epilogue),
        one_(1, types),
        added_(epilogue.residual >= 0 ? 1 : 0, types) {
    Chosen& chosen = chosenOn(context);
    const std::string key = keyOf(p, types, epilogue, deterministic);
    if (const auto known = chosen.find(key); known != chosen.end()) {
      way_ = known->second;
      return;
    }
    way_ = choose(p, dtypeSize(dtype), deterministic);
    if (way_) chosen.emplace(key, *way_);
  }

  bool usable() const { return way_.has_value(); }
  size_t scratchBytes() const override {
    return way_->workspaceBytes == 0 ? 0 : way_->workspaceBytes + kWorkspaceAlignment;
  }
  int inPlaceInput(int) const override { return epilogue_.residual; }
  bool recordable() const override { return true; }

  void run(void* const* io) override {
    const auto output = static_cast<size_t>(epilogue_.end());
    if (epilogue_.bias >= 0) descriptors_.setBias(io[epilogue_.bias]);
    const void* added = epilogue_.residual >= 0 ? io[epilogue_.residual] : io[output];
    checkLt(descriptors_.run(handle_, *way_, one_.address(), added_.address(), io[0], io[1], added, io[output],
                             alignedUp(io[output + 1]), context_.stream()),
            "cublasLtMatmul");
  }

 private:
  static void* alignedUp(void* memory) {
    const auto at = reinterpret_cast<uintptr_t>(memory);
    return reinterpret_cast<void*>((at + kWorkspaceAlignment - 1) / kWorkspaceAlignment * kWorkspaceAlignment);
  }

  static Chosen& chosenOn(Context& context) {
    static const char key = 0;
    std::shared_ptr<void>& kept = context.attachment(&key);
    if (kept == nullptr) kept = std::make_shared<Chosen>();
    return *static_cast<Chosen*>(kept.get());
  }

  std::optional<LtHeuristic> choose(const MatmulProblem& p, size_t elementBytes, bool deterministic) {
    const std::vector<LtHeuristic> ways = descriptors_.algorithms(handle_);
    if (ways.empty()) return std::nullopt;
    if (ways.size() == 1 || p.matrices() * p.m * p.n * p.k < kMeasuredWork) return ways[0];
    size_t workspace = 1;
    for (const LtHeuristic& way : ways) workspace = std::max(workspace, way.workspaceBytes);
    const auto memory = [&](int64_t elements) {
      return context_.temporary(static_cast<size_t>(elements) * elementBytes);
    };
    const auto reach = [&](const Shape& steps, int64_t one) {
      return p.batch.empty() ? one : steps[0] * (p.batch[0] - 1) + one;
    };
    const auto a = memory(reach(p.aSteps, p.m * p.k)), b = memory(reach(p.bSteps, p.k * p.n)),
               c = memory(p.matrices() * p.m * p.n), bias = memory(p.n), scratch = context_.temporary(workspace);
    for (const auto& each : {a, b, c, bias, scratch}) {
      if (each == nullptr) return ways[0];
    }
    if (epilogue_.bias >= 0) descriptors_.setBias(bias.get());
    const LtHeuristic* best = nullptr;
    double least = 0;
    for (const LtHeuristic& way : ways) {
      bool failed = false;
      const double seconds = context_.measure([&](void* stream) {
        failed |= descriptors_.run(handle_, way, one_.address(), added_.address(), a.get(), b.get(), c.get(), c.get(),
                                   scratch.get(), stream) != 0;
      });
      if (failed || (best != nullptr && seconds >= least)) continue;
      if (deterministic) return way;
      best = &way;
      least = seconds;
    }
    return best == nullptr ? std::nullopt : std::optional(*best);
  }

  Context& context_;
  LtHandle handle_;
  Epilogue epilogue_;
  Descriptors descriptors_;
  Factor one_, added_;
  std::optional<LtHeuristic> way_;
};

}  // namespace

std::unique_ptr<Kernel> makeLtMatmul(Context& context, const CublasLt& lt, const MatmulProblem& problem, DType dtype,
                                     const Epilogue& epilogue, const Numerics& numerics) {
  const std::optional<Types> types = typesOf(dtype, numerics.roundFloat32);
  if (!types || problem.batch.size() > 1 || problem.k == 0) return nullptr;
  // The handle and what was chosen are the context's; and measuring is for one at a time.
  static std::mutex mutex;
  const std::lock_guard lock(mutex);
  auto kernel = std::make_unique<LtMatmulKernel>(context, lt, problem, dtype, *types, epilogue, numerics.deterministic);
  if (!kernel->usable()) return nullptr;
  return kernel;
}

}  // namespace ibex::cuda
