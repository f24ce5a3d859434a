import {
  autoName,
  currentScope,
  floatx,
  nameScope,
  ops,
  type Tensor,
  type TensorLike,
  ValueError,
  Variable,
} from '@ibex/tensor';
import { type ClippingOptions, checkClipping, clipGradients } from './clipping.js';
import { assignWhere } from './conditional.js';
import { ExponentialMovingAverage, type MovingAverageOptions } from './moving-average.js';
import { LearningRateSchedule } from './schedules/schedule.js';

/** A constant, a schedule of the step, or a function called at each step. */
export type LearningRate = number | LearningRateSchedule | (() => TensorLike);

export interface OptimizerOptions extends ClippingOptions, MovingAverageOptions {
  /** Where it is not the first argument: `new Adam({ learningRate: 1e-4, beta1: 0.8 })` is `new Adam(1e-4, { beta1: 0.8 })`. */
  learningRate?: LearningRate;
  /** Each step, weights shrink by this share of the learning rate. */
  weightDecay?: number | null;
  /** Gradients are divided by it; multiply the loss by it (`scaleLoss`) before differentiating. */
  lossScaleFactor?: number | null;
  /** Update with the mean of the gradients of this many steps (≥ 2). */
  gradientAccumulationSteps?: number | null;
  name?: string | null;
}

/**
 * The options of an optimizer that is made with `(learningRate, options)` or with `({ learningRate, ...options })`.
 * Throws `ValueError` for a first argument that is neither.
 */
export function mergeOptions<Options extends OptimizerOptions>(
  first: LearningRate | Options | undefined,
  more: Options | undefined,
): Options {
  if (first === undefined || first === null) return { ...more } as Options;
  if (isLearningRate(first)) return { ...more, learningRate: first } as Options;
  if (typeof first !== 'object' || Array.isArray(first)) {
    throw new ValueError(
      `A learning rate is a number, a schedule or a function, or comes within an object of options; got ${String(first)}.`,
    );
  }
  return { ...first, ...more };
}

function isLearningRate(value: unknown): value is LearningRate {
  return typeof value === 'number' || typeof value === 'function' || value instanceof LearningRateSchedule;
}

/** Initial values of the state kept for each variable, by name; one group is laid out variable by variable. */
export type SlotGroup = Readonly<Record<string, number>>;

/**
 * Turns gradients into updates of variables. Subclasses list the state they keep for each variable in `slotGroups` and
 * write `updateStep`. All state is in `Variable`s, so that `apply` can be traced into a compiled step.
 * After `keras.optimizers.Optimizer`.
 */
export abstract class Optimizer {
  readonly name: string;
  readonly options: OptimizerOptions;
  /** Own state, in Keras's order: iteration, learning rate, then what each feature and subclass adds. */
  protected readonly ownVariables: Variable[] = [];
  protected trainableVariables: readonly Variable[] = [];
  readonly #iterations: Variable;
  #learningRate: Variable | LearningRateSchedule | (() => TensorLike);
  readonly #slots = new Map<Variable, Map<string, Variable>>();
  #average: ExponentialMovingAverage | undefined;
  #decayExclusions: { variables: ReadonlySet<Variable>; names: RegExp | undefined } | undefined;
  #built = false;

  constructor(learningRate: LearningRate, options: OptimizerOptions = {}) {
    checkClipping(options);
    const { gradientAccumulationSteps: steps, useEma = false } = options;
    if (typeof steps === 'number' && (!Number.isInteger(steps) || steps < 2)) {
      throw new ValueError(`gradientAccumulationSteps must be an integer of at least 2, got ${steps}.`);
    }
    this.options = options;
    this.name = options.name ?? autoName(this.constructor.name);
    this.#iterations = this.addVariable([], 'iteration', { dtype: 'int32' });
    if (typeof learningRate === 'number') {
      this.#learningRate = this.addVariable([], 'learning_rate', { initial: learningRate });
    } else {
      this.#learningRate = learningRate;
    }
    if (useEma) this.#average = new ExponentialMovingAverage(options);
  }

  /** The state of each variable that `updateStep` reads through `slot`. */
  protected abstract slotGroups(): readonly SlotGroup[];

  /** Assigns `variable` its new value; `gradient` and `learningRate` come in the variable's dtype. */
  protected abstract updateStep(gradient: Tensor, variable: Variable, learningRate: Tensor): void;

  get built(): boolean {
    return this.#built;
  }

  /** All state, in the order in which it is saved. */
  get variables(): readonly Variable[] {
    return this.ownVariables;
  }

  /** How many updates were made (steps divided by `gradientAccumulationSteps`, where that is set): an int32 scalar. */
  get iterations(): Tensor {
    const steps = this.options.gradientAccumulationSteps;
    return steps ? ops.floorDivide(this.#iterations.value, steps) : this.#iterations.value;
  }

  /** The learning rate of the next step: a float scalar. */
  get learningRate(): Tensor {
    const rate = this.#learningRate;
    if (rate instanceof Variable) return rate.value;
    return ops.convertToTensor(
      rate instanceof LearningRateSchedule ? rate.at(this.#iterations.value) : rate(),
    );
  }

  /** Throws `ValueError` when the optimizer follows a schedule and is given a number. */
  set learningRate(rate: LearningRate | TensorLike) {
    if (rate instanceof LearningRateSchedule || typeof rate === 'function') {
      this.#learningRate = rate;
    } else if (this.#learningRate instanceof Variable) {
      this.#learningRate.assign(ops.cast(rate, this.#learningRate.dtype));
    } else {
      throw new ValueError(
        `Optimizer '${this.name}' follows a schedule, so its learning rate can't be set to a number; make it with a number to be able to.`,
      );
    }
  }

  /** The schedule, where there is one. */
  get schedule(): LearningRateSchedule | undefined {
    return this.#learningRate instanceof LearningRateSchedule ? this.#learningRate : undefined;
  }

  /** Makes the state for `variables`; `apply` does it by itself on first use. */
  build(variables: readonly Variable[]): void {
    if (this.#built) return;
    this.trainableVariables = [...variables];
    if (this.#average)
      this.#average.build(variables, (variable) => this.addVariableLike(variable, 'average'));
    for (const variable of variables) this.#slots.set(variable, new Map());
    if (this.options.gradientAccumulationSteps) this.addSlots({ gradient_accumulator: 0 });
    for (const group of this.slotGroups()) this.addSlots(group);
    this.#built = true;
  }

  /**
   * One step: clips, decays, updates, and averages as the options say.
   * @param gradients - one per variable; `null` where the loss does not depend on it
   * @param variables - may be left out once built; must be those it was built with
   * Throws `ValueError` when counts differ, a variable is unknown, or every gradient is `null`.
   */
  apply(
    gradients: readonly (Tensor | null)[],
    variables: readonly Variable[] = this.trainableVariables,
  ): void {
    if (!this.#built) {
      if (variables.length === 0) {
        throw new ValueError(
          `Optimizer '${this.name}' was given no variables and is not built yet: call build(variables), or pass them.`,
        );
      }
      this.build(variables);
    }
    if (gradients.length !== variables.length) {
      throw new ValueError(
        `Optimizer '${this.name}' got ${gradients.length} gradients for ${variables.length} variables.`,
      );
    }
    const stranger = variables.find((variable) => !this.#slots.has(variable));
    if (stranger) {
      throw new ValueError(
        `Optimizer '${this.name}' was built without the variable '${stranger.path}'; make a new optimizer for another set of variables.`,
      );
    }
    const pairs: [Tensor, Variable][] = [];
    variables.forEach((variable, i) => {
      const gradient = gradients[i];
      if (gradient) pairs.push([gradient, variable]);
    });
    if (pairs.length === 0) {
      throw new ValueError('There is no gradient for any variable: the loss does not depend on them.');
    }
    nameScope(this.name, () => {
      this.#applyPairs(pairs);
      this.#iterations.assignAdd(1);
    });
  }

  /** {@link apply} for pairs of gradient and variable. */
  applyGradients(pairs: readonly (readonly [Tensor | null, Variable])[]): void {
    this.apply(
      pairs.map(([gradient]) => gradient),
      pairs.map(([, variable]) => variable),
    );
  }

  /** The loss to differentiate, where gradients are unscaled again in `apply`. */
  scaleLoss(loss: Tensor): Tensor {
    const { lossScaleFactor } = this.options;
    return lossScaleFactor ? loss.mul(lossScaleFactor) : loss;
  }

  /** Leaves variables out of weight decay: those given, and those whose name holds one of `names`. Before `build` only. */
  excludeFromWeightDecay({
    variables = [],
    names = [],
  }: {
    variables?: readonly Variable[];
    names?: readonly string[];
  }): void {
    if (this.#built)
      throw new ValueError('excludeFromWeightDecay must be called before the optimizer is built.');
    this.#decayExclusions = {
      variables: new Set(variables),
      names: names.length > 0 ? new RegExp(names.join('|')) : undefined,
    };
  }

  /** With `useEma`: puts the averages in place of the variables. `fit` calls it at its end. */
  finalizeVariableValues(variables: readonly Variable[]): void {
    this.#average?.overwrite(variables);
  }

  /** An optimizer of a configuration: the learning rate, and the options by name. */
  static fromConfig(config: Record<string, unknown>): Optimizer {
    const { learningRate, ...options } = config;
    return Reflect.construct(this, [learningRate, options]) as Optimizer;
  }

  getConfig(): Record<string, unknown> {
    const { options } = this;
    const rate = this.#learningRate;
    return {
      name: this.name,
      learningRate: rate instanceof Variable ? rate.value.item() : rate,
      weightDecay: options.weightDecay ?? null,
      clipnorm: options.clipnorm ?? null,
      globalClipnorm: options.globalClipnorm ?? null,
      clipvalue: options.clipvalue ?? null,
      useEma: options.useEma ?? false,
      emaMomentum: options.emaMomentum ?? 0.99,
      emaOverwriteFrequency: options.emaOverwriteFrequency ?? null,
      lossScaleFactor: options.lossScaleFactor ?? null,
      gradientAccumulationSteps: options.gradientAccumulationSteps ?? null,
    };
  }

  /** The state `name` of `variable`. */
  protected slot(variable: Variable, name: string): Variable {
    const slot = this.#slots.get(variable)?.get(name);
    if (!slot)
      throw new ValueError(
        `Optimizer '${this.name}' keeps no '${name}' for the variable '${variable.path}'.`,
      );
    return slot;
  }

  /** The number of the update being made, counted from 1, in `variable`'s dtype: what bias corrections are powers of. */
  protected stepOf(variable: Variable): Tensor {
    return this.iterations.add(1).cast(variable.dtype);
  }

  protected addVariable(
    shape: readonly number[],
    name: string,
    { dtype = floatx(), initial = 0 }: { dtype?: Variable['dtype']; initial?: number } = {},
  ): Variable {
    const scoped = currentScope() === '' ? `${this.name}/${name}` : name;
    const variable = new Variable(() => ops.full(shape, initial, { dtype }), {
      shape,
      dtype,
      name: scoped,
      trainable: false,
    });
    this.ownVariables.push(variable);
    return variable;
  }

  /** State of a variable's shape and dtype. */
  protected addVariableLike(reference: Variable, name: string, initial = 0): Variable {
    const path = reference.path.replaceAll('/', '_');
    return this.addVariable(reference.shape, `${path}_${name}`, { dtype: reference.dtype, initial });
  }

  /** All updates of one step; `Nadam` prepares its shared state here. */
  protected updateAll(pairs: readonly (readonly [Tensor, Variable])[], learningRate: Tensor): void {
    for (const [gradient, variable] of pairs) {
      this.updateStep(gradient.cast(variable.dtype), variable, learningRate.cast(variable.dtype));
    }
  }

  private addSlots(group: SlotGroup): void {
    for (const variable of this.trainableVariables) {
      for (const [name, initial] of Object.entries(group)) {
        this.#slots.get(variable)!.set(name, this.addVariableLike(variable, name, initial));
      }
    }
  }

  #applyPairs(pairs: [Tensor, Variable][]): void {
    const { lossScaleFactor, gradientAccumulationSteps: steps } = this.options;
    const scaled = lossScaleFactor
      ? pairs.map(([gradient, variable]): [Tensor, Variable] => [gradient.div(lossScaleFactor), variable])
      : pairs;
    if (steps) this.#accumulate(scaled, steps);
    else this.#update(scaled);
    if (this.#average) this.#average.update(this.trainableVariables, this.iterations);
    for (const [, variable] of pairs) {
      if (variable.constraint) variable.assign(variable.constraint(variable.value));
    }
  }

  /** Adds up gradients; at every `steps`-th call updates with their mean and starts again. */
  #accumulate(pairs: readonly [Tensor, Variable][], steps: number): void {
    const isUpdate = ops.equal(ops.mod(this.#iterations.value.add(1), steps), 0);
    const summed = pairs.map(([gradient, variable]): [Tensor, Variable] => [
      gradient.add(this.slot(variable, 'gradient_accumulator')),
      variable,
    ]);
    assignWhere(isUpdate, [...this.trainableVariables, ...this.ownVariables], () =>
      this.#update(summed.map(([sum, variable]) => [sum.div(steps), variable])),
    );
    for (const [sum, variable] of summed) {
      this.slot(variable, 'gradient_accumulator').assign(ops.where(isUpdate, ops.zerosLike(sum), sum));
    }
  }

  #update(pairs: readonly [Tensor, Variable][]): void {
    const clipped = clipGradients(pairs, this.options);
    const rate = this.learningRate;
    const decay = this.options.weightDecay;
    if (decay) {
      for (const [, variable] of pairs) {
        if (!this.#decays(variable)) continue;
        variable.assign(variable.value.sub(variable.value.mul(decay).mul(rate.cast(variable.dtype))));
      }
    }
    this.updateAll(clipped, rate);
  }

  #decays(variable: Variable): boolean {
    const exclusions = this.#decayExclusions;
    return !exclusions?.variables.has(variable) && !exclusions?.names?.test(variable.name);
  }
}
