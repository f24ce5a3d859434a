import { ops, type Tensor, type TensorLike } from '@ibex/tensor';
import { matchTarget } from './target.js';

/** Targets given as 0 and 1 are read as −1 and 1; others are taken as they are. */
function signedLabels(labels: Tensor): Tensor {
  const binary = ops.all(labels.equal(0).logicalOr(labels.equal(1)));
  return ops.where(binary, labels.mul(2).sub(1), labels);
}

function margins(yTrue: TensorLike, yPred: TensorLike): Tensor {
  const [target, prediction] = matchTarget(yTrue, yPred, false);
  return ops.relu(ops.subtract(1, signedLabels(target).mul(prediction)));
}

/** Mean over the last axis of `max(1 − yTrue · yPred, 0)`; targets are −1 or 1 (0 and 1 are converted). */
export function hinge(yTrue: TensorLike, yPred: TensorLike): Tensor {
  return ops.mean(margins(yTrue, yPred), -1);
}

/** Mean over the last axis of `max(1 − yTrue · yPred, 0)²`; targets are −1 or 1 (0 and 1 are converted). */
export function squaredHinge(yTrue: TensorLike, yPred: TensorLike): Tensor {
  return ops.mean(ops.square(margins(yTrue, yPred)), -1);
}

/** `max(neg − pos + 1, 0)` with `pos = Σ yTrue · yPred` and `neg = max((1 − yTrue) · yPred)` over the last axis. */
export function categoricalHinge(yTrue: TensorLike, yPred: TensorLike): Tensor {
  const [target, prediction] = matchTarget(yTrue, yPred, false);
  const positive = ops.sum(target.mul(prediction), -1);
  const negative = ops.max(ops.subtract(1, target).mul(prediction), -1);
  return ops.relu(negative.sub(positive).add(1));
}
