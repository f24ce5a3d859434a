import { ops, type Tensor, type Variable } from '@ibex/tensor';
import {
  type LearningRate,
  mergeOptions,
  Optimizer,
  type OptimizerOptions,
  type SlotGroup,
} from './optimizer.js';

export interface AdadeltaOptions extends OptimizerOptions {
  /** Decay of the running means. Default 0.95. */
  rho?: number;
  /** Added to the means of squares before their roots are taken. Default 1e-7. */
  epsilon?: number;
}

/** Steps in the ratio of the running sizes of updates and gradients (Zeiler, 2012, arXiv:1212.5701). */
export class Adadelta extends Optimizer {
  readonly rho: number;
  readonly epsilon: number;

  constructor(learningRate?: LearningRate | AdadeltaOptions, more?: AdadeltaOptions) {
    const options = mergeOptions(learningRate, more);
    super(options.learningRate ?? 0.001, options);
    this.rho = options.rho ?? 0.95;
    this.epsilon = options.epsilon ?? 1e-7;
  }

  protected override slotGroups(): readonly SlotGroup[] {
    return [{ accumulated_grad: 0, accumulated_delta_var: 0 }];
  }

  protected override updateStep(gradient: Tensor, variable: Variable, learningRate: Tensor): void {
    const { rho } = this;
    const gradients = this.slot(variable, 'accumulated_grad');
    const updates = this.slot(variable, 'accumulated_delta_var');
    const root = (mean: Tensor): Tensor => ops.sqrt(mean.add(this.epsilon));
    const decay = (mean: Tensor, entry: Tensor): Tensor => mean.mul(rho).add(ops.square(entry).mul(1 - rho));
    gradients.assign(decay(gradients.value, gradient));
    const update = root(updates.value).mul(gradient).div(root(gradients.value)).neg();
    updates.assign(decay(updates.value, update));
    variable.assignAdd(learningRate.mul(update));
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), rho: this.rho, epsilon: this.epsilon };
  }
}
