import { floatx, ops, type Tensor, type TensorLike } from '@ibex/tensor';
import { checkDecaySteps } from './decay.js';
import { LearningRateSchedule } from './schedule.js';

export interface PolynomialDecayOptions {
  /** Default 0.0001. */
  endLearningRate?: number;
  /** Default 1: a straight line. */
  power?: number;
  /** Start again, over ever longer periods, instead of staying at the end. Default false. */
  cycle?: boolean;
  name?: string;
}

/** From `initialLearningRate` to `endLearningRate` in `decaySteps`, along `(1 − step / decaySteps)^power`. */
export class PolynomialDecay extends LearningRateSchedule {
  static override readonly configArguments = ['initialLearningRate', 'decaySteps'];
  readonly endLearningRate: number;
  readonly power: number;
  readonly cycle: boolean;
  readonly name: string;

  constructor(
    readonly initialLearningRate: number,
    readonly decaySteps: number,
    options: PolynomialDecayOptions = {},
  ) {
    super();
    checkDecaySteps('PolynomialDecay', decaySteps);
    this.endLearningRate = options.endLearningRate ?? 0.0001;
    this.power = options.power ?? 1;
    this.cycle = options.cycle ?? false;
    this.name = options.name ?? 'PolynomialDecay';
  }

  override at(step: TensorLike): Tensor {
    const at = ops.cast(step, floatx());
    const cycles = ops.maximum(ops.ceil(at.div(this.decaySteps)), 1);
    const share = this.cycle
      ? at.div(cycles.mul(this.decaySteps))
      : ops.minimum(at, this.decaySteps).div(this.decaySteps);
    const left = ops.power(ops.subtract(1, share), this.power);
    return left.mul(this.initialLearningRate - this.endLearningRate).add(this.endLearningRate);
  }

  override getConfig(): Record<string, unknown> {
    const { initialLearningRate, decaySteps, endLearningRate, power, cycle, name } = this;
    return { initialLearningRate, decaySteps, endLearningRate, power, cycle, name };
  }
}
