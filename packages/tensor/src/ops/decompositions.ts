// Decompositions of matrices (of the last two axes, for each of the others), column by column: for small matrices.
import { toTensor } from '../core/apply.js';
import { ShapeError } from '../core/errors.js';
import { publicOp } from '../core/public-op.js';
import { formatShape } from '../core/shape.js';
import type { Tensor, TensorLike } from '../core/tensor.js';
import { asFloat, sliceAxis } from './base.js';
import { eye } from './creation.js';
import { extent } from './defs/rules.js';
import { solveTriangular } from './linalg.js';
import {
  broadcastGeneral,
  castTo,
  gatherElements,
  iota,
  matmulGeneral,
  reshapeTo,
  select,
} from './primitives.js';
import { concatenate, expandDims, squeeze, swapaxes } from './shaping.js';

function square(op: string, x: TensorLike): Tensor {
  const t = asFloat(toTensor(x));
  if (t.rank < 2 || t.shape[t.rank - 1] !== t.shape[t.rank - 2]) {
    throw new ShapeError(`${op}: expected square matrices, got shape ${formatShape(t.shape)}`);
  }
  return t;
}

const order = (x: Tensor): number => extent(x.shape, x.rank - 1);
const transposed = (x: Tensor): Tensor => swapaxes(x, -1, -2);

/** The block of rows and columns of the last two axes. */
function block(x: Tensor, rows: readonly [number, number], columns: readonly [number, number]): Tensor {
  return sliceAxis(sliceAxis(x, x.rank - 2, ...rows), x.rank - 1, ...columns);
}

/**
 * The lower triangular L with `L · Lᵀ = x`, for symmetric positive definite matrices (NaN for others); with `upper` the
 * upper one with `Uᵀ · U = x`.
 */
export const cholesky = publicOp(
  'cholesky',
  (x: TensorLike, options: { readonly upper?: boolean } = {}): Tensor => {
    const t = square('cholesky', x);
    const n = order(t);
    const columns: Tensor[] = [];
    for (let k = 0; k < n; k++) {
      let rest = block(t, [k, n], [k, k + 1]);
      if (k > 0) {
        const known = concatenate(columns, -1);
        const own = block(known, [k, k + 1], [0, k]);
        rest = rest.sub(matmulGeneral(block(known, [k, n], [0, k]), own, false, true));
      }
      const column = rest.mul(block(rest, [0, 1], [0, 1]).rsqrt());
      const above = block(t, [0, k], [k, k + 1]).mul(0);
      columns.push(k > 0 ? concatenate([above, column], -2) : column);
    }
    const lower = n === 0 ? t : concatenate(columns, -1);
    return options.upper ? transposed(lower) : lower;
  },
);

/** Gaussian elimination with row exchanges: `rows` of x reduced to an upper triangle along with `right`. */
function eliminate(x: Tensor, right: Tensor): { upper: Tensor; right: Tensor; sign: Tensor } {
  const n = order(x);
  const width = extent(right.shape, right.rank - 1);
  let work = concatenate([x, right], -1);
  let sign = block(x, [0, 1], [0, 1]).mul(0).add(1);
  const rows = iota([n, 1], 0, 'int32');
  for (let k = 0; k < n; k++) {
    const column = block(work, [k, n], [k, k + 1]);
    const pivot = expandDims(column.abs().argmax(-2).add(k), -2);
    const swapped = select(rows.equal(k), pivot, select(rows.equal(pivot), toTensor(k, 'int32'), rows));
    sign = sign.mul(select(pivot.equal(k), toTensor(1, x.dtype), toTensor(-1, x.dtype)));
    work = gatherElements(work, broadcastGeneral(swapped, [...work.shape]), work.rank - 2);
    const own = block(work, [k, k + 1], [0, n + width]);
    const factors = block(work, [0, n], [k, k + 1]).div(block(own, [0, 1], [k, k + 1]));
    const below = castTo(rows.greater(k), x.dtype);
    work = work.sub(factors.mul(below).mul(own));
  }
  return { upper: block(work, [0, n], [0, n]), right: block(work, [0, n], [n, n + width]), sign };
}

/** `x` with `a · x = b`. */
export const solve = publicOp('solve', (a: TensorLike, b: TensorLike): Tensor => {
  const matrix = square('solve', a);
  const given = castTo(toTensor(b), matrix.dtype);
  const vector = given.rank === matrix.rank - 1;
  const right = vector ? expandDims(given, -1) : given;
  if (right.rank !== matrix.rank || extent(right.shape, right.rank - 2) !== order(matrix)) {
    throw new ShapeError(
      `solve: b of shape ${formatShape(given.shape)} does not fit a of ${formatShape(matrix.shape)}`,
    );
  }
  const reduced = eliminate(matrix, right);
  const result = solveTriangular(reduced.upper, reduced.right, { lower: false });
  return vector ? squeeze(result, -1) : result;
});

/** The inverse. */
export const inv = publicOp('inv', (x: TensorLike): Tensor => {
  const t = square('inv', x);
  return solve(t, broadcastGeneral(eye(order(t), null, { dtype: t.dtype }), t.shape));
});

/** The diagonal of the reduced matrix, whose product is the determinant but for its sign. */
function pivots(x: Tensor): { values: Tensor; sign: Tensor } {
  const n = order(x);
  const { upper, sign } = eliminate(x, sliceAxis(x, x.rank - 1, 0, 0));
  const values = upper.mul(eye(n, null, { dtype: x.dtype })).sum(-1);
  return { values, sign: reshapeTo(sign, x.shape.slice(0, -2)) };
}

/** The determinant. */
export const det = publicOp('det', (x: TensorLike): Tensor => {
  const { values, sign } = pivots(square('det', x));
  return values.prod(-1).mul(sign);
});

/** The sign of the determinant and the logarithm of its size. */
export const slogdet = publicOp('slogdet', (x: TensorLike): [Tensor, Tensor] => {
  const { values, sign } = pivots(square('slogdet', x));
  return [values.sign().prod(-1).mul(sign), values.abs().log().sum(-1)];
});

/** The logarithm of the determinant of positive definite matrices. */
export const logdet = publicOp('logdet', (x: TensorLike): Tensor => slogdet(x)[1]);

/** `Q` with orthonormal columns and upper triangular `R` with `Q · R = x` (the reduced form), by reflections. */
export const qr = publicOp('qr', (x: TensorLike): [Tensor, Tensor] => {
  const t = asFloat(toTensor(x));
  if (t.rank < 2) throw new ShapeError(`qr: expected matrices, got shape ${formatShape(t.shape)}`);
  const [rows, columns] = [extent(t.shape, t.rank - 2), order(t)];
  const width = Math.min(rows, columns);
  const position = iota([rows, 1], 0, 'int32');
  const reflections: Tensor[] = [];
  const reflect = (v: Tensor, m: Tensor): Tensor => m.sub(v.mul(2).mul(matmulGeneral(v, m, true, false)));
  let r = t;
  for (let k = 0; k < Math.min(rows - 1, columns); k++) {
    const column = r.mul(castTo(position.greaterEqual(k), t.dtype));
    const own = sliceAxis(column, t.rank - 1, k, k + 1);
    const length = own.square().sum(-2, { keepdims: true }).sqrt();
    const lead = block(own, [k, k + 1], [0, 1]);
    // Away from the vector's own direction, so that nothing cancels.
    const shift = select(lead.less(0), length.neg(), length).mul(castTo(position.equal(k), t.dtype));
    const v = own.add(shift);
    const norm = v.square().sum(-2, { keepdims: true }).sqrt();
    const unit = v.div(select(norm.equal(0), toTensor(1, t.dtype), norm));
    reflections.push(unit);
    r = reflect(unit, r);
  }
  const start = eye(rows, width, { dtype: t.dtype });
  const identity = broadcastGeneral(start, [...t.shape.slice(0, -2), rows, width]);
  const q = reflections.reduceRight<Tensor>((m, v) => reflect(v, m), identity);
  const reduced = sliceAxis(r, t.rank - 2, 0, width);
  const shape = reduced.shape.slice(-2);
  const upper = iota(shape, 0, 'int32').lessEqual(iota(shape, 1, 'int32'));
  return [q, select(upper, reduced, toTensor(0, t.dtype))];
});
