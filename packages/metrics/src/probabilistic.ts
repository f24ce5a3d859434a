import {
  binaryCrossentropy,
  categoricalCrossentropy,
  categoricalHinge,
  hinge,
  klDivergence,
  poisson,
  sparseCategoricalCrossentropy,
  squaredHinge,
} from '@ibex/losses';
import type { MetricOptions } from './metric.js';
import { MeanMetricWrapper } from './reduction.js';

export interface BinaryCrossentropyMetricOptions extends MetricOptions {
  /** Predictions are logits, not probabilities. Default false. */
  fromLogits?: boolean;
  /** In `[0, 1]`: how far targets are drawn towards the uniform distribution. Default 0. */
  labelSmoothing?: number;
}

/** Mean crossentropy of 0/1 targets. After `keras.metrics.BinaryCrossentropy`. */
export class BinaryCrossentropy extends MeanMetricWrapper {
  readonly fromLogits: boolean;
  readonly labelSmoothing: number;

  constructor({ fromLogits = false, labelSmoothing = 0, ...options }: BinaryCrossentropyMetricOptions = {}) {
    super((yTrue, yPred) => binaryCrossentropy(yTrue, yPred, { fromLogits, labelSmoothing }), {
      name: 'binary_crossentropy',
      ...options,
    });
    this.fromLogits = fromLogits;
    this.labelSmoothing = labelSmoothing;
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), fromLogits: this.fromLogits, labelSmoothing: this.labelSmoothing };
  }
}

export interface CategoricalCrossentropyMetricOptions extends MetricOptions {
  /** Predictions are logits, not probabilities. Default false. */
  fromLogits?: boolean;
  /** In `[0, 1]`: how far targets are drawn towards the uniform distribution. Default 0. */
  labelSmoothing?: number;
  /** The axis of the classes. Default −1. */
  axis?: number;
}

/** Mean crossentropy of one-hot targets. After `keras.metrics.CategoricalCrossentropy`. */
export class CategoricalCrossentropy extends MeanMetricWrapper {
  readonly fromLogits: boolean;
  readonly labelSmoothing: number;
  readonly axis: number;

  constructor({
    fromLogits = false,
    labelSmoothing = 0,
    axis = -1,
    ...options
  }: CategoricalCrossentropyMetricOptions = {}) {
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

export interface SparseCategoricalCrossentropyMetricOptions extends MetricOptions {
  /** Predictions are logits, not probabilities. Default false. */
  fromLogits?: boolean;
  /** Samples with this label count for nothing. */
  ignoreClass?: number | null;
  /** The axis of the classes. Default −1. */
  axis?: number;
}

/** Mean crossentropy of integer targets. After `keras.metrics.SparseCategoricalCrossentropy`. */
export class SparseCategoricalCrossentropy extends MeanMetricWrapper {
  readonly fromLogits: boolean;
  readonly ignoreClass: number | null;
  readonly axis: number;

  constructor({
    fromLogits = false,
    ignoreClass = null,
    axis = -1,
    ...options
  }: SparseCategoricalCrossentropyMetricOptions = {}) {
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

/** Mean Kullback–Leibler divergence of predictions from targets. After `keras.metrics.KLDivergence`. */
export class KLDivergence extends MeanMetricWrapper {
  constructor(options: MetricOptions = {}) {
    super(klDivergence, { name: 'kl_divergence', ...options });
  }
}

/** Mean Poisson loss. After `keras.metrics.Poisson`. */
export class Poisson extends MeanMetricWrapper {
  constructor(options: MetricOptions = {}) {
    super(poisson, { name: 'poisson', ...options });
  }
}

/** Mean hinge loss. After `keras.metrics.Hinge`. */
export class Hinge extends MeanMetricWrapper {
  constructor(options: MetricOptions = {}) {
    super(hinge, { name: 'hinge', ...options });
  }
}

/** Mean squared hinge loss. After `keras.metrics.SquaredHinge`. */
export class SquaredHinge extends MeanMetricWrapper {
  constructor(options: MetricOptions = {}) {
    super(squaredHinge, { name: 'squared_hinge', ...options });
  }
}

/** Mean categorical hinge loss. After `keras.metrics.CategoricalHinge`. */
export class CategoricalHinge extends MeanMetricWrapper {
  constructor(options: MetricOptions = {}) {
    super(categoricalHinge, { name: 'categorical_hinge', ...options });
  }
}
