// Pooling over windows, global pooling left to means and maxima.
import { toTensor } from '../core/apply.js';
import type { ImageDataFormat } from '../core/config.js';
import { ShapeError, ValueError } from '../core/errors.js';
import { publicOp } from '../core/public-op.js';
import { formatShape } from '../core/shape.js';
import type { Tensor, TensorLike } from '../core/tensor.js';
import { asFloat, sliceAxis, spread } from './base.js';
import { inChannelsLast, paddingOf } from './convolution.js';
import type { PoolAttrs } from './defs/attrs.js';
import { extent } from './defs/rules.js';
import { avgPoolGeneral, maxPoolGeneral } from './primitives.js';
import { concatenate } from './shaping.js';

export interface PoolOptions {
  /** Steps between windows; the window's size by default. */
  readonly strides?: number | readonly number[] | null | undefined;
  readonly padding?: 'valid' | 'same';
  readonly dataFormat?: ImageDataFormat | null | undefined;
}

function pool(
  op: string,
  inputs: TensorLike,
  poolSize: number | readonly number[],
  options: PoolOptions,
  compute: (x: Tensor, attrs: PoolAttrs) => Tensor,
): Tensor {
  const given = asFloat(toTensor(inputs));
  const spatial = given.rank - 2;
  if (spatial < 1 || spatial > 3) {
    throw new ShapeError(
      `${op}: expected a batch of 1 to 3 spatial axes with channels (rank 3 to 5), got ${formatShape(given.shape)}`,
    );
  }
  const padding = options.padding ?? 'valid';
  if (padding !== 'valid' && padding !== 'same') {
    throw new ValueError(`${op}: padding must be 'valid' or 'same', got '${String(padding)}'`);
  }
  const window = spread(op, 'poolSize', poolSize, spatial);
  const strides = spread(op, 'strides', options.strides ?? poolSize, spatial);
  const dilation = window.map(() => 1);
  return inChannelsLast(op, given, options.dataFormat, (x) => {
    const { low, high } = paddingOf(op, padding, x.shape.slice(1, -1), window, strides, dilation);
    return compute(x, {
      window,
      strides,
      padLow: low,
      padHigh: high,
      dilation,
      countPadding: false,
      spatial: [],
    });
  });
}

/** The largest element of each window; padding never counts. */
export const maxPool = publicOp(
  'maxPool',
  (inputs: TensorLike, poolSize: number | readonly number[], options: PoolOptions = {}): Tensor =>
    pool('maxPool', inputs, poolSize, options, (x, attrs) => maxPoolGeneral(x, attrs)[0]),
);

/** The mean of each window; padding does not count. */
export const averagePool = publicOp(
  'averagePool',
  (inputs: TensorLike, poolSize: number | readonly number[], options: PoolOptions = {}): Tensor =>
    pool('averagePool', inputs, poolSize, options, avgPoolGeneral),
);

/** Pools each axis into `outputSize` windows that cover it, of nearly equal size. */
function adaptive(
  op: string,
  inputs: TensorLike,
  outputSize: number | readonly number[],
  dataFormat: ImageDataFormat | null | undefined,
  reduce: (x: Tensor, axis: number) => Tensor,
): Tensor {
  const given = asFloat(toTensor(inputs));
  const sizes = spread(op, 'outputSize', outputSize, given.rank - 2);
  return inChannelsLast(op, given, dataFormat, (x) =>
    sizes.reduce<Tensor>((y, size, i) => {
      const n = extent(y.shape, i + 1);
      const windows = Array.from({ length: size }, (_, j) => {
        const [from, to] = [Math.floor((j * n) / size), Math.ceil(((j + 1) * n) / size)];
        return reduce(sliceAxis(y, i + 1, from, to), i + 1);
      });
      return concatenate(windows, i + 1);
    }, x),
  );
}

/** The mean of windows chosen so that the output has `outputSize`. */
export const adaptiveAveragePool = publicOp(
  'adaptiveAveragePool',
  (
    inputs: TensorLike,
    outputSize: number | readonly number[],
    options: { readonly dataFormat?: ImageDataFormat | null } = {},
  ): Tensor =>
    adaptive('adaptiveAveragePool', inputs, outputSize, options.dataFormat, (x, axis) =>
      x.mean(axis, { keepdims: true }),
    ),
);

/** The maximum of windows chosen so that the output has `outputSize`. */
export const adaptiveMaxPool = publicOp(
  'adaptiveMaxPool',
  (
    inputs: TensorLike,
    outputSize: number | readonly number[],
    options: { readonly dataFormat?: ImageDataFormat | null } = {},
  ): Tensor =>
    adaptive('adaptiveMaxPool', inputs, outputSize, options.dataFormat, (x, axis) =>
      x.max(axis, { keepdims: true }),
    ),
);
