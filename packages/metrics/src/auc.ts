import {
  epsilon,
  ops,
  ShapeError,
  type Tensor,
  type TensorLike,
  ValueError,
  type Variable,
} from '@ibex/tensor';
import { selectConfusion } from './confusion-data.js';
import { type MetricOptions, PairMetric } from './metric.js';
import { areEven, countAbove, countAboveEven, evenThresholds } from './thresholds.js';

/** Which curve the area is under: true over false positive rate, precision over recall, or the gains of both. */
export type Curve = 'ROC' | 'PR' | 'PRGAIN';
/** How the area between two thresholds is taken: by the mean of their heights, the lesser, or the greater. */
export type SummationMethod = 'interpolation' | 'minoring' | 'majoring';

export interface AUCOptions extends MetricOptions {
  /** Default 200. */
  numThresholds?: number;
  /** Default `'ROC'`. */
  curve?: Curve;
  /** Default `'interpolation'`. */
  summationMethod?: SummationMethod;
  /** Thresholds in (0, 1), in the place of `numThresholds` even ones. */
  thresholds?: readonly number[] | null;
  /** Take the area of each label (of predictions `[batch, labels]`), and the mean of the areas. Default false. */
  multiLabel?: boolean;
  /** With `multiLabel`: how many labels there are. Default: as many as the first batch has. */
  numLabels?: number | null;
  /** Weights of the labels. */
  labelWeights?: readonly number[] | null;
  /** Predictions are logits, not probabilities. Default false. */
  fromLogits?: boolean;
}

type Count = 'truePositives' | 'falsePositives' | 'trueNegatives' | 'falseNegatives';

const CURVES: readonly string[] = ['ROC', 'PR', 'PRGAIN'];
const SUMMATIONS: readonly string[] = ['interpolation', 'minoring', 'majoring'];

/** The area under a curve, approximated at thresholds. After `keras.metrics.AUC`. */
export class AUC extends PairMetric {
  override readonly direction = 'up';
  readonly curve: Curve;
  readonly summationMethod: SummationMethod;
  readonly multiLabel: boolean;
  readonly labelWeights: readonly number[] | null;
  readonly fromLogits: boolean;
  /** With one below 0 and one above 1. */
  readonly thresholds: readonly number[];
  readonly #given: readonly number[] | null;
  readonly #isEven: boolean;
  #numLabels: number | null;
  #counts: Record<Count, Variable> | undefined;

  constructor({
    numThresholds = 200,
    curve = 'ROC',
    summationMethod = 'interpolation',
    thresholds = null,
    multiLabel = false,
    numLabels = null,
    labelWeights = null,
    fromLogits = false,
    ...options
  }: AUCOptions = {}) {
    super(options);
    const problem = problemOf(numThresholds, curve, summationMethod, thresholds, multiLabel, numLabels);
    if (problem !== undefined) throw new ValueError(`${this.name}: ${problem}.`);
    this.curve = curve;
    this.summationMethod = summationMethod;
    this.multiLabel = multiLabel;
    this.labelWeights = labelWeights;
    this.fromLogits = fromLogits;
    this.#given = thresholds;
    const inner = thresholds
      ? thresholds.toSorted((a, b) => a - b)
      : evenThresholds(numThresholds).slice(1, -1);
    this.#isEven = thresholds === null || areEven([0, ...inner, 1]);
    this.thresholds = [-epsilon(), ...inner, 1 + epsilon()];
    this.#numLabels = numLabels;
    if (!multiLabel) this.#build(1);
    else if (numLabels !== null) this.#build(numLabels);
  }

  override updateState(yTrue: TensorLike, yPred: TensorLike, sampleWeight?: TensorLike): void {
    const { dtype } = this;
    let prediction = ops.cast(yPred, dtype);
    if (this.fromLogits) prediction = prediction.sigmoid();
    if (this.multiLabel && prediction.rank !== 2) {
      throw new ShapeError(
        `${this.name}: multiLabel needs predictions [batch, labels], got rank ${prediction.rank}.`,
      );
    }
    const data = selectConfusion(yTrue, prediction, sampleWeight, { dtype });
    const isWeighted = this.labelWeights !== null && !this.multiLabel;
    const byLabel = isWeighted ? ops.cast([...this.labelWeights!], dtype) : null;
    const flat = (values: Tensor): Tensor => (this.multiLabel ? values : ops.reshape(values, [-1, 1]));
    const weigh = (values: Tensor): Tensor => flat(byLabel ? values.mul(byLabel) : values);
    const selected = {
      prediction: flat(data.prediction),
      positive: weigh(data.positive),
      negative: weigh(data.negative),
    };
    const counts = this.#build(selected.prediction.shape[1]!);
    const above = this.#isEven
      ? countAboveEven(selected, this.thresholds.length, true)
      : countAbove(selected, this.thresholds, dtype);
    counts.truePositives.assignAdd(above.positives);
    counts.falsePositives.assignAdd(above.negatives);
    counts.trueNegatives.assignAdd(above.allNegatives.sub(above.negatives));
    counts.falseNegatives.assignAdd(above.allPositives.sub(above.positives));
  }

  override result(): Tensor {
    const counts = this.#counts;
    if (!counts) return ops.zeros([], { dtype: this.dtype });
    const areas = this.#areas(
      counts.truePositives.value,
      counts.falsePositives.value,
      counts.trueNegatives.value,
      counts.falseNegatives.value,
    );
    const byLabel = ops.sum(areas, 0);
    if (this.labelWeights === null || !this.multiLabel) return ops.mean(byLabel);
    const weights = ops.cast([...this.labelWeights], this.dtype);
    return ops.divideNoNan(ops.sum(byLabel.mul(weights)), ops.sum(weights));
  }

  override getConfig(): Record<string, unknown> {
    return {
      ...super.getConfig(),
      numThresholds: this.thresholds.length,
      curve: this.curve,
      summationMethod: this.summationMethod,
      multiLabel: this.multiLabel,
      numLabels: this.#numLabels,
      labelWeights: this.labelWeights,
      fromLogits: this.fromLogits,
      ...(this.#given === null ? {} : { thresholds: this.thresholds.slice(1, -1) }),
    };
  }

  #build(labels: number): Record<Count, Variable> {
    const make = (name: Count): Variable => this.addVariable([this.thresholds.length, labels], name);
    return (this.#counts ??= {
      truePositives: make('truePositives'),
      falsePositives: make('falsePositives'),
      trueNegatives: make('trueNegatives'),
      falseNegatives: make('falseNegatives'),
    });
  }

  /** The areas between neighbouring thresholds, `[thresholds - 1, labels]`. */
  #areas(tp: Tensor, fp: Tensor, tn: Tensor, fn: Tensor): Tensor {
    if (this.curve === 'PR' && this.summationMethod === 'interpolation') return interpolatedPR(tp, fp, fn);
    let x = ops.divideNoNan(tp, tp.add(fn));
    let y: Tensor;
    if (this.curve === 'ROC') {
      y = x;
      x = ops.divideNoNan(fp, fp.add(tn));
    } else if (this.curve === 'PR') {
      y = ops.divideNoNan(tp, tp.add(fp));
    } else {
      const scale = ops.divideNoNan(tp.add(fn), tn.add(fp));
      const isNone = tp.equal(0);
      const gain = (errors: Tensor): Tensor => scale.mul(ops.divideNoNan(errors, tp)).neg().add(1);
      x = ops.where(isNone, 0, gain(fn)).maximum(0);
      y = ops.where(isNone, 1, gain(fp));
    }
    const [higher, lower] = neighbours(y);
    const heights = {
      interpolation: () => higher.add(lower).div(2),
      minoring: () => higher.minimum(lower),
      majoring: () => higher.maximum(lower),
    }[this.summationMethod]();
    const [right, left] = neighbours(x);
    return right.sub(left).mul(heights);
  }
}

function problemOf(
  numThresholds: number,
  curve: string,
  summationMethod: string,
  thresholds: readonly number[] | null,
  multiLabel: boolean,
  numLabels: number | null,
): string | undefined {
  if (!CURVES.includes(curve)) return `curve must be one of ${CURVES.join(', ')}, got '${curve}'`;
  if (!SUMMATIONS.includes(summationMethod))
    return `summationMethod must be one of ${SUMMATIONS.join(', ')}, got '${summationMethod}'`;
  if (!Number.isInteger(numThresholds) || numThresholds < 2)
    return `numThresholds must be a whole number of at least 2, got ${numThresholds}`;
  const odd = thresholds?.find((threshold) => !(threshold >= 0 && threshold <= 1));
  if (odd !== undefined) return `thresholds must lie in [0, 1], got ${odd}`;
  if (numLabels !== null && !multiLabel) return 'numLabels is for multiLabel alone';
  return undefined;
}

/** Without the last, and without the first. */
function neighbours(values: Tensor): [Tensor, Tensor] {
  const [count, labels] = values.shape as [number, number];
  return [ops.slice(values, [0, 0], [count - 1, labels]), ops.slice(values, [1, 0], [count - 1, labels])];
}

/** Areas under precision over recall, between points of which the counts are interpolated (Davis & Goadrich, 2006). */
function interpolatedPR(tp: Tensor, fp: Tensor, fn: Tensor): Tensor {
  const [tpHere, tpNext] = neighbours(tp);
  const [here, next] = neighbours(tp.add(fp));
  const [, fnNext] = neighbours(fn);
  const difference = tpHere.sub(tpNext);
  const slope = ops.divideNoNan(difference, here.sub(next).maximum(0));
  const intercept = tpNext.sub(slope.mul(next));
  const areBoth = here.greater(0).logicalAnd(next.greater(0));
  const ratio = ops.where(areBoth, ops.divideNoNan(here, next.maximum(0)), 1);
  const increment = slope.mul(difference.add(intercept.mul(ratio.log())));
  return ops.divideNoNan(increment, tpNext.add(fnNext).maximum(0));
}
