// random_bits: element e of the result is word e % 4 of Philox block e / 4.
#include "backends/cpu/kernels/random_bits.h"

#include <cstring>

#include "backends/node_util.h"
#include "backends/cpu/lowering.h"
#include "backends/cpu/parallel.h"

namespace ibex::cpu {
namespace {

class RandomBitsKernel final : public Kernel {
 public:
  explicit RandomBitsKernel(int64_t elements) : elements_(elements), bits_(randomFunctions().bits) {}

  void run(void* const* io) override {
    uint32_t key[2];
    std::memcpy(key, io[0], sizeof key);
    uint32_t* out = static_cast<uint32_t*>(io[1]);
    constexpr int64_t kWords = 4;
    const int64_t whole = elements_ / kWords;
    constexpr int64_t kGrain = 2048;
    parallelFor(whole, kGrain, [&](int64_t begin, int64_t end) {
      bits_(out + begin * kWords, static_cast<uint64_t>(begin), end - begin, key[0], key[1]);
    });
    if (const int64_t rest = elements_ % kWords; rest > 0) {
      uint32_t last[kWords];
      bits_(last, static_cast<uint64_t>(whole), 1, key[0], key[1]);
      std::memcpy(out + whole * kWords, last, static_cast<size_t>(rest) * sizeof(uint32_t));
    }
  }

 private:
  int64_t elements_;
  void (*bits_)(uint32_t*, uint64_t, int64_t, uint32_t, uint32_t);
};

std::unique_ptr<Kernel> prepareRandomBits(const Graph& graph, const Node& node) {
  return std::make_unique<RandomBitsKernel>(outputType(graph, node, 0).elements());
}

IBEX_CPU_LOWERING(kRandomBits, prepareRandomBits);

}  // namespace
}  // namespace ibex::cpu
