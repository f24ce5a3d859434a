// sort, argsort and top_k. Elements become unsigned keys in the wanted order (NaN last, -0 equal to 0), each with its
// index below it: comparing those is stable, and values are fetched by index at the end, so their bits survive.
#include <algorithm>
#include <array>
#include <bit>
#include <memory>
#include <type_traits>

#include "backends/cpu/kernels/axis_walk.h"
#include "backends/node_util.h"
#include "backends/cpu/kernels/number.h"
#include "backends/cpu/lowering.h"
#include "backends/cpu/thread_buffer.h"

namespace ibex::cpu {
namespace {

constexpr int64_t kRadixFrom = 512;  // lines longer than this are sorted by digits
constexpr int64_t kFewest = 16;      // so few largest are kept sorted while the line is read

// 64-bit elements: key and index side by side.
struct Wide {
  uint64_t key;
  uint32_t index;
  bool operator<(const Wide& other) const { return key != other.key ? key < other.key : index < other.index; }
};

template <class T>
using Entry = std::conditional_t<sizeof(T) == 8, Wide, uint64_t>;

template <class U>
U ordered(U bits, bool isNan, bool descending) {
  if (isNan) return static_cast<U>(~U{0});
  return descending ? static_cast<U>(~bits) : bits;
}

template <class T>
auto keyOf(T value, bool descending) {
  if constexpr (std::is_integral_v<T>) {
    using U = std::conditional_t<sizeof(T) == 8, uint64_t, uint32_t>;
    constexpr U kSign = std::is_signed_v<T> ? U{1} << (sizeof(U) * 8 - 1) : U{0};
    const U bits = static_cast<U>(value) ^ kSign;  // a negative number extends its sign first
    return descending ? static_cast<U>(~bits) : bits;
  } else {
    using C = Compute<T>;
    using U = std::conditional_t<sizeof(C) == 8, uint64_t, uint32_t>;
    constexpr U kSign = U{1} << (sizeof(U) * 8 - 1);
    const C number = static_cast<C>(value);
    const U bits = std::bit_cast<U>(number == 0 ? C{0} : number);
    return ordered<U>((bits & kSign) != 0 ? static_cast<U>(~bits) : bits | kSign, number != number, descending);
  }
}

template <class T>
Entry<T> entryOf(T value, int64_t index, bool descending) {
  if constexpr (sizeof(T) == 8) {
    return {keyOf(value, descending), static_cast<uint32_t>(index)};
  } else {
    return static_cast<uint64_t>(keyOf(value, descending)) << 32 | static_cast<uint32_t>(index);
  }
}
inline uint32_t indexOf(uint64_t entry) { return static_cast<uint32_t>(entry); }
inline uint32_t indexOf(const Wide& entry) { return entry.index; }

// Sorts by the upper 32 bits, three digits of 11 bits, least first; the order of indices is kept by being stable.
void radixSort(uint64_t* entries, uint64_t* other, int64_t n) {
  constexpr int kBits = 11;
  constexpr size_t kDigits = size_t{1} << kBits;
  std::array<std::array<uint32_t, kDigits>, 3> counts{};
  const auto digit = [](uint64_t e, int pass) { return static_cast<size_t>(e >> (32 + kBits * pass)) & (kDigits - 1); };
  for (int64_t i = 0; i < n; ++i) {
    for (int pass = 0; pass < 3; ++pass) ++counts[static_cast<size_t>(pass)][digit(entries[i], pass)];
  }
  for (int pass = 0; pass < 3; ++pass) {
    auto& count = counts[static_cast<size_t>(pass)];
    uint32_t before = 0;
    for (uint32_t& c : count) {
      const uint32_t here = c;
      c = before;
      before += here;
    }
    for (int64_t i = 0; i < n; ++i) other[count[digit(entries[i], pass)]++] = entries[i];
    std::swap(entries, other);
  }
  // Three passes end in the second buffer.
  std::copy(entries, entries + n, other);
}

template <class T>
class SortKernel final : public Kernel {
 public:
  SortKernel(const Graph& graph, const Node& node, bool indices)
      : attrs_(attrsOf<SortAttrs>(node)), walk_(inputType(graph, node, 0).shape, attrs_.axis), indices_(indices) {}

  void run(void* const* io) override {
    const auto* x = static_cast<const T*>(io[0]);
    walk_.lines([&](int64_t o, int64_t i) {
      const int64_t n = walk_.extent;
      const int64_t start = o * n * walk_.inner + i;
      const size_t buffers = n > kRadixFrom && sizeof(T) < 8 ? 2 : 1;
      auto* entries = reinterpret_cast<Entry<T>*>(threadBuffer(buffers * static_cast<size_t>(n) * sizeof(Entry<T>)));
      for (int64_t k = 0; k < n; ++k) entries[k] = entryOf(x[start + k * walk_.inner], k, attrs_.descending);
      sortEntries(entries, n);
      for (int64_t k = 0; k < n; ++k) {
        const uint32_t from = indexOf(entries[k]);
        const int64_t to = start + k * walk_.inner;
        if (indices_) {
          static_cast<int32_t*>(io[1])[to] = static_cast<int32_t>(from);
        } else {
          static_cast<T*>(io[1])[to] = x[start + static_cast<int64_t>(from) * walk_.inner];
        }
      }
    });
  }

 private:
  static void sortEntries(Entry<T>* entries, int64_t n) {
    if constexpr (sizeof(T) < 8) {
      if (n > kRadixFrom) return radixSort(entries, entries + n, n);
    }
    std::sort(entries, entries + n);
  }

  SortAttrs attrs_;
  AxisWalk walk_;
  bool indices_;
};

template <class T>
class TopKKernel final : public Kernel {
 public:
  TopKKernel(const Graph& graph, const Node& node)
      : k_(attrsOf<TopKAttrs>(node).k), walk_(inputType(graph, node, 0).shape, inputType(graph, node, 0).rank() - 1) {}

  void run(void* const* io) override {
    const auto* x = static_cast<const T*>(io[0]);
    if (k_ == 0) return;
    walk_.lines([&](int64_t o, int64_t) {
      const T* line = x + o * walk_.extent;
      auto* entries = reinterpret_cast<Entry<T>*>(threadBuffer(static_cast<size_t>(walk_.extent) * sizeof(Entry<T>)));
      if (k_ <= kFewest) {
        keepFirst(line, entries);
      } else {
        for (int64_t i = 0; i < walk_.extent; ++i) entries[i] = entryOf(line[i], i, true);
        if (k_ < walk_.extent) std::nth_element(entries, entries + k_ - 1, entries + walk_.extent);
        std::sort(entries, entries + k_);
      }
      for (int64_t i = 0; i < k_; ++i) {
        const uint32_t from = indexOf(entries[i]);
        static_cast<T*>(io[1])[o * k_ + i] = line[from];
        static_cast<int32_t*>(io[2])[o * k_ + i] = static_cast<int32_t>(from);
      }
    });
  }

 private:
  // The first k of the order, by insertion: almost all elements fail the first comparison.
  void keepFirst(const T* line, Entry<T>* kept) const {
    int64_t count = 0;
    for (int64_t i = 0; i < walk_.extent; ++i) {
      const Entry<T> entry = entryOf(line[i], i, true);
      if (count == k_ && !(entry < kept[k_ - 1])) continue;
      int64_t at = count < k_ ? count++ : k_ - 1;
      for (; at > 0 && entry < kept[at - 1]; --at) kept[at] = kept[at - 1];
      kept[at] = entry;
    }
  }

  int64_t k_;
  AxisWalk walk_;
};

template <bool kIndices>
std::unique_ptr<Kernel> prepareSort(const Graph& graph, const Node& node) {
  return visitDType(inputType(graph, node, 0).dtype, [&](auto tag) -> std::unique_ptr<Kernel> {
    return std::make_unique<SortKernel<typename decltype(tag)::type>>(graph, node, kIndices);
  });
}

std::unique_ptr<Kernel> prepareTopK(const Graph& graph, const Node& node) {
  const Type& x = inputType(graph, node, 0);
  if (attrsOf<TopKAttrs>(node).k > x.shape.back()) refuse(graph, node, "k is larger than the last axis");
  return visitDType(x.dtype, [&](auto tag) -> std::unique_ptr<Kernel> {
    return std::make_unique<TopKKernel<typename decltype(tag)::type>>(graph, node);
  });
}

IBEX_CPU_LOWERING(kSort, prepareSort<false>);
IBEX_CPU_LOWERING(kArgsort, prepareSort<true>);
IBEX_CPU_LOWERING(kTopK, prepareTopK);

}  // namespace
}  // namespace ibex::cpu
