// Reductions that leave NaN out.
import { toTensor } from '../core/apply.js';
import { publicOp } from '../core/public-op.js';
import type { Tensor, TensorLike } from '../core/tensor.js';
import { type Axes, asFloat, flattenAxes, type KeepdimsOption, resolveAxes } from './base.js';
import { castTo, gatherElements, permute, reshapeTo, select, sortAlong } from './primitives.js';
import { argmax, argmin, max, min, prod, sum } from './reductions.js';

/** `x` with NaN replaced, and where it was not NaN. */
function without(x: TensorLike, value: number): { values: Tensor; present: Tensor } {
  const t = asFloat(toTensor(x));
  const missing = t.isnan();
  return { values: select(missing, toTensor(value, t.dtype), t), present: missing.logicalNot() };
}

/** The sum of elements that are not NaN. */
export const nansum = publicOp(
  'nansum',
  (x: TensorLike, axis?: Axes, options: KeepdimsOption = {}): Tensor =>
    sum(without(x, 0).values, axis, options),
);

/** The product of elements that are not NaN. */
export const nanprod = publicOp(
  'nanprod',
  (x: TensorLike, axis?: Axes, options: KeepdimsOption = {}): Tensor =>
    prod(without(x, 1).values, axis, options),
);

/** `y` where a slice has an element, else NaN. */
function orNan(y: Tensor, present: Tensor, axis: Axes, options: KeepdimsOption): Tensor {
  return select(present.any(axis, options), y, toTensor(NaN, y.dtype));
}

/** The largest element that is not NaN. */
export const nanmax = publicOp(
  'nanmax',
  (x: TensorLike, axis?: Axes, options: KeepdimsOption = {}): Tensor => {
    const { values, present } = without(x, -Infinity);
    return orNan(max(values, axis, options), present, axis, options);
  },
);

/** The smallest element that is not NaN. */
export const nanmin = publicOp(
  'nanmin',
  (x: TensorLike, axis?: Axes, options: KeepdimsOption = {}): Tensor => {
    const { values, present } = without(x, Infinity);
    return orNan(min(values, axis, options), present, axis, options);
  },
);

/** The mean of elements that are not NaN. */
export const nanmean = publicOp(
  'nanmean',
  (x: TensorLike, axis?: Axes, options: KeepdimsOption = {}): Tensor => {
    const { values, present } = without(x, 0);
    return sum(values, axis, options).div(sum(castTo(present, values.dtype), axis, options));
  },
);

/** The (biased) variance of elements that are not NaN. */
export const nanvar = publicOp(
  'nanvar',
  (x: TensorLike, axis?: Axes, options: KeepdimsOption = {}): Tensor => {
    const { values, present } = without(x, 0);
    const weights = castTo(present, values.dtype);
    const mean = sum(values, axis, { keepdims: true }).div(sum(weights, axis, { keepdims: true }));
    const squares = values.sub(mean).square().mul(weights);
    return sum(squares, axis, options).div(sum(weights, axis, options));
  },
);

/** The (biased) standard deviation of elements that are not NaN. */
export const nanstd = publicOp(
  'nanstd',
  (x: TensorLike, axis?: Axes, options: KeepdimsOption = {}): Tensor => nanvar(x, axis, options).sqrt(),
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

/**
 * The value below which a share `q` of the elements that are not NaN lies: between neighbours by their distance. Axes
 * of `q` come first in the result.
 */
export const nanquantile = publicOp(
  'nanquantile',
  (x: TensorLike, q: TensorLike, axis?: Axes, options: KeepdimsOption = {}): Tensor => {
    const t = asFloat(toTensor(x));
    const axes = resolveAxes('nanquantile', axis, t.rank);
    const flat = sortAlong(flattenAxes(t, axes), t.rank - axes.length, false);
    const last = flat.rank - 1;
    const found = sum(castTo(flat.isnan().logicalNot(), 'int32'), last, { keepdims: true });
    const shares = castTo(toTensor(q), t.dtype);
    const places = castTo(found, t.dtype)
      .sub(1)
      .mul(reshapeTo(shares, [shares.size]));
    // NaN is sorted to the end, so the first `found` elements are those that count.
    const at = (place: Tensor): Tensor => gatherElements(flat, castTo(place, 'int32').maximum(0), last);
    const [low, high] = [at(places.floor()), at(places.ceil())];
    const between = low.add(high.sub(low).mul(places.sub(places.floor())));
    const values = select(found.greater(0), between, toTensor(NaN, t.dtype));
    const leading = permute(values, [last, ...flat.shape.slice(0, -1).map((_, i) => i)]);
    const kept = options.keepdims
      ? t.shape.map((d, i) => (axes.includes(i) ? 1 : d))
      : leading.shape.slice(1);
    return reshapeTo(leading, [...shares.shape, ...kept]);
  },
);

/** `nanquantile` in percent. */
export const nanpercentile = publicOp(
  'nanpercentile',
  (x: TensorLike, q: TensorLike, axis?: Axes, options: KeepdimsOption = {}): Tensor =>
    nanquantile(x, asFloat(toTensor(q)).div(100), axis, options),
);

/** The middle of the elements that are not NaN. */
export const nanmedian = publicOp(
  'nanmedian',
  (x: TensorLike, axis?: Axes, options: KeepdimsOption = {}): Tensor => nanquantile(x, 0.5, axis, options),
);
