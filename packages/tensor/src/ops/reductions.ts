// Reductions over axes. `axis` is one axis, several, or (null) all; `keepdims` leaves them with extent 1.
import { toTensor } from '../core/apply.js';
import type { DType } from '../core/dtype.js';
import { ShapeError, ValueError } from '../core/errors.js';
import { publicOp } from '../core/public-op.js';
import { formatShape } from '../core/shape.js';
import type { Tensor, TensorLike } from '../core/tensor.js';
import {
  type Axes,
  asBool,
  asFloat,
  type DTypeOption,
  type KeepdimsOption,
  overHalf,
  resolveAxes,
  resolveAxis,
} from './base.js';
import { extent, product } from './defs/rules.js';
import {
  argMax,
  argMin,
  broadcastGeneral,
  castTo,
  reduceMax,
  reduceMin,
  reduceProd,
  reduceSum,
  reshapeTo,
  select,
} from './primitives.js';

/** The dtype of sums and products: small integers and bools widen to int32 (uint8 to uint32). */
function accumulatorOf(dtype: DType): DType {
  if (dtype === 'bool' || dtype === 'int8' || dtype === 'int16') return 'int32';
  return dtype === 'uint8' ? 'uint32' : dtype;
}

/** The sum of elements. Small integers and bools are summed as int32. */
export const sum = publicOp('sum', (x: TensorLike, axis?: Axes, options: KeepdimsOption = {}): Tensor => {
  const t = toTensor(x);
  const axes = resolveAxes('sum', axis, t.rank);
  return reduceSum(castTo(t, accumulatorOf(t.dtype)), axes, options.keepdims ?? false);
});

/** The product of elements. Small integers and bools are multiplied as int32. */
export const prod = publicOp(
  'prod',
  (x: TensorLike, axis?: Axes, options: KeepdimsOption & DTypeOption = {}): Tensor => {
    const t = toTensor(x);
    const axes = resolveAxes('prod', axis, t.rank);
    return reduceProd(castTo(t, options.dtype ?? accumulatorOf(t.dtype)), axes, options.keepdims ?? false);
  },
);

export interface ExtremeOptions extends KeepdimsOption {
  /** A value that takes part; the only one where an axis is empty. */
  readonly initial?: TensorLike | undefined;
}

/** The largest element; NaN where there is one. */
export const max = publicOp('max', (x: TensorLike, axis?: Axes, options: ExtremeOptions = {}): Tensor => {
  const t = toTensor(x);
  const axes = resolveAxes('max', axis, t.rank);
  return extreme(t, axes, options, reduceMax, (a, b) => a.maximum(b));
});

/** The smallest element; NaN where there is one. */
export const min = publicOp('min', (x: TensorLike, axis?: Axes, options: ExtremeOptions = {}): Tensor => {
  const t = toTensor(x);
  const axes = resolveAxes('min', axis, t.rank);
  return extreme(t, axes, options, reduceMin, (a, b) => a.minimum(b));
});

function extreme(
  x: Tensor,
  axes: readonly number[],
  { keepdims = false, initial }: ExtremeOptions,
  reduce: (x: Tensor, axes: readonly number[], keepdims: boolean) => Tensor,
  choose: (a: Tensor, b: TensorLike) => Tensor,
): Tensor {
  if (initial === undefined) return reduce(x, axes, keepdims);
  const start = toTensor(initial, x.dtype);
  if (axes.some((axis) => extent(x.shape, axis) === 0)) {
    const shape = x.shape.flatMap((d, i) => (axes.includes(i) ? (keepdims ? [1] : []) : [d]));
    return broadcastGeneral(start, shape);
  }
  return choose(reduce(x, axes, keepdims), start);
}

export const amax: typeof max = max;
export const amin: typeof min = min;

/** Whether any element is true (not 0). Result: bool. */
export const any = publicOp('any', (x: TensorLike, axis?: Axes, options: KeepdimsOption = {}): Tensor => {
  const t = asBool(toTensor(x));
  return extreme(t, resolveAxes('any', axis, t.rank), { ...options, initial: false }, reduceMax, (a, b) =>
    a.logicalOr(b),
  );
});

/** Whether all elements are true (not 0). Result: bool. */
export const all = publicOp('all', (x: TensorLike, axis?: Axes, options: KeepdimsOption = {}): Tensor => {
  const t = asBool(toTensor(x));
  return extreme(t, resolveAxes('all', axis, t.rank), { ...options, initial: true }, reduceMin, (a, b) =>
    a.logicalAnd(b),
  );
});

/** How many elements there are in `axes` together. */
function count(x: Tensor, axes: readonly number[]): number {
  return product(axes.map((axis) => extent(x.shape, axis)));
}

/** The arithmetic mean; integers and bools give floatx. Of no elements: NaN. */
export const mean = publicOp('mean', (x: TensorLike, axis?: Axes, options: KeepdimsOption = {}): Tensor => {
  const t = asFloat(toTensor(x));
  const axes = resolveAxes('mean', axis, t.rank);
  return overHalf(t, (wide) => reduceSum(wide, axes, options.keepdims ?? false).div(count(t, axes)));
});

/** The variance (mean squared deviation, biased); integers and bools give floatx. */
const variance = publicOp('var', (x: TensorLike, axis?: Axes, options: KeepdimsOption = {}): Tensor => {
  const t = asFloat(toTensor(x));
  const axes = resolveAxes('var', axis, t.rank);
  return overHalf(t, (wide) => {
    const n = count(wide, axes);
    const deviation = wide.sub(reduceSum(wide, axes, true).div(n));
    return reduceSum(deviation.square(), axes, options.keepdims ?? false).div(n);
  });
});

export { variance as var };

/** The standard deviation (biased); integers and bools give floatx. */
export const std = publicOp(
  'std',
  (x: TensorLike, axis?: Axes, options: KeepdimsOption = {}): Tensor =>
    overHalf(asFloat(toTensor(x)), (wide) => variance(wide, axis, options).sqrt()),
);

/** The mean, each element counting by its weight; `weights` have x's shape, or are along one axis. */
export const average = publicOp(
  'average',
  (x: TensorLike, axis?: Axes, options: { readonly weights?: TensorLike | null } = {}): Tensor => {
    const { weights } = options;
    if (weights === undefined || weights === null) return mean(x, axis);
    const t = asFloat(toTensor(x));
    const axes = resolveAxes('average', axis, t.rank);
    let w = castTo(toTensor(weights), t.dtype);
    if (w.rank === 1 && t.rank !== 1) {
      const [only] = axes;
      if (axes.length !== 1 || only === undefined || w.size !== t.shape[only]) {
        throw new ShapeError(
          `average: weights of shape ${formatShape(w.shape)} need one axis of that extent in ${formatShape(t.shape)}`,
        );
      }
      w = reshapeTo(
        w,
        t.shape.map((d, i) => (i === only ? d : 1)),
      );
    }
    w = broadcastGeneral(w, t.shape);
    return reduceSum(t.mul(w), axes, false).div(reduceSum(w, axes, false));
  },
);

/** `log(sum(exp(x)))`, stable for large elements. */
export const logsumexp = publicOp(
  'logsumexp',
  (x: TensorLike, axis?: Axes, options: KeepdimsOption = {}): Tensor => {
    const t = asFloat(toTensor(x));
    const axes = resolveAxes('logsumexp', axis, t.rank);
    const largest = reduceMax(t, axes, true).alias();
    // An infinite maximum would make NaN of the differences.
    const shift = select(largest.isfinite(), largest, toTensor(0, t.dtype));
    const total = reduceSum(t.sub(shift).exp(), axes, true).log().add(shift);
    return options.keepdims ? total : dropAxes(total, axes);
  },
);

/** `x` without `axes`, whose extents are 1. */
function dropAxes(x: Tensor, axes: readonly number[]): Tensor {
  return reshapeTo(
    x,
    x.shape.filter((_, i) => !axes.includes(i)),
  );
}

/** The range of the elements: largest less smallest. */
export const ptp = publicOp('ptp', (x: TensorLike, axis?: Axes, options: KeepdimsOption = {}): Tensor => {
  const t = toTensor(x);
  return max(t, axis, options).sub(min(t, axis, options));
});

/** How many elements are not 0. Result: int32. */
export const countNonzero = publicOp(
  'countNonzero',
  (x: TensorLike, axis?: Axes, options: KeepdimsOption = {}): Tensor => {
    const t = castTo(toTensor(x).notEqual(0), 'int32');
    return reduceSum(t, resolveAxes('countNonzero', axis, t.rank), options.keepdims ?? false);
  },
);

function argExtreme(
  op: string,
  x: Tensor,
  axis: number | null | undefined,
  keepdims: boolean,
  find: (x: Tensor, axis: number, keepdims: boolean) => Tensor,
): Tensor {
  if (axis !== undefined && axis !== null) return find(x, resolveAxis(op, axis, x.rank), keepdims);
  const flat = find(reshapeTo(x, [x.size]), 0, false);
  return keepdims
    ? reshapeTo(
        flat,
        x.shape.map(() => 1),
      )
    : flat;
}

/** Where the largest element is along an axis (in the flat array without one); the first of equals. int32. */
export const argmax = publicOp(
  'argmax',
  (x: TensorLike, axis?: number | null, options: KeepdimsOption = {}): Tensor =>
    argExtreme('argmax', toTensor(x), axis, options.keepdims ?? false, argMax),
);

/** Where the smallest element is along an axis (in the flat array without one); the first of equals. int32. */
export const argmin = publicOp(
  'argmin',
  (x: TensorLike, axis?: number | null, options: KeepdimsOption = {}): Tensor =>
    argExtreme('argmin', toTensor(x), axis, options.keepdims ?? false, argMin),
);

export interface NormOptions extends KeepdimsOption {
  /** Of vectors: a number, ±Infinity; of matrices: 'fro', 1, -1, ±Infinity. Default: the root of the sum of squares. */
  readonly ord?: number | 'fro' | null;
}

/** The norm of vectors (one axis) or matrices (two axes); of all elements as a vector by default. */
export const norm = publicOp('norm', (x: TensorLike, axis?: Axes, options: NormOptions = {}): Tensor => {
  const { ord = null, keepdims = false } = options;
  const t = asFloat(toTensor(x));
  const axes = resolveAxes('norm', axis, t.rank);
  if (ord === null) return reduceSum(t.square(), axes, keepdims).sqrt();
  if (axes.length === 1 && typeof ord === 'number') return vectorNorm(t, axes, ord, keepdims);
  const [rows, columns] = axes;
  if (axes.length !== 2 || rows === undefined || columns === undefined) {
    throw new ValueError(`norm: ord ${String(ord)} is not defined over ${axes.length} axes`);
  }
  if (ord === 'fro') return reduceSum(t.square(), axes, keepdims).sqrt();
  if (![1, -1, Infinity, -Infinity].includes(ord)) {
    throw new ValueError(`norm: ord ${ord} of a matrix is not supported; use 'fro', 1, -1 or ±Infinity`);
  }
  const summed = Math.abs(ord) === 1 ? rows : columns;
  const rest = Math.abs(ord) === 1 ? columns : rows;
  const sums = reduceSum(t.abs(), [summed], true);
  const result = ord > 0 ? reduceMax(sums, [rest], true) : reduceMin(sums, [rest], true);
  return keepdims ? result : dropAxes(result, axes);
});

function vectorNorm(x: Tensor, axes: readonly number[], ord: number, keepdims: boolean): Tensor {
  if (ord === Infinity) return reduceMax(x.abs(), axes, keepdims);
  if (ord === -Infinity) return reduceMin(x.abs(), axes, keepdims);
  if (ord === 0) return reduceSum(castTo(x.notEqual(0), x.dtype), axes, keepdims);
  if (ord === 1) return reduceSum(x.abs(), axes, keepdims);
  if (ord === 2) return reduceSum(x.square(), axes, keepdims).sqrt();
  return reduceSum(x.abs().pow(ord), axes, keepdims).pow(1 / ord);
}
