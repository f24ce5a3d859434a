#include "backends/cpu/kernels/conv_packed.h"

#include <algorithm>
#include <vector>

#include "backends/cpu/aligned_memory.h"
#include "backends/cpu/kernels/conv_patches.h"
#include "backends/cpu/kernels/gemm.h"
#include "backends/cpu/kernels/packed_product.h"
#include "backends/cpu/parallel.h"

namespace ibex::cpu {
namespace {

// Positions of the result up to which the library's convolutions are slower (measured): they wait for the weights.
constexpr int64_t kFewRows = 64;
constexpr int64_t kFewPoints = 256;  // of kernels of a single position

constexpr int64_t kPackGrain = 32 * 1024;      // weights that are worth a thread
constexpr int64_t kGatherGrain = 16 * 1024;    // elements of patches that are worth a thread
constexpr int64_t kProductGrain = 512 * 1024;  // multiply-adds that are worth a thread

class PackedConv final : public Kernel {
 public:
  PackedConv(const ConvGeometry& g, const Epilogue& epilogue)
      : epilogue_(epilogue), g_(g), direct_(g.isPointwise()), product_(packedProductFunctions()) {
    all_.m = g.batch * g.outPositions();
    all_.n = g.outChannels;
    all_.k = g.kernelPositions() * g.inChannels;
    all_.xRow = all_.k;
    all_.yRow = all_.n;
    all_.relu = epilogue.relu;
  }

  size_t scratchBytes() const override { return patchBytes() + (keeps_ ? 0 : weightBytes()); }
  int inPlaceInput(int /*output*/) const override { return all_.k <= kPackedProductDepth ? epilogue_.residual : -1; }

  std::vector<int> packedInputs() const override {
    std::vector<int> inputs{1};
    if (epilogue_.scale >= 0) inputs.push_back(epilogue_.scale);
    return inputs;
  }
  void keepPacked() override { keeps_ = true; }
  void pack(void* const* io) override {
    if (!kept_) kept_ = allocateAligned(weightBytes());
    packTo(static_cast<float*>(kept_.get()), io);
  }

  void run(void* const* io) override {
    const auto operand = [&](int input) { return input < 0 ? nullptr : static_cast<const float*>(io[input]); };
    const auto output = static_cast<size_t>(epilogue_.end());
    char* scratch = static_cast<char*>(io[output + 1]);
    PackedProductOperands all = all_;
    all.x = operand(0);
    if (!direct_) {
      gather(all.x, reinterpret_cast<float*>(scratch));
      all.x = reinterpret_cast<float*>(scratch);
    }
    auto* packed = static_cast<float*>(keeps_ ? kept_.get() : static_cast<void*>(scratch + patchBytes()));
    if (!keeps_) packTo(packed, io);
    all.packed = packed;
    all.bias = operand(epilogue_.bias);
    all.residual = operand(epilogue_.residual);
    all.y = static_cast<float*>(io[output]);
    if (all.n > all.m) {
      splitColumns(all);
    } else {
      splitRows(all);
    }
  }

 private:
  size_t patchBytes() const { return direct_ ? 0 : aligned(static_cast<size_t>(all_.m * all_.k) * sizeof(float)); }
  size_t weightBytes() const { return aligned(static_cast<size_t>(all_.k * all_.n) * sizeof(float)); }

  void gather(const float* x, float* patches) const {
    const int64_t positions = g_.outPositions();
    parallelFor(all_.m, std::max<int64_t>(1, kGatherGrain / all_.k), [&](int64_t begin, int64_t end) {
      for (int64_t row = begin, rows; row < end; row += rows) {
        rows = std::min(end, (row / positions + 1) * positions) - row;
        gatherPatches(g_, x + row / positions * g_.inPositions() * g_.inChannels, 0, row % positions, rows,
                      patches + row * all_.k);
      }
    });
  }

  // Each thread reads all of x, and its part of the weights.
  void splitColumns(const PackedProductOperands& all) const {
    const int64_t panels = all.n / product_.columns;
    const int64_t grain = std::max<int64_t>(1, kProductGrain / (all.m * all.k * product_.columns));
    parallelFor(panels, grain, [&](int64_t begin, int64_t end) {
      const int64_t first = begin * product_.columns;
      PackedProductOperands part = all;
      part.n = (end - begin) * product_.columns;
      part.packed += first * all.k;
      part.y += first;
      if (part.bias != nullptr) part.bias += first;
      if (part.residual != nullptr) part.residual += first;
      product_.multiply(part);
    });
  }

  // Each thread reads its part of x, and all weights.
  void splitRows(const PackedProductOperands& all) const {
    const int64_t tiles = (all.m + product_.rows - 1) / product_.rows;
    const int64_t grain = std::max<int64_t>(1, kProductGrain / (product_.rows * all.k * all.n));
    parallelFor(tiles, grain, [&](int64_t begin, int64_t end) {
      const int64_t first = begin * product_.rows;
      PackedProductOperands part = all;
      part.m = std::min(all.m, end * product_.rows) - first;
      part.x += first * all.xRow;
      part.y += first * all.yRow;
      if (part.residual != nullptr) part.residual += first * all.yRow;
      product_.multiply(part);
    });
  }

  // The model's weights are [positions, channels, out channels].
  void packTo(float* to, void* const* io) const {
    const auto* weights = static_cast<const float*>(io[1]);
    const auto* scale = epilogue_.scale < 0 ? nullptr : static_cast<const float*>(io[epilogue_.scale]);
    const int64_t columns = product_.columns;
    parallelFor(all_.n / columns, std::max<int64_t>(1, kPackGrain / (all_.k * columns)),
                [&](int64_t begin, int64_t end) {
                  for (int64_t panel = begin; panel < end; ++panel) {
                    float* packed = to + panel * columns * all_.k;
                    gemmFunctions().f32.pack(weights + panel * columns, all_.n, 1, all_.k, columns, packed);
                    if (scale == nullptr) continue;
                    const float* factors = scale + panel * columns;
                    for (int64_t k = 0; k < all_.k; ++k) {
                      for (int64_t c = 0; c < columns; ++c) packed[k * columns + c] *= factors[c];
                    }
                  }
                });
  }

  Epilogue epilogue_;
  ConvGeometry g_;
  bool direct_;  // the rows of x are the patches
  const PackedProductFunctions& product_;
  PackedProductOperands all_{};
  bool keeps_ = false;
  AlignedMemory kept_;
};

}  // namespace

std::unique_ptr<Kernel> packedConv(const ConvGeometry& g, const Epilogue& epilogue) {
  if (g.groups != 1 || g.outChannels % packedProductFunctions().columns != 0) return nullptr;
  const bool addsToPoints = epilogue.residual >= 0 && g.isPointwise();
  const bool stepsOver = g.kernelPositions() == 1 && !g.isPointwise();
  const bool fewRows = g.batch * g.outPositions() <= (stepsOver ? kFewPoints : kFewRows);
  if (!addsToPoints && !fewRows) return nullptr;
  return std::make_unique<PackedConv>(g, epilogue);
}

}  // namespace ibex::cpu
