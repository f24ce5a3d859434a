// Cumulative functions and differences along an axis.
import { toTensor } from '../core/apply.js';
import type { DType } from '../core/dtype.js';
import { ValueError } from '../core/errors.js';
import { publicOp } from '../core/public-op.js';
import type { Tensor, TensorLike } from '../core/tensor.js';
import { asFloat, type DTypeOption, resolveAxis, sliceAxis } from './base.js';
import { extent } from './defs/rules.js';
import { nanToNum } from './elementwise.js';
import { castTo, cumulativeMax, cumulativeMin, cumulativeProd, cumulativeSum } from './primitives.js';
import { ravel } from './shaping.js';

export interface CumulativeOptions extends DTypeOption {
  /** From the end to the beginning. */
  readonly reverse?: boolean | undefined;
  /** Without the element itself. */
  readonly exclusive?: boolean | undefined;
}

function along(
  op: string,
  x: TensorLike,
  axis: number | null | undefined,
  dtype: DType | undefined,
  compute: (x: Tensor, axis: number) => Tensor,
): Tensor {
  const t = axis === null || axis === undefined ? ravel(x) : toTensor(x);
  const wide = castTo(t, dtype ?? (t.dtype === 'bool' ? 'int32' : t.dtype));
  return compute(wide, resolveAxis(op, axis ?? 0, t.rank));
}

const attributes = (axis: number, { reverse = false, exclusive = false }: CumulativeOptions) => ({
  axis,
  reverse,
  exclusive,
});

/** Sums of all elements up to each, along an axis (of the flat array without one). */
export const cumsum = publicOp(
  'cumsum',
  (x: TensorLike, axis?: number | null, options: CumulativeOptions = {}): Tensor =>
    along('cumsum', x, axis, options.dtype, (t, at) => cumulativeSum(t, attributes(at, options))),
);

/** Products of all elements up to each, along an axis (of the flat array without one). */
export const cumprod = publicOp(
  'cumprod',
  (x: TensorLike, axis?: number | null, options: CumulativeOptions = {}): Tensor =>
    along('cumprod', x, axis, options.dtype, (t, at) => cumulativeProd(t, attributes(at, options))),
);

/** The largest of all elements up to each, along an axis. */
export const cummax = publicOp(
  'cummax',
  (x: TensorLike, axis?: number | null, options: CumulativeOptions = {}): Tensor =>
    along('cummax', x, axis, options.dtype, (t, at) => cumulativeMax(t, attributes(at, options))),
);

/** The smallest of all elements up to each, along an axis. */
export const cummin = publicOp(
  'cummin',
  (x: TensorLike, axis?: number | null, options: CumulativeOptions = {}): Tensor =>
    along('cummin', x, axis, options.dtype, (t, at) => cumulativeMin(t, attributes(at, options))),
);

/** `cumsum` with NaN counting as 0. */
export const nancumsum = publicOp(
  'nancumsum',
  (x: TensorLike, axis?: number | null, options: CumulativeOptions = {}): Tensor =>
    cumsum(nanToNum(x, { nan: 0, posinf: Infinity, neginf: -Infinity }), axis, options),
);

/** `cumprod` with NaN counting as 1. */
export const nancumprod = publicOp(
  'nancumprod',
  (x: TensorLike, axis?: number | null, options: CumulativeOptions = {}): Tensor =>
    cumprod(nanToNum(x, { nan: 1, posinf: Infinity, neginf: -Infinity }), axis, options),
);

/** Differences of neighbours along an axis, `n` times over. */
export const diff = publicOp('diff', (x: TensorLike, n = 1, axis = -1): Tensor => {
  if (!Number.isInteger(n) || n < 0) throw new ValueError(`diff: n must be 0 or more, got ${n}`);
  let t = toTensor(x);
  const at = resolveAxis('diff', axis, t.rank);
  for (let i = 0; i < n; i++) {
    const size = extent(t.shape, at);
    const [later, earlier] = [
      sliceAxis(t, at, Math.min(1, size), size),
      sliceAxis(t, at, 0, Math.max(0, size - 1)),
    ];
    t = t.dtype === 'bool' ? later.notEqual(earlier) : later.sub(earlier);
  }
  return t;
});

/** The integral of `y` along an axis by the trapezoidal rule, at positions `x` or in steps of `dx`. */
export const trapezoid = publicOp(
  'trapezoid',
  (
    y: TensorLike,
    options: { readonly x?: TensorLike | null; readonly dx?: number; readonly axis?: number } = {},
  ): Tensor => {
    const t = asFloat(toTensor(y));
    const at = resolveAxis('trapezoid', options.axis ?? -1, t.rank);
    const n = extent(t.shape, at);
    const middle = sliceAxis(t, at, Math.min(1, n), n)
      .add(sliceAxis(t, at, 0, Math.max(0, n - 1)))
      .mul(0.5);
    const { x, dx = 1 } = options;
    if (x === undefined || x === null) return middle.mul(dx).sum(at);
    const positions = toTensor(x, t.dtype);
    const steps =
      positions.rank === 1
        ? diff(positions).reshape(t.shape.map((_, i) => (i === at ? n - 1 : 1)))
        : diff(positions, 1, at);
    return middle.mul(steps).sum(at);
  },
);
