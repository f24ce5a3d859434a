import {
  cosineSimilarity,
  logCosh,
  meanAbsoluteError,
  meanAbsolutePercentageError,
  meanSquaredError,
  meanSquaredLogarithmicError,
} from '@ibex/losses';
import { ops, type Tensor } from '@ibex/tensor';
import type { MetricOptions } from './metric.js';
import { MeanMetricWrapper } from './reduction.js';

/** Mean of squared differences. After `keras.metrics.MeanSquaredError`. */
export class MeanSquaredError extends MeanMetricWrapper {
  constructor(options: MetricOptions = {}) {
    super(meanSquaredError, { name: 'mean_squared_error', ...options });
  }
}

/** Mean of absolute differences. After `keras.metrics.MeanAbsoluteError`. */
export class MeanAbsoluteError extends MeanMetricWrapper {
  constructor(options: MetricOptions = {}) {
    super(meanAbsoluteError, { name: 'mean_absolute_error', ...options });
  }
}

/** Mean of absolute differences in percent of the target. After `keras.metrics.MeanAbsolutePercentageError`. */
export class MeanAbsolutePercentageError extends MeanMetricWrapper {
  constructor(options: MetricOptions = {}) {
    super(meanAbsolutePercentageError, { name: 'mean_absolute_percentage_error', ...options });
  }
}

/** Mean of squared differences of logarithms. After `keras.metrics.MeanSquaredLogarithmicError`. */
export class MeanSquaredLogarithmicError extends MeanMetricWrapper {
  constructor(options: MetricOptions = {}) {
    super(meanSquaredLogarithmicError, { name: 'mean_squared_logarithmic_error', ...options });
  }
}

/** Mean of the logarithm of the hyperbolic cosine of differences. After `keras.metrics.LogCoshError`. */
export class LogCoshError extends MeanMetricWrapper {
  constructor(options: MetricOptions = {}) {
    super(logCosh, { name: 'logcosh', ...options });
  }
}

/** The root of the mean of squared differences. After `keras.metrics.RootMeanSquaredError`. */
export class RootMeanSquaredError extends MeanMetricWrapper {
  constructor(options: MetricOptions = {}) {
    super(meanSquaredError, { name: 'root_mean_squared_error', ...options });
  }

  override result(): Tensor {
    return ops.sqrt(super.result());
  }
}

/** The metric is the cosine itself; the loss is its negative. */
function negatedCosine(...pair: Parameters<typeof cosineSimilarity>): Tensor {
  return cosineSimilarity(...pair).neg();
}

export interface CosineSimilarityMetricOptions extends MetricOptions {
  /** The axis along which the value is taken. Default −1. */
  axis?: number;
}

/** Mean cosine of the angle between targets and predictions. After `keras.metrics.CosineSimilarity`. */
export class CosineSimilarity extends MeanMetricWrapper {
  override readonly direction = 'up';
  readonly axis: number;

  constructor({ axis = -1, ...options }: CosineSimilarityMetricOptions = {}) {
    super((yTrue, yPred) => negatedCosine(yTrue, yPred, axis), { name: 'cosine_similarity', ...options });
    this.axis = axis;
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), axis: this.axis };
  }
}
