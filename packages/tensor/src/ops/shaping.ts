// Shape without arithmetic: reshape, transpose, split, join, repeat, flip, roll.
import { toTensor, toTensors } from '../core/apply.js';
import { ShapeError, ValueError } from '../core/errors.js';
import { publicOp } from '../core/public-op.js';
import { formatShape } from '../core/shape.js';
import type { Tensor, TensorLike } from '../core/tensor.js';
import { type Axes, checkList, resolveAxes, resolveAxis, sliceAxis, spread } from './base.js';
import { extent, product } from './defs/rules.js';
import { broadcastGeneral, concatAlong, permute, reshapeTo, reverseAxes, type Shape } from './primitives.js';

/**
 * `x` in another shape with as many elements; one extent may be -1 (or null): it is computed.
 * @throws ShapeError when the number of elements differs.
 */
export const reshape = publicOp('reshape', (x: TensorLike, shape: readonly (number | null)[]): Tensor => {
  const t = toTensor(x);
  checkList('reshape', 'shape', shape);
  const open = shape.findIndex((d) => d === -1 || d === null);
  if (open < 0) return reshapeTo(t, shape as Shape);
  const known = product(shape.filter((_, i) => i !== open).map((d) => d ?? -1));
  if (known < 0) throw new ShapeError(`reshape: only one extent may be -1, got ${formatShape(shape)}`);
  if (known === 0 ? t.size !== 0 : t.size % known !== 0) {
    throw new ShapeError(
      `reshape: cannot reshape ${formatShape(t.shape)} (${t.size} elements) into ${formatShape(shape)}`,
    );
  }
  const rest = known === 0 ? 0 : t.size / known;
  return reshapeTo(
    t,
    shape.map((d, i) => (i === open ? rest : (d as number))),
  );
});

/** `x` as a vector. */
export const ravel = publicOp('ravel', (x: TensorLike): Tensor => {
  const t = toTensor(x);
  return reshapeTo(t, [t.size]);
});

/** `x` broadcast to `shape` by NumPy's rules. */
export const broadcastTo = publicOp(
  'broadcastTo',
  (x: TensorLike, shape: Shape): Tensor =>
    broadcastGeneral(toTensor(x), checkList('broadcastTo', 'shape', shape)),
);

/** `x` with its axes in the order `axes`; reversed by default. */
export const transpose = publicOp('transpose', (x: TensorLike, axes?: readonly number[] | null): Tensor => {
  const t = toTensor(x);
  if (axes === undefined || axes === null)
    return permute(
      t,
      t.shape.map((_, i) => t.rank - 1 - i),
    );
  return permute(
    t,
    checkList('transpose', 'axes', axes).map((axis) => resolveAxis('transpose', axis, t.rank)),
  );
});

/** `x` with axes moved to other places; the others keep their order. */
export const moveaxis = publicOp(
  'moveaxis',
  (x: TensorLike, source: number | readonly number[], destination: number | readonly number[]): Tensor => {
    const t = toTensor(x);
    const from = resolveAxes('moveaxis', source, t.rank);
    const to = resolveAxes('moveaxis', destination, t.rank);
    if (from.length !== to.length) {
      throw new ValueError(`moveaxis: ${from.length} source and ${to.length} destination axes`);
    }
    const rest = t.shape.map((_, i) => i).filter((axis) => !from.includes(axis));
    const perm: number[] = [];
    for (let place = 0; place < t.rank; place++) {
      const moved = from[to.indexOf(place)];
      perm.push(moved ?? (rest.shift() as number));
    }
    return permute(t, perm);
  },
);

/** `x` with two axes exchanged. */
export const swapaxes = publicOp('swapaxes', (x: TensorLike, axis1: number, axis2: number): Tensor => {
  const t = toTensor(x);
  const a = resolveAxis('swapaxes', axis1, t.rank);
  const b = resolveAxis('swapaxes', axis2, t.rank);
  return permute(
    t,
    t.shape.map((_, i) => (i === a ? b : i === b ? a : i)),
  );
});

/** `x` with extents of 1 inserted, at places counted in the result. */
export const expandDims = publicOp(
  'expandDims',
  (x: TensorLike, axis: number | readonly number[]): Tensor => {
    const t = toTensor(x);
    const count = typeof axis === 'number' ? 1 : axis.length;
    const places = resolveAxes('expandDims', axis, t.rank + count).sort((a, b) => a - b);
    const shape = [...t.shape];
    for (const place of places) shape.splice(place, 0, 1);
    return reshapeTo(t, shape);
  },
);

/**
 * `x` without its extents of 1, or without those of `axis`.
 * @throws ShapeError when an axis named is not of extent 1.
 */
export const squeeze = publicOp('squeeze', (x: TensorLike, axis?: Axes): Tensor => {
  const t = toTensor(x);
  if (axis === undefined || axis === null) {
    return reshapeTo(
      t,
      t.shape.filter((d) => d !== 1),
    );
  }
  const axes = resolveAxes('squeeze', axis, t.rank);
  const wide = axes.find((a) => t.shape[a] !== 1);
  if (wide !== undefined) {
    throw new ShapeError(`squeeze: axis ${wide} of ${formatShape(t.shape)} is not 1`);
  }
  return reshapeTo(
    t,
    t.shape.filter((_, i) => !axes.includes(i)),
  );
});

/** Tensors joined along an axis that they have; dtypes are promoted. */
export const concatenate = publicOp('concatenate', (xs: readonly TensorLike[], axis = 0): Tensor => {
  const tensors = toTensors(checkList('concatenate', 'tensors', xs));
  const [first] = tensors;
  if (!first) throw new ValueError('concatenate: expected at least one tensor');
  return concatAlong(tensors, resolveAxis('concatenate', axis, first.rank));
});

/** Tensors of one shape joined along a new axis. */
export const stack = publicOp('stack', (xs: readonly TensorLike[], axis = 0): Tensor => {
  const tensors = toTensors(checkList('stack', 'tensors', xs));
  const [first] = tensors;
  if (!first) throw new ValueError('stack: expected at least one tensor');
  const other = tensors.find((t) => formatShape(t.shape) !== formatShape(first.shape));
  if (other) {
    throw new ShapeError(
      `stack: shapes must agree, got ${formatShape(first.shape)} and ${formatShape(other.shape)}`,
    );
  }
  const place = resolveAxis('stack', axis, first.rank + 1);
  const shape = [...first.shape];
  shape.splice(place, 0, 1);
  return concatAlong(
    tensors.map((t) => reshapeTo(t, shape)),
    place,
  );
});

function cutAt(x: Tensor, axis: number, cuts: readonly number[]): Tensor[] {
  const n = extent(x.shape, axis);
  const bounded = cuts.map((c) => Math.min(n, Math.max(0, c < 0 ? c + n : c)));
  const starts = [0, ...bounded];
  return starts.map((start, i) => sliceAxis(x, axis, start, Math.max(start, bounded[i] ?? n)));
}

/**
 * `x` in pieces along an axis: so many equal ones, or cut at indices.
 * @throws ShapeError when the axis does not divide into equal pieces.
 */
export const split = publicOp(
  'split',
  (x: TensorLike, indicesOrSections: number | readonly number[], axis = 0): Tensor[] => {
    const t = toTensor(x);
    const at = resolveAxis('split', axis, t.rank);
    if (typeof indicesOrSections !== 'number') return cutAt(t, at, indicesOrSections);
    const n = extent(t.shape, at);
    const sections = indicesOrSections;
    if (!Number.isInteger(sections) || sections < 1 || n % sections !== 0) {
      throw new ShapeError(
        `split: axis ${at} of ${formatShape(t.shape)} does not divide into ${sections} equal parts`,
      );
    }
    const size = n / sections;
    return Array.from({ length: sections }, (_, i) => sliceAxis(t, at, i * size, (i + 1) * size));
  },
);

/** As `split`, but the pieces need not be equal: the first ones are larger by one. */
export const arraySplit = publicOp(
  'arraySplit',
  (x: TensorLike, indicesOrSections: number | readonly number[], axis = 0): Tensor[] => {
    const t = toTensor(x);
    const at = resolveAxis('arraySplit', axis, t.rank);
    if (typeof indicesOrSections !== 'number') return cutAt(t, at, indicesOrSections);
    const n = extent(t.shape, at);
    const size = Math.floor(n / indicesOrSections);
    const larger = n % indicesOrSections;
    const cuts = Array.from(
      { length: indicesOrSections - 1 },
      (_, i) => (i + 1) * size + Math.min(i + 1, larger),
    );
    return cutAt(t, at, cuts);
  },
);

/** The slices of an axis, each without it. */
export const unstack = publicOp('unstack', (x: TensorLike, num?: number | null, axis = 0): Tensor[] => {
  const t = toTensor(x);
  const at = resolveAxis('unstack', axis, t.rank);
  const n = extent(t.shape, at);
  if (num !== undefined && num !== null && num !== n) {
    throw new ShapeError(`unstack: axis ${at} of ${formatShape(t.shape)} has ${n} slices, not ${num}`);
  }
  const shape = t.shape.filter((_, i) => i !== at);
  return Array.from({ length: n }, (_, i) => reshapeTo(sliceAxis(t, at, i, i + 1), shape));
});

const atLeast = (x: Tensor, rank: number): Tensor =>
  reshapeTo(x, [...new Array<number>(Math.max(0, rank - x.rank)).fill(1), ...x.shape]);

/** Tensors joined along the first axis; vectors become rows. */
export const vstack = publicOp(
  'vstack',
  (xs: readonly TensorLike[]): Tensor =>
    concatenate(
      toTensors(xs).map((t) => atLeast(t, 2)),
      0,
    ),
);

/** Tensors joined along the second axis; vectors end to end. */
export const hstack = publicOp('hstack', (xs: readonly TensorLike[]): Tensor => {
  const tensors = toTensors(xs).map((t) => atLeast(t, 1));
  return concatenate(tensors, tensors.every((t) => t.rank === 1) ? 0 : 1);
});

/** Tensors joined along the third axis. */
export const dstack = publicOp(
  'dstack',
  (xs: readonly TensorLike[]): Tensor =>
    concatenate(
      toTensors(xs).map((t) => {
        const matrix = atLeast(t, 2);
        return matrix.rank === 2 ? reshapeTo(matrix, [...matrix.shape, 1]) : matrix;
      }),
      2,
    ),
);

/** `split` along the first axis. */
export const vsplit = publicOp('vsplit', (x: TensorLike, parts: number | readonly number[]): Tensor[] =>
  split(x, parts, 0),
);

/** `split` along the second axis; of a vector along its only one. */
export const hsplit = publicOp('hsplit', (x: TensorLike, parts: number | readonly number[]): Tensor[] => {
  const t = toTensor(x);
  return split(t, parts, t.rank === 1 ? 0 : 1);
});

/** `split` along the third axis. */
export const dsplit = publicOp('dsplit', (x: TensorLike, parts: number | readonly number[]): Tensor[] =>
  split(x, parts, 2),
);

/** `x` laid out `repeats` times along each axis. */
export const tile = publicOp('tile', (x: TensorLike, repeats: number | readonly number[]): Tensor => {
  const t = toTensor(x);
  const given = typeof repeats === 'number' ? [repeats] : repeats;
  const rank = Math.max(t.rank, given.length);
  const counts = [...new Array<number>(rank - given.length).fill(1), ...given];
  const shape = atLeast(t, rank).shape;
  // [a, b] → [1, a, 1, b] → [r, a, s, b] → [r·a, s·b]
  const spaced = reshapeTo(
    t,
    shape.flatMap((d) => [1, d]),
  );
  const wide = broadcastGeneral(
    spaced,
    shape.flatMap((d, i) => [extent(counts, i), d]),
  );
  return reshapeTo(
    wide,
    shape.map((d, i) => d * extent(counts, i)),
  );
});

/** Each element `repeats` times along an axis (of the flat array without one), or each its own number of times. */
export const repeat = publicOp(
  'repeat',
  (x: TensorLike, repeats: number | readonly number[], axis?: number | null): Tensor => {
    const t = axis === undefined || axis === null ? ravel(x) : toTensor(x);
    const at = resolveAxis('repeat', axis ?? 0, t.rank);
    const n = extent(t.shape, at);
    if (typeof repeats === 'number' || repeats.length === 1) {
      const [count] = spread('repeat', 'repeats', repeats, 1) as [number];
      const shape = [...t.shape];
      shape.splice(at + 1, 0, 1);
      const wide = shape.map((d, i) => (i === at + 1 ? count : d));
      return reshapeTo(
        broadcastGeneral(reshapeTo(t, shape), wide),
        t.shape.map((d, i) => (i === at ? d * count : d)),
      );
    }
    if (repeats.length !== n) {
      throw new ValueError(
        `repeat: axis ${at} of ${formatShape(t.shape)} needs ${n} counts, got ${repeats.length}`,
      );
    }
    const pieces = repeats.flatMap((count, i) => {
      const piece = sliceAxis(t, at, i, i + 1);
      const shape = piece.shape.map((d, j) => (j === at ? count : d));
      return count === 0 ? [] : [broadcastGeneral(piece, shape)];
    });
    return pieces.length === 0 ? sliceAxis(t, at, 0, 0) : concatAlong(pieces, at);
  },
);

/** `x` with the order along axes reversed; along all by default. */
export const flip = publicOp('flip', (x: TensorLike, axis?: Axes): Tensor => {
  const t = toTensor(x);
  return reverseAxes(t, resolveAxes('flip', axis, t.rank));
});

/** `x` with its columns (second axis) reversed. */
export const fliplr = publicOp('fliplr', (x: TensorLike): Tensor => flip(x, 1));

/** `x` with its rows (first axis) reversed. */
export const flipud = publicOp('flipud', (x: TensorLike): Tensor => flip(x, 0));

/** `x` with elements moved along axes (of the flat array without one); what falls off comes in at the other end. */
export const roll = publicOp(
  'roll',
  (x: TensorLike, shift: number | readonly number[], axis?: Axes): Tensor => {
    const t = toTensor(x);
    if (axis === undefined || axis === null)
      return reshapeTo(roll(reshapeTo(t, [t.size]), shift, 0), t.shape);
    const axes = typeof axis === 'number' ? [axis] : axis;
    const shifts = spread('roll', 'the shift', shift, axes.length);
    return axes.reduce<Tensor>((y, given, i) => {
      const at = resolveAxis('roll', given, t.rank);
      const n = extent(t.shape, at);
      const by = n === 0 ? 0 : ((extent(shifts, i) % n) + n) % n;
      return by === 0 ? y : concatAlong([sliceAxis(y, at, n - by, n), sliceAxis(y, at, 0, n - by)], at);
    }, t);
  },
);

/** `x` turned by `k` quarter turns in the plane of two axes. */
export const rot90 = publicOp('rot90', (x: TensorLike, k = 1, axes: readonly number[] = [0, 1]): Tensor => {
  const t = toTensor(x);
  const [a, b] = resolveAxes('rot90', axes, t.rank);
  if (a === undefined || b === undefined || axes.length !== 2) {
    throw new ValueError(`rot90: expected two axes, got ${formatShape(axes)}`);
  }
  const turns = ((k % 4) + 4) % 4;
  if (turns === 0) return t;
  if (turns === 2) return reverseAxes(t, [a, b]);
  return turns === 1 ? swapaxes(reverseAxes(t, [b]), a, b) : reverseAxes(swapaxes(t, a, b), [b]);
});

/** The second list's elements after the first's along an axis; flat without one. */
export const append = publicOp(
  'append',
  (x1: TensorLike, x2: TensorLike, axis?: number | null): Tensor =>
    axis === undefined || axis === null
      ? concatenate([ravel(x1), ravel(x2)], 0)
      : concatenate([x1, x2], axis),
);
