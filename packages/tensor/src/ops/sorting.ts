// Sorting, and what is read off sorted values: order statistics, searches, top elements.
import { toTensor, toTensors } from '../core/apply.js';
import { ShapeError, ValueError } from '../core/errors.js';
import { publicOp } from '../core/public-op.js';
import { formatShape } from '../core/shape.js';
import type { Tensor, TensorLike } from '../core/tensor.js';
import {
  type Axes,
  asFloat,
  asIndices,
  flattenAxes,
  type KeepdimsOption,
  resolveAxes,
  resolveAxis,
} from './base.js';
import { extent } from './defs/rules.js';
import {
  argsortAlong,
  castTo,
  gatherElements,
  iota,
  permute,
  reduceSum,
  reshapeTo,
  select,
  sortAlong,
  topKLast,
} from './primitives.js';
import { ravel } from './shaping.js';

export interface SortOptions {
  readonly descending?: boolean | undefined;
}

/** `x` sorted along an axis (null: the flat array), stable, NaN last. */
export const sort = publicOp(
  'sort',
  (x: TensorLike, axis: number | null = -1, options: SortOptions = {}): Tensor => {
    const t = axis === null ? ravel(x) : toTensor(x);
    return sortAlong(t, resolveAxis('sort', axis ?? 0, t.rank), options.descending ?? false);
  },
);

/** The indices that would sort `x`; see `sort`. Result: int32. */
export const argsort = publicOp(
  'argsort',
  (x: TensorLike, axis: number | null = -1, options: SortOptions = {}): Tensor => {
    const t = axis === null ? ravel(x) : toTensor(x);
    return argsortAlong(t, resolveAxis('argsort', axis ?? 0, t.rank), options.descending ?? false);
  },
);

/** The `k` largest elements of the last axis, sorted, and their indices (int32). */
export const topK = publicOp('topK', (x: TensorLike, k: number): [Tensor, Tensor] =>
  topKLast(toTensor(x), k),
);

/** Whether the prediction at each target is among the `k` largest of its row. Result: bool. */
export const inTopK = publicOp(
  'inTopK',
  (targets: TensorLike, predictions: TensorLike, k: number): Tensor => {
    const p = asFloat(toTensor(predictions));
    const t = asIndices('inTopK', targets);
    const own = gatherElements(p, reshapeTo(t, [...t.shape, 1]), p.rank - 1);
    const better = reduceSum(castTo(p.greater(own), 'int32'), [p.rank - 1], false);
    return better.less(k).logicalAnd(reshapeTo(own, t.shape).isfinite());
  },
);

/** Where `values` would be inserted to keep an ascending sequence sorted: before ('left') or after equal elements. */
export const searchsorted = publicOp(
  'searchsorted',
  (
    sortedSequence: TensorLike,
    values: TensorLike,
    options: { readonly side?: 'left' | 'right' } = {},
  ): Tensor => {
    const [sequence, v] = toTensors([sortedSequence, values]) as [Tensor, Tensor];
    const { side = 'left' } = options;
    if (side !== 'left' && side !== 'right') {
      throw new ValueError(`searchsorted: side must be 'left' or 'right', got '${String(side)}'`);
    }
    if (sequence.rank !== 1) {
      throw new ShapeError(
        `searchsorted: the sequence must have rank 1, got shape ${formatShape(sequence.shape)}`,
      );
    }
    const wide = reshapeTo(v, [...v.shape, 1]);
    const before = side === 'left' ? sequence.less(wide) : sequence.lessEqual(wide);
    return reduceSum(castTo(before, 'int32'), [v.rank], false);
  },
);

/** The bin that each element falls in, for ascending edges. */
export const digitize = publicOp(
  'digitize',
  (x: TensorLike, bins: TensorLike): Tensor => searchsorted(bins, x, { side: 'right' }),
);

export type QuantileMethod = 'linear' | 'lower' | 'higher' | 'midpoint' | 'nearest';

export interface QuantileOptions extends KeepdimsOption {
  /** How to read between two elements. Default 'linear'. */
  readonly method?: QuantileMethod | undefined;
}

/** `keepdims` of a result of reducing `axes` of `shape`, behind `lead` leading axes. */
function restoreDims(y: Tensor, shape: readonly number[], axes: readonly number[], lead: number): Tensor {
  const kept = shape.map((d, i) => (axes.includes(i) ? 1 : d));
  return reshapeTo(y, [...y.shape.slice(0, lead), ...kept]);
}

/**
 * The value below which a share `q` (0 … 1, a number or tensor) of the elements lies; axes of `q` come first in the
 * result. NaN where an element is.
 */
export const quantile = publicOp(
  'quantile',
  (x: TensorLike, q: TensorLike, axis?: Axes, options: QuantileOptions = {}): Tensor => {
    const t = asFloat(toTensor(x));
    const { method = 'linear', keepdims = false } = options;
    const axes = resolveAxes('quantile', axis, t.rank);
    const flat = sortAlong(flattenAxes(t, axes), t.rank - axes.length, false);
    const last = flat.rank - 1;
    const n = extent(flat.shape, last);
    if (n === 0)
      throw new ValueError(`quantile: an empty axis has no result; x has shape ${formatShape(t.shape)}`);
    const shares = castTo(toTensor(q), t.dtype);
    const positions = reshapeTo(shares, [shares.size]).mul(n - 1);
    const pick = (index: Tensor): Tensor =>
      flat.take(
        castTo(index, 'int32')
          .maximum(0)
          .minimum(n - 1),
        last,
      );
    const [low, high] = [pick(positions.floor()), pick(positions.ceil())];
    let values: Tensor;
    if (method === 'linear') values = low.add(high.sub(low).mul(positions.sub(positions.floor())));
    else if (method === 'lower') values = low;
    else if (method === 'higher') values = high;
    else if (method === 'midpoint') values = low.add(high).mul(0.5);
    else if (method === 'nearest') values = pick(positions.round());
    else throw new ValueError(`quantile: unknown method '${String(method)}'`);
    const hasNan = castTo(flat.isnan(), 'int32').max(-1, { keepdims: true }).greater(0);
    const marked = select(hasNan, toTensor(NaN, t.dtype), values);
    const leading = permute(marked, [last, ...flat.shape.slice(0, -1).map((_, i) => i)]);
    const shaped = reshapeTo(leading, [...shares.shape, ...leading.shape.slice(1)]);
    return keepdims ? restoreDims(shaped, t.shape, axes, shares.rank) : shaped;
  },
);

/** `quantile` in percent. */
export const percentile = publicOp(
  'percentile',
  (x: TensorLike, q: TensorLike, axis?: Axes, options: QuantileOptions = {}): Tensor => {
    const shares = asFloat(toTensor(q));
    return quantile(x, shares.div(100), axis, options);
  },
);

/** The middle element, or the mean of the two; NaN where an element is. */
export const median = publicOp(
  'median',
  (x: TensorLike, axis?: Axes, options: KeepdimsOption = {}): Tensor => quantile(x, 0.5, axis, options),
);

/** How often each of 0, 1, … `length - 1` occurs, or the sum of its weights. */
export const bincount = publicOp(
  'bincount',
  (
    x: TensorLike,
    options: {
      readonly weights?: TensorLike | null;
      readonly minlength?: number;
      readonly length?: number;
    } = {},
  ): Tensor => {
    const indices = asIndices('bincount', x);
    const length = options.length ?? options.minlength ?? 0;
    if (length < 1) {
      throw new ValueError(
        'bincount: give the number of bins as `length`: the shape of a result cannot depend on values',
      );
    }
    const hits = reshapeTo(indices, [...indices.shape, 1]).equal(iota([length], 0, indices.dtype));
    const { weights } = options;
    const counts =
      weights === undefined || weights === null
        ? castTo(hits, 'int32')
        : (() => {
            const w = toTensor(weights);
            return castTo(hits, w.dtype).mul(reshapeTo(w, [...w.shape, 1]));
          })();
    return reduceSum(counts, [indices.rank - 1], false);
  },
);

/** Counts (as floats) of elements between the edges of `bins` equal bins over a range, and the edges. */
export const histogram = publicOp(
  'histogram',
  (
    x: TensorLike,
    options: { readonly bins?: number; readonly range?: readonly [number, number] | null } = {},
  ): [Tensor, Tensor] => {
    const { bins = 10, range = null } = options;
    const t = asFloat(toTensor(x));
    const values = reshapeTo(t, [t.size]);
    const low = range ? toTensor(range[0], t.dtype) : values.min();
    const high = range ? toTensor(range[1], t.dtype) : values.max();
    const edges = iota([bins + 1], 0, t.dtype)
      .div(bins)
      .mul(high.sub(low))
      .add(low);
    const bin = searchsorted(edges, values, { side: 'right' }).sub(1);
    // The last bin includes its upper edge.
    const placed = select(values.equal(high), toTensor(bins - 1, 'int32'), bin);
    return [castTo(bincount(placed, { length: bins }), t.dtype), edges];
  },
);

/** `x` partitioned so that the element at `kth` is in its sorted place: sorted wholly here. */
export const argpartition = publicOp('argpartition', (x: TensorLike, kth: number, axis = -1): Tensor => {
  const t = toTensor(x);
  const n = extent(t.shape, resolveAxis('argpartition', axis, t.rank));
  if (!Number.isInteger(kth) || kth < -n || kth >= n) {
    throw new ValueError(`argpartition: kth = ${kth} is out of range for an axis of ${n}`);
  }
  return argsort(t, axis);
});
