import { LossFunctionWrapper, type LossOptions } from './loss.js';
import {
  cosineSimilarity,
  huber,
  logCosh,
  meanAbsoluteError,
  meanAbsolutePercentageError,
  meanSquaredError,
  meanSquaredLogarithmicError,
} from './regression.js';

/** Mean of squared differences. After `keras.losses.MeanSquaredError`; see {@link meanSquaredError}. */
export class MeanSquaredError extends LossFunctionWrapper {
  constructor(options: LossOptions = {}) {
    super(meanSquaredError, { name: 'mean_squared_error', ...options });
  }
}

/** Mean of absolute differences. After `keras.losses.MeanAbsoluteError`; see {@link meanAbsoluteError}. */
export class MeanAbsoluteError extends LossFunctionWrapper {
  constructor(options: LossOptions = {}) {
    super(meanAbsoluteError, { name: 'mean_absolute_error', ...options });
  }
}

/** Mean of absolute differences in percent of the target. After `keras.losses.MeanAbsolutePercentageError`; see {@link meanAbsolutePercentageError}. */
export class MeanAbsolutePercentageError extends LossFunctionWrapper {
  constructor(options: LossOptions = {}) {
    super(meanAbsolutePercentageError, { name: 'mean_absolute_percentage_error', ...options });
  }
}

/** Mean of squared differences of logarithms. After `keras.losses.MeanSquaredLogarithmicError`; see {@link meanSquaredLogarithmicError}. */
export class MeanSquaredLogarithmicError extends LossFunctionWrapper {
  constructor(options: LossOptions = {}) {
    super(meanSquaredLogarithmicError, { name: 'mean_squared_logarithmic_error', ...options });
  }
}

/** Mean of the logarithm of the hyperbolic cosine of differences. After `keras.losses.LogCosh`; see {@link logCosh}. */
export class LogCosh extends LossFunctionWrapper {
  constructor(options: LossOptions = {}) {
    super(logCosh, { name: 'log_cosh', ...options });
  }
}

export interface CosineSimilarityOptions extends LossOptions {
  /** The axis along which the value is taken. Default −1. */
  axis?: number;
}

/** Minus the cosine between targets and predictions. After `keras.losses.CosineSimilarity`; see {@link cosineSimilarity}. */
export class CosineSimilarity extends LossFunctionWrapper {
  readonly axis: number;

  constructor({ axis = -1, ...options }: CosineSimilarityOptions = {}) {
    super((yTrue, yPred) => cosineSimilarity(yTrue, yPred, axis), { name: 'cosine_similarity', ...options });
    this.axis = axis;
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), axis: this.axis };
  }
}

export interface HuberOptions extends LossOptions {
  /** Where the loss turns from squared to linear. Default 1. */
  delta?: number;
}

/** Squared near the target and linear far from it. After `keras.losses.Huber`; see {@link huber}. */
export class Huber extends LossFunctionWrapper {
  readonly delta: number;

  constructor({ delta = 1, ...options }: HuberOptions = {}) {
    super((yTrue, yPred) => huber(yTrue, yPred, delta), { name: 'huber_loss', ...options });
    this.delta = delta;
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), delta: this.delta };
  }
}
