// random_bits against the known answers of its authors, and iota.
#include <doctest/doctest.h>

#include <array>

#include "backends/cpu/math/philox.h"
#include "backends/cpu/simd_dispatch.h"
#include "tests/cpu_node_runner.h"

using namespace ibex;
using namespace ibex::testing;

namespace {

std::array<uint32_t, 4> philox(std::array<uint32_t, 4> counter, uint32_t key0, uint32_t key1) {
  uint32_t words[4][1] = {{counter[0]}, {counter[1]}, {counter[2]}, {counter[3]}};
  cpu::philoxBlocks<1>(words, key0, key1);
  return {words[0][0], words[1][0], words[2][0], words[3][0]};
}

}  // namespace

TEST_CASE("Philox-4x32-10 gives its known answers") {
  CHECK(philox({0, 0, 0, 0}, 0, 0) == std::array<uint32_t, 4>{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  const uint32_t f = 0xffffffff;
  CHECK(philox({f, f, f, f}, f, f) == std::array<uint32_t, 4>{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  CHECK(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, 0xa4093822, 0x299f31d0) ==
        std::array<uint32_t, 4>{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("random_bits: word e % 4 of block e / 4, for any number of elements") {
  for (const cpu::SimdLevel level : cpu::availableSimdLevels()) {
    cpu::overrideSimdLevel(level);
    CAPTURE(cpu::simdLevelName(level));
    for (const int64_t n : {0, 1, 3, 4, 64, 65, 1003, 40001}) {
      const Array key(DType::kUint32, {2}, {0xa4093822, 0x299f31d0});
      const Array bits = runNode(Op::kRandomBits, {}, {key}, {{DType::kUint32, {n}}})[0];
      bool equal = true;
      for (int64_t e = 0; e < n; ++e) {
        const auto block = philox({static_cast<uint32_t>(e / 4), 0, 0, 0}, 0xa4093822, 0x299f31d0);
        equal &= bits.at(e) == block[static_cast<size_t>(e % 4)];
      }
      CHECK(equal);
    }
  }
  cpu::overrideSimdLevel(std::nullopt);
}

TEST_CASE("iota counts along one axis") {
  for (const DType t : {DType::kInt32, DType::kInt64, DType::kFloat32, DType::kFloat16}) {
    CHECK(runNode(Op::kIota, IotaAttrs{0}, {}, {{t, {2, 3}}})[0].values() == std::vector<double>{0, 0, 0, 1, 1, 1});
    CHECK(runNode(Op::kIota, IotaAttrs{1}, {}, {{t, {2, 3}}})[0].values() == std::vector<double>{0, 1, 2, 0, 1, 2});
  }
}
