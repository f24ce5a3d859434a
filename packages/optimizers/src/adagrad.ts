import { ops, type Tensor, type Variable } from '@ibex/tensor';
import {
  type LearningRate,
  mergeOptions,
  Optimizer,
  type OptimizerOptions,
  type SlotGroup,
} from './optimizer.js';

export interface AdagradOptions extends OptimizerOptions {
  /** Where the sums of squares start. Default 0.1. */
  initialAccumulatorValue?: number;
  /** Added to the sum of squares before its root is taken. Default 1e-7. */
  epsilon?: number;
}

/** Each entry has its own rate, which falls with the sum of its squared gradients (Duchi et al., 2011). */
export class Adagrad extends Optimizer {
  readonly initialAccumulatorValue: number;
  readonly epsilon: number;

  constructor(learningRate?: LearningRate | AdagradOptions, more?: AdagradOptions) {
    const options = mergeOptions(learningRate, more);
    super(options.learningRate ?? 0.001, options);
    this.initialAccumulatorValue = options.initialAccumulatorValue ?? 0.1;
    this.epsilon = options.epsilon ?? 1e-7;
  }

  protected override slotGroups(): readonly SlotGroup[] {
    return [{ accumulator: this.initialAccumulatorValue }];
  }

  protected override updateStep(gradient: Tensor, variable: Variable, learningRate: Tensor): void {
    const sum = this.slot(variable, 'accumulator');
    sum.assignAdd(ops.square(gradient));
    variable.assignSub(learningRate.mul(gradient).div(ops.sqrt(sum.value.add(this.epsilon))));
  }

  override getConfig(): Record<string, unknown> {
    const { initialAccumulatorValue, epsilon } = this;
    return { ...super.getConfig(), initialAccumulatorValue, epsilon };
  }
}
