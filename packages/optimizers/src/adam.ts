import { ops, type Tensor, type Variable } from '@ibex/tensor';
import {
  type LearningRate,
  mergeOptions,
  Optimizer,
  type OptimizerOptions,
  type SlotGroup,
} from './optimizer.js';

export interface AdamOptions extends OptimizerOptions {
  /** Decay of the mean of gradients. Default 0.9. */
  beta1?: number;
  /** Decay of the mean of squared gradients. Default 0.999. */
  beta2?: number;
  /** Added to the denominator. Default 1e-7. */
  epsilon?: number;
  /** Divide by the largest mean of squares seen so far (Reddi et al., 2018). Default false. */
  amsgrad?: boolean;
}

/** Adam (Kingma and Ba, 2014, arXiv:1412.6980). After `keras.optimizers.Adam`. */
export class Adam extends Optimizer {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly amsgrad: boolean;

  constructor(learningRate?: LearningRate | AdamOptions, more?: AdamOptions) {
    const options = mergeOptions(learningRate, more);
    super(options.learningRate ?? 0.001, options);
    this.beta1 = options.beta1 ?? 0.9;
    this.beta2 = options.beta2 ?? 0.999;
    this.epsilon = options.epsilon ?? 1e-7;
    this.amsgrad = options.amsgrad ?? false;
  }

  protected override slotGroups(): readonly SlotGroup[] {
    const moments = { momentum: 0, velocity: 0 };
    return this.amsgrad ? [moments, { velocity_hat: 0 }] : [moments];
  }

  protected override updateStep(gradient: Tensor, variable: Variable, learningRate: Tensor): void {
    const step = this.stepOf(variable);
    const correction1 = ops.subtract(1, ops.power(this.beta1, step));
    const correction2 = ops.subtract(1, ops.power(this.beta2, step));
    const rate = learningRate.mul(ops.sqrt(correction2)).div(correction1);
    const mean = this.slot(variable, 'momentum');
    const square = this.slot(variable, 'velocity');
    mean.assignAdd(gradient.sub(mean).mul(1 - this.beta1));
    square.assignAdd(
      ops
        .square(gradient)
        .sub(square)
        .mul(1 - this.beta2),
    );
    let scale = square.value;
    if (this.amsgrad) {
      const largest = this.slot(variable, 'velocity_hat');
      largest.assign(ops.maximum(largest, scale));
      scale = largest.value;
    }
    variable.assignSub(mean.value.mul(rate).div(ops.sqrt(scale).add(this.epsilon)));
  }

  override getConfig(): Record<string, unknown> {
    const { beta1, beta2, epsilon, amsgrad } = this;
    return { ...super.getConfig(), beta1, beta2, epsilon, amsgrad };
  }
}

/** Adam with decoupled weight decay, 0.004 by default (Loshchilov and Hutter, 2019, arXiv:1711.05101). */
export class AdamW extends Adam {
  constructor(learningRate?: LearningRate | AdamOptions, more?: AdamOptions) {
    super({ weightDecay: 0.004, ...mergeOptions(learningRate, more) });
  }
}
