// Softmax over the last axis, its logarithm, and their gradients.
import { ShapeError } from '../../core/errors.js';
import { defineOp, type OpDef, type TensorType } from '../../core/registry.js';
import { operand, requireFloat, requireSameDType, requireShape } from './rules.js';

function sameAsInput(op: string): (inputs: readonly TensorType[]) => TensorType[] {
  return (inputs) => {
    const x = operand(inputs, 0);
    requireFloat(op, x);
    if (x.shape.length === 0) throw new ShapeError(`${op}: x must have an axis, got a scalar`);
    return [x];
  };
}

function gradientType(op: string): (inputs: readonly TensorType[]) => TensorType[] {
  return (inputs) => {
    const dy = operand(inputs, 0);
    requireFloat(op, dy);
    requireSameDType(op, inputs);
    requireShape(op, 'the gradient', dy, operand(inputs, 1).shape);
    return [dy];
  };
}

export const softmaxOp: OpDef = defineOp({
  name: 'softmax',
  kind: 'library',
  inputs: 1,
  outputs: 1,
  infer: sameAsInput('softmax'),
  vjp: ({ grad, output, ops }) => [ops.softmaxGrad(grad(0), output(0))],
});

export const softmaxGradOp: OpDef = defineOp({
  name: 'softmax_grad',
  kind: 'library',
  inputs: 2,
  outputs: 1,
  infer: gradientType('softmax'),
  composite({ input, ops }) {
    const dy = input(0);
    const y = input(1);
    return [y.mul(dy.sub(ops.reduceSum(dy.mul(y), [y.rank - 1], true)))];
  },
});

export const logSoftmaxOp: OpDef = defineOp({
  name: 'log_softmax',
  kind: 'library',
  inputs: 1,
  outputs: 1,
  infer: sameAsInput('logSoftmax'),
  vjp: ({ grad, output, ops }) => [ops.logSoftmaxGrad(grad(0), output(0))],
});

export const logSoftmaxGradOp: OpDef = defineOp({
  name: 'log_softmax_grad',
  kind: 'library',
  inputs: 2,
  outputs: 1,
  infer: gradientType('logSoftmax'),
  composite({ input, ops }) {
    const dy = input(0);
    const y = input(1);
    return [dy.sub(ops.exp(y).mul(ops.reduceSum(dy, [y.rank - 1], true)))];
  },
});
