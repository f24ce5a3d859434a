#include "backends/cpu/kernels/conv_plain.h"

#include <algorithm>

#include "backends/cpu/kernels/conv_patches.h"
#include "backends/cpu/kernels/gemm.h"
#include "backends/cpu/parallel.h"

namespace ibex::cpu {
namespace {

constexpr int64_t kChunk = 64;  // output positions whose patches are gathered together

template <class T>
class PlainConv : public Kernel {
 public:
  explicit PlainConv(const ConvGeometry& g) : g_(g), gemm_(gemmFor<T>()), slots_(std::max(1, numThreads())) {}
  size_t scratchBytes() const override { return static_cast<size_t>(slots_ * slotElements()) * sizeof(T); }

 protected:
  virtual int64_t slotElements() const { return kChunk * patch(); }
  int64_t patch() const { return g_.kernelPositions() * g_.inPerGroup(); }

  // Deals units 0..count-1 to slots, each with scratch of its own.
  template <class F>
  void deal(int64_t count, void* scratch, F&& body) const {
    parallelFor(slots_, 1, [&](int64_t begin, int64_t end) {
      for (int64_t slot = begin; slot < end; ++slot) {
        T* mine = static_cast<T*>(scratch) + slot * slotElements();
        for (int64_t unit = slot; unit < count; unit += slots_) body(unit, mine);
      }
    });
  }

  ConvGeometry g_;
  const GemmFunctionsOf<T>& gemm_;
  int64_t slots_;
};

template <class T>
class PlainForward final : public PlainConv<T> {
 public:
  using PlainConv<T>::PlainConv;
  void run(void* const* io) override {
    const ConvGeometry& g = this->g_;
    const auto* x = static_cast<const T*>(io[0]);
    const auto* w = static_cast<const T*>(io[1]);
    auto* y = static_cast<T*>(io[2]);
    const int64_t positions = g.outPositions();
    const int64_t chunks = (positions + kChunk - 1) / kChunk;
    this->deal(g.batch * g.groups * chunks, io[3], [&](int64_t unit, T* patches) {
      const int64_t first = unit % chunks * kChunk;
      const int64_t group = unit / chunks % g.groups;
      const int64_t n = unit / chunks / g.groups;
      const int64_t rows = std::min(kChunk, positions - first);
      gatherPatches(g, x + n * g.inPositions() * g.inChannels, group, first, rows, patches);
      this->gemm_.multiply(patches, this->patch(), 1, w + group * g.outPerGroup(), g.outChannels, 1,
                           y + (n * positions + first) * g.outChannels + group * g.outPerGroup(), g.outChannels, rows,
                           g.outPerGroup(), this->patch(), false);
    });
  }
};

template <class T>
class PlainInputGrad final : public PlainConv<T> {
 public:
  using PlainConv<T>::PlainConv;
  void run(void* const* io) override {
    const ConvGeometry& g = this->g_;
    const auto* dy = static_cast<const T*>(io[0]);
    const auto* w = static_cast<const T*>(io[1]);
    auto* dx = static_cast<T*>(io[2]);
    std::fill(dx, dx + g.batch * g.inPositions() * g.inChannels, T{0});
    const int64_t positions = g.outPositions();
    const int64_t channels = g.inPerGroup();
    this->deal(g.batch * g.groups, io[3], [&](int64_t unit, T* patches) {
      const int64_t group = unit % g.groups;
      const int64_t n = unit / g.groups;
      T* image = dx + n * g.inPositions() * g.inChannels + group * channels;
      for (int64_t first = 0; first < positions; first += kChunk) {
        const int64_t rows = std::min(kChunk, positions - first);
        this->gemm_.multiply(dy + (n * positions + first) * g.outChannels + group * g.outPerGroup(), g.outChannels, 1,
                             w + group * g.outPerGroup(), 1, g.outChannels, patches, this->patch(), rows,
                             this->patch(), g.outPerGroup(), false);
        for (int64_t r = 0; r < rows; ++r) {
          const Position out = unflatten(first + r, g.out);
          for (int64_t k = 0; k < g.kernelPositions(); ++k) {
            const int64_t at = inputPosition(g, out, unflatten(k, g.kernel));
            if (at < 0) continue;
            const T* from = patches + r * this->patch() + k * channels;
            T* to = image + at * g.inChannels;
            for (int64_t c = 0; c < channels; ++c) to[c] += from[c];
          }
        }
      }
    });
  }
};

// One kernel position of one group is a unit: its part of dw is a sum that no other unit touches.
template <class T>
class PlainFilterGrad final : public PlainConv<T> {
 public:
  using PlainConv<T>::PlainConv;
  void run(void* const* io) override {
    const ConvGeometry& g = this->g_;
    const auto* x = static_cast<const T*>(io[0]);
    const auto* dy = static_cast<const T*>(io[1]);
    auto* dw = static_cast<T*>(io[2]);
    const int64_t positions = g.outPositions();
    const int64_t channels = g.inPerGroup();
    this->deal(g.kernelPositions() * g.groups, io[3], [&](int64_t unit, T* rowsOfX) {
      const int64_t group = unit % g.groups;
      const int64_t k = unit / g.groups;
      const Position kernel = unflatten(k, g.kernel);
      T* to = dw + k * channels * g.outChannels + group * g.outPerGroup();
      for (int64_t c = 0; c < channels; ++c) std::fill_n(to + c * g.outChannels, g.outPerGroup(), T{0});
      for (int64_t first = 0; first < g.batch * positions; first += kChunk) {
        const int64_t rows = std::min(kChunk, g.batch * positions - first);
        for (int64_t r = 0; r < rows; ++r) {
          const int64_t n = (first + r) / positions;
          const int64_t at = inputPosition(g, unflatten((first + r) % positions, g.out), kernel);
          T* row = rowsOfX + r * channels;
          if (at < 0) {
            std::fill_n(row, channels, T{0});
          } else {
            std::copy_n(x + (n * g.inPositions() + at) * g.inChannels + group * channels, channels, row);
          }
        }
        this->gemm_.multiply(rowsOfX, 1, channels, dy + first * g.outChannels + group * g.outPerGroup(), g.outChannels,
                             1, to, g.outChannels, channels, g.outPerGroup(), rows, true);
      }
    });
  }

 protected:
  int64_t slotElements() const override { return kChunk * this->g_.inPerGroup(); }
};

}  // namespace

template <class T>
std::unique_ptr<Kernel> plainConv(const ConvGeometry& geometry, ConvPart part) {
  switch (part) {
    case ConvPart::kForward: return std::make_unique<PlainForward<T>>(geometry);
    case ConvPart::kInputGrad: return std::make_unique<PlainInputGrad<T>>(geometry);
    case ConvPart::kFilterGrad: break;
  }
  return std::make_unique<PlainFilterGrad<T>>(geometry);
}

template std::unique_ptr<Kernel> plainConv<float>(const ConvGeometry&, ConvPart);
template std::unique_ptr<Kernel> plainConv<double>(const ConvGeometry&, ConvPart);

}  // namespace ibex::cpu
