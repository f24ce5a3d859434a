import { ops, type Tensor, type TensorLike, ValueError } from '@ibex/tensor';
import { matchRanks } from './reduction.js';

/** The predictions, and the targets in their dtype; `ranks` also lets a last axis of extent 1 be missing in one of them. */
export function matchTarget(yTrue: TensorLike, yPred: TensorLike, ranks = true): [Tensor, Tensor] {
  const prediction = ops.convertToTensor(yPred);
  const target = ops.cast(yTrue, prediction.dtype);
  return ranks ? matchRanks(target, prediction) : [target, prediction];
}

/** `labels` drawn towards the uniform distribution over `classes`: `(1 − s) · labels + s / classes`. */
export function smoothLabels(labels: Tensor, smoothing: number, classes: number): Tensor {
  if (!(smoothing >= 0 && smoothing <= 1)) {
    throw new ValueError(`labelSmoothing must lie in [0, 1], got ${smoothing}.`);
  }
  return smoothing === 0 ? labels : labels.mul(1 - smoothing).add(smoothing / classes);
}
