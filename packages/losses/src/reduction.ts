import { type DType, ops, type Tensor, type TensorLike, ValueError } from '@ibex/tensor';

/** How per-sample losses become one number; `'none'` keeps them apart. */
export type Reduction = 'sum_over_batch_size' | 'mean' | 'mean_with_sample_weight' | 'sum' | 'none';

const REDUCTIONS: readonly string[] = [
  'sum_over_batch_size',
  'mean',
  'mean_with_sample_weight',
  'sum',
  'none',
];

/** Throws `ValueError` when `reduction` is none of Keras's; `null` means `'none'`. */
export function checkReduction(reduction: string | null): Reduction {
  if (reduction === null) return 'none';
  if (!REDUCTIONS.includes(reduction)) {
    throw new ValueError(`A loss's reduction must be one of ${REDUCTIONS.join(', ')}; got '${reduction}'.`);
  }
  return reduction as Reduction;
}

/**
 * Makes the ranks of two tensors equal where they differ by a last axis of extent 1, which one has and the other
 * lacks: it is squeezed away, unless the other has rank 1, which is expanded.
 */
export function matchRanks(a: Tensor, b: Tensor): [Tensor, Tensor] {
  if (a.rank === b.rank + 1 && a.shape[a.rank - 1] === 1) {
    return b.rank === 1 ? [a, ops.expandDims(b, -1)] : [ops.squeeze(a, -1), b];
  }
  if (b.rank === a.rank + 1 && b.shape[b.rank - 1] === 1) {
    return a.rank === 1 ? [ops.expandDims(a, -1), b] : [a, ops.squeeze(b, -1)];
  }
  return [a, b];
}

export interface WeightedReduction {
  reduction: Reduction;
  dtype: DType;
  sampleWeight?: TensorLike | undefined;
  mask?: Tensor | undefined;
}

/**
 * Weighs per-sample values by `sampleWeight` and by the mask, and reduces them. Under a mean, the values that the mask
 * leaves are weighted up, so that the result is the mean over them alone.
 */
export function reduceWeighted(
  perSample: Tensor,
  { reduction, dtype, sampleWeight, mask }: WeightedReduction,
): Tensor {
  let values = perSample.cast(dtype);
  let weights = sampleWeight === undefined ? undefined : ops.cast(sampleWeight, dtype);
  if (mask !== undefined) {
    let maskWeights = mask.cast(dtype);
    if (reduction === 'mean' || reduction === 'sum_over_batch_size') {
      maskWeights = maskWeights.mul(ops.divideNoNan(mask.size, ops.sum(maskWeights)));
    }
    if (weights === undefined) {
      weights = maskWeights;
    } else {
      [maskWeights, weights] = matchRanks(maskWeights, weights);
      weights = weights.mul(maskWeights);
    }
  }
  if (weights !== undefined) {
    [values, weights] = matchRanks(values, weights);
    values = values.mul(weights);
  }
  if (reduction === 'none' || values.rank === 0) return values;
  const total = ops.sum(values);
  if (reduction === 'sum') return total;
  const byWeights = reduction === 'mean_with_sample_weight' && weights !== undefined;
  return ops.divideNoNan(total, byWeights ? ops.sum(weights!) : values.size);
}
