// Products of matrices and tensors.
import { toTensor, toTensors } from '../core/apply.js';
import { ShapeError, ValueError } from '../core/errors.js';
import { publicOp } from '../core/public-op.js';
import { formatShape } from '../core/shape.js';
import type { Tensor, TensorLike } from '../core/tensor.js';
import { productOperands, resolveAxes, resolveAxis } from './base.js';
import { extent, product } from './defs/rules.js';
import { matmulGeneral, permute, reshapeTo, sliceGeneral } from './primitives.js';
import { concatenate, moveaxis, ravel, split, squeeze } from './shaping.js';

/**
 * The matrix product of the last two axes, broadcast over the others; a vector counts as a row on the left and as a
 * column on the right, and the axis it lacked goes again.
 * @throws ShapeError when the inner extents differ or an operand is a scalar.
 */
export const matmul = publicOp('matmul', (x1: TensorLike, x2: TensorLike): Tensor => {
  const [a, b] = productOperands(x1, x2);
  if (a.rank === 0 || b.rank === 0) {
    throw new ShapeError(
      `matmul: operands must not be scalars, got ${formatShape(a.shape)} and ${formatShape(b.shape)}`,
    );
  }
  const left = a.rank === 1 ? reshapeTo(a, [1, a.size]) : a;
  const right = b.rank === 1 ? reshapeTo(b, [b.size, 1]) : b;
  const [inner, other] = [extent(left.shape, left.rank - 1), extent(right.shape, right.rank - 2)];
  if (inner !== other) {
    throw new ShapeError(
      `matmul: inner extents differ (${inner} and ${other}): ${formatShape(a.shape)} · ${formatShape(b.shape)}`,
    );
  }
  const columns = extent(right.shape, right.rank - 1);
  let y: Tensor;
  if (right.rank === 2 && left.rank > 2) {
    // One product of a tall matrix, here and in the gradient, instead of one for each of the batch.
    const rows = left.shape.slice(0, -1);
    const tall = matmulGeneral(reshapeTo(left, [product(rows), inner]), right, false, false);
    y = reshapeTo(tall, [...rows, columns]);
  } else {
    y = matmulGeneral(left, right, false, false);
  }
  if (a.rank === 1) y = reshapeTo(y, [...y.shape.slice(0, -2), columns]);
  return b.rank === 1 ? reshapeTo(y, y.shape.slice(0, -1)) : y;
});

/** The product of vectors or matrices as in NumPy: over the last axis of the first, the last but one of the second. */
export const dot = publicOp('dot', (x1: TensorLike, x2: TensorLike): Tensor => {
  const [a, b] = productOperands(x1, x2);
  if (a.rank === 0 || b.rank === 0) return a.mul(b);
  if (a.rank <= 2 && b.rank <= 2) return matmul(a, b);
  return tensordot(a, b, [[-1], [b.rank === 1 ? 0 : -2]]);
});

/** The sum of products of two vectors; arrays are flattened. */
export const vdot = publicOp(
  'vdot',
  (x1: TensorLike, x2: TensorLike): Tensor => matmul(ravel(x1), ravel(x2)),
);

/** The sum of products over the last axis of both. */
export const inner = publicOp('inner', (x1: TensorLike, x2: TensorLike): Tensor => {
  const [a, b] = productOperands(x1, x2);
  return a.rank === 0 || b.rank === 0 ? a.mul(b) : tensordot(a, b, [[-1], [-1]]);
});

/** All products of an element of the first with one of the second, which are flattened. */
export const outer = publicOp('outer', (x1: TensorLike, x2: TensorLike): Tensor => {
  const [a, b] = toTensors([x1, x2]) as [Tensor, Tensor];
  return reshapeTo(a, [a.size, 1]).mul(reshapeTo(b, [1, b.size]));
});

/** The sum of products over `axes`: the last n of the first and the first n of the second, or axes of each. */
export const tensordot = publicOp(
  'tensordot',
  (
    x1: TensorLike,
    x2: TensorLike,
    axes: number | readonly [number | readonly number[], number | readonly number[]] = 2,
  ): Tensor => {
    const [a, b] = productOperands(x1, x2);
    const count = typeof axes === 'number' ? axes : 0;
    const ofA =
      typeof axes === 'number'
        ? Array.from({ length: count }, (_, i) => a.rank - count + i)
        : resolveAxes('tensordot', axes[0], a.rank);
    const ofB =
      typeof axes === 'number'
        ? Array.from({ length: count }, (_, i) => i)
        : resolveAxes('tensordot', axes[1], b.rank);
    const fits = ofA.length === ofB.length && ofA.every((axis, i) => a.shape[axis] === b.shape[ofB[i] ?? -1]);
    if (!fits) {
      throw new ShapeError(
        `tensordot: axes ${formatShape(ofA)} of ${formatShape(a.shape)} do not fit axes ${formatShape(ofB)} of ` +
          formatShape(b.shape),
      );
    }
    const restA = a.shape.map((_, i) => i).filter((i) => !ofA.includes(i));
    const restB = b.shape.map((_, i) => i).filter((i) => !ofB.includes(i));
    const summed = product(ofA.map((i) => extent(a.shape, i)));
    const shapeA = restA.map((i) => extent(a.shape, i));
    const shapeB = restB.map((i) => extent(b.shape, i));
    const left = reshapeTo(permute(a, [...restA, ...ofA]), [product(shapeA), summed]);
    const right = reshapeTo(permute(b, [...ofB, ...restB]), [summed, product(shapeB)]);
    return reshapeTo(matmulGeneral(left, right, false, false), [...shapeA, ...shapeB]);
  },
);

/** The Kronecker product. */
export const kron = publicOp('kron', (x1: TensorLike, x2: TensorLike): Tensor => {
  const [a, b] = toTensors([x1, x2]) as [Tensor, Tensor];
  const rank = Math.max(a.rank, b.rank);
  const wide = (t: Tensor): number[] => [...new Array<number>(rank - t.rank).fill(1), ...t.shape];
  const [shapeA, shapeB] = [wide(a), wide(b)];
  const left = reshapeTo(
    a,
    shapeA.flatMap((d) => [d, 1]),
  );
  const right = reshapeTo(
    b,
    shapeB.flatMap((d) => [1, d]),
  );
  return reshapeTo(
    left.mul(right),
    shapeA.map((d, i) => d * extent(shapeB, i)),
  );
});

/** The cross product of vectors of 2 or 3 elements along an axis. */
export const cross = publicOp(
  'cross',
  (
    x1: TensorLike,
    x2: TensorLike,
    options: {
      readonly axisa?: number;
      readonly axisb?: number;
      readonly axisc?: number;
      readonly axis?: number | null;
    } = {},
  ): Tensor => {
    const [a, b] = toTensors([x1, x2]) as [Tensor, Tensor];
    const { axis } = options;
    const place = (given: number | undefined): number => axis ?? given ?? -1;
    const components = (t: Tensor, at: number): Tensor[] => {
      const last = moveaxis(t, at, -1);
      const n = extent(last.shape, last.rank - 1);
      if (n !== 2 && n !== 3) {
        throw new ShapeError(
          `cross: vectors must have 2 or 3 elements, got shape ${formatShape(t.shape)} along axis ${at}`,
        );
      }
      return split(last, n, -1);
    };
    const [p, q, r] = components(a, place(options.axisa)) as [Tensor, Tensor, Tensor | undefined];
    const [s, t, u] = components(b, place(options.axisb)) as [Tensor, Tensor, Tensor | undefined];
    const last = p.mul(t).sub(q.mul(s));
    if (!r && !u) return squeeze(last, -1);
    const zero = toTensor(0, p.dtype);
    const [rz, uz] = [r ?? p.mul(zero), u ?? s.mul(zero)];
    const result = concatenate([q.mul(uz).sub(rz.mul(t)), rz.mul(s).sub(p.mul(uz)), last], -1);
    return moveaxis(result, -1, place(options.axisc));
  },
);

/** The lower or upper triangular systems of `a` solved for `b`, by substitution. */
export const solveTriangular = publicOp(
  'solveTriangular',
  (a: TensorLike, b: TensorLike, options: { readonly lower?: boolean } = {}): Tensor => {
    const [matrix, given] = toTensors([a, b]) as [Tensor, Tensor];
    const n = extent(matrix.shape, resolveAxis('solveTriangular', -1, matrix.rank));
    if (matrix.rank < 2 || extent(matrix.shape, matrix.rank - 2) !== n) {
      throw new ShapeError(`solveTriangular: a must be square, got ${formatShape(matrix.shape)}`);
    }
    const vector = given.rank === matrix.rank - 1;
    const right = vector ? reshapeTo(given, [...given.shape, 1]) : given;
    const cell = (i: number, j: number): Tensor =>
      sliceGeneral(
        matrix,
        [...matrix.shape.slice(0, -2).map(() => 0), i, j],
        [...matrix.shape.slice(0, -2), i + 1, j + 1],
      );
    const row = (i: number): Tensor =>
      sliceGeneral(
        right,
        [...right.shape.slice(0, -2).map(() => 0), i, 0],
        [...right.shape.slice(0, -2), i + 1, extent(right.shape, right.rank - 1)],
      );
    const lower = options.lower ?? false;
    const order = Array.from({ length: n }, (_, i) => (lower ? i : n - 1 - i));
    const solved = new Map<number, Tensor>();
    for (const i of order) {
      let rest = row(i);
      for (const [j, value] of solved) rest = rest.sub(cell(i, j).mul(value));
      solved.set(i, rest.div(cell(i, i)));
    }
    const rows = Array.from({ length: n }, (_, i) => solved.get(i));
    if (rows.some((r) => r === undefined)) throw new ValueError('solveTriangular: a is empty');
    const result = concatenate(rows as Tensor[], -2);
    return vector ? squeeze(result, -1) : result;
  },
);
