export type { ConvPadding, WindowOptions } from './base.js';
// The longer names that Keras knows too.
export {
  Conv1D,
  Conv1D as Convolution1D,
  Conv2D,
  Conv2D as Convolution2D,
  Conv3D,
  Conv3D as Convolution3D,
  type ConvLayerOptions,
} from './conv.js';
export {
  Conv1DTranspose,
  Conv1DTranspose as Convolution1DTranspose,
  Conv2DTranspose,
  Conv2DTranspose as Convolution2DTranspose,
  Conv3DTranspose,
  Conv3DTranspose as Convolution3DTranspose,
  type ConvTransposeLayerOptions,
} from './conv-transpose.js';
export { DepthwiseConv1D, DepthwiseConv2D, type DepthwiseConvOptions } from './depthwise-conv.js';
export {
  SeparableConv1D,
  SeparableConv1D as SeparableConvolution1D,
  SeparableConv2D,
  SeparableConv2D as SeparableConvolution2D,
  type SeparableConvOptions,
} from './separable-conv.js';
