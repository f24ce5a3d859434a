import { ops, type Tensor, ValueError, Variable } from '@ibex/tensor';
import {
  type LearningRate,
  mergeOptions,
  Optimizer,
  type OptimizerOptions,
  type SlotGroup,
} from './optimizer.js';

export interface NadamOptions extends OptimizerOptions {
  /** Decay of the mean of gradients. Default 0.9. */
  beta1?: number;
  /** Decay of the mean of squared gradients. Default 0.999. */
  beta2?: number;
  /** Added to the denominator. Default 1e-7. */
  epsilon?: number;
}

/** Adam with Nesterov momentum and its momentum schedule `β₁ · (1 − 0.5 · 0.96^t)` (Dozat, 2015). */
export class Nadam extends Optimizer {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** The product of the schedule up to the step; Keras leaves it out of the saved state, and so do we. */
  #product: Variable | undefined;

  constructor(learningRate?: LearningRate | NadamOptions, more?: NadamOptions) {
    const options = mergeOptions(learningRate, more);
    super(options.learningRate ?? 0.001, options);
    this.beta1 = options.beta1 ?? 0.9;
    this.beta2 = options.beta2 ?? 0.999;
    this.epsilon = options.epsilon ?? 1e-7;
  }

  override build(variables: readonly Variable[]): void {
    if (this.built) return;
    super.build(variables);
    const dtype = variables[0]?.dtype ?? 'float32';
    this.#product = new Variable(() => ops.ones([], { dtype }), {
      shape: [],
      dtype,
      name: 'u_product',
      trainable: false,
    });
  }

  protected override slotGroups(): readonly SlotGroup[] {
    return [{ momentum: 0, velocity: 0 }];
  }

  protected override updateAll(pairs: readonly (readonly [Tensor, Variable])[], learningRate: Tensor): void {
    const product = this.#product;
    if (!product) throw new ValueError('Nadam is not built: call build(variables) first.');
    product.assign(product.value.mul(this.#schedule(this.stepOf(product))));
    super.updateAll(pairs, learningRate);
  }

  protected override updateStep(gradient: Tensor, variable: Variable, learningRate: Tensor): void {
    const step = this.stepOf(variable);
    const current = this.#schedule(step);
    const next = this.#schedule(step.add(1));
    const product = this.#product!.value.cast(variable.dtype);
    const mean = this.slot(variable, 'momentum');
    const square = this.slot(variable, 'velocity');
    mean.assignAdd(gradient.sub(mean).mul(1 - this.beta1));
    square.assignAdd(
      ops
        .square(gradient)
        .sub(square)
        .mul(1 - this.beta2),
    );
    const ahead = next.mul(mean).div(ops.subtract(1, product.mul(next)));
    const now = ops.subtract(1, current).mul(gradient).div(ops.subtract(1, product));
    const scale = square.value.div(ops.subtract(1, ops.power(this.beta2, step)));
    variable.assignSub(ahead.add(now).mul(learningRate).div(ops.sqrt(scale).add(this.epsilon)));
  }

  #schedule(step: Tensor): Tensor {
    return ops.subtract(1, ops.power(0.96, step).mul(0.5)).mul(this.beta1);
  }

  override getConfig(): Record<string, unknown> {
    const { beta1, beta2, epsilon } = this;
    return { ...super.getConfig(), beta1, beta2, epsilon };
  }
}
