import { epsilon, ops, type Tensor, type TensorLike } from '@ibex/tensor';
import { matchTarget } from './target.js';

/** The axes to sum over; `null` means all. */
export type SumAxes = number | readonly number[] | null;

/** One minus the Dice coefficient: `1 − 2·Σ(yTrue·yPred) / (Σ yTrue + Σ yPred)`, summed over `axis` (all axes by default). */
export function dice(yTrue: TensorLike, yPred: TensorLike, axis: SumAxes = null): Tensor {
  const [target, prediction] = matchTarget(yTrue, yPred, false);
  const overlap = ops.sum(target.mul(prediction), axis);
  const sizes = ops.sum(target, axis).add(ops.sum(prediction, axis));
  return ops.subtract(1, overlap.mul(2).div(sizes.add(epsilon())));
}

/** One minus the Tversky index, with `alpha` for false positives and `beta` for false negatives (Salehi et al., 2017). */
export function tversky(
  yTrue: TensorLike,
  yPred: TensorLike,
  alpha = 0.5,
  beta = 0.5,
  axis: SumAxes = null,
): Tensor {
  const [target, prediction] = matchTarget(yTrue, yPred, false);
  const overlap = ops.sum(target.mul(prediction), axis);
  const onlyTarget = ops.sum(ops.subtract(1, prediction).mul(target), axis);
  const onlyPrediction = ops.sum(prediction.mul(ops.subtract(1, target)), axis);
  const index = overlap.div(overlap.add(onlyTarget.mul(alpha)).add(onlyPrediction.mul(beta)).add(epsilon()));
  return ops.subtract(1, index);
}
