// Softmax and cross-entropy with the index of a class, in one pass over the logits each way.
import { ShapeError } from '../../core/errors.js';
import { defineOp, type OpDef, type TensorType } from '../../core/registry.js';
import { statisticsDType } from './normalization.js';
import { operand, requireFloat, requireIndex, requireShape } from './rules.js';

/**
 * Checks logits `[…, C]` and labels `[…]`, and gives the type of the loss and of each statistic of the rows: float32 for logits
 * of 16 bits.
 */
function rowType(logits: TensorType, labels: TensorType): TensorType {
  requireFloat('sparseCrossentropy', logits);
  if (logits.shape.length === 0) {
    throw new ShapeError('sparseCrossentropy: logits must have an axis of classes, got a scalar');
  }
  requireIndex('sparseCrossentropy', 'labels', labels);
  const shape = logits.shape.slice(0, -1);
  requireShape('sparseCrossentropy', 'labels', labels, shape);
  return { shape, dtype: statisticsDType(logits.dtype) };
}

export const sparseCrossentropyOp: OpDef = defineOp({
  name: 'sparse_crossentropy',
  kind: 'library',
  inputs: 2,
  outputs: 3,
  infer(inputs) {
    const row = rowType(operand(inputs, 0), operand(inputs, 1));
    return [row, row, row];
  },
  // Nothing is made of the statistics but the gradient, which does not differentiate them.
  vjp({ grad, input, output, ops }) {
    return [ops.sparseCrossentropyGrad(grad(0), input(0), input(1), output(1), output(2)), null];
  },
});

export const sparseCrossentropyGradOp: OpDef = defineOp({
  name: 'sparse_crossentropy_grad',
  kind: 'library',
  inputs: 5,
  outputs: 1,
  infer(inputs) {
    const { shape } = rowType(operand(inputs, 1), operand(inputs, 2));
    requireShape('sparseCrossentropy', 'the gradient', operand(inputs, 0), shape);
    requireShape('sparseCrossentropy', 'the maxima', operand(inputs, 3), shape);
    requireShape('sparseCrossentropy', 'the logarithms of the sums', operand(inputs, 4), shape);
    return [operand(inputs, 1)];
  },
  // From the logits alone: the statistics are functions of them.
  composite({ input, ops }) {
    const [logits, labels] = [input(1), input(2)];
    const classes = ops.iota(logits.shape, logits.rank - 1, labels.dtype);
    const chosen = ops.expandDims(labels, -1).equal(classes).cast(logits.dtype);
    return [
      ops
        .softmaxLast(logits)
        .sub(chosen)
        .mul(ops.expandDims(input(0), -1).cast(logits.dtype)),
    ];
  },
});
