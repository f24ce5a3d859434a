import { ops, type Tensor, type TensorLike, ValueError, type Variable } from '@ibex/tensor';
import { type MetricOptions, PairMetric } from './metric.js';

export interface ConfusionOptions extends MetricOptions {
  /** Predictions above it are taken for positive; several give a value for each. Default 0.5. */
  thresholds?: number | readonly number[] | null;
}

type Count = 'truePositives' | 'trueNegatives' | 'falsePositives' | 'falseNegatives';

/** Weighted counts of right and wrong decisions at thresholds; targets are 0 or 1, predictions lie in `[0, 1]`. */
abstract class ConfusionMetric extends PairMetric {
  readonly thresholds: number | readonly number[] | null;
  readonly #counts: ReadonlyMap<Count, Variable>;

  constructor(counts: readonly Count[], { thresholds = null, ...options }: ConfusionOptions) {
    super(options);
    this.thresholds = thresholds;
    for (const threshold of this.#levels()) {
      if (!(threshold >= 0 && threshold <= 1))
        throw new ValueError(`${this.name}: thresholds must lie in [0, 1], got ${threshold}.`);
    }
    this.#counts = new Map(counts.map((count) => [count, this.addVariable([this.#levels().length], count)]));
  }

  override updateState(yTrue: TensorLike, yPred: TensorLike, sampleWeight?: TensorLike): void {
    const prediction = ops.cast(yPred, this.dtype);
    const positive = ops.reshape(ops.cast(yTrue, this.dtype).greater(0), [1, -1]);
    let weights = ops.ones(prediction.shape, { dtype: this.dtype });
    if (sampleWeight !== undefined) {
      const given = ops.cast(sampleWeight, this.dtype);
      const missing = prediction.rank - given.rank;
      weights = weights.mul(given.reshape([...given.shape, ...Array<number>(Math.max(0, missing)).fill(1)]));
    }
    const levels = ops.reshape(ops.cast([...this.#levels()], this.dtype), [-1, 1]);
    const taken = ops.reshape(prediction, [1, -1]).greater(levels);
    const flat = ops.reshape(weights, [1, -1]);
    for (const [count, variable] of this.#counts) {
      const decided = count.endsWith('Positives') ? taken : taken.logicalNot();
      const isRight = count.startsWith('true') === count.endsWith('Positives');
      const cells = decided.logicalAnd(isRight ? positive : positive.logicalNot());
      variable.assignAdd(ops.sum(cells.cast(this.dtype).mul(flat), 1));
    }
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), thresholds: this.thresholds };
  }

  /** A count for each threshold. */
  protected count(name: Count): Tensor {
    return this.#counts.get(name)!.value;
  }

  /** A scalar where there is one threshold. */
  protected shaped(values: Tensor): Tensor {
    return this.#levels().length === 1 ? values.reshape([]) : values;
  }

  #levels(): readonly number[] {
    const { thresholds } = this;
    return thresholds === null ? [0.5] : typeof thresholds === 'number' ? [thresholds] : thresholds;
  }
}

/** How many positives were found. After `keras.metrics.TruePositives`. */
export class TruePositives extends ConfusionMetric {
  constructor(options: ConfusionOptions = {}) {
    super(['truePositives'], options);
  }

  override result(): Tensor {
    return this.shaped(this.count('truePositives'));
  }
}

/** How many negatives were found. After `keras.metrics.TrueNegatives`. */
export class TrueNegatives extends ConfusionMetric {
  constructor(options: ConfusionOptions = {}) {
    super(['trueNegatives'], options);
  }

  override result(): Tensor {
    return this.shaped(this.count('trueNegatives'));
  }
}

/** How many negatives were taken for positive. After `keras.metrics.FalsePositives`. */
export class FalsePositives extends ConfusionMetric {
  constructor(options: ConfusionOptions = {}) {
    super(['falsePositives'], options);
  }

  override result(): Tensor {
    return this.shaped(this.count('falsePositives'));
  }
}

/** How many positives were missed. After `keras.metrics.FalseNegatives`. */
export class FalseNegatives extends ConfusionMetric {
  constructor(options: ConfusionOptions = {}) {
    super(['falseNegatives'], options);
  }

  override result(): Tensor {
    return this.shaped(this.count('falseNegatives'));
  }
}

/** The share of what was taken for positive that is. After `keras.metrics.Precision`. */
export class Precision extends ConfusionMetric {
  override readonly direction = 'up';

  constructor(options: ConfusionOptions = {}) {
    super(['truePositives', 'falsePositives'], options);
  }

  override result(): Tensor {
    const found = this.count('truePositives');
    return this.shaped(ops.divideNoNan(found, found.add(this.count('falsePositives'))));
  }
}

/** The share of the positives that was found. After `keras.metrics.Recall`. */
export class Recall extends ConfusionMetric {
  override readonly direction = 'up';

  constructor(options: ConfusionOptions = {}) {
    super(['truePositives', 'falseNegatives'], options);
  }

  override result(): Tensor {
    const found = this.count('truePositives');
    return this.shaped(ops.divideNoNan(found, found.add(this.count('falseNegatives'))));
  }
}
