import { matchRanks } from '@ibex/losses';
import {
  epsilon,
  ops,
  ShapeError,
  type Tensor,
  type TensorLike,
  ValueError,
  type Variable,
} from '@ibex/tensor';
import { type MetricOptions, PairMetric } from './metric.js';
import { MeanMetricWrapper } from './reduction.js';

function pair(yTrue: TensorLike, yPred: TensorLike): [Tensor, Tensor] {
  const prediction = ops.convertToTensor(yPred);
  return matchRanks(ops.cast(yTrue, prediction.dtype), prediction);
}

/** Pearson's correlation of targets and predictions along an axis, which the result lacks. */
export function pearsonCorrelation(yTrue: TensorLike, yPred: TensorLike, axis = -1): Tensor {
  const [target, prediction] = pair(yTrue, yPred);
  const normal = (x: Tensor): Tensor => {
    const centred = x.sub(ops.mean(x, axis, { keepdims: true }));
    return centred.div(ops.std(centred, axis, { keepdims: true }));
  };
  return ops.mean(normal(target).mul(normal(prediction)), axis);
}

/** The concordance of targets and predictions along an axis, which the result lacks, by the formula of Keras 3.15. */
export function concordanceCorrelation(yTrue: TensorLike, yPred: TensorLike, axis = -1): Tensor {
  const [target, prediction] = pair(yTrue, yPred);
  const kept = { keepdims: true };
  const targetMean = ops.mean(target, axis, kept);
  const mean = ops.mean(prediction, axis, kept);
  const covariance = target.sub(mean).mul(prediction.sub(mean));
  const norm = ops
    .var(target, axis, kept)
    .add(ops.var(prediction, axis, kept))
    .add(targetMean.sub(mean).square());
  return ops.mean(covariance.mul(2).div(norm.add(epsilon())), axis);
}

export interface CorrelationOptions extends MetricOptions {
  /** The axis along which the value is taken. Default -1. */
  axis?: number;
}

/** Mean Pearson correlation. After `keras.metrics.PearsonCorrelation`. */
export class PearsonCorrelation extends MeanMetricWrapper {
  override readonly direction = 'up';
  readonly axis: number;

  constructor({ axis = -1, ...options }: CorrelationOptions = {}) {
    super((yTrue, yPred) => pearsonCorrelation(yTrue, yPred, axis), {
      name: 'pearson_correlation',
      ...options,
    });
    this.axis = axis;
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), axis: this.axis };
  }
}

/** Mean concordance correlation. After `keras.metrics.ConcordanceCorrelation`. */
export class ConcordanceCorrelation extends MeanMetricWrapper {
  override readonly direction = 'up';
  readonly axis: number;

  constructor({ axis = -1, ...options }: CorrelationOptions = {}) {
    super((yTrue, yPred) => concordanceCorrelation(yTrue, yPred, axis), {
      name: 'concordance_correlation',
      ...options,
    });
    this.axis = axis;
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), axis: this.axis };
  }
}

export interface R2ScoreOptions extends MetricOptions {
  /** How the scores of outputs become one; null gives the score of each. Default `'uniform_average'`. */
  classAggregation?: 'uniform_average' | 'variance_weighted_average' | null;
  /** The number of independent regressors, for the adjusted score. Default 0. */
  numRegressors?: number;
}

type Sums = Record<'squared' | 'plain' | 'residual' | 'count', Variable>;

/** The share of the targets' variance that predictions explain, of `[batch, outputs]`. After `keras.metrics.R2Score`. */
export class R2Score extends PairMetric {
  override readonly direction = 'up';
  readonly classAggregation: 'uniform_average' | 'variance_weighted_average' | null;
  readonly numRegressors: number;
  readonly #samples: Variable;
  #sums: Sums | undefined;

  constructor({ classAggregation = 'uniform_average', numRegressors = 0, ...options }: R2ScoreOptions = {}) {
    super({ ...options, name: options.name ?? 'r2_score' });
    if (
      classAggregation !== null &&
      !['uniform_average', 'variance_weighted_average'].includes(classAggregation)
    )
      throw new ValueError(
        `${this.name}: classAggregation is 'uniform_average', 'variance_weighted_average' or null, got '${String(classAggregation)}'.`,
      );
    if (!Number.isInteger(numRegressors) || numRegressors < 0)
      throw new ValueError(
        `${this.name}: numRegressors must be a whole number of at least 0, got ${numRegressors}.`,
      );
    this.classAggregation = classAggregation;
    this.numRegressors = numRegressors;
    this.#samples = this.addVariable([], 'num_samples');
  }

  override updateState(yTrue: TensorLike, yPred: TensorLike, sampleWeight: TensorLike = 1): void {
    const [target, prediction] = matchRanks(ops.cast(yTrue, this.dtype), ops.cast(yPred, this.dtype));
    if (prediction.rank !== 2) {
      throw new ShapeError(
        `${this.name}: predictions must be [batch, outputs], got rank ${prediction.rank}.`,
      );
    }
    const given = ops.cast(sampleWeight, this.dtype);
    const weights = ops.broadcastTo(given.rank === 1 ? ops.expandDims(given, 1) : given, target.shape);
    const sums = this.#build(prediction.shape[1]!);
    const weighted = target.mul(weights);
    sums.plain.assignAdd(ops.sum(weighted, 0));
    sums.squared.assignAdd(ops.sum(target.mul(weighted), 0));
    sums.residual.assignAdd(ops.sum(target.sub(prediction).square().mul(weights), 0));
    sums.count.assignAdd(ops.sum(weights, 0));
    this.#samples.assignAdd(target.size);
  }

  override result(): Tensor {
    const sums = this.#sums;
    if (!sums) return ops.zeros([], { dtype: this.dtype });
    const plain = sums.plain.value;
    const total = sums.squared.value.sub(plain.mul(plain.div(sums.count)));
    const raw = sums.residual.value.div(total).neg().add(1);
    const scores = ops.where(ops.isinf(raw), 0, raw);
    const score = {
      uniform_average: () => ops.mean(scores),
      variance_weighted_average: () => ops.sum(total.mul(scores)).div(ops.sum(total)),
      none: () => scores,
    }[this.classAggregation ?? 'none']();
    if (this.numRegressors === 0) return score;
    const samples = this.#samples.value;
    const left = samples.sub(this.numRegressors + 1);
    const adjusted = score.neg().add(1).mul(samples.sub(1)).div(left).neg().add(1);
    // With as many regressors as samples there is nothing to adjust by.
    return ops.where(left.greater(0), adjusted, score);
  }

  override getConfig(): Record<string, unknown> {
    return {
      ...super.getConfig(),
      classAggregation: this.classAggregation,
      numRegressors: this.numRegressors,
    };
  }

  #build(outputs: number): Sums {
    return (this.#sums ??= {
      squared: this.addVariable([outputs], 'squared_sum'),
      plain: this.addVariable([outputs], 'sum'),
      residual: this.addVariable([outputs], 'residual'),
      count: this.addVariable([outputs], 'count'),
    });
  }
}
