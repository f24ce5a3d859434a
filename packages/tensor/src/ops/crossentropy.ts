// Cross-entropies, from probabilities or (stable, and with less work) from logits.
import { toTensor, toTensors } from '../core/apply.js';
import { epsilon } from '../core/config.js';
import { ShapeError } from '../core/errors.js';
import { publicOp } from '../core/public-op.js';
import { indexScope } from '../core/scope.js';
import { formatShape, sameShape } from '../core/shape.js';
import type { Tensor, TensorLike } from '../core/tensor.js';
import { logSoftmax } from './activations.js';
import { asFloat, asIndices, resolveAxis } from './base.js';
import { clip } from './elementwise.js';
import { gatherElements, reshapeTo, sparseCrossentropy } from './primitives.js';
import { squeeze } from './shaping.js';

export interface CrossentropyOptions {
  /** Whether `output` are logits; else they are probabilities (the default). */
  readonly fromLogits?: boolean | undefined;
  /** The axis of the classes. Default -1. */
  readonly axis?: number | undefined;
}

/** `target` and `output` in one floating-point dtype. */
function operands(op: string, target: TensorLike, output: TensorLike): [Tensor, Tensor] {
  const [t, o] = toTensors([toTensor(target), asFloat(toTensor(output))]) as [Tensor, Tensor];
  if (!sameShape(t.shape, o.shape)) {
    throw new ShapeError(
      `${op}: target and output must have one shape, got ${formatShape(t.shape)} and ${formatShape(o.shape)}`,
    );
  }
  return [t, o];
}

/** Probabilities away from 0 and 1, so that their logarithms are finite. */
const bounded = (p: Tensor): Tensor => clip(p, epsilon(), 1 - epsilon());

/** The logarithms of the probabilities of the classes. */
function logProbabilities(output: Tensor, axis: number, fromLogits: boolean): Tensor {
  if (fromLogits) return logSoftmax(output, axis);
  return bounded(output.div(output.sum(axis, { keepdims: true }))).log();
}

/**
 * The cross-entropy of each element on its own, between a target in 0 … 1 and a probability or logit.
 * @throws ShapeError when the shapes differ.
 */
export const binaryCrossentropy = publicOp(
  'binaryCrossentropy',
  (
    target: TensorLike,
    output: TensorLike,
    options: { readonly fromLogits?: boolean | undefined } = {},
  ): Tensor => {
    const [t, o] = operands('binaryCrossentropy', target, output);
    // t·softplus(-x) + (1 - t)·softplus(x), with softplus(x) = x + softplus(-x).
    if (options.fromLogits) return o.neg().softplus().add(t.neg().add(1).mul(o));
    const p = bounded(o);
    return t
      .mul(p.log())
      .add(t.neg().add(1).mul(p.neg().add(1).log()))
      .neg();
  },
);

/**
 * The cross-entropy between distributions over an axis, which the result lacks.
 * @throws ShapeError when the shapes differ.
 */
export const categoricalCrossentropy = publicOp(
  'categoricalCrossentropy',
  (target: TensorLike, output: TensorLike, options: CrossentropyOptions = {}): Tensor => {
    const { fromLogits = false, axis = -1 } = options;
    const [t, o] = operands('categoricalCrossentropy', target, output);
    const at = resolveAxis('categoricalCrossentropy', axis, o.rank);
    return t
      .mul(logProbabilities(o, at, fromLogits))
      .sum(at)
      .neg();
  },
);

const asLabels = indexScope('class labels', ({ index, axis, extent, position }) => {
  const at = position.filter((_, i) => i !== axis);
  return (
    `The label ${index}${at.length > 0 ? ` (at ${formatShape(at)} of the batch's labels)` : ''} is no class: there are ` +
    `${extent} classes, one for each output, so labels are 0 to ${extent - 1}. Number the classes from 0, or give ` +
    'the last layer as many units as there are classes'
  );
});

/**
 * As `categoricalCrossentropy`, for targets that are the indices of classes: of output's shape without the axis of the
 * classes, or with an extent of 1 at the end. An index that is no class is an error when the result is computed.
 * @throws ShapeError when the shapes do not fit.
 */
export const sparseCategoricalCrossentropy = publicOp(
  'sparseCategoricalCrossentropy',
  (target: TensorLike, output: TensorLike, options: CrossentropyOptions = {}): Tensor => {
    const { fromLogits = false, axis = -1 } = options;
    const o = asFloat(toTensor(output));
    const at = resolveAxis('sparseCategoricalCrossentropy', axis, o.rank);
    const given = toTensor(target);
    let labels = asIndices(
      'sparseCategoricalCrossentropy',
      given.dtype.includes('float') ? given.cast('int32') : given,
    );
    if (labels.rank === o.rank && labels.shape.at(-1) === 1) labels = squeeze(labels, -1);
    const expected = o.shape.filter((_, i) => i !== at);
    if (!sameShape(labels.shape, expected)) {
      throw new ShapeError(
        `sparseCategoricalCrossentropy: labels of shape ${formatShape(labels.shape)} do not fit an output of shape ` +
          `${formatShape(o.shape)}: expected ${formatShape(expected)}`,
      );
    }
    if (fromLogits && at === o.rank - 1) {
      return asLabels(() => sparseCrossentropy(o, labels)[0].cast(o.dtype));
    }
    const index = reshapeTo(
      labels,
      o.shape.map((d, i) => (i === at ? 1 : d)),
    );
    const logs = logProbabilities(o, at, fromLogits);
    const chosen = asLabels(() => gatherElements(logs, index, at));
    return reshapeTo(chosen, expected).neg();
  },
);
