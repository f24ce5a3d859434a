// Picking and placing elements. Negative indices count from the end.
import { toTensor } from '../core/apply.js';
import { floatx } from '../core/config.js';
import { type DType, isFloat } from '../core/dtype.js';
import { IndexError, ShapeError, ValueError } from '../core/errors.js';
import { publicOp } from '../core/public-op.js';
import { formatShape } from '../core/shape.js';
import { Tensor, type TensorLike } from '../core/tensor.js';
import { asIndices, type DTypeOption, resolveAxis } from './base.js';
import { zeros } from './creation.js';
import type { ScatterMode } from './defs/attrs.js';
import { extent, product } from './defs/rules.js';
import {
  broadcastGeneral,
  castTo,
  dynamicSlice,
  dynamicUpdateSlice,
  gatherAlong,
  gatherElements,
  gatherNd as gatherNdPrimitive,
  iota,
  padGeneral,
  permute,
  reduceMax,
  reduceSum,
  reshapeTo,
  type Shape,
  scatterNd,
  select,
  sliceGeneral,
} from './primitives.js';
import { ravel } from './shaping.js';

/** `indices` with those below 0 counted from the end of an axis of `n`. */
function wrapped(indices: Tensor, n: number): Tensor {
  return select(indices.less(0), indices.add(n), indices);
}

/**
 * The slices of an axis (of the flat array without one) at `indices`, in the indices' shape. An index out of range is
 * an error when the result is computed; of a number, at the call.
 */
export const take = publicOp('take', (x: TensorLike, indices: TensorLike, axis?: number | null): Tensor => {
  const t = axis === undefined || axis === null ? ravel(x) : toTensor(x);
  const at = resolveAxis('take', axis ?? 0, t.rank);
  const n = extent(t.shape, at);
  if (typeof indices === 'number') {
    const index = staticIndex('take', indices, n, at);
    const shape = t.shape.filter((_, i) => i !== at);
    return reshapeTo(sliceGeneral(t, ...bounds(t.shape, at, index, index + 1)), shape);
  }
  return gatherAlong(t, wrapped(asIndices('take', indices), n), at);
});

/** Starts and limits that cut `from … to` out of one axis. */
function bounds(shape: Shape, axis: number, from: number, to: number): [number[], number[]] {
  return [shape.map((_, i) => (i === axis ? from : 0)), shape.map((d, i) => (i === axis ? to : d))];
}

function staticIndex(op: string, index: number, n: number, axis: number): number {
  if (!Number.isInteger(index) || index < -n || index >= n) {
    throw new IndexError(`${op}: index ${index} is out of range for axis ${axis} of extent ${n}`);
  }
  return index < 0 ? index + n : index;
}

/** Elements at `indices` along an axis, each of them in its own row: of indices' shape, which broadcasts with x's. */
export const takeAlongAxis = publicOp(
  'takeAlongAxis',
  (x: TensorLike, indices: TensorLike, axis?: number | null): Tensor => {
    if (axis === undefined || axis === null)
      return takeAlongAxis(ravel(x), ravel(asIndices('takeAlongAxis', indices)), 0);
    let t = toTensor(x);
    let index = asIndices('takeAlongAxis', indices);
    const at = resolveAxis('takeAlongAxis', axis, t.rank);
    if (index.rank !== t.rank) {
      throw new ShapeError(
        `takeAlongAxis: x and indices must have one rank, got ${formatShape(t.shape)} and ${formatShape(index.shape)}`,
      );
    }
    const shared = t.shape.map((d, i) => (i === at ? 1 : d === 1 ? extent(index.shape, i) : d));
    t = broadcastGeneral(
      t,
      shared.map((d, i) => (i === at ? extent(t.shape, at) : d)),
    );
    index = broadcastGeneral(
      index,
      shared.map((d, i) => (i === at ? extent(index.shape, at) : d)),
    );
    return gatherElements(t, wrapped(index, extent(t.shape, at)), at);
  },
);

/** `wrapped` for indices whose last axis counts the axes of `shape`. */
function wrappedNd(indices: Tensor, shape: Shape): Tensor {
  const depth = indices.shape.at(-1) ?? 0;
  return select(indices.less(0), indices.add(toTensor([...shape.slice(0, depth)], indices.dtype)), indices);
}

/** The elements or slices of `x` at index tuples `indices[…, k]`. */
const gatherTuples = publicOp('gatherNd', (x: TensorLike, indices: TensorLike): Tensor => {
  const t = toTensor(x);
  return gatherNdPrimitive(t, wrappedNd(asIndices('gatherNd', indices), t.shape));
});

export { gatherTuples as gatherNd };

/** Zeros of `shape` with `values` added at index tuples `indices[…, k]`. */
export const scatter = publicOp(
  'scatter',
  (indices: TensorLike, values: TensorLike, shape: Shape): Tensor => {
    const updates = toTensor(values);
    return scatterNd(
      zeros(shape, { dtype: updates.dtype }),
      wrappedNd(asIndices('scatter', indices), shape),
      updates,
      'add',
    );
  },
);

/** How `scatterUpdate` combines an update with what is there. */
export type ScatterReduction = 'add' | 'max' | 'min' | 'mul';

/** `inputs` with elements or slices at index tuples `indices[…, k]` replaced by, or combined with, `updates`. */
export const scatterUpdate = publicOp(
  'scatterUpdate',
  (
    inputs: TensorLike,
    indices: TensorLike,
    updates: TensorLike,
    options: { readonly reduction?: ScatterReduction | null } = {},
  ): Tensor => {
    const t = toTensor(inputs);
    const mode: ScatterMode = options.reduction ?? 'set';
    if (!['set', 'add', 'max', 'min', 'mul'].includes(mode)) {
      throw new ValueError(
        `scatterUpdate: reduction must be 'add', 'max', 'min', 'mul' or null, got '${mode}'`,
      );
    }
    return scatterNd(
      t,
      wrappedNd(asIndices('scatterUpdate', indices), t.shape),
      toTensor(updates, t.dtype),
      mode,
    );
  },
);

/** Run-time start indices as int32 of one axis. */
function starts(op: string, given: TensorLike | readonly TensorLike[], rank: number): Tensor {
  const t = castTo(asIndices(op, given as TensorLike), 'int32');
  if (t.size !== rank)
    throw new ShapeError(`${op}: expected ${rank} start indices, got shape ${formatShape(t.shape)}`);
  return reshapeTo(t, [rank]);
}

const isStatic = (list: unknown): list is readonly number[] =>
  Array.isArray(list) && list.every((n) => typeof n === 'number');

/**
 * The window of `shape` at `startIndices`; -1 in `shape` reaches to the end (for start indices that are numbers).
 * Indices from a tensor are clamped so that the window fits.
 */
export const slice = publicOp(
  'slice',
  (
    inputs: TensorLike,
    startIndices: TensorLike | readonly TensorLike[],
    shape: readonly number[],
  ): Tensor => {
    const t = toTensor(inputs);
    if (shape.length !== t.rank) {
      throw new ShapeError(
        `slice: expected ${t.rank} extents for ${formatShape(t.shape)}, got ${formatShape(shape)}`,
      );
    }
    if (!isStatic(startIndices)) return dynamicSlice(t, starts('slice', startIndices, t.rank), shape);
    const limits = shape.map((n, i) => (n === -1 ? extent(t.shape, i) : (startIndices[i] ?? 0) + n));
    return sliceGeneral(t, startIndices, limits);
  },
);

/** `inputs` with the window at `startIndices` replaced by `updates`; the indices are clamped so that it fits. */
export const sliceUpdate = publicOp(
  'sliceUpdate',
  (inputs: TensorLike, startIndices: TensorLike | readonly TensorLike[], updates: TensorLike): Tensor => {
    const t = toTensor(inputs);
    return dynamicUpdateSlice(t, toTensor(updates, t.dtype), starts('sliceUpdate', startIndices, t.rank));
  },
);

/** For each index a vector of `numClasses` that is 1 there and else 0, along a new axis; all 0 for other indices. */
export const oneHot = publicOp(
  'oneHot',
  (
    x: TensorLike,
    numClasses: number,
    options: DTypeOption & { readonly axis?: number | undefined } = {},
  ): Tensor => {
    const given = toTensor(x);
    const indices = isFloat(given.dtype) ? castTo(given, 'int32') : asIndices('oneHot', given);
    const at = resolveAxis('oneHot', options.axis ?? -1, indices.rank + 1);
    const shape = [...indices.shape];
    shape.splice(at, 0, 1);
    const wide = shape.map((d, i) => (i === at ? numClasses : d));
    const classes = reshapeTo(
      iota([numClasses], 0, indices.dtype),
      wide.map((_, i) => (i === at ? numClasses : 1)),
    );
    return castTo(reshapeTo(indices, shape).equal(classes), options.dtype ?? floatx());
  },
);

/** For each set of indices (along an axis) a vector that is 1 at all of them. */
export const multiHot = publicOp(
  'multiHot',
  (
    x: TensorLike,
    numClasses: number,
    options: DTypeOption & { readonly axis?: number | undefined } = {},
  ): Tensor => {
    const given = toTensor(x);
    const encoded = oneHot(given, numClasses, { dtype: 'int32', axis: options.axis ?? -1 });
    // A single index or vector of indices is one set.
    const set = given.rank === 0 ? [] : given.rank === 1 ? [0] : [1];
    return castTo(reduceMax(encoded, set, false), options.dtype ?? floatx());
  },
);

/** The diagonal of two axes, `offset` above the main one, along a new last axis. */
export const diagonal = publicOp(
  'diagonal',
  (
    x: TensorLike,
    options: { readonly offset?: number; readonly axis1?: number; readonly axis2?: number } = {},
  ): Tensor => {
    const t = toTensor(x);
    const { offset = 0 } = options;
    const a = resolveAxis('diagonal', options.axis1 ?? 0, t.rank);
    const b = resolveAxis('diagonal', options.axis2 ?? 1, t.rank);
    if (a === b) throw new ValueError(`diagonal: axis1 and axis2 are both ${a}`);
    const rest = t.shape.map((_, i) => i).filter((i) => i !== a && i !== b);
    const [rows, columns] = [extent(t.shape, a), extent(t.shape, b)];
    const count = Math.max(
      0,
      offset >= 0 ? Math.min(rows, columns - offset) : Math.min(rows + offset, columns),
    );
    const lead = rest.map((i) => extent(t.shape, i));
    const flat = reshapeTo(permute(t, [...rest, a, b]), [...lead, rows * columns]);
    if (count === 0)
      return reshapeTo(
        sliceGeneral(
          flat,
          flat.shape.map(() => 0),
          [...lead, 0],
        ),
        [...lead, 0],
      );
    // Elements of the diagonal lie columns + 1 apart.
    const first = offset >= 0 ? offset : -offset * columns;
    const from = [...lead.map(() => 0), first];
    const to = [...lead, first + (count - 1) * (columns + 1) + 1];
    return sliceGeneral(flat, from, to, [...lead.map(() => 1), columns + 1]);
  },
);

/** A matrix with `x` on its k-th diagonal; of a matrix, its k-th diagonal. */
export const diag = publicOp('diag', (x: TensorLike, k = 0): Tensor => {
  const t = toTensor(x);
  if (t.rank === 2) return diagonal(t, { offset: k });
  if (t.rank !== 1) throw new ShapeError(`diag: expected rank 1 or 2, got shape ${formatShape(t.shape)}`);
  const n = t.size + Math.abs(k);
  if (t.size === 0) return zeros([n, n], { dtype: t.dtype });
  // With n zeros between its elements the vector is the diagonal of the flat matrix.
  const first = k >= 0 ? k : -k * n;
  const spaced = padGeneral(t, [first], [n * n - first - (t.size - 1) * (n + 1) - 1], [n]);
  return reshapeTo(spaced, [n, n]);
});

/** A matrix with all of x's elements on its k-th diagonal. */
export const diagflat = publicOp('diagflat', (x: TensorLike, k = 0): Tensor => diag(ravel(x), k));

/** The sum of a diagonal; see `diagonal`. */
export const trace = publicOp(
  'trace',
  (
    x: TensorLike,
    options: { readonly offset?: number; readonly axis1?: number; readonly axis2?: number } = {},
  ): Tensor => {
    const line = diagonal(x, options);
    const widened: DType = ['bool', 'int8', 'int16'].includes(line.dtype) ? 'int32' : line.dtype;
    return reduceSum(castTo(line, widened), [line.rank - 1], false);
  },
);

/** The index tuples that flat indices into an array of `shape` stand for, one tensor an axis. */
export const unravelIndex = publicOp('unravelIndex', (indices: TensorLike, shape: Shape): Tensor[] => {
  let rest = wrapped(asIndices('unravelIndex', indices), product(shape));
  const result: Tensor[] = [];
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const n = extent(shape, axis);
    result.unshift(rest.mod(n));
    rest = rest.floorDivide(n);
  }
  return result;
});

/** One step of an index: see `index`. */
export type Index =
  | number
  | null
  | '...'
  | ':'
  | readonly [start?: number | null, stop?: number | null, step?: number | null]
  | Tensor;

/**
 * Indexing as in Python, an argument for each axis:
 * a number picks one place (the axis goes), `[start, stop, step]` a range (each may be left out or null; negative ones
 * count from the end, and a negative step walks backwards), `':'` the whole axis, `'...'` all the axes between,
 * `null` inserts an axis of extent 1, and a tensor of integers picks places at run time.
 * `x[0, 1:4, ..., None]` is `index(x, 0, [1, 4], '...', null)`; `x[::-1]` is `index(x, [null, null, -1])`.
 * @throws IndexError for a number out of range; ShapeError for more indices than axes.
 */
export const index = publicOp('index', (x: TensorLike, ...steps: Index[]): Tensor => {
  const t = toTensor(x);
  const consumed = steps.filter((s) => s !== null && s !== '...').length;
  if (steps.filter((s) => s === '...').length > 1) throw new ValueError("index: '...' may be given once");
  if (consumed > t.rank) {
    throw new ShapeError(`index: ${consumed} indices for rank ${t.rank} (shape ${formatShape(t.shape)})`);
  }
  const rest = new Array<Index>(t.rank - consumed).fill(':');
  const at = steps.indexOf('...');
  const full = at < 0 ? [...steps, ...rest] : [...steps.slice(0, at), ...rest, ...steps.slice(at + 1)];

  let y = t;
  let axis = 0;
  const starts: number[] = [];
  const limits: number[] = [];
  const strides: number[] = [];
  const reversed: number[] = [];
  for (const step of full) {
    if (step === null) continue;
    const n = extent(t.shape, axis);
    if (typeof step === 'number') {
      const i = staticIndex('index', step, n, axis);
      starts.push(i);
      limits.push(i + 1);
      strides.push(1);
    } else if (Array.isArray(step)) {
      const range = resolveRange(step as readonly (number | null | undefined)[], n);
      starts.push(range.start);
      limits.push(range.limit);
      strides.push(range.stride);
      if (range.reversed) reversed.push(axis);
    } else {
      starts.push(0);
      limits.push(n);
      strides.push(1);
    }
    axis++;
  }
  y = sliceGeneral(y, starts, limits, strides);
  if (reversed.length > 0) y = y.flip(reversed);

  // Numbers drop their axes and nulls add some; then tensors pick, from the last axis to the first.
  const shape: number[] = [];
  const picks: { axis: number; indices: Tensor }[] = [];
  axis = 0;
  for (const step of full) {
    if (step === null) {
      shape.push(1);
      continue;
    }
    if (step instanceof Tensor) picks.push({ axis: shape.length, indices: step });
    if (typeof step !== 'number') shape.push(extent(y.shape, axis));
    axis++;
  }
  if (picks.length > 1)
    throw new ValueError('index: one tensor of indices at most; use gatherNd for several');
  y = reshapeTo(y, shape);
  const [pick] = picks;
  return pick ? take(y, pick.indices, pick.axis) : y;
});

/** The elements that Python's `start:stop:step` picks from `n`, as a forward range that may have to be reversed. */
function resolveRange(
  [from, to, by]: readonly (number | null | undefined)[],
  n: number,
): { start: number; limit: number; stride: number; reversed: boolean } {
  const step = by ?? 1;
  if (step === 0 || !Number.isInteger(step))
    throw new ValueError(`index: a step must be a whole number but 0, got ${step}`);
  const place = (value: number, low: number, high: number): number =>
    Math.min(high, Math.max(low, value < 0 ? value + n : value));
  if (step > 0) {
    const start = place(from ?? 0, 0, n);
    return { start, limit: Math.max(start, place(to ?? n, 0, n)), stride: step, reversed: false };
  }
  const first = from === null || from === undefined ? n - 1 : place(from, -1, n - 1);
  const end = to === null || to === undefined ? -1 : place(to, -1, n - 1);
  const count = Math.max(0, Math.ceil((first - end) / -step));
  if (count === 0) return { start: 0, limit: 0, stride: 1, reversed: false };
  return { start: first + (count - 1) * step, limit: first + 1, stride: -step, reversed: true };
}
