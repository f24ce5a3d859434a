import { ops, type Tensor, type Variable } from '@ibex/tensor';
import {
  type LearningRate,
  mergeOptions,
  Optimizer,
  type OptimizerOptions,
  type SlotGroup,
} from './optimizer.js';

export interface RMSpropOptions extends OptimizerOptions {
  /** Decay of the mean of squared gradients. Default 0.9. */
  rho?: number;
  /** Default 0. */
  momentum?: number;
  /** Added to the mean of squares before its root is taken. Default 1e-7. */
  epsilon?: number;
  /** Divide by the standard deviation of gradients, not by their root mean square. Default false. */
  centered?: boolean;
}

/** Gradient descent scaled by a running root mean square of the gradient (Hinton, 2012). After `keras.optimizers.RMSprop`. */
export class RMSprop extends Optimizer {
  readonly rho: number;
  readonly momentum: number;
  readonly epsilon: number;
  readonly centered: boolean;

  constructor(learningRate?: LearningRate | RMSpropOptions, more?: RMSpropOptions) {
    const options = mergeOptions(learningRate, more);
    super(options.learningRate ?? 0.001, options);
    this.rho = options.rho ?? 0.9;
    this.momentum = options.momentum ?? 0;
    this.epsilon = options.epsilon ?? 1e-7;
    this.centered = options.centered ?? false;
  }

  protected override slotGroups(): readonly SlotGroup[] {
    const groups: SlotGroup[] = [{ velocity: 0 }];
    if (this.momentum > 0) groups.push({ momentum: 0 });
    if (this.centered) groups.push({ average_gradient: 0 });
    return groups;
  }

  protected override updateStep(gradient: Tensor, variable: Variable, learningRate: Tensor): void {
    const { rho } = this;
    const square = this.slot(variable, 'velocity');
    square.assign(square.value.mul(rho).add(ops.square(gradient).mul(1 - rho)));
    let variance = square.value;
    if (this.centered) {
      const mean = this.slot(variable, 'average_gradient');
      mean.assign(mean.value.mul(rho).add(gradient.mul(1 - rho)));
      variance = variance.sub(ops.square(mean));
    }
    const step = learningRate.mul(gradient).div(ops.sqrt(variance.add(this.epsilon)));
    if (this.momentum === 0) {
      variable.assignSub(step);
      return;
    }
    const velocity = this.slot(variable, 'momentum');
    velocity.assign(velocity.value.mul(this.momentum).add(step));
    variable.assignSub(velocity.value);
  }

  override getConfig(): Record<string, unknown> {
    const { rho, momentum, epsilon, centered } = this;
    return { ...super.getConfig(), rho, momentum, epsilon, centered };
  }
}
