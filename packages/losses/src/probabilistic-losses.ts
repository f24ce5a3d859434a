import { LossFunctionWrapper, type LossOptions } from './loss.js';
import {
  binaryCrossentropy,
  binaryFocalCrossentropy,
  categoricalCrossentropy,
  categoricalFocalCrossentropy,
  categoricalGeneralizedCrossEntropy,
  klDivergence,
  poisson,
  sparseCategoricalCrossentropy,
} from './probabilistic.js';

export interface BinaryCrossentropyOptions extends LossOptions {
  /** Predictions are logits, not probabilities. Default false. */
  fromLogits?: boolean;
  /** In `[0, 1]`: how far targets are drawn towards the uniform distribution. Default 0. */
  labelSmoothing?: number;
  /** The axis of the classes. Default −1. */
  axis?: number;
}

/** Crossentropy of 0/1 targets. After `keras.losses.BinaryCrossentropy`; see {@link binaryCrossentropy}. */
export class BinaryCrossentropy extends LossFunctionWrapper {
  readonly fromLogits: boolean;
  readonly labelSmoothing: number;
  readonly axis: number;

  constructor({
    fromLogits = false,
    labelSmoothing = 0,
    axis = -1,
    ...options
  }: BinaryCrossentropyOptions = {}) {
    super((yTrue, yPred) => binaryCrossentropy(yTrue, yPred, { fromLogits, labelSmoothing, axis }), {
      name: 'binary_crossentropy',
      ...options,
    });
    this.fromLogits = fromLogits;
    this.labelSmoothing = labelSmoothing;
    this.axis = axis;
  }

  override getConfig(): Record<string, unknown> {
    return {
      ...super.getConfig(),
      fromLogits: this.fromLogits,
      labelSmoothing: this.labelSmoothing,
      axis: this.axis,
    };
  }
}

export interface CategoricalCrossentropyOptions extends LossOptions {
  /** Predictions are logits, not probabilities. Default false. */
  fromLogits?: boolean;
  /** In `[0, 1]`: how far targets are drawn towards the uniform distribution. Default 0. */
  labelSmoothing?: number;
  /** The axis of the classes. Default −1. */
  axis?: number;
}

/** Crossentropy of one-hot targets. After `keras.losses.CategoricalCrossentropy`; see {@link categoricalCrossentropy}. */
export class CategoricalCrossentropy extends LossFunctionWrapper {
  readonly fromLogits: boolean;
  readonly labelSmoothing: number;
  readonly axis: number;

  constructor({
    fromLogits = false,
    labelSmoothing = 0,
    axis = -1,
    ...options
  }: CategoricalCrossentropyOptions = {}) {
    super((yTrue, yPred) => categoricalCrossentropy(yTrue, yPred, { fromLogits, labelSmoothing, axis }), {
      name: 'categorical_crossentropy',
      ...options,
    });
    this.fromLogits = fromLogits;
    this.labelSmoothing = labelSmoothing;
    this.axis = axis;
  }

  override getConfig(): Record<string, unknown> {
    return {
      ...super.getConfig(),
      fromLogits: this.fromLogits,
      labelSmoothing: this.labelSmoothing,
      axis: this.axis,
    };
  }
}

export interface SparseCategoricalCrossentropyOptions extends LossOptions {
  /** Predictions are logits, not probabilities. Default false. */
  fromLogits?: boolean;
  /** Samples with this label count for nothing. */
  ignoreClass?: number | null;
  /** The axis of the classes. Default −1. */
  axis?: number;
}

/** Crossentropy of integer targets. After `keras.losses.SparseCategoricalCrossentropy`; see {@link sparseCategoricalCrossentropy}. */
export class SparseCategoricalCrossentropy extends LossFunctionWrapper {
  readonly fromLogits: boolean;
  readonly ignoreClass: number | null;
  readonly axis: number;

  constructor({
    fromLogits = false,
    ignoreClass = null,
    axis = -1,
    ...options
  }: SparseCategoricalCrossentropyOptions = {}) {
    super((yTrue, yPred) => sparseCategoricalCrossentropy(yTrue, yPred, { fromLogits, ignoreClass, axis }), {
      name: 'sparse_categorical_crossentropy',
      ...options,
    });
    this.fromLogits = fromLogits;
    this.ignoreClass = ignoreClass;
    this.axis = axis;
  }

  override getConfig(): Record<string, unknown> {
    return {
      ...super.getConfig(),
      fromLogits: this.fromLogits,
      ignoreClass: this.ignoreClass,
      axis: this.axis,
    };
  }
}

export interface BinaryFocalCrossentropyOptions extends LossOptions {
  /** Weigh class 1 by `alpha` and class 0 by `1 − alpha`. Default false. */
  applyClassBalancing?: boolean;
  /** Default 0.25. */
  alpha?: number;
  /** How much easy samples are played down. Default 2. */
  gamma?: number;
  /** Predictions are logits, not probabilities. Default false. */
  fromLogits?: boolean;
  /** In `[0, 1]`: how far targets are drawn towards the uniform distribution. Default 0. */
  labelSmoothing?: number;
  /** The axis of the classes. Default −1. */
  axis?: number;
}

/** Binary crossentropy that plays down easy samples. After `keras.losses.BinaryFocalCrossentropy`; see {@link binaryFocalCrossentropy}. */
export class BinaryFocalCrossentropy extends LossFunctionWrapper {
  readonly applyClassBalancing: boolean;
  readonly alpha: number;
  readonly gamma: number;
  readonly fromLogits: boolean;
  readonly labelSmoothing: number;
  readonly axis: number;

  constructor({
    applyClassBalancing = false,
    alpha = 0.25,
    gamma = 2,
    fromLogits = false,
    labelSmoothing = 0,
    axis = -1,
    ...options
  }: BinaryFocalCrossentropyOptions = {}) {
    super(
      (yTrue, yPred) =>
        binaryFocalCrossentropy(yTrue, yPred, {
          applyClassBalancing,
          alpha,
          gamma,
          fromLogits,
          labelSmoothing,
          axis,
        }),
      { name: 'binary_focal_crossentropy', ...options },
    );
    this.applyClassBalancing = applyClassBalancing;
    this.alpha = alpha;
    this.gamma = gamma;
    this.fromLogits = fromLogits;
    this.labelSmoothing = labelSmoothing;
    this.axis = axis;
  }

  override getConfig(): Record<string, unknown> {
    return {
      ...super.getConfig(),
      applyClassBalancing: this.applyClassBalancing,
      alpha: this.alpha,
      gamma: this.gamma,
      fromLogits: this.fromLogits,
      labelSmoothing: this.labelSmoothing,
      axis: this.axis,
    };
  }
}

export interface CategoricalFocalCrossentropyOptions extends LossOptions {
  /** Default 0.25. */
  alpha?: number;
  /** How much easy samples are played down. Default 2. */
  gamma?: number;
  /** Predictions are logits, not probabilities. Default false. */
  fromLogits?: boolean;
  /** In `[0, 1]`: how far targets are drawn towards the uniform distribution. Default 0. */
  labelSmoothing?: number;
  /** The axis of the classes. Default −1. */
  axis?: number;
}

/** Categorical crossentropy that plays down easy samples. After `keras.losses.CategoricalFocalCrossentropy`; see {@link categoricalFocalCrossentropy}. */
export class CategoricalFocalCrossentropy extends LossFunctionWrapper {
  readonly alpha: number;
  readonly gamma: number;
  readonly fromLogits: boolean;
  readonly labelSmoothing: number;
  readonly axis: number;

  constructor({
    alpha = 0.25,
    gamma = 2,
    fromLogits = false,
    labelSmoothing = 0,
    axis = -1,
    ...options
  }: CategoricalFocalCrossentropyOptions = {}) {
    super(
      (yTrue, yPred) =>
        categoricalFocalCrossentropy(yTrue, yPred, { alpha, gamma, fromLogits, labelSmoothing, axis }),
      { name: 'categorical_focal_crossentropy', ...options },
    );
    this.alpha = alpha;
    this.gamma = gamma;
    this.fromLogits = fromLogits;
    this.labelSmoothing = labelSmoothing;
    this.axis = axis;
  }

  override getConfig(): Record<string, unknown> {
    return {
      ...super.getConfig(),
      alpha: this.alpha,
      gamma: this.gamma,
      fromLogits: this.fromLogits,
      labelSmoothing: this.labelSmoothing,
      axis: this.axis,
    };
  }
}

export interface CategoricalGeneralizedCrossEntropyOptions extends LossOptions {
  /** In (0, 1): near 0 as crossentropy, near 1 as mean absolute error. Default 0.5. */
  q?: number;
}

/** Between crossentropy and mean absolute error: robust to wrong labels. After `keras.losses.CategoricalGeneralizedCrossEntropy`; see {@link categoricalGeneralizedCrossEntropy}. */
export class CategoricalGeneralizedCrossEntropy extends LossFunctionWrapper {
  readonly q: number;

  constructor({ q = 0.5, ...options }: CategoricalGeneralizedCrossEntropyOptions = {}) {
    super((yTrue, yPred) => categoricalGeneralizedCrossEntropy(yTrue, yPred, q), {
      name: 'categorical_generalized_cross_entropy',
      ...options,
    });
    this.q = q;
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), q: this.q };
  }
}

/** Kullback–Leibler divergence of predictions from targets. After `keras.losses.KLDivergence`; see {@link klDivergence}. */
export class KLDivergence extends LossFunctionWrapper {
  constructor(options: LossOptions = {}) {
    super(klDivergence, { name: 'kl_divergence', ...options });
  }
}

/** Poisson negative log-likelihood, without the constant. After `keras.losses.Poisson`; see {@link poisson}. */
export class Poisson extends LossFunctionWrapper {
  constructor(options: LossOptions = {}) {
    super(poisson, { name: 'poisson', ...options });
  }
}
