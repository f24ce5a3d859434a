import { ops, type Tensor, type TensorLike, ValueError, type Variable } from '@ibex/tensor';
import { selectConfusion } from './confusion-data.js';
import { type MetricOptions, PairMetric } from './metric.js';
import { countAbove, countAboveEven, evenThresholds } from './thresholds.js';

export interface OperatingPointOptions extends MetricOptions {
  /** Default 200. */
  numThresholds?: number;
  /** Look at this class alone. */
  classId?: number | null;
}

interface Rates {
  readonly sensitivity: Tensor;
  readonly specificity: Tensor;
  readonly precision: Tensor;
}

/** The best of one rate over the thresholds at which another is high enough. */
abstract class OperatingPoint extends PairMetric {
  override readonly direction = 'up';
  readonly numThresholds: number;
  readonly classId: number | null;
  readonly #least: number;
  readonly #truePositives: Variable;
  readonly #falsePositives: Variable;
  readonly #trueNegatives: Variable;
  readonly #falseNegatives: Variable;

  constructor(
    what: string,
    least: number,
    { numThresholds = 200, classId = null, ...options }: OperatingPointOptions,
  ) {
    super(options);
    if (!(least >= 0 && least <= 1))
      throw new ValueError(`${this.name}: ${what} must lie in [0, 1], got ${least}.`);
    if (!Number.isInteger(numThresholds) || numThresholds < 1)
      throw new ValueError(
        `${this.name}: numThresholds must be a whole number of at least 1, got ${numThresholds}.`,
      );
    this.numThresholds = numThresholds;
    this.classId = classId;
    this.#least = least;
    const count = this.#thresholds.length;
    this.#truePositives = this.addVariable([count], 'true_positives');
    this.#falsePositives = this.addVariable([count], 'false_positives');
    this.#trueNegatives = this.addVariable([count], 'true_negatives');
    this.#falseNegatives = this.addVariable([count], 'false_negatives');
  }

  get #thresholds(): readonly number[] {
    return this.numThresholds === 1 ? [0.5] : evenThresholds(this.numThresholds);
  }

  override updateState(yTrue: TensorLike, yPred: TensorLike, sampleWeight?: TensorLike): void {
    const { dtype, classId } = this;
    const data = selectConfusion(yTrue, yPred, sampleWeight, { dtype, classId });
    const flat = {
      prediction: ops.reshape(data.prediction, [-1, 1]),
      positive: ops.reshape(data.positive, [-1, 1]),
      negative: ops.reshape(data.negative, [-1, 1]),
    };
    const thresholds = this.#thresholds;
    const above =
      thresholds.length === 1
        ? countAbove(flat, thresholds, dtype)
        : countAboveEven(flat, thresholds.length, false);
    const add = (variable: Variable, counts: Tensor): void =>
      void variable.assignAdd(ops.reshape(counts, [thresholds.length]));
    add(this.#truePositives, above.positives);
    add(this.#falsePositives, above.negatives);
    add(this.#trueNegatives, above.allNegatives.sub(above.negatives));
    add(this.#falseNegatives, above.allPositives.sub(above.positives));
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), numThresholds: this.numThresholds, classId: this.classId };
  }

  protected best(choose: (rates: Rates) => { readonly of: Tensor; readonly where: Tensor }): Tensor {
    const share = (part: Variable, rest: Variable): Tensor =>
      ops.divideNoNan(part.value, part.value.add(rest.value));
    const { of, where } = choose({
      sensitivity: share(this.#truePositives, this.#falseNegatives),
      specificity: share(this.#trueNegatives, this.#falsePositives),
      precision: share(this.#truePositives, this.#falsePositives),
    });
    return ops.max(ops.where(where.greaterEqual(this.#least), of, 0)).maximum(0);
  }
}

/** The highest share of positives found with at least such a share of negatives. After `keras.metrics.SensitivityAtSpecificity`. */
export class SensitivityAtSpecificity extends OperatingPoint {
  static override readonly configArguments = ['specificity'];
  readonly specificity: number;

  constructor(specificity: number, options: OperatingPointOptions = {}) {
    super('specificity', specificity, options);
    this.specificity = specificity;
  }

  override result(): Tensor {
    return this.best(({ sensitivity, specificity }) => ({ of: sensitivity, where: specificity }));
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), specificity: this.specificity };
  }
}

/** The highest share of negatives found with at least such a share of positives. After `keras.metrics.SpecificityAtSensitivity`. */
export class SpecificityAtSensitivity extends OperatingPoint {
  static override readonly configArguments = ['sensitivity'];
  readonly sensitivity: number;

  constructor(sensitivity: number, options: OperatingPointOptions = {}) {
    super('sensitivity', sensitivity, options);
    this.sensitivity = sensitivity;
  }

  override result(): Tensor {
    return this.best(({ sensitivity, specificity }) => ({ of: specificity, where: sensitivity }));
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), sensitivity: this.sensitivity };
  }
}

/** The highest precision with at least such a recall. After `keras.metrics.PrecisionAtRecall`. */
export class PrecisionAtRecall extends OperatingPoint {
  static override readonly configArguments = ['recall'];
  readonly recall: number;

  constructor(recall: number, options: OperatingPointOptions = {}) {
    super('recall', recall, options);
    this.recall = recall;
  }

  override result(): Tensor {
    return this.best(({ sensitivity, precision }) => ({ of: precision, where: sensitivity }));
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), recall: this.recall };
  }
}

/** The highest recall with at least such a precision. After `keras.metrics.RecallAtPrecision`. */
export class RecallAtPrecision extends OperatingPoint {
  static override readonly configArguments = ['precision'];
  readonly precision: number;

  constructor(precision: number, options: OperatingPointOptions = {}) {
    super('precision', precision, options);
    this.precision = precision;
  }

  override result(): Tensor {
    return this.best(({ sensitivity, precision }) => ({ of: sensitivity, where: precision }));
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), precision: this.precision };
  }
}
