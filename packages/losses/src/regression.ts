import { epsilon, ops, type Tensor, type TensorLike } from '@ibex/tensor';
import { matchTarget } from './target.js';

/**
 * Mean over the last axis of the squared differences.
 * @param yTrue - targets, `[batch, d0, …, dN]`
 * @param yPred - predictions, of the same shape
 * @returns `[batch, d0, …, dN-1]`
 */
export function meanSquaredError(yTrue: TensorLike, yPred: TensorLike): Tensor {
  const [target, prediction] = matchTarget(yTrue, yPred);
  return ops.mean(ops.square(target.sub(prediction)), -1);
}

/** Mean over the last axis of the absolute differences; shapes as in {@link meanSquaredError}. */
export function meanAbsoluteError(yTrue: TensorLike, yPred: TensorLike): Tensor {
  const [target, prediction] = matchTarget(yTrue, yPred);
  return ops.mean(ops.abs(target.sub(prediction)), -1);
}

/** Mean over the last axis of `100 · |yTrue − yPred| / max(|yTrue|, ε)`; shapes as in {@link meanSquaredError}. */
export function meanAbsolutePercentageError(yTrue: TensorLike, yPred: TensorLike): Tensor {
  const [target, prediction] = matchTarget(yTrue, yPred);
  const share = target.sub(prediction).div(ops.maximum(ops.abs(target), epsilon()));
  return ops.mean(ops.abs(share), -1).mul(100);
}

/** Mean over the last axis of `(log(yTrue + 1) − log(yPred + 1))²`, both floored at ε; shapes as in {@link meanSquaredError}. */
export function meanSquaredLogarithmicError(yTrue: TensorLike, yPred: TensorLike): Tensor {
  const [target, prediction] = matchTarget(yTrue, yPred);
  const logOf = (x: Tensor): Tensor => ops.log(ops.maximum(x, epsilon()).add(1));
  return ops.mean(ops.square(logOf(prediction).sub(logOf(target))), -1);
}

/** Minus the cosine of the angle between targets and predictions along `axis` (−1: parallel, 0: orthogonal). */
export function cosineSimilarity(yTrue: TensorLike, yPred: TensorLike, axis = -1): Tensor {
  const [target, prediction] = matchTarget(yTrue, yPred);
  const unit = (x: Tensor): Tensor => ops.normalize(x, axis);
  return ops.sum(unit(target).mul(unit(prediction)), axis).neg();
}

/** Squared up to `delta` and linear beyond it, averaged over the last axis (Huber, 1964). */
export function huber(yTrue: TensorLike, yPred: TensorLike, delta = 1): Tensor {
  const [target, prediction] = matchTarget(yTrue, yPred);
  const error = prediction.sub(target);
  const distance = ops.abs(error);
  const near = ops.square(error).mul(0.5);
  const far = distance.mul(delta).sub(0.5 * delta * delta);
  return ops.mean(ops.where(distance.lessEqual(delta), near, far), -1);
}

/** Mean over the last axis of `log(cosh(yPred − yTrue))`, computed without overflow. */
export function logCosh(yTrue: TensorLike, yPred: TensorLike): Tensor {
  const [target, prediction] = matchTarget(yTrue, yPred, false);
  const error = prediction.sub(target);
  return ops.mean(error.add(ops.softplus(error.mul(-2))).sub(Math.LN2), -1);
}
