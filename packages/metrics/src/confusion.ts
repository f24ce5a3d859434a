import { ops, type Tensor, type TensorLike, ValueError, type Variable } from '@ibex/tensor';
import { type ConfusionSelection, selectConfusion } from './confusion-data.js';
import { type MetricOptions, PairMetric } from './metric.js';

export interface ConfusionOptions extends MetricOptions {
  /** Predictions above it are taken for positive; several give a value for each. Default 0.5. */
  thresholds?: number | readonly number[] | null;
}

type Count = 'truePositives' | 'trueNegatives' | 'falsePositives' | 'falseNegatives';

/** Weighted counts of right and wrong decisions at thresholds; targets are 0 or 1, predictions lie in `[0, 1]`. */
abstract class ConfusionMetric extends PairMetric {
  readonly thresholds: number | readonly number[] | null;
  readonly #selection: ConfusionSelection;
  readonly #counts: ReadonlyMap<Count, Variable>;

  constructor(
    counts: readonly Count[],
    { thresholds = null, ...options }: ConfusionOptions,
    selection: ConfusionSelection = {},
  ) {
    super(options);
    this.thresholds = thresholds;
    this.#selection = selection;
    for (const threshold of thresholds === null ? [] : this.#levels()) {
      if (!(threshold >= 0 && threshold <= 1))
        throw new ValueError(`${this.name}: thresholds must lie in [0, 1], got ${threshold}.`);
    }
    this.#counts = new Map(counts.map((count) => [count, this.addVariable([this.#levels().length], count)]));
  }

  override updateState(yTrue: TensorLike, yPred: TensorLike, sampleWeight?: TensorLike): void {
    const { dtype } = this;
    const data = selectConfusion(yTrue, yPred, sampleWeight, { dtype, ...this.#selection });
    const positive = ops.reshape(data.positive, [1, -1]);
    const negative = ops.reshape(data.negative, [1, -1]);
    const levels = ops.reshape(ops.cast([...this.#levels()], dtype), [-1, 1]);
    const taken = ops.reshape(data.prediction, [1, -1]).greater(levels);
    for (const [count, variable] of this.#counts) {
      const decided = count.endsWith('Positives') ? taken : taken.logicalNot();
      const isRight = count.startsWith('true') === count.endsWith('Positives');
      variable.assignAdd(ops.sum(decided.cast(dtype).mul(isRight ? positive : negative), 1));
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
    // Of the k highest all are taken, whatever their values.
    if (thresholds === null) return [this.#selection.topK == null ? 0.5 : -1e10];
    return typeof thresholds === 'number' ? [thresholds] : thresholds;
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

export interface SelectedConfusionOptions extends ConfusionOptions {
  /** Take the `k` highest predictions of each sample for positive, as far as they are above the threshold, if given. */
  topK?: number | null;
  /** Look at this class alone. */
  classId?: number | null;
}

abstract class SelectedConfusionMetric extends ConfusionMetric {
  override readonly direction = 'up';
  readonly topK: number | null;
  readonly classId: number | null;

  constructor(
    counts: readonly Count[],
    { topK = null, classId = null, ...options }: SelectedConfusionOptions,
  ) {
    super(counts, options, { topK, classId });
    this.topK = topK;
    this.classId = classId;
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), topK: this.topK, classId: this.classId };
  }
}

/** The share of what was taken for positive that is. After `keras.metrics.Precision`. */
export class Precision extends SelectedConfusionMetric {
  constructor(options: SelectedConfusionOptions = {}) {
    super(['truePositives', 'falsePositives'], options);
  }

  override result(): Tensor {
    const found = this.count('truePositives');
    return this.shaped(ops.divideNoNan(found, found.add(this.count('falsePositives'))));
  }
}

/** The share of the positives that was found. After `keras.metrics.Recall`. */
export class Recall extends SelectedConfusionMetric {
  constructor(options: SelectedConfusionOptions = {}) {
    super(['truePositives', 'falseNegatives'], options);
  }

  override result(): Tensor {
    const found = this.count('truePositives');
    return this.shaped(ops.divideNoNan(found, found.add(this.count('falseNegatives'))));
  }
}
