// Convolutions. The primitives are channels last with explicit padding; here are Keras's padding words and data formats.
import { toTensor, toTensors } from '../core/apply.js';
import { type ImageDataFormat, imageDataFormat } from '../core/config.js';
import { ShapeError, ValueError } from '../core/errors.js';
import { publicOp } from '../core/public-op.js';
import { formatShape } from '../core/shape.js';
import type { Tensor, TensorLike } from '../core/tensor.js';
import { asFloat, spread } from './base.js';
import { extent } from './defs/rules.js';
import { convGeneral, convInputGrad, permute, reshapeTo } from './primitives.js';

/** 'valid': none; 'same': so that the output has input / stride extents; 'causal': all before (one spatial axis). */
export type Padding = 'valid' | 'same' | 'causal';

export interface ConvOptions {
  readonly strides?: number | readonly number[];
  readonly padding?: Padding;
  /** Where the channels are: last (the default of the configuration), or after the batch. */
  readonly dataFormat?: ImageDataFormat | null | undefined;
  readonly dilationRate?: number | readonly number[];
}

/** Padding before and after each axis, as Keras and TensorFlow place it: the odd one goes after. */
export function paddingOf(
  op: string,
  padding: Padding,
  size: readonly number[],
  window: readonly number[],
  strides: readonly number[],
  dilation: readonly number[],
): { low: number[]; high: number[] } {
  const low: number[] = [];
  const high: number[] = [];
  size.forEach((n, i) => {
    const stride = extent(strides, i);
    const reach = (extent(window, i) - 1) * extent(dilation, i) + 1;
    let before = 0;
    let after = 0;
    if (padding === 'same') {
      const total = Math.max(0, (Math.ceil(n / stride) - 1) * stride + reach - n);
      before = Math.floor(total / 2);
      after = total - before;
    } else if (padding === 'causal') {
      if (size.length !== 1)
        throw new ValueError(`${op}: 'causal' padding needs one spatial axis, got ${size.length}`);
      before = reach - 1;
    } else if (padding !== 'valid') {
      throw new ValueError(`${op}: padding must be 'valid', 'same' or 'causal', got '${String(padding)}'`);
    }
    low.push(before);
    high.push(after);
  });
  return { low, high };
}

/** `[N, C, …]` as `[N, …, C]`. */
export function channelsLast(x: Tensor): Tensor {
  const axes = x.shape.map((_, i) => i);
  return permute(x, [0, ...axes.slice(2), 1]);
}

/** `[N, …, C]` as `[N, C, …]`. */
export function channelsFirst(x: Tensor): Tensor {
  const axes = x.shape.map((_, i) => i);
  return permute(x, [0, x.rank - 1, ...axes.slice(1, -1)]);
}

/** `compute` on `x` with its channels last, whatever the format of `x` and of the result. */
export function inChannelsLast(
  op: string,
  x: Tensor,
  dataFormat: ImageDataFormat | null | undefined,
  compute: (x: Tensor) => Tensor,
): Tensor {
  const format = dataFormat ?? imageDataFormat();
  if (format === 'channels_last') return compute(x);
  if (format === 'channels_first') return channelsFirst(compute(channelsLast(x)));
  throw new ValueError(
    `${op}: dataFormat must be 'channels_last' or 'channels_first', got '${String(format)}'`,
  );
}

/** `x` and the kernel in one floating-point dtype; `x` has one to three spatial axes. */
function operands(op: string, inputs: TensorLike, kernel: TensorLike): [Tensor, Tensor, number] {
  const [x, w] = toTensors([asFloat(toTensor(inputs)), asFloat(toTensor(kernel))]) as [Tensor, Tensor];
  const spatial = x.rank - 2;
  if (spatial < 1 || spatial > 3) {
    throw new ShapeError(
      `${op}: expected a batch of 1 to 3 spatial axes with channels (rank 3 to 5), got shape ${formatShape(x.shape)}`,
    );
  }
  if (w.rank !== x.rank) {
    throw new ShapeError(
      `${op}: x of shape ${formatShape(x.shape)} needs a kernel of rank ${x.rank}, got ${formatShape(w.shape)}`,
    );
  }
  return [x, w, spatial];
}

interface Window {
  readonly strides: number[];
  readonly dilation: number[];
}

function windowOf(op: string, options: ConvOptions, spatial: number): Window {
  const strides = spread(op, 'strides', options.strides ?? 1, spatial);
  const dilation = spread(op, 'dilationRate', options.dilationRate ?? 1, spatial);
  if (strides.some((s) => s > 1) && dilation.some((d) => d > 1)) {
    throw new ValueError(`${op}: strides and dilationRate cannot both exceed 1`);
  }
  return { strides, dilation };
}

function grouped(op: string, x: Tensor, kernel: Tensor, groups: number, options: ConvOptions): Tensor {
  const { strides, dilation } = windowOf(op, options, x.rank - 2);
  const window = kernel.shape.slice(0, -2);
  const { low, high } = paddingOf(
    op,
    options.padding ?? 'valid',
    x.shape.slice(1, -1),
    window,
    strides,
    dilation,
  );
  return convGeneral(x, kernel, { strides, padLow: low, padHigh: high, dilation, groups, spatial: [] });
}

/**
 * The convolution of `[N, spatial…, channels]` with a kernel `[spatial…, channels / groups, filters]`, for one to three
 * spatial axes. The number of groups follows from the channels.
 * @throws ShapeError when channels, kernel and windows do not fit.
 */
export const conv = publicOp(
  'conv',
  (inputs: TensorLike, kernel: TensorLike, options: ConvOptions = {}): Tensor => {
    const [given, w] = operands('conv', inputs, kernel);
    return inChannelsLast('conv', given, options.dataFormat, (x) => {
      const channels = extent(x.shape, x.rank - 1);
      const perGroup = extent(w.shape, w.rank - 2);
      if (perGroup === 0 || channels % perGroup !== 0) {
        throw new ShapeError(
          `conv: ${channels} input channels do not divide into groups of ${perGroup}, ` +
            `the channels of a kernel of shape ${formatShape(w.shape)}`,
        );
      }
      return grouped('conv', x, w, channels / perGroup, options);
    });
  },
);

/** `[spatial…, channels, multiplier]` as the kernel of a convolution with a group for each channel. */
function depthwiseKernel(kernel: Tensor): Tensor {
  const channels = extent(kernel.shape, kernel.rank - 2);
  const multiplier = extent(kernel.shape, kernel.rank - 1);
  return reshapeTo(kernel, [...kernel.shape.slice(0, -2), 1, channels * multiplier]);
}

/** The convolution of each channel on its own, with a kernel `[spatial…, channels, multiplier]`. */
export const depthwiseConv = publicOp(
  'depthwiseConv',
  (inputs: TensorLike, kernel: TensorLike, options: ConvOptions = {}): Tensor => {
    const [given, w] = operands('depthwiseConv', inputs, kernel);
    return inChannelsLast('depthwiseConv', given, options.dataFormat, (x) => {
      const channels = extent(x.shape, x.rank - 1);
      if (extent(w.shape, w.rank - 2) !== channels) {
        throw new ShapeError(
          `depthwiseConv: x has ${channels} channels, a kernel of shape ${formatShape(w.shape)} does not fit`,
        );
      }
      return grouped('depthwiseConv', x, depthwiseKernel(w), channels, options);
    });
  },
);

/** `depthwiseConv`, then a convolution of size 1 that mixes the channels. */
export const separableConv = publicOp(
  'separableConv',
  (
    inputs: TensorLike,
    depthwiseKernelValue: TensorLike,
    pointwiseKernel: TensorLike,
    options: ConvOptions = {},
  ): Tensor => {
    const depthwise = depthwiseConv(inputs, depthwiseKernelValue, options);
    return conv(depthwise, pointwiseKernel, { padding: 'valid', dataFormat: options.dataFormat });
  },
);

export interface ConvTransposeOptions extends ConvOptions {
  /** Elements added at the end of each output axis; chosen by `padding` by default. */
  readonly outputPadding?: number | readonly (number | null)[] | null | undefined;
}

/** The extent of a transposed convolution's output, and the padding of the convolution that it transposes. */
function transposed(
  n: number,
  kernel: number,
  stride: number,
  dilation: number,
  padding: Padding,
  outputPadding: number | null,
): { size: number; low: number; high: number } {
  const reach = (kernel - 1) * dilation + 1;
  // How far the enlarged input is padded before and after, for a stride-1 convolution with the flipped kernel.
  let before = reach - 1;
  let after: number;
  if (padding === 'valid') {
    after = reach - 1 + (outputPadding ?? Math.max(stride - reach, 0));
  } else {
    const total = outputPadding === null ? stride + reach - 2 : reach + (reach % 2) - 2 + outputPadding;
    before = Math.min(Math.ceil(total / 2), reach - 1);
    after = total - before;
  }
  const size = Math.max(0, (n - 1) * stride + before + after - reach + 2);
  // Beyond the reach the end of the output is zeros: the transposed convolution never looks there.
  return { size, low: reach - 1 - before, high: Math.max(0, reach - 1 - after) };
}

/**
 * The transpose of a convolution (its gradient with respect to the input), with a kernel
 * `[spatial…, filters, channels]`: it enlarges the spatial axes by the strides.
 */
export const convTranspose = publicOp(
  'convTranspose',
  (inputs: TensorLike, kernel: TensorLike, options: ConvTransposeOptions = {}): Tensor => {
    const [given, w, spatial] = operands('convTranspose', inputs, kernel);
    const padding = options.padding ?? 'valid';
    if (padding !== 'valid' && padding !== 'same') {
      throw new ValueError(`convTranspose: padding must be 'valid' or 'same', got '${String(padding)}'`);
    }
    const { strides, dilation } = windowOf('convTranspose', options, spatial);
    const { outputPadding } = options;
    const extra = Array.from({ length: spatial }, (_, i) =>
      typeof outputPadding === 'number' ? outputPadding : (outputPadding?.[i] ?? null),
    );
    return inChannelsLast('convTranspose', given, options.dataFormat, (x) => {
      const axes = Array.from({ length: spatial }, (_, i) =>
        transposed(
          extent(x.shape, i + 1),
          extent(w.shape, i),
          extent(strides, i),
          extent(dilation, i),
          padding,
          extra[i] ?? null,
        ),
      );
      return convInputGrad(x, w, {
        strides,
        padLow: axes.map(({ low }) => low),
        padHigh: axes.map(({ high }) => high),
        dilation,
        groups: 1,
        spatial: axes.map(({ size }) => size),
      });
    });
  },
);
