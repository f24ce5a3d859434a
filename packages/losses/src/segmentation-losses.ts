import { LossFunctionWrapper, type LossOptions } from './loss.js';
import { dice, type SumAxes, tversky } from './segmentation.js';

export interface DiceOptions extends LossOptions {
  /** The axes to sum over; `null`, the default, means all. */
  axis?: SumAxes;
}

/** One minus the overlap of two masks. After `keras.losses.Dice`; see {@link dice}. */
export class Dice extends LossFunctionWrapper {
  readonly axis: SumAxes;

  constructor({ axis = null, ...options }: DiceOptions = {}) {
    super((yTrue, yPred) => dice(yTrue, yPred, axis), { name: 'dice', ...options });
    this.axis = axis;
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), axis: this.axis };
  }
}

export interface TverskyOptions extends LossOptions {
  /** The weight of false positives. Default 0.5. */
  alpha?: number;
  /** The weight of false negatives. Default 0.5. */
  beta?: number;
  /** The axes to sum over; `null`, the default, means all. */
  axis?: SumAxes;
}

/** Dice with separate weights for false positives and negatives. After `keras.losses.Tversky`; see {@link tversky}. */
export class Tversky extends LossFunctionWrapper {
  readonly alpha: number;
  readonly beta: number;
  readonly axis: SumAxes;

  constructor({ alpha = 0.5, beta = 0.5, axis = null, ...options }: TverskyOptions = {}) {
    super((yTrue, yPred) => tversky(yTrue, yPred, alpha, beta, axis), { name: 'tversky', ...options });
    this.alpha = alpha;
    this.beta = beta;
    this.axis = axis;
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), alpha: this.alpha, beta: this.beta, axis: this.axis };
  }
}
