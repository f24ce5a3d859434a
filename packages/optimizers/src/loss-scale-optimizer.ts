import { ops, type Tensor, type Variable } from '@ibex/tensor';
import { assignWhere } from './conditional.js';
import { type LearningRate, Optimizer, type OptimizerOptions, type SlotGroup } from './optimizer.js';

export interface LossScaleOptions extends OptimizerOptions {
  /** Default 32768. */
  initialScale?: number;
  /** After so many steps without overflow the scale is doubled. Default 2000. */
  dynamicGrowthSteps?: number;
}

/**
 * Scales the loss so that float16 gradients do not underflow, and unscales the gradients again; a step whose gradients are
 * not finite is left out, and halves the scale. After `keras.optimizers.LossScaleOptimizer`.
 */
export class LossScaleOptimizer extends Optimizer {
  readonly inner: Optimizer;
  readonly initialScale: number;
  readonly dynamicGrowthSteps: number;
  /** Steps without overflow since the scale changed: an int32 scalar. */
  readonly stepCounter: Variable;
  /** By which losses are multiplied now: a float32 scalar. */
  readonly dynamicScale: Variable;

  constructor(innerOptimizer: Optimizer, options: LossScaleOptions = {}) {
    super(0, options);
    this.inner = innerOptimizer;
    this.initialScale = options.initialScale ?? 32768;
    this.dynamicGrowthSteps = options.dynamicGrowthSteps ?? 2000;
    // From the beginning, so that a step whose first call is traced reads the scale of each run.
    this.stepCounter = this.addVariable([], 'step_counter', { dtype: 'int32' });
    this.dynamicScale = this.addVariable([], 'dynamic_scale', {
      dtype: 'float32',
      initial: this.initialScale,
    });
  }

  override build(variables: readonly Variable[]): void {
    if (this.built) return;
    this.inner.build(variables);
    super.build(variables);
  }

  override get variables(): readonly Variable[] {
    return [...this.ownVariables, ...this.inner.variables];
  }

  override get iterations(): Tensor {
    return this.inner.iterations;
  }

  override get learningRate(): Tensor {
    return this.inner.learningRate;
  }

  override set learningRate(rate: LearningRate | Tensor) {
    this.inner.learningRate = rate;
  }

  override scaleLoss(loss: Tensor): Tensor {
    return this.inner.scaleLoss(loss).mul(this.dynamicScale.value.cast(loss.dtype));
  }

  override apply(
    gradients: readonly (Tensor | null)[],
    variables: readonly Variable[] = this.trainableVariables,
  ): void {
    this.build(variables);
    const scale = this.dynamicScale;
    const counter = this.stepCounter;
    const present = gradients.filter((gradient): gradient is Tensor => gradient !== null);
    const finite = present
      .map((gradient) => ops.all(ops.isfinite(gradient)))
      .reduce((a, b) => a.logicalAnd(b));
    const scaleNow = scale.value;
    // Zeros where the step is left out. So no part of the update can be computed before all gradients are known to be
    // finite: what is then computed at once reads and writes the optimizer's state but once.
    const unscaled = (gradient: Tensor): Tensor =>
      ops.where(finite, gradient.cast('float32').div(scaleNow), 0);
    assignWhere(finite, [...variables, ...this.inner.variables], () =>
      this.inner.apply(
        gradients.map((gradient) => gradient && unscaled(gradient)),
        variables,
      ),
    );
    const grows = finite.logicalAnd(counter.value.equal(this.dynamicGrowthSteps - 1));
    counter.assign(ops.where(finite.logicalAnd(grows.logicalNot()), counter.value.add(1), 0));
    scale.assign(ops.where(finite, ops.where(grows, scaleNow.mul(2), scaleNow), scaleNow.mul(0.5)));
  }

  override finalizeVariableValues(variables: readonly Variable[]): void {
    this.inner.finalizeVariableValues(variables);
  }

  protected override slotGroups(): readonly SlotGroup[] {
    return [];
  }

  protected override updateStep(gradient: Tensor, variable: Variable): void {
    this.inner.apply([gradient], [variable]);
  }

  override getConfig(): Record<string, unknown> {
    const { name, inner, initialScale, dynamicGrowthSteps } = this;
    return { name, innerOptimizer: inner, initialScale, dynamicGrowthSteps };
  }

  static override fromConfig(config: Record<string, unknown>): LossScaleOptimizer {
    const { innerOptimizer, ...options } = config;
    return new LossScaleOptimizer(innerOptimizer as Optimizer, options);
  }
}
