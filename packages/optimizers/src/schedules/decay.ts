import { floatx, ops, type Tensor, type TensorLike, ValueError } from '@ibex/tensor';
import { LearningRateSchedule } from './schedule.js';

export function checkDecaySteps(name: string, steps: number): void {
  if (!(steps > 0)) throw new ValueError(`${name}: the number of decay steps must be above 0, got ${steps}.`);
}

export interface DecayOptions {
  /** Change the rate only at whole multiples of `decaySteps`. Default false. */
  staircase?: boolean;
  name?: string;
}

abstract class Decay extends LearningRateSchedule {
  static override readonly configArguments = ['initialLearningRate', 'decaySteps', 'decayRate'];
  readonly staircase: boolean;
  readonly name: string;

  constructor(
    readonly initialLearningRate: number,
    readonly decaySteps: number,
    readonly decayRate: number,
    defaultName: string,
    { staircase = false, name = defaultName }: DecayOptions,
  ) {
    super();
    checkDecaySteps(defaultName, decaySteps);
    this.staircase = staircase;
    this.name = name;
  }

  /** `step / decaySteps`, rounded down under `staircase`. */
  protected periods(step: TensorLike): Tensor {
    const periods = ops.cast(step, floatx()).div(this.decaySteps);
    return this.staircase ? ops.floor(periods) : periods;
  }

  override getConfig(): Record<string, unknown> {
    const { initialLearningRate, decaySteps, decayRate, staircase, name } = this;
    return { initialLearningRate, decaySteps, decayRate, staircase, name };
  }
}

/** `initialLearningRate · decayRate^(step / decaySteps)`. */
export class ExponentialDecay extends Decay {
  constructor(
    initialLearningRate: number,
    decaySteps: number,
    decayRate: number,
    options: DecayOptions = {},
  ) {
    super(initialLearningRate, decaySteps, decayRate, 'ExponentialDecay', options);
  }

  override at(step: TensorLike): Tensor {
    return ops.power(this.decayRate, this.periods(step)).mul(this.initialLearningRate);
  }
}

/** `initialLearningRate / (1 + decayRate · step / decaySteps)`. */
export class InverseTimeDecay extends Decay {
  constructor(
    initialLearningRate: number,
    decaySteps: number,
    decayRate: number,
    options: DecayOptions = {},
  ) {
    super(initialLearningRate, decaySteps, decayRate, 'InverseTimeDecay', options);
  }

  override at(step: TensorLike): Tensor {
    return ops.divide(this.initialLearningRate, this.periods(step).mul(this.decayRate).add(1));
  }
}
