import { ops, type Tensor, ValueError, type Variable } from '@ibex/tensor';
import {
  type LearningRate,
  mergeOptions,
  Optimizer,
  type OptimizerOptions,
  type SlotGroup,
} from './optimizer.js';

export interface LionOptions extends OptimizerOptions {
  /** The momentum's share in the step's direction. Default 0.9. */
  beta1?: number;
  /** Decay of the momentum. Default 0.99. */
  beta2?: number;
}

/** Steps of equal size along the sign of the momentum (Chen et al., 2023, arXiv:2302.06675). */
export class Lion extends Optimizer {
  readonly beta1: number;
  readonly beta2: number;

  constructor(learningRate?: LearningRate | LionOptions, more?: LionOptions) {
    const options = mergeOptions(learningRate, more);
    super(options.learningRate ?? 0.001, options);
    this.beta1 = options.beta1 ?? 0.9;
    this.beta2 = options.beta2 ?? 0.99;
    if (!(this.beta1 > 0 && this.beta1 <= 1))
      throw new ValueError(`Lion: beta1 must lie in (0, 1], got ${this.beta1}.`);
  }

  protected override slotGroups(): readonly SlotGroup[] {
    return [{ momentum: 0 }];
  }

  protected override updateStep(gradient: Tensor, variable: Variable, learningRate: Tensor): void {
    const momentum = this.slot(variable, 'momentum');
    const mix = (share: number): Tensor => momentum.value.mul(share).add(gradient.mul(1 - share));
    variable.assignSub(learningRate.mul(ops.sign(mix(this.beta1))));
    momentum.assign(mix(this.beta2));
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), beta1: this.beta1, beta2: this.beta2 };
  }
}
