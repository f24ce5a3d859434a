import { ops, type Tensor, ValueError, type Variable } from '@ibex/tensor';
import {
  type LearningRate,
  mergeOptions,
  Optimizer,
  type OptimizerOptions,
  type SlotGroup,
} from './optimizer.js';

export interface FtrlOptions extends OptimizerOptions {
  /** At most 0: how the rate falls; 0 keeps it. Default −0.5. */
  learningRatePower?: number;
  /** Where the sums of squares start. Default 0.1. */
  initialAccumulatorValue?: number;
  l1RegularizationStrength?: number;
  l2RegularizationStrength?: number;
  l2ShrinkageRegularizationStrength?: number;
  /** Default 0. */
  beta?: number;
}

/** Follow the regularised leader (McMahan et al., 2013). After `keras.optimizers.Ftrl`. */
export class Ftrl extends Optimizer {
  readonly ftrl: Required<Omit<FtrlOptions, keyof OptimizerOptions>>;

  constructor(learningRate?: LearningRate | FtrlOptions, more?: FtrlOptions) {
    const options = mergeOptions(learningRate, more);
    super(options.learningRate ?? 0.001, options);
    this.ftrl = {
      learningRatePower: options.learningRatePower ?? -0.5,
      initialAccumulatorValue: options.initialAccumulatorValue ?? 0.1,
      l1RegularizationStrength: options.l1RegularizationStrength ?? 0,
      l2RegularizationStrength: options.l2RegularizationStrength ?? 0,
      l2ShrinkageRegularizationStrength: options.l2ShrinkageRegularizationStrength ?? 0,
      beta: options.beta ?? 0,
    };
    const { learningRatePower, beta: _, ...atLeastZero } = this.ftrl;
    if (learningRatePower > 0)
      throw new ValueError(`Ftrl: learningRatePower must be at most 0, got ${learningRatePower}.`);
    for (const [name, value] of Object.entries(atLeastZero)) {
      if (value < 0) throw new ValueError(`Ftrl: ${name} must be at least 0, got ${value}.`);
    }
  }

  protected override slotGroups(): readonly SlotGroup[] {
    return [{ accumulator: this.ftrl.initialAccumulatorValue, linear: 0 }];
  }

  protected override updateStep(gradient: Tensor, variable: Variable, learningRate: Tensor): void {
    const { ftrl } = this;
    const sum = this.slot(variable, 'accumulator');
    const linear = this.slot(variable, 'linear');
    const power = (x: Tensor): Tensor => ops.power(x, -ftrl.learningRatePower);
    const l2 = ops.divide(ftrl.beta, learningRate.mul(2)).add(ftrl.l2RegularizationStrength);
    const shrunk = gradient.add(variable.value.mul(2 * ftrl.l2ShrinkageRegularizationStrength));
    const newSum = sum.value.add(ops.square(gradient));
    linear.assignAdd(shrunk.sub(power(newSum).sub(power(sum.value)).div(learningRate).mul(variable)));
    const quadratic = power(newSum).div(learningRate).add(l2.mul(2));
    const clipped = ops.clip(linear, -ftrl.l1RegularizationStrength, ftrl.l1RegularizationStrength);
    variable.assign(clipped.sub(linear).div(quadratic));
    sum.assign(newSum);
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), ...this.ftrl };
  }
}
