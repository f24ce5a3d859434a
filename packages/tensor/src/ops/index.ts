// The functions of tensors, by the names of keras.ops in camelCase.
export * from './activations.js';
export * from './attention.js';
export type { Axes, DTypeOption, KeepdimsOption } from './base.js';
export * from './control-flow.js';
export * from './conversion.js';
export {
  type ConvOptions,
  type ConvTransposeOptions,
  conv,
  convTranspose,
  depthwiseConv,
  type Padding,
  separableConv,
} from './convolution.js';
export * from './creation.js';
export * from './crossentropy.js';
export * from './decompositions.js';
export type { BinaryOp, UnaryOp } from './defs/elementwise.js';
export * from './einsum.js';
export * from './elementwise.js';
export * from './image.js';
export * from './indexing.js';
export * from './linalg.js';
export * from './nan-reductions.js';
export * from './normalization.js';
export * from './padding.js';
export * from './pooling.js';
export { gru, lstm, randomBits } from './primitives.js';
export * from './reductions.js';
export * from './scans.js';
export * from './segments.js';
export * from './shaping.js';
export * from './sorting.js';
export * from './special.js';
export * from './statistics.js';
