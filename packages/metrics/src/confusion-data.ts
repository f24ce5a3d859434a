import { matchRanks } from '@ibex/losses';
import { type DType, ops, ShapeError, type Tensor, type TensorLike } from '@ibex/tensor';

/** Which of the predictions are looked at. */
export interface ConfusionSelection {
  /** The `k` highest of each sample; the others count as negative. */
  readonly topK?: number | null;
  /** This class alone. */
  readonly classId?: number | null;
}

/** Predictions and the weights of those whose target is positive, and negative: all of one shape. */
export interface ConfusionData {
  readonly prediction: Tensor;
  readonly positive: Tensor;
  readonly negative: Tensor;
}

/**
 * What confusion matrices are counted from.
 * @param yTrue - targets, positive where they are not 0
 * @param sampleWeight - for each sample, or each prediction
 * @throws ShapeError for a class of predictions without an axis of classes
 */
export function selectConfusion(
  yTrue: TensorLike,
  yPred: TensorLike,
  sampleWeight: TensorLike | undefined,
  { dtype, topK = null, classId = null }: ConfusionSelection & { readonly dtype: DType },
): ConfusionData {
  let [target, prediction] = matchRanks(ops.cast(yTrue, dtype), ops.cast(yPred, dtype));
  if (topK !== null) {
    const [, best] = ops.topK(prediction, topK) as [Tensor, Tensor];
    const isBest = ops.sum(ops.oneHot(best, prediction.shape.at(-1)!, { dtype }), -2);
    prediction = ops.where(isBest.greater(0), prediction, -1e10);
  }
  if (classId !== null) {
    if (prediction.rank < 2)
      throw new ShapeError(
        `classId needs predictions of classes, [batch, classes], got rank ${prediction.rank}.`,
      );
    target = ops.take(target, [classId], -1);
    prediction = ops.take(prediction, [classId], -1);
  }
  const truth = target.cast('bool').cast(dtype);
  if (sampleWeight === undefined) return { prediction, positive: truth, negative: truth.neg().add(1) };
  const given = ops.cast(sampleWeight, dtype);
  const missing = Math.max(0, prediction.rank - given.rank);
  const weights = ops.broadcastTo(
    given.reshape([...given.shape, ...Array<number>(missing).fill(1)]),
    prediction.shape,
  );
  return { prediction, positive: truth.mul(weights), negative: truth.neg().add(1).mul(weights) };
}
