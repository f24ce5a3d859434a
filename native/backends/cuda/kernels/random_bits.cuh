// Philox-4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3"), the same stream as the CPU's: word w
// of block b is element 4 b + w, and the counter of block b is (low b, high b, 0, 0).
namespace ibex_device {

struct RandomBitsArguments {
  const uint32_t* key;
  uint32_t* to;
  int64_t elements;
};

IBEX_FN Pack<uint32_t, 4> philox(uint64_t block, uint32_t key0, uint32_t key1) {
  uint32_t a = uint32_t(block);
  uint32_t b = uint32_t(block >> 32);
  uint32_t c = 0;
  uint32_t d = 0;
#pragma unroll
  for (int round = 0; round < 10; ++round) {
    const uint64_t product0 = uint64_t(0xd2511f53u) * a;
    const uint64_t product1 = uint64_t(0xcd9e8d57u) * c;
    a = uint32_t(product1 >> 32) ^ b ^ key0;
    b = uint32_t(product1);
    c = uint32_t(product0 >> 32) ^ d ^ key1;
    d = uint32_t(product0);
    key0 += 0x9e3779b9u;
    key1 += 0xbb67ae85u;
  }
  return {{a, b, c, d}};
}

extern "C" __global__ void __launch_bounds__(256) randomBits(RandomBitsArguments arguments) {
  const uint64_t block = uint64_t(blockIdx.x) * 256 + threadIdx.x;
  const int64_t first = int64_t(block) * 4;
  if (first >= arguments.elements) return;
  const Pack<uint32_t, 4> words = philox(block, arguments.key[0], arguments.key[1]);
  if (first + 4 <= arguments.elements) {
    storePack(arguments.to + first, words);
  } else {
#pragma unroll
    for (int i = 0; i < 3; ++i) {
      if (first + i < arguments.elements) arguments.to[first + i] = words.at[i];
    }
  }
}

}  // namespace ibex_device
