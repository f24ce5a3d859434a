import { type DType, epsilon, ops, type Tensor } from '@ibex/tensor';
import type { ConfusionData } from './confusion-data.js';

/** `count` values from 0 to 1, at equal distances. */
export function evenThresholds(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i / (count - 1));
}

/** Whether a list of ascending thresholds, which begins with 0 and ends with 1, has equal distances. */
export function areEven(thresholds: readonly number[]): boolean {
  if (thresholds.length < 3) return false;
  return evenThresholds(thresholds.length).every(
    (even, i) => Math.abs(thresholds[i]! - even) <= epsilon() + 1e-5 * even,
  );
}

/** Weights of what is above each threshold, `[thresholds, labels]`, and of all, `[labels]`. */
export interface CountsAbove {
  readonly positives: Tensor;
  readonly negatives: Tensor;
  readonly allPositives: Tensor;
  readonly allNegatives: Tensor;
}

/** Counts at any thresholds. @param data - of shapes `[samples, labels]` */
export function countAbove(
  { prediction, positive, negative }: ConfusionData,
  thresholds: readonly number[],
  dtype: DType,
): CountsAbove {
  const levels = ops.reshape(ops.cast([...thresholds], dtype), [-1, 1, 1]);
  const above = ops.expandDims(prediction, 0).greater(levels).cast(dtype);
  const weigh = (weights: Tensor): Tensor => ops.sum(above.mul(ops.expandDims(weights, 0)), 1);
  return {
    positives: weigh(positive),
    negatives: weigh(negative),
    allPositives: ops.sum(positive, 0),
    allNegatives: ops.sum(negative, 0),
  };
}

/**
 * Counts at even thresholds from 0 to 1: each prediction falls into a bucket, and what is above a threshold lies in the
 * buckets from there on.
 * @param data - of shapes `[samples, labels]`, with predictions in `[0, 1]`
 * @param belowAll - whether the first threshold is below all predictions, also those of 0
 */
export function countAboveEven(
  { prediction, positive, negative }: ConfusionData,
  count: number,
  belowAll: boolean,
): CountsAbove {
  const labels = prediction.shape[1]!;
  const bucket = ops
    .clip(prediction, 0, 1)
    .mul(count - 1)
    .ceil()
    .sub(1);
  const within = belowAll ? null : bucket.greaterEqual(0).cast(prediction.dtype);
  const index = bucket
    .maximum(0)
    .cast('int32')
    .mul(labels)
    .add(ops.arange(labels, { dtype: 'int32' }));
  const flat = ops.reshape(index, [-1]);
  const gather = (weights: Tensor): Tensor => {
    const values = ops.reshape(within ? weights.mul(within) : weights, [-1]);
    const sums = ops.reshape(ops.segmentSum(values, flat, { numSegments: count * labels }), [count, labels]);
    return ops.flip(ops.cumsum(ops.flip(sums, 0), 0), 0);
  };
  return {
    positives: gather(positive),
    negatives: gather(negative),
    allPositives: ops.sum(positive, 0),
    allNegatives: ops.sum(negative, 0),
  };
}
