#include "backends/cuda/lowerings/radix_sort.h"

#include <utility>

#include "backends/cuda/lowerings/kernel_macros.h"
#include "backends/cuda/lowerings/kernel_text.h"

namespace ibex::cuda {
namespace {

constexpr int64_t kThreads = 256;
constexpr int64_t kDigits = 256;
constexpr int kDigitBits = 8;
constexpr size_t kAlignment = 16;

struct Arguments {
  const void* keys;
  const uint32_t* places;
  void* toKeys;
  uint32_t* toPlaces;
  uint32_t* counts;
  uint32_t* totals;
  int64_t lines;
  int64_t extent;
  int32_t tiles;
  int32_t shift;
};

size_t aligned(size_t bytes) { return (bytes + kAlignment - 1) / kAlignment * kAlignment; }

}  // namespace

RadixSort::RadixSort(Context& context, size_t keyBytes, int keyBits, int64_t lines, int64_t extent)
    : context_(&context),
      keyBytes_(keyBytes),
      passes_(std::max(1, (keyBits + kDigitBits - 1) / kDigitBits)),
      lines_(lines),
      extent_(extent),
      tiles_(divideUp(extent, kThreads * (keyBytes == 8 ? 8 : 16))) {
  const KernelText text{kRadixSortText, {{"KEY", keyBytes == 8 ? "uint64_t" : "uint32_t"}}};
  count_ = &context.function(text, "radixCount");
  scan_ = &context.function(text, "radixScan");
  move_ = &context.function(text, "radixMove");
}

size_t RadixSort::scratchBytes() const {
  const auto entries = static_cast<size_t>(lines_ * extent_);
  return 2 * aligned(entries * keyBytes_) + 2 * aligned(entries * sizeof(uint32_t)) +
         static_cast<size_t>(lines_ * kDigits * (tiles_ + 1)) * sizeof(uint32_t);
}

RadixSort::Sorted RadixSort::run(void* scratch) const {
  const auto entries = static_cast<size_t>(lines_ * extent_);
  char* at = static_cast<char*>(scratch);
  const auto take = [&at](size_t bytes) { return std::exchange(at, at + aligned(bytes)); };
  void* keys[2];
  uint32_t* places[2];
  for (void*& each : keys) each = take(entries * keyBytes_);
  for (uint32_t*& each : places) each = reinterpret_cast<uint32_t*>(take(entries * sizeof(uint32_t)));
  auto* counts = reinterpret_cast<uint32_t*>(at);
  auto* totals = counts + lines_ * kDigits * tiles_;
  int from = 0;
  for (int pass = 0; pass < passes_; ++pass, from = 1 - from) {
    const Arguments arguments{keys[from], pass == 0 ? nullptr : places[from], keys[1 - from],
                              places[1 - from], counts, totals,
                              lines_, extent_, static_cast<int32_t>(tiles_),
                              pass * kDigitBits};
    context_->launch(*count_, {{lines_ * tiles_}, {kThreads}, 0}, arguments);
    context_->launch(*scan_, {{lines_ * kDigits / 8}, {kThreads}, 0}, arguments);
    context_->launch(*move_, {{lines_ * tiles_}, {kThreads}, 0}, arguments);
  }
  return {keys[from], places[from]};
}

}  // namespace ibex::cuda
