import { ops, type Tensor, type Variable } from '@ibex/tensor';
import {
  type LearningRate,
  mergeOptions,
  Optimizer,
  type OptimizerOptions,
  type SlotGroup,
} from './optimizer.js';

export interface LambOptions extends OptimizerOptions {
  /** Decay of the mean of gradients. Default 0.9. */
  beta1?: number;
  /** Decay of the mean of squared gradients. Default 0.999. */
  beta2?: number;
  /** Added to the denominator. Default 1e-7. */
  epsilon?: number;
}

/** Adam with each variable's step scaled to the variable's norm, for large batches (You et al., 2019, arXiv:1904.00962). */
export class Lamb extends Optimizer {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;

  constructor(learningRate?: LearningRate | LambOptions, more?: LambOptions) {
    const options = mergeOptions(learningRate, more);
    super(options.learningRate ?? 0.001, options);
    this.beta1 = options.beta1 ?? 0.9;
    this.beta2 = options.beta2 ?? 0.999;
    this.epsilon = options.epsilon ?? 1e-7;
  }

  protected override slotGroups(): readonly SlotGroup[] {
    return [{ momentum: 0, velocity: 0 }];
  }

  protected override updateStep(gradient: Tensor, variable: Variable, learningRate: Tensor): void {
    const step = this.stepOf(variable);
    const mean = this.slot(variable, 'momentum');
    const square = this.slot(variable, 'velocity');
    mean.assignAdd(gradient.sub(mean).mul(1 - this.beta1));
    square.assignAdd(
      ops
        .square(gradient)
        .sub(square)
        .mul(1 - this.beta2),
    );
    const corrected = (average: Tensor, beta: number): Tensor =>
      average.div(ops.subtract(1, ops.power(beta, step)));
    const scale = ops.sqrt(corrected(square.value, this.beta2)).add(this.epsilon);
    const update = corrected(mean.value, this.beta1).div(scale);
    const norm = (x: Tensor): Tensor => ops.sqrt(ops.sum(ops.square(x)));
    const weightNorm = norm(variable.value);
    const updateNorm = norm(update);
    const bothMove = weightNorm.greater(0).logicalAnd(updateNorm.greater(0));
    const ratio = ops.where(bothMove, weightNorm.div(updateNorm), 1);
    variable.assignSub(ratio.mul(learningRate).mul(update));
  }

  override getConfig(): Record<string, unknown> {
    const { beta1, beta2, epsilon } = this;
    return { ...super.getConfig(), beta1, beta2, epsilon };
  }
}
