// Convolutions and their gradients over channels-last tensors, as products of matrices that are never made. After
// tile_product.cuh. The groups of channels are the batch. Macros of the geometry: OUT_1, OUT_2, IN_0, IN_1, IN_2, KERNEL_1,
// KERNEL_2 (extents along the spatial axes), STRIDE_0 …, PAD_0 …, DILATION_0 …, GROUPS, IN_PER_GROUP, OUT_PER_GROUP, and
// OUT_POSITIONS and IN_POSITIONS of a sample.
namespace ibex_device {

struct ConvArguments {
  const Stored* first;   // x, or dy for the gradient of the input
  const Stored* second;  // the weights, or dy for that of the weights
  Epilogue epilogue;
};

constexpr Index kInChannels = Index(GROUPS) * Index(IN_PER_GROUP);
constexpr Index kOutChannels = Index(GROUPS) * Index(OUT_PER_GROUP);

struct Position {
  Index a, b, c;
};

IBEX_FN Position outPosition(Index at) {
  return {at / (Index(OUT_1) * Index(OUT_2)), at / Index(OUT_2) % Index(OUT_1), at % Index(OUT_2)};
}
IBEX_FN Position inPosition(Index at) {
  return {at / (Index(IN_1) * Index(IN_2)), at / Index(IN_2) % Index(IN_1), at % Index(IN_2)};
}
IBEX_FN Position kernelPosition(Index at) {
  return {at / (Index(KERNEL_1) * Index(KERNEL_2)), at / Index(KERNEL_2) % Index(KERNEL_1), at % Index(KERNEL_2)};
}

// x at the place in the kernel's window that belongs to an output position; 0 in the padding. sample and out: of the
// output's row; channel: of all.
IBEX_FN Value windowElement(const Stored* x, Index outRow, Index place, Index channel) {
  const Index sample = outRow / Index(OUT_POSITIONS);
  const Position o = outPosition(outRow % Index(OUT_POSITIONS));
  const Position k = kernelPosition(place);
  const Index a = o.a * STRIDE_0 - PAD_0 + k.a * DILATION_0;
  const Index b = o.b * STRIDE_1 - PAD_1 + k.b * DILATION_1;
  const Index c = o.c * STRIDE_2 - PAD_2 + k.c * DILATION_2;
  if (a < 0 || a >= Index(IN_0) || b < 0 || b >= Index(IN_1) || c < 0 || c >= Index(IN_2)) return Value(0);
  return load(x, (((sample * Index(IN_0) + a) * Index(IN_1) + b) * Index(IN_2) + c) * kInChannels + channel);
}

// Sets `out` where a multiple of the stride away from `along` is an output index.
IBEX_FN bool outIndex(Index along, int stride, Index extent, Index& out) {
  if (along < 0 || along % stride != 0) return false;
  out = along / stride;
  return out < extent;
}

// dy at the output position whose window has an input position at this place; 0 where there is none.
IBEX_FN Value gradientElement(const Stored* dy, Index inRow, Index place, Index channel) {
  const Index sample = inRow / Index(IN_POSITIONS);
  const Position i = inPosition(inRow % Index(IN_POSITIONS));
  const Position k = kernelPosition(place);
  Index a = 0, b = 0, c = 0;
  if (!outIndex(i.a + PAD_0 - k.a * DILATION_0, STRIDE_0, Index(OUT_POSITIONS) / (Index(OUT_1) * Index(OUT_2)), a) ||
      !outIndex(i.b + PAD_1 - k.b * DILATION_1, STRIDE_1, Index(OUT_1), b) ||
      !outIndex(i.c + PAD_2 - k.c * DILATION_2, STRIDE_2, Index(OUT_2), c)) {
    return Value(0);
  }
  const Index at = (sample * Index(OUT_POSITIONS)) + (a * Index(OUT_1) + b) * Index(OUT_2) + c;
  return load(dy, at * kOutChannels + channel);
}

// y: rows are output positions, columns the group's output channels; over the window's places and input channels.
extern "C" __global__ void __launch_bounds__(TILE_THREADS) convForward(ConvArguments g) {
  const Index group = matrixOfBlock();
  tileProduct(
      [=](Index row, Index k) {
        return windowElement(g.first, row, k / Index(IN_PER_GROUP), group * Index(IN_PER_GROUP) + k % Index(IN_PER_GROUP));
      },
      [=](Index k, Index column) { return load(g.second, k * kOutChannels + group * Index(OUT_PER_GROUP) + column); },
      [&](Index row, Index column, Value sum) {
        const Index channel = group * Index(OUT_PER_GROUP) + column;
        storeOrKeep(g.epilogue, sum, row * kOutChannels + channel, channel, Index(ROWS) * kOutChannels);
      });
}

extern "C" __global__ void __launch_bounds__(TILE_THREADS) convForwardParts(ConvArguments g) {
  combineParts(g.epilogue, Index(ROWS) * kOutChannels, kOutChannels);
}

// dx: rows are input positions, columns the group's input channels; over the window's places and output channels.
extern "C" __global__ void __launch_bounds__(TILE_THREADS) convInputGrad(ConvArguments g) {
  const Index group = matrixOfBlock();
  tileProduct(
      [=](Index row, Index k) {
        return gradientElement(g.first, row, k / Index(OUT_PER_GROUP), group * Index(OUT_PER_GROUP) + k % Index(OUT_PER_GROUP));
      },
      [=](Index k, Index column) {
        return load(g.second, (k / Index(OUT_PER_GROUP) * Index(IN_PER_GROUP) + column) * kOutChannels +
                                  group * Index(OUT_PER_GROUP) + k % Index(OUT_PER_GROUP));
      },
      [&](Index row, Index column, Value sum) {
        const Index channel = group * Index(IN_PER_GROUP) + column;
        storeOrKeep(g.epilogue, sum, row * kInChannels + channel, channel, Index(ROWS) * kInChannels);
      });
}

extern "C" __global__ void __launch_bounds__(TILE_THREADS) convInputGradParts(ConvArguments g) {
  combineParts(g.epilogue, Index(ROWS) * kInChannels, kInChannels);
}

// dw: rows are the window's places and input channels, columns the group's output channels; over all output positions.
extern "C" __global__ void __launch_bounds__(TILE_THREADS) convFilterGrad(ConvArguments g) {
  const Index group = matrixOfBlock();
  tileProduct(
      [=](Index row, Index k) {
        return windowElement(g.first, k, row / Index(IN_PER_GROUP), group * Index(IN_PER_GROUP) + row % Index(IN_PER_GROUP));
      },
      [=](Index k, Index column) { return load(g.second, k * kOutChannels + group * Index(OUT_PER_GROUP) + column); },
      [&](Index row, Index column, Value sum) {
        const Index channel = group * Index(OUT_PER_GROUP) + column;
        storeOrKeep(g.epilogue, sum, row * kOutChannels + channel, channel, Index(ROWS) * kOutChannels);
      });
}

extern "C" __global__ void __launch_bounds__(TILE_THREADS) convFilterGradParts(ConvArguments g) {
  combineParts(g.epilogue, Index(ROWS) * kOutChannels, kOutChannels);
}

}  // namespace ibex_device
