import { epsilon, ops, setMask, type Tensor, type TensorLike, ValueError } from '@ibex/tensor';
import { matchTarget, smoothLabels } from './target.js';

export interface CrossentropyOptions {
  /** Predictions are logits, not probabilities. Default false. */
  fromLogits?: boolean;
  /** In `[0, 1]`: how far targets are drawn towards the uniform distribution. Default 0. */
  labelSmoothing?: number;
  /** The axis of the classes. Default −1. */
  axis?: number;
}

export interface SparseCrossentropyOptions {
  /** Predictions are logits, not probabilities. Default false. */
  fromLogits?: boolean;
  /** Samples with this label count for nothing. */
  ignoreClass?: number | null;
  /** The axis of the classes in the predictions. Default −1. */
  axis?: number;
}

export interface BinaryFocalOptions extends CrossentropyOptions {
  /** Weigh class 1 by `alpha` and class 0 by `1 − alpha`. Default false. */
  applyClassBalancing?: boolean;
  alpha?: number;
  gamma?: number;
}

export interface CategoricalFocalOptions extends CrossentropyOptions {
  alpha?: number;
  gamma?: number;
}

/**
 * Crossentropy of 0/1 targets and the probability of 1, averaged over `axis`.
 * @param yTrue - targets, `[batch, d0, …, dN]`
 * @param yPred - probabilities or logits, of the same shape
 * @returns `[batch, d0, …, dN-1]`
 */
export function binaryCrossentropy(
  yTrue: TensorLike,
  yPred: TensorLike,
  options: CrossentropyOptions = {},
): Tensor {
  const { fromLogits = false, labelSmoothing = 0, axis = -1 } = options;
  const [target, prediction] = matchTarget(yTrue, yPred, false);
  return ops.mean(
    ops.binaryCrossentropy(smoothLabels(target, labelSmoothing, 2), prediction, { fromLogits }),
    axis,
  );
}

/**
 * Crossentropy of target distributions (one-hot labels) and predictions over the classes of `axis`.
 * @param yTrue - `[batch, …, classes]`
 * @param yPred - probabilities (normalised to sum 1) or logits, of the same shape
 * @returns `[batch, …]`
 */
export function categoricalCrossentropy(
  yTrue: TensorLike,
  yPred: TensorLike,
  options: CrossentropyOptions = {},
): Tensor {
  const { fromLogits = false, labelSmoothing = 0, axis = -1 } = options;
  const [target, prediction] = matchTarget(yTrue, yPred, false);
  const smoothed = smoothLabels(target, labelSmoothing, target.shape[target.rank - 1] ?? 1);
  return ops.categoricalCrossentropy(smoothed, prediction, { fromLogits, axis });
}

/**
 * Crossentropy of integer labels and predictions over the classes of `axis`.
 * @param yTrue - labels in `[0, classes)`, `[batch, …]` or `[batch, …, 1]`
 * @param yPred - probabilities (normalised to sum 1) or logits, `[batch, …, classes]`
 * @returns `[batch, …]`; the entries with label `ignoreClass` are 0 and masked
 */
export function sparseCategoricalCrossentropy(
  yTrue: TensorLike,
  yPred: TensorLike,
  options: SparseCrossentropyOptions = {},
): Tensor {
  const { fromLogits = false, ignoreClass = null, axis = -1 } = options;
  const prediction = ops.convertToTensor(yPred);
  let labels = ops.convertToTensor(yTrue);
  if (labels.rank === prediction.rank && labels.shape[axis < 0 ? axis + labels.rank : axis] === 1) {
    labels = ops.squeeze(labels, axis);
  }
  if (ignoreClass === null)
    return ops.sparseCategoricalCrossentropy(labels, prediction, { fromLogits, axis });
  const valid = labels.notEqual(ignoreClass);
  const losses = ops.sparseCategoricalCrossentropy(ops.where(valid, labels, 0), prediction, {
    fromLogits,
    axis,
  });
  const kept = ops.where(valid, losses, 0);
  setMask(kept, valid);
  return kept;
}

/** Binary crossentropy weighted by `(1 − pₜ)^gamma`, so that easy samples count less (Lin et al., 2018, arXiv:1708.02002). */
export function binaryFocalCrossentropy(
  yTrue: TensorLike,
  yPred: TensorLike,
  options: BinaryFocalOptions = {},
): Tensor {
  const {
    applyClassBalancing = false,
    alpha = 0.25,
    gamma = 2,
    fromLogits = false,
    labelSmoothing = 0,
    axis = -1,
  } = options;
  const [labels, output] = matchTarget(yTrue, yPred, false);
  const target = smoothLabels(labels, labelSmoothing, 2);
  const prediction = fromLogits ? ops.sigmoid(output) : output;
  const other = ops.subtract(1, target);
  const hit = target.mul(prediction).add(other.mul(ops.subtract(1, prediction)));
  const focal = ops.power(ops.subtract(1, hit), gamma).mul(ops.binaryCrossentropy(target, prediction, {}));
  const balanced = applyClassBalancing
    ? target
        .mul(alpha)
        .add(other.mul(1 - alpha))
        .mul(focal)
    : focal;
  return ops.mean(balanced, axis);
}

/** Categorical crossentropy weighted by `alpha · (1 − p)^gamma` (Lin et al., 2018, arXiv:1708.02002). */
export function categoricalFocalCrossentropy(
  yTrue: TensorLike,
  yPred: TensorLike,
  options: CategoricalFocalOptions = {},
): Tensor {
  const { alpha = 0.25, gamma = 2, fromLogits = false, labelSmoothing = 0, axis = -1 } = options;
  const [labels, output] = matchTarget(yTrue, yPred, false);
  const target = smoothLabels(labels, labelSmoothing, labels.shape[labels.rank - 1] ?? 1);
  const scores = fromLogits ? ops.softmax(output, axis) : output;
  const shares = scores.div(ops.sum(scores, axis, { keepdims: true }));
  const probability = ops.clip(shares, epsilon(), 1 - epsilon());
  const entropy = target.mul(ops.log(probability)).neg();
  const weight = ops.power(ops.subtract(1, probability), gamma).mul(alpha);
  return ops.sum(weight.mul(entropy), axis);
}

/** `(1 − p^q) / q` of the probability `p` of the labelled class: robust to wrong labels (Zhang and Sabuncu, 2018). */
export function categoricalGeneralizedCrossEntropy(yTrue: TensorLike, yPred: TensorLike, q = 0.5): Tensor {
  if (!(q > 0 && q < 1))
    throw new ValueError(`categoricalGeneralizedCrossEntropy: q must lie in (0, 1), got ${q}.`);
  const prediction = ops.convertToTensor(yPred);
  const classes = prediction.shape[prediction.rank - 1] ?? 1;
  const chosen = ops.oneHot(ops.cast(yTrue, 'int32'), classes).cast(prediction.dtype);
  const probability = ops.sum(prediction.mul(chosen), -1);
  return ops.subtract(1, ops.power(probability, q)).div(q);
}

/** `Σ yTrue · log(yTrue / yPred)` over the last axis, both clipped to `[ε, 1]`. */
export function klDivergence(yTrue: TensorLike, yPred: TensorLike): Tensor {
  const [target, prediction] = matchTarget(yTrue, yPred, false);
  const p = ops.clip(target, epsilon(), 1);
  const q = ops.clip(prediction, epsilon(), 1);
  return ops.sum(p.mul(ops.log(p.div(q))), -1);
}

/** Mean over the last axis of `yPred − yTrue · log(yPred)`. */
export function poisson(yTrue: TensorLike, yPred: TensorLike): Tensor {
  const [target, prediction] = matchTarget(yTrue, yPred, false);
  return ops.mean(prediction.sub(target.mul(ops.log(prediction.add(epsilon())))), -1);
}
