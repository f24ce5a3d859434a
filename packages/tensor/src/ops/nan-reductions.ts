// Reductions that leave NaN out.
import { toTensor } from '../core/apply.js';
import { publicOp } from '../core/public-op.js';
import type { Tensor, TensorLike } from '../core/tensor.js';
import { asFloat, type Axes, type KeepdimsOption } from './base.js';
import { castTo, select } from './primitives.js';
import { argmax, argmin, max, min, prod, sum } from './reductions.js';

/** `x` with NaN replaced, and where it was not NaN. */
function without(x: TensorLike, value: number): { values: Tensor; present: Tensor } {
  const t = asFloat(toTensor(x));
  const missing = t.isnan();
  return { values: select(missing, toTensor(value, t.dtype), t), present: missing.logicalNot() };
}

/** The sum of elements that are not NaN. */
export const nansum = publicOp('nansum', (x: TensorLike, axis?: Axes, options: KeepdimsOption = {}): Tensor =>
  sum(without(x, 0).values, axis, options),
);

/** The product of elements that are not NaN. */
export const nanprod = publicOp('nanprod', (x: TensorLike, axis?: Axes, options: KeepdimsOption = {}): Tensor =>
  prod(without(x, 1).values, axis, options),
);

/** `y` where a slice has an element, else NaN. */
function orNan(y: Tensor, present: Tensor, axis: Axes, options: KeepdimsOption): Tensor {
  return select(present.any(axis, options), y, toTensor(NaN, y.dtype));
}

/** The largest element that is not NaN. */
export const nanmax = publicOp('nanmax', (x: TensorLike, axis?: Axes, options: KeepdimsOption = {}): Tensor => {
  const { values, present } = without(x, -Infinity);
  return orNan(max(values, axis, options), present, axis, options);
});

/** The smallest element that is not NaN. */
export const nanmin = publicOp('nanmin', (x: TensorLike, axis?: Axes, options: KeepdimsOption = {}): Tensor => {
  const { values, present } = without(x, Infinity);
  return orNan(min(values, axis, options), present, axis, options);
});

/** The mean of elements that are not NaN. */
export const nanmean = publicOp('nanmean', (x: TensorLike, axis?: Axes, options: KeepdimsOption = {}): Tensor => {
  const { values, present } = without(x, 0);
  return sum(values, axis, options).div(sum(castTo(present, values.dtype), axis, options));
});

/** The (biased) variance of elements that are not NaN. */
export const nanvar = publicOp('nanvar', (x: TensorLike, axis?: Axes, options: KeepdimsOption = {}): Tensor => {
  const { values, present } = without(x, 0);
  const weights = castTo(present, values.dtype);
  const mean = sum(values, axis, { keepdims: true }).div(sum(weights, axis, { keepdims: true }));
  const squares = values.sub(mean).square().mul(weights);
  return sum(squares, axis, options).div(sum(weights, axis, options));
});

/** The (biased) standard deviation of elements that are not NaN. */
export const nanstd = publicOp('nanstd', (x: TensorLike, axis?: Axes, options: KeepdimsOption = {}): Tensor =>
  nanvar(x, axis, options).sqrt(),
);

/** Where the largest element that is not NaN is; see `argmax`. */
export const nanargmax = publicOp(
  'nanargmax',
  (x: TensorLike, axis?: number | null, options: KeepdimsOption = {}): Tensor =>
    argmax(without(x, -Infinity).values, axis, options),
);

/** Where the smallest element that is not NaN is; see `argmin`. */
export const nanargmin = publicOp(
  'nanargmin',
  (x: TensorLike, axis?: number | null, options: KeepdimsOption = {}): Tensor =>
    argmin(without(x, Infinity).values, axis, options),
);
