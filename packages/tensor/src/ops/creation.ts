// Tensors from nothing, or like another.
import { toTensor } from '../core/apply.js';
import { floatx } from '../core/config.js';
import { isFloat } from '../core/dtype.js';
import { ShapeError, ValueError } from '../core/errors.js';
import { publicOp } from '../core/public-op.js';
import type { Tensor, TensorLike } from '../core/tensor.js';
import { asFloat, checkList, type DTypeOption, resolveAxis } from './base.js';
import { broadcastGeneral, castTo, iota, reshapeTo, type Shape, select } from './primitives.js';
import { stack } from './shaping.js';
import { i0 } from './special.js';

/** A tensor of `shape` (or a scalar's extent) with one value everywhere. It takes no memory until it is used. */
export function full(shape: Shape | number, value: TensorLike, options: DTypeOption = {}): Tensor {
  const dims = typeof shape === 'number' ? [shape] : checkList('full', 'shape', shape);
  if (dims.some((n) => !Number.isInteger(n) || n < 0)) {
    throw new ShapeError(`full: [${dims.join(', ')}] is not a shape`);
  }
  return broadcastGeneral(
    toTensor(value, options.dtype ?? (typeof value === 'number' ? floatx() : undefined)),
    dims,
  );
}

/** Zeros of `shape`; floatx by default. */
export function zeros(shape: Shape | number, options: DTypeOption = {}): Tensor {
  return full(shape, 0, { dtype: options.dtype ?? floatx() });
}

/** Ones of `shape`; floatx by default. */
export function ones(shape: Shape | number, options: DTypeOption = {}): Tensor {
  return full(shape, 1, { dtype: options.dtype ?? floatx() });
}

/** A tensor of `shape` whose values are not to be read before they are set; zeros here. */
export function empty(shape: Shape | number, options: DTypeOption = {}): Tensor {
  return zeros(shape, options);
}

/** One value everywhere, in x's shape and dtype (or `dtype`). */
export const fullLike = publicOp(
  'fullLike',
  (x: TensorLike, value: TensorLike, options: DTypeOption = {}): Tensor => {
    const like = toTensor(x);
    return full(like.shape, value, { dtype: options.dtype ?? like.dtype });
  },
);

/** Zeros in x's shape and dtype (or `dtype`). */
export const zerosLike = publicOp('zerosLike', (x: TensorLike, options: DTypeOption = {}): Tensor => {
  const like = toTensor(x);
  return full(like.shape, 0, { dtype: options.dtype ?? like.dtype });
});

/** Ones in x's shape and dtype (or `dtype`). */
export const onesLike = publicOp('onesLike', (x: TensorLike, options: DTypeOption = {}): Tensor => {
  const like = toTensor(x);
  return full(like.shape, 1, { dtype: options.dtype ?? like.dtype });
});

export const emptyLike: typeof zerosLike = zerosLike;

/**
 * The numbers from `start` up to (not including) `stop` in steps; with one number, from 0 up to it. int32 when all are
 * whole, else floatx.
 * @throws ValueError when the step is 0.
 */
export function arange(start: number, options?: DTypeOption): Tensor;
export function arange(start: number, stop: number | null | undefined, options?: DTypeOption): Tensor;
export function arange(
  start: number,
  stop: number | null | undefined,
  step: number | null | undefined,
  options?: DTypeOption,
): Tensor;
export function arange(start: number, ...rest: readonly (number | null | undefined | DTypeOption)[]): Tensor {
  const last = rest.at(-1);
  const options = typeof last === 'object' && last !== null ? last : {};
  const [stop, step = 1] = rest.filter((value) => typeof value !== 'object' || value === null) as (
    | number
    | null
    | undefined
  )[];
  const [from, to] = stop === undefined || stop === null ? [0, start] : [start, stop];
  const by = step ?? 1;
  if (by === 0 || ![from, to, by].every(Number.isFinite)) {
    throw new ValueError(`arange: cannot count from ${from} to ${to} in steps of ${by}`);
  }
  const whole = [from, to, by].every(Number.isInteger);
  const dtype = options.dtype ?? (whole ? 'int32' : floatx());
  const count = Math.max(0, Math.ceil((to - from) / by));
  const computed = whole && !isFloat(dtype) ? 'int32' : isFloat(dtype) ? dtype : 'float64';
  const index = iota([count], 0, computed);
  const scaled = by === 1 ? index : index.mul(by);
  return castTo(from === 0 ? scaled : scaled.add(from), dtype);
}

export interface SpacedOptions extends DTypeOption {
  /** How many values. Default 50. */
  readonly num?: number;
  /** Whether `stop` is the last value. Default true. */
  readonly endpoint?: boolean;
  /** Where the new axis goes, for array-valued bounds. Default 0. */
  readonly axis?: number;
}

/** `num` evenly spaced values from `start` to `stop`; bounds may be arrays, which broadcast. */
export const linspace = publicOp(
  'linspace',
  (start: TensorLike, stop: TensorLike, options: SpacedOptions = {}): Tensor => {
    const { num = 50, endpoint = true, axis = 0 } = options;
    if (!Number.isInteger(num) || num < 0)
      throw new ValueError(`linspace: num must be 0 or more, got ${num}`);
    const from = asFloat(toTensor(start));
    const to = asFloat(toTensor(stop));
    const delta = to.sub(from);
    const at = resolveAxis('linspace', axis, delta.rank + 1);
    const positions = reshapeTo(
      iota([num], 0, delta.dtype),
      [...delta.shape.map(() => 1), 1].map((_, i) => (i === at ? num : 1)),
    );
    const spread = (t: Tensor): Tensor => {
      const shape = [...broadcastGeneral(t, delta.shape).shape];
      shape.splice(at, 0, 1);
      return reshapeTo(broadcastGeneral(t, delta.shape), shape);
    };
    const divisor = endpoint ? Math.max(1, num - 1) : Math.max(1, num);
    let values = spread(from).add(spread(delta).mul(positions).div(divisor));
    // The last value is `stop` itself, not what rounding makes of it.
    if (endpoint && num > 1) values = select(positions.equal(num - 1), spread(to).add(values.mul(0)), values);
    return options.dtype ? castTo(values, options.dtype) : values;
  },
);

/** `base` to the power of evenly spaced exponents. */
export const logspace = publicOp(
  'logspace',
  (start: TensorLike, stop: TensorLike, options: SpacedOptions & { readonly base?: number } = {}): Tensor => {
    const { base = 10, dtype, ...rest } = options;
    const exponents = linspace(start, stop, rest);
    const values = toTensor(base, exponents.dtype).pow(exponents);
    return dtype ? castTo(values, dtype) : values;
  },
);

/** `num` values from `start` to `stop` in geometric progression. */
export const geomspace = publicOp(
  'geomspace',
  (start: TensorLike, stop: TensorLike, options: SpacedOptions = {}): Tensor => {
    const { dtype, ...rest } = options;
    const from = asFloat(toTensor(start));
    const to = asFloat(toTensor(stop));
    const values = linspace(from.abs().log(), to.abs().log(), rest).exp().mul(from.sign());
    return dtype ? castTo(values, dtype) : values;
  },
);

/** `rows × columns` with ones on the k-th diagonal. */
export function eye(
  rows: number,
  columns?: number | null,
  options: DTypeOption & { readonly k?: number } = {},
): Tensor {
  const shape = [rows, columns ?? rows];
  const { k = 0, dtype = floatx() } = options;
  return castTo(
    iota(shape, 1, 'int32')
      .sub(iota(shape, 0, 'int32'))
      .equal(k),
    dtype,
  );
}

/** The identity matrix of `n` rows. */
export function identity(n: number, options: DTypeOption = {}): Tensor {
  return eye(n, n, options);
}

/** `rows × columns` with ones at and below the k-th diagonal. */
export function tri(
  rows: number,
  columns?: number | null,
  options: DTypeOption & { readonly k?: number } = {},
): Tensor {
  const { k = 0, dtype = floatx() } = options;
  return castTo(below([rows, columns ?? rows], k), dtype);
}

/** Whether an element of the last two axes is at or below the k-th diagonal. */
function below(shape: Shape, k: number): Tensor {
  return iota(shape, 1, 'int32')
    .sub(iota(shape, 0, 'int32'))
    .lessEqual(k);
}

function matrixPart(op: string, x: TensorLike, k: number, lower: boolean): Tensor {
  const matrix = toTensor(x);
  if (matrix.rank < 2)
    throw new ShapeError(`${op}: x must have rank 2 or more, got [${matrix.shape.join(', ')}]`);
  const keep = below(matrix.shape.slice(-2), lower ? k : k - 1);
  const zero = toTensor(0, matrix.dtype);
  return lower ? select(keep, matrix, zero) : select(keep, zero, matrix);
}

/** The lower triangle of the last two axes: what is above the k-th diagonal becomes 0. */
export const tril = publicOp('tril', (x: TensorLike, k = 0): Tensor => matrixPart('tril', x, k, true));

/** The upper triangle of the last two axes: what is below the k-th diagonal becomes 0. */
export const triu = publicOp('triu', (x: TensorLike, k = 0): Tensor => matrixPart('triu', x, k, false));

/** Grids from one-dimensional coordinates; 'xy' (the default) puts the first along columns, 'ij' along rows. */
export function meshgrid(
  xs: readonly TensorLike[],
  options: { readonly indexing?: 'xy' | 'ij' } = {},
): Tensor[] {
  const { indexing = 'xy' } = options;
  if (indexing !== 'xy' && indexing !== 'ij') {
    throw new ValueError(`meshgrid: indexing must be 'xy' or 'ij', got '${String(indexing)}'`);
  }
  const vectors = xs.map((x) => toTensor(x).reshape([-1]));
  const swap = indexing === 'xy' && vectors.length > 1;
  const place = (i: number): number => (swap && i < 2 ? 1 - i : i);
  const shape = vectors.map((_, i) => vectors[place(i)]?.size ?? 1);
  return vectors.map((v, i) => {
    const own = shape.map((_, axis) => (axis === place(i) ? v.size : 1));
    return broadcastGeneral(reshapeTo(v, own), shape);
  });
}

const window =
  (op: string, weights: readonly number[]) =>
  (size: number): Tensor => {
    if (!Number.isInteger(size) || size < 0)
      throw new ValueError(`${op}: the size must be 0 or more, got ${size}`);
    if (size === 1) return ones([1]);
    const angle = iota([size], 0, floatx()).mul((2 * Math.PI) / (size - 1));
    return weights.reduce<Tensor>((sum, weight, i) => sum.add(angle.mul(i).cos().mul(weight)), zeros([size]));
  };

/** The Hann window of `size` points. */
export const hanning: (size: number) => Tensor = window('hanning', [0.5, -0.5]);
/** The Hamming window of `size` points. */
export const hamming: (size: number) => Tensor = window('hamming', [0.54, -0.46]);
/** The Blackman window of `size` points. */
export const blackman: (size: number) => Tensor = window('blackman', [0.42, -0.5, 0.08]);

/** The Bartlett (triangular) window of `size` points. */
export function bartlett(size: number): Tensor {
  if (size === 1) return ones([1]);
  const half = (size - 1) / 2;
  return iota([size], 0, floatx()).sub(half).abs().div(half).neg().add(1);
}

/** The Kaiser window of `size` points. */
export function kaiser(size: number, beta: number): Tensor {
  if (size === 1) return ones([1]);
  const half = (size - 1) / 2;
  const place = iota([size], 0, floatx()).sub(half).div(half);
  return i0(place.square().neg().add(1).maximum(0).sqrt().mul(beta)).div(i0(beta));
}

/** Powers of a vector's elements, a column for each exponent: falling by default. */
export const vander = publicOp(
  'vander',
  (x: TensorLike, columns?: number | null, options: { readonly increasing?: boolean } = {}): Tensor => {
    const t = toTensor(x);
    if (t.rank !== 1) throw new ShapeError(`vander: expected rank 1, got [${t.shape.join(', ')}]`);
    const count = columns ?? t.size;
    const powers: Tensor[] = [onesLike(t)];
    for (let k = 1; k < count; k++) powers.push((powers[k - 1] as Tensor).mul(t));
    const used = powers.slice(0, count);
    return stack(options.increasing ? used : used.reverse(), 1);
  },
);
