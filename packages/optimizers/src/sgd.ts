import { type Tensor, ValueError, type Variable } from '@ibex/tensor';
import {
  type LearningRate,
  mergeOptions,
  Optimizer,
  type OptimizerOptions,
  type SlotGroup,
} from './optimizer.js';

export interface SGDOptions extends OptimizerOptions {
  /** Default 0: plain gradient descent. */
  momentum?: number;
  /** Look ahead along the momentum (Nesterov, 1983). Default false. */
  nesterov?: boolean;
}

/** Gradient descent, optionally with momentum: `v ← m·v − lr·g; w ← w + v`. After `keras.optimizers.SGD`. */
export class SGD extends Optimizer {
  readonly momentum: number;
  readonly nesterov: boolean;

  constructor(learningRate?: LearningRate | SGDOptions, more?: SGDOptions) {
    const options = mergeOptions(learningRate, more);
    super(options.learningRate ?? 0.01, options);
    const { momentum = 0, nesterov = false } = options;
    if (!(momentum >= 0 && momentum <= 1))
      throw new ValueError(`SGD: momentum must lie in [0, 1], got ${momentum}.`);
    this.momentum = momentum;
    this.nesterov = nesterov;
  }

  protected override slotGroups(): readonly SlotGroup[] {
    return this.momentum === 0 ? [] : [{ momentum: 0 }];
  }

  protected override updateStep(gradient: Tensor, variable: Variable, learningRate: Tensor): void {
    const step = gradient.mul(learningRate);
    if (this.momentum === 0) {
      variable.assignSub(step);
      return;
    }
    const velocity = this.slot(variable, 'momentum');
    velocity.assign(velocity.value.mul(this.momentum).sub(step));
    variable.assignAdd(this.nesterov ? velocity.value.mul(this.momentum).sub(step) : velocity.value);
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), momentum: this.momentum, nesterov: this.nesterov };
  }
}
