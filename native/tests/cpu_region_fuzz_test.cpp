// Random regions with layouts of all kinds, several outputs and reductions, against the reference. The numbers are
// small integers, so that every order of operations gives the same floats.

#include <doctest/doctest.h>

#include "backends/cpu/simd_dispatch.h"
#include "tests/cpu_region_reference.h"
#include "tests/random_region.h"

using namespace ibex;
using namespace ibex::testing;

namespace {

void checkSeeds(uint32_t from, uint32_t to, bool reduces) {
  int offered = 0;
  for (uint32_t seed = from; seed < to; ++seed) {
    CAPTURE(seed);
    const RandomRegion random(seed, reduces);
    const RegionReference expected(random.region, random.inputs);
    for (const bool inPlace : {false, true}) {
      CAPTURE(inPlace);
      const auto outputs = runRegion(random.region, random.inputs, inPlace, &offered);
      for (size_t o = 0; o < outputs.size(); ++o) {
        CAPTURE(o);
        const int64_t at = firstDifference(outputs[o], expected.outputs[o], 0);
        if (at >= 0) {
          CAPTURE(outputs[o].at(at));
          CAPTURE(expected.outputs[o].at(at));
          CHECK(at == -1);
        }
      }
    }
  }
  CHECK(offered > 0);
}

}  // namespace

TEST_CASE("random element-wise regions") {
  uint32_t seed = 0;
  for (const cpu::SimdLevel level : cpu::availableSimdLevels()) {
    cpu::overrideSimdLevel(level);
    checkSeeds(seed, seed + 200, false);
    seed += 200;
  }
  cpu::overrideSimdLevel(std::nullopt);
}

TEST_CASE("random regions with reductions") {
  uint32_t seed = 10000;
  for (const cpu::SimdLevel level : cpu::availableSimdLevels()) {
    cpu::overrideSimdLevel(level);
    checkSeeds(seed, seed + 300, true);
    seed += 300;
  }
  cpu::overrideSimdLevel(std::nullopt);
}
