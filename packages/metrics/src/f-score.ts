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

/** How the scores of classes become one: over all decisions, by their mean, or weighted by how frequent classes are. */
export type ScoreAverage = 'micro' | 'macro' | 'weighted';

export interface F1ScoreOptions extends MetricOptions {
  /** Default: the score of every class. */
  average?: ScoreAverage | null;
  /** Predictions above it are taken for positive. Default: the highest of a sample. */
  threshold?: number | null;
}

export interface FBetaScoreOptions extends F1ScoreOptions {
  /** How much recall counts beside precision. Default 1. */
  beta?: number;
}

type Count = 'truePositives' | 'falsePositives' | 'falseNegatives' | 'intermediateWeights';

/** The weighted harmonic mean of precision and recall, of `[batch, classes]`. After `keras.metrics.FBetaScore`. */
export class FBetaScore extends PairMetric {
  override readonly direction = 'up';
  readonly average: ScoreAverage | null;
  readonly beta: number;
  readonly threshold: number | null;
  #counts: Record<Count, Variable> | undefined;

  constructor({ average = null, beta = 1, threshold = null, ...options }: FBetaScoreOptions = {}) {
    super({ ...options, name: options.name ?? 'fbeta_score' });
    if (average !== null && !['micro', 'macro', 'weighted'].includes(average))
      throw new ValueError(
        `${this.name}: average is 'micro', 'macro', 'weighted' or null, got '${String(average)}'.`,
      );
    if (!(beta > 0)) throw new ValueError(`${this.name}: beta must be above 0, got ${beta}.`);
    if (threshold !== null && !(threshold > 0 && threshold <= 1))
      throw new ValueError(`${this.name}: threshold must lie in (0, 1], got ${threshold}.`);
    this.average = average;
    this.beta = beta;
    this.threshold = threshold;
  }

  override updateState(yTrue: TensorLike, yPred: TensorLike, sampleWeight?: TensorLike): void {
    const { dtype } = this;
    const target = ops.cast(yTrue, dtype);
    const prediction = ops.cast(yPred, dtype);
    if (target.rank !== 2 || prediction.rank !== 2) {
      throw new ShapeError(
        `${this.name}: targets and predictions must be [batch, classes], got ranks ${target.rank} and ${prediction.rank}.`,
      );
    }
    // Where all are 0 none is the highest.
    const taken = (
      this.threshold === null
        ? prediction
            .greaterEqual(ops.max(prediction, -1, { keepdims: true }))
            .logicalAnd(ops.abs(prediction).greater(1e-9))
        : prediction.greater(this.threshold)
    ).cast(dtype);
    const weights = sampleWeight === undefined ? null : ops.expandDims(ops.cast(sampleWeight, dtype), 1);
    const axis = this.average === 'micro' ? undefined : 0;
    const count = (values: Tensor): Tensor => ops.sum(weights ? values.mul(weights) : values, axis);
    const counts = this.#build(prediction.shape[1]!);
    counts.truePositives.assignAdd(count(taken.mul(target)));
    counts.falsePositives.assignAdd(count(taken.mul(target.neg().add(1))));
    counts.falseNegatives.assignAdd(count(taken.neg().add(1).mul(target)));
    counts.intermediateWeights.assignAdd(count(target));
  }

  override result(): Tensor {
    const counts = this.#counts;
    if (!counts) return ops.zeros([], { dtype: this.dtype });
    const tp = counts.truePositives.value;
    const precision = tp.div(tp.add(counts.falsePositives).add(epsilon()));
    const recall = tp.div(tp.add(counts.falseNegatives).add(epsilon()));
    const square = this.beta ** 2;
    const scores = precision
      .mul(recall)
      .div(precision.mul(square).add(recall).add(epsilon()))
      .mul(1 + square);
    if (this.average === null) return scores;
    if (this.average !== 'weighted') return ops.mean(scores);
    const frequency = counts.intermediateWeights.value;
    return ops.sum(scores.mul(frequency.div(ops.sum(frequency).add(epsilon()))));
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), average: this.average, beta: this.beta, threshold: this.threshold };
  }

  #build(classes: number): Record<Count, Variable> {
    const make = (name: Count): Variable => this.addVariable(this.average === 'micro' ? [] : [classes], name);
    return (this.#counts ??= {
      truePositives: make('truePositives'),
      falsePositives: make('falsePositives'),
      falseNegatives: make('falseNegatives'),
      intermediateWeights: make('intermediateWeights'),
    });
  }
}

/** The harmonic mean of precision and recall, of `[batch, classes]`. After `keras.metrics.F1Score`. */
export class F1Score extends FBetaScore {
  constructor(options: F1ScoreOptions = {}) {
    super({ ...options, name: options.name ?? 'f1_score', beta: 1 });
  }

  override getConfig(): Record<string, unknown> {
    const { beta: _, ...config } = super.getConfig();
    return config;
  }
}
