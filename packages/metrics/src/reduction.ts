import { matchRanks } from '@ibex/losses';
import { getMask, ops, type Tensor, type TensorLike, type Variable } from '@ibex/tensor';
import { Metric, type MetricOptions, PairMetric } from './metric.js';

/** `values` and weights that broadcast to them; a weight of lower rank holds for whole rows, averaged over the rest. */
function weigh(
  values: Tensor,
  sampleWeight: TensorLike | undefined,
): { values: Tensor; weights: Tensor | undefined } {
  const mask = getMask(values);
  let weights = sampleWeight === undefined ? undefined : ops.cast(sampleWeight, values.dtype);
  if (mask !== undefined) {
    const [maskWeights, given] = weights
      ? matchRanks(mask.cast(values.dtype), weights)
      : [mask.cast(values.dtype), undefined];
    weights = given ? maskWeights.mul(given) : maskWeights;
  }
  if (weights === undefined) return { values, weights };
  const [matched, matchedWeights] = matchRanks(values, weights);
  if (matchedWeights.rank >= matched.rank) return { values: matched, weights: matchedWeights };
  const rest = Array.from({ length: matched.rank - matchedWeights.rank }, (_, i) => matchedWeights.rank + i);
  return { values: ops.mean(matched, rest), weights: matchedWeights };
}

/** The weighted sum of all values. After `keras.metrics.Sum`. */
export class Sum extends Metric {
  readonly #total: Variable;

  constructor(options: MetricOptions = {}) {
    super({ ...options, name: options.name ?? 'sum' });
    this.#total = this.addVariable([], 'total');
  }

  override updateState(values: TensorLike, sampleWeight?: TensorLike): void {
    const weighed = weigh(ops.cast(values, this.dtype), sampleWeight);
    this.#total.assignAdd(ops.sum(weighed.weights ? weighed.values.mul(weighed.weights) : weighed.values));
  }

  override result(): Tensor {
    return this.#total.value;
  }
}

/** The weighted mean of all values; 0 before the first. After `keras.metrics.Mean`. */
export class Mean extends Metric {
  readonly #total: Variable;
  readonly #count: Variable;

  constructor(options: MetricOptions = {}) {
    super({ ...options, name: options.name ?? 'mean' });
    this.#total = this.addVariable([], 'total');
    this.#count = this.addVariable([], 'count');
  }

  override updateState(values: TensorLike, sampleWeight?: TensorLike): void {
    const cast = ops.convertToTensor(values);
    addToMean(
      this.#total,
      this.#count,
      cast.dtype === this.dtype ? cast : cast.cast(this.dtype),
      sampleWeight,
    );
  }

  override result(): Tensor {
    return ops.divideNoNan(this.#total, this.#count);
  }
}

function addToMean(
  total: Variable,
  count: Variable,
  perSample: Tensor,
  sampleWeight: TensorLike | undefined,
): void {
  const { values, weights } = weigh(perSample, sampleWeight);
  total.assignAdd(ops.sum(weights ? values.mul(weights) : values));
  count.assignAdd(weights ? ops.sum(ops.broadcastTo(weights, values.shape)) : values.size);
}

/** A value per sample from targets and predictions. */
export type MetricFunction = (yTrue: TensorLike, yPred: TensorLike) => Tensor;

/** The weighted mean of what a function gives for each sample. After `keras.metrics.MeanMetricWrapper`. */
export class MeanMetricWrapper extends PairMetric {
  readonly fn: MetricFunction;
  readonly #total: Variable;
  readonly #count: Variable;

  constructor(fn: MetricFunction, options: MetricOptions = {}) {
    super({ ...options, name: options.name ?? (fn.name || 'mean_metric_wrapper') });
    this.fn = fn;
    this.#total = this.addVariable([], 'total');
    this.#count = this.addVariable([], 'count');
  }

  override updateState(yTrue: TensorLike, yPred: TensorLike, sampleWeight?: TensorLike): void {
    const mask = getMask(yPred);
    const values = this.fn(yTrue, yPred).cast(this.dtype);
    const maskWeights = mask?.cast(this.dtype);
    let weights = sampleWeight;
    if (maskWeights) {
      const [matched, given] =
        sampleWeight === undefined
          ? [maskWeights, undefined]
          : matchRanks(maskWeights, ops.cast(sampleWeight, this.dtype));
      weights = given ? matched.mul(given) : matched;
    }
    addToMean(this.#total, this.#count, values, weights);
  }

  override result(): Tensor {
    return ops.divideNoNan(this.#total, this.#count);
  }
}
