import { ops, type Tensor, type Variable } from '@ibex/tensor';
import {
  type LearningRate,
  mergeOptions,
  Optimizer,
  type OptimizerOptions,
  type SlotGroup,
} from './optimizer.js';

export interface AdamaxOptions extends OptimizerOptions {
  /** Decay of the mean of gradients. Default 0.9. */
  beta1?: number;
  /** Decay of the running maximum. Default 0.999. */
  beta2?: number;
  /** Added to the denominator. Default 1e-7. */
  epsilon?: number;
}

/** Adam with the infinity norm in place of the L2 norm (Kingma and Ba, 2014, section 7). */
export class Adamax extends Optimizer {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;

  constructor(learningRate?: LearningRate | AdamaxOptions, more?: AdamaxOptions) {
    const options = mergeOptions(learningRate, more);
    super(options.learningRate ?? 0.001, options);
    this.beta1 = options.beta1 ?? 0.9;
    this.beta2 = options.beta2 ?? 0.999;
    this.epsilon = options.epsilon ?? 1e-7;
  }

  protected override slotGroups(): readonly SlotGroup[] {
    return [{ momentum: 0, norm: 0 }];
  }

  protected override updateStep(gradient: Tensor, variable: Variable, learningRate: Tensor): void {
    const mean = this.slot(variable, 'momentum');
    const norm = this.slot(variable, 'norm');
    mean.assignAdd(gradient.sub(mean).mul(1 - this.beta1));
    norm.assign(ops.maximum(norm.value.mul(this.beta2), ops.abs(gradient)));
    const correction = ops.subtract(1, ops.power(this.beta1, this.stepOf(variable)));
    variable.assignSub(learningRate.mul(mean).div(correction.mul(norm.value.add(this.epsilon))));
  }

  override getConfig(): Record<string, unknown> {
    const { beta1, beta2, epsilon } = this;
    return { ...super.getConfig(), beta1, beta2, epsilon };
  }
}
