// Statistics and normalisation.
import { toTensor } from '../core/apply.js';
import { epsilon } from '../core/config.js';
import { isFloat } from '../core/dtype.js';
import { ShapeError } from '../core/errors.js';
import { publicOp } from '../core/public-op.js';
import { formatShape } from '../core/shape.js';
import type { Tensor, TensorLike } from '../core/tensor.js';
import { type Axes, asFloat, type KeepdimsOption, overHalf, resolveAxes, resolveAxis } from './base.js';
import { full } from './creation.js';
import { statisticsDType } from './defs/normalization.js';
import { extent, product } from './defs/rules.js';
import { batchNorm, castTo, layerNorm, permute, reshapeTo } from './primitives.js';
import { norm } from './reductions.js';

/** The mean and the (biased) variance over axes. */
export const moments = publicOp(
  'moments',
  (x: TensorLike, axes: Axes, options: KeepdimsOption = {}): [Tensor, Tensor] => {
    const given = asFloat(toTensor(x));
    const wide = castTo(given, statisticsDType(given.dtype));
    const average = wide.mean(axes, { keepdims: true });
    const variance = wide.sub(average).square().mean(axes, options);
    const mean = options.keepdims ? average : wide.mean(axes);
    return [castTo(mean, given.dtype), castTo(variance, given.dtype)];
  },
);

/** `v` of one axis, shaped so that it broadcasts along `axis` of a tensor of `rank`. */
function along(v: Tensor, axis: number, rank: number): Tensor {
  return reshapeTo(
    v,
    Array.from({ length: rank }, (_, i) => (i === axis ? v.size : 1)),
  );
}

export interface BatchNormalizationOptions {
  readonly offset?: TensorLike | null | undefined;
  readonly scale?: TensorLike | null | undefined;
  readonly epsilon?: number | undefined;
}

/** `(x - mean) / sqrt(variance + epsilon) · scale + offset`, with given statistics of the features along an axis. */
export const batchNormalization = publicOp(
  'batchNormalization',
  (
    x: TensorLike,
    mean: TensorLike,
    variance: TensorLike,
    axis: number,
    options: BatchNormalizationOptions = {},
  ): Tensor => {
    const given = asFloat(toTensor(x));
    const at = resolveAxis('batchNormalization', axis, given.rank);
    const dtype = statisticsDType(given.dtype);
    const prepare = (v: TensorLike, what: string): Tensor => {
      const t = toTensor(v);
      if (t.size !== extent(given.shape, at)) {
        throw new ShapeError(
          `batchNormalization: ${what} of shape ${formatShape(t.shape)} does not fit axis ${at} of ` +
            formatShape(given.shape),
        );
      }
      return castTo(t, dtype);
    };
    const { scale, offset } = options;
    // Everything of the features is folded into one factor and one addend for each.
    let factor = prepare(variance, 'the variance')
      .add(options.epsilon ?? 1e-3)
      .rsqrt();
    if (scale !== undefined && scale !== null) factor = factor.mul(prepare(scale, 'the scale'));
    let shift = prepare(mean, 'the mean').neg().mul(factor);
    if (offset !== undefined && offset !== null) shift = shift.add(prepare(offset, 'the offset'));
    const wide = castTo(given, dtype);
    const y = wide.mul(along(factor, at, given.rank)).add(along(shift, at, given.rank));
    return castTo(y, given.dtype);
  },
);

/**
 * Normalises `x` by the statistics of this batch: returns the result and the mean and (biased) variance of each
 * feature of `axis`, over all other axes.
 */
export const batchNormalizationTraining = publicOp(
  'batchNormalizationTraining',
  (x: TensorLike, axis: number, options: BatchNormalizationOptions = {}): [Tensor, Tensor, Tensor] => {
    const given = asFloat(toTensor(x));
    const at = resolveAxis('batchNormalization', axis, given.rank);
    const features = [extent(given.shape, at)];
    const dtype = statisticsDType(given.dtype);
    const parameter = (v: TensorLike | null | undefined, otherwise: number): Tensor =>
      v === undefined || v === null ? full(features, otherwise, { dtype }) : castTo(toTensor(v), dtype);
    const order = given.shape.map((_, i) => i).filter((i) => i !== at);
    const perm = [...order, at];
    const [y, mean, variance] = batchNorm(
      permute(given, perm),
      parameter(options.scale, 1),
      parameter(options.offset, 0),
      options.epsilon ?? 1e-3,
    );
    const inverse = new Array<number>(perm.length);
    perm.forEach((from, to) => {
      inverse[from] = to;
    });
    return [permute(y, inverse), mean, variance];
  },
);

export interface LayerNormalizationOptions {
  readonly gamma?: TensorLike | null | undefined;
  readonly beta?: TensorLike | null | undefined;
  readonly axis?: number | readonly number[] | undefined;
  readonly epsilon?: number | undefined;
}

/** Normalises over axes (the last by default), then scales by gamma and shifts by beta of those axes' shape. */
export const layerNormalization = publicOp(
  'layerNormalization',
  (x: TensorLike, options: LayerNormalizationOptions = {}): Tensor => {
    const given = asFloat(toTensor(x));
    const axes = resolveAxes('layerNormalization', options.axis ?? -1, given.rank).sort((a, b) => a - b);
    const dtype = statisticsDType(given.dtype);
    const shape = axes.map((axis) => extent(given.shape, axis));
    const parameter = (v: TensorLike | null | undefined, otherwise: number): Tensor => {
      if (v === undefined || v === null) return full([product(shape)], otherwise, { dtype });
      const t = castTo(toTensor(v), dtype);
      if (t.size !== product(shape)) {
        throw new ShapeError(
          `layerNormalization: gamma and beta must have shape ${formatShape(shape)}, got ${formatShape(t.shape)}`,
        );
      }
      return reshapeTo(t, [t.size]);
    };
    const rest = given.shape.map((_, i) => i).filter((i) => !axes.includes(i));
    const perm = [...rest, ...axes];
    const moved = permute(given, perm);
    const rows = rest.map((i) => extent(given.shape, i));
    const [y] = layerNorm(
      reshapeTo(moved, [...rows, product(shape)]),
      parameter(options.gamma, 1),
      parameter(options.beta, 0),
      options.epsilon ?? epsilon(),
    );
    const inverse = new Array<number>(perm.length);
    perm.forEach((from, to) => {
      inverse[from] = to;
    });
    return permute(reshapeTo(y, moved.shape), inverse);
  },
);

export interface RmsNormalizationOptions {
  readonly scale?: TensorLike | null | undefined;
  readonly axis?: number | readonly number[] | undefined;
  readonly epsilon?: number | undefined;
}

/** `x / sqrt(mean(x²) + epsilon) · scale`. */
export const rmsNormalization = publicOp(
  'rmsNormalization',
  (x: TensorLike, options: RmsNormalizationOptions = {}): Tensor => {
    const given = asFloat(toTensor(x));
    const { scale } = options;
    const wide = castTo(given, statisticsDType(given.dtype));
    const mean = wide.square().mean(options.axis ?? -1, { keepdims: true });
    const y = wide.mul(mean.add(options.epsilon ?? epsilon()).rsqrt());
    return castTo(
      scale === undefined || scale === null ? y : y.mul(castTo(toTensor(scale), y.dtype)),
      given.dtype,
    );
  },
);

/** `x` divided by its norm of an order (2 by default) over axes; norms below epsilon count as epsilon. */
export const normalize = publicOp(
  'normalize',
  (
    x: TensorLike,
    axis: number | readonly number[] | null = -1,
    options: { readonly order?: number; readonly epsilon?: number } = {},
  ): Tensor => {
    const { order = 2 } = options;
    const smallest = options.epsilon ?? epsilon();
    const given = toTensor(x);
    const t = isFloat(given.dtype) ? given : asFloat(given);
    return overHalf(t, (wide) => {
      if (order !== 2) return wide.div(norm(wide, axis, { ord: order, keepdims: true }).maximum(smallest));
      const inverse = wide.square().sum(axis, { keepdims: true }).rsqrt();
      return wide.mul(inverse.minimum(1 / smallest));
    });
  },
);
