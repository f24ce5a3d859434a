// Matrix products of the last two axes, broadcast over the others.

import { isFloat } from '../../core/dtype.js';
import { DTypeError, ShapeError } from '../../core/errors.js';
import { defineOp, type OpDef } from '../../core/registry.js';
import { broadcastShapes } from '../../core/shape.js';
import { MATMUL_ATTRS, type MatmulAttrs } from './attrs.js';
import { operand, requireSameDType, show } from './rules.js';

export const matmulOp: OpDef<MatmulAttrs> = defineOp<MatmulAttrs>({
  name: 'matmul',
  kind: 'library',
  inputs: 2,
  outputs: 1,
  attrs: MATMUL_ATTRS,
  infer(inputs, { transposeA, transposeB }) {
    const a = operand(inputs, 0);
    const b = operand(inputs, 1);
    const dtype = requireSameDType('matmul', inputs);
    if (!isFloat(dtype) && dtype !== 'int32' && dtype !== 'int64') {
      throw new DTypeError(`matmul: expected floats, int32 or int64, got ${dtype}`);
    }
    const [m, ka] = lastTwo(a.shape, transposeA);
    const [kb, n] = lastTwo(b.shape, transposeB);
    if (ka !== kb) {
      throw new ShapeError(
        `matmul: inner extents differ (${ka} and ${kb}): ` +
          `${show(a.shape)}${transposeA ? 'ᵀ' : ''} · ${show(b.shape)}${transposeB ? 'ᵀ' : ''}`,
      );
    }
    return [
      { shape: [...broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2), 'matmul'), m, n], dtype },
    ];
  },
  vjp({ grad, input, attrs, ops }) {
    const g = grad(0);
    const a = input(0);
    const b = input(1);
    const { transposeA, transposeB } = attrs;
    const ga = transposeA
      ? ops.matmulGeneral(b, g, transposeB, true)
      : ops.matmulGeneral(g, b, false, !transposeB);
    const gb = transposeB
      ? ops.matmulGeneral(g, a, true, transposeA)
      : ops.matmulGeneral(a, g, !transposeA, false);
    return [ops.sumTo(ga, a.shape), ops.sumTo(gb, b.shape)];
  },
});

function lastTwo(shape: readonly number[], transposed: boolean): [number, number] {
  const rows = shape.at(-2);
  const columns = shape.at(-1);
  if (rows === undefined || columns === undefined) {
    throw new ShapeError(`matmul: operands must have rank 2 or more, got shape ${show(shape)}`);
  }
  return transposed ? [columns, rows] : [rows, columns];
}
