import { floatx, ops, type Tensor, type TensorLike } from '@ibex/tensor';
import { checkDecaySteps } from './decay.js';
import { LearningRateSchedule } from './schedule.js';

/** `(1 + cos(π · share)) / 2`, from 1 to 0, drawn up so that it ends at `alpha`. */
function cosine(share: Tensor, alpha: number): Tensor {
  return ops
    .cos(share.mul(Math.PI))
    .add(1)
    .mul(0.5 * (1 - alpha))
    .add(alpha);
}

export interface CosineDecayOptions {
  /** The last rate, as a share of the first. Default 0. */
  alpha?: number;
  /** The rate to warm up to; `null` for no warm-up. */
  warmupTarget?: number | null;
  /** Default 0. */
  warmupSteps?: number;
  name?: string;
}

/** Half a cosine over `decaySteps`, after a linear warm-up where one is asked for (Loshchilov and Hutter, 2016). */
export class CosineDecay extends LearningRateSchedule {
  static override readonly configArguments = ['initialLearningRate', 'decaySteps'];
  readonly alpha: number;
  readonly warmupTarget: number | null;
  readonly warmupSteps: number;
  readonly name: string;

  constructor(
    readonly initialLearningRate: number,
    readonly decaySteps: number,
    options: CosineDecayOptions = {},
  ) {
    super();
    checkDecaySteps('CosineDecay', decaySteps);
    this.alpha = options.alpha ?? 0;
    this.warmupTarget = options.warmupTarget ?? null;
    this.warmupSteps = options.warmupSteps ?? 0;
    this.name = options.name ?? 'CosineDecay';
  }

  override at(step: TensorLike): Tensor {
    const { initialLearningRate: start, decaySteps, alpha, warmupTarget: target, warmupSteps } = this;
    const at = ops.cast(step, floatx());
    const decay = (from: number, passed: Tensor): Tensor =>
      cosine(ops.minimum(passed, decaySteps).div(decaySteps), alpha).mul(from);
    if (target === null) return decay(start, at);
    if (warmupSteps === 0) return decay(target, at);
    const warmup = at.mul((target - start) / warmupSteps).add(start);
    return ops.where(at.less(warmupSteps), warmup, decay(target, at.sub(warmupSteps)));
  }

  override getConfig(): Record<string, unknown> {
    const { initialLearningRate, decaySteps, alpha, name, warmupTarget, warmupSteps } = this;
    return { initialLearningRate, decaySteps, alpha, name, warmupTarget, warmupSteps };
  }
}

export interface CosineDecayRestartsOptions {
  /** Each period is this many times as long as the one before. Default 2. */
  tMul?: number;
  /** Each period starts at this share of where the one before started. Default 1. */
  mMul?: number;
  /** The last rate of a period, as a share of the first. Default 0. */
  alpha?: number;
  name?: string;
}

/** Half cosines with warm restarts (Loshchilov and Hutter, 2016, arXiv:1608.03983). */
export class CosineDecayRestarts extends LearningRateSchedule {
  static override readonly configArguments = ['initialLearningRate', 'firstDecaySteps'];
  readonly tMul: number;
  readonly mMul: number;
  readonly alpha: number;
  readonly name: string;

  constructor(
    readonly initialLearningRate: number,
    readonly firstDecaySteps: number,
    options: CosineDecayRestartsOptions = {},
  ) {
    super();
    checkDecaySteps('CosineDecayRestarts', firstDecaySteps);
    this.tMul = options.tMul ?? 2;
    this.mMul = options.mMul ?? 1;
    this.alpha = options.alpha ?? 0;
    this.name = options.name ?? 'SGDRDecay';
  }

  override at(step: TensorLike): Tensor {
    const { tMul, mMul } = this;
    const periods = ops.cast(step, floatx()).div(this.firstDecaySteps);
    let restarts: Tensor;
    let share: Tensor;
    if (tMul === 1) {
      restarts = ops.floor(periods);
      share = periods.sub(restarts);
    } else {
      restarts = ops.floor(ops.log(periods.mul(tMul - 1).add(1)).div(Math.log(tMul)));
      const length = ops.power(tMul, restarts);
      share = periods.sub(length.sub(1).div(tMul - 1)).div(length);
    }
    const height = ops.power(mMul, restarts);
    const half = ops.cos(share.mul(Math.PI)).add(1).mul(0.5).mul(height);
    return half
      .mul(1 - this.alpha)
      .add(this.alpha)
      .mul(this.initialLearningRate);
  }

  override getConfig(): Record<string, unknown> {
    const { initialLearningRate, firstDecaySteps, tMul, mMul, alpha, name } = this;
    return { initialLearningRate, firstDecaySteps, tMul, mMul, alpha, name };
  }
}
