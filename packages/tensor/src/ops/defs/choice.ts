// Element-wise choice between two operands.
import { DTypeError } from '../../core/errors.js';
import { defineOp, type OpDef } from '../../core/registry.js';
import { broadcastShapes } from '../../core/shape.js';
import { operand, requireSameDType } from './rules.js';

export const selectOp: OpDef = defineOp({
  name: 'select',
  kind: 'elementwise',
  inputs: 3,
  outputs: 1,
  infer(inputs) {
    const [condition, a, b] = [operand(inputs, 0), operand(inputs, 1), operand(inputs, 2)];
    if (condition.dtype !== 'bool') {
      throw new DTypeError(`where: the condition must be bool, got ${condition.dtype}`);
    }
    const dtype = requireSameDType('where', [a, b]);
    const shape = broadcastShapes(broadcastShapes(condition.shape, a.shape, 'where'), b.shape, 'where');
    return [{ shape, dtype }];
  },
  vjp({ grad, input, ops }) {
    const g = grad(0);
    const condition = input(0);
    return [
      null,
      ops.sumTo(ops.where(condition, g, 0), input(1).shape),
      ops.sumTo(ops.where(condition, 0, g), input(2).shape),
    ];
  },
});
