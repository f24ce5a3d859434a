import { ops, ShapeError, type SymbolicShape, type Tensor, ValueError, type Variable } from '@ibex/tensor';
import * as activations from '../activations/index.js';
import { InputSpec } from '../core/input-spec.js';
import { Layer } from '../core/layer.js';
import type { LayerOptions } from '../core/layer-options.js';
import type { CallOptions } from '../core/types.js';
import { WeightSettings, type WeightSettingsOptions } from '../core/weight-settings.js';
import { requireWeight } from '../core/weights.js';

/** Any activation as a layer: `new Activation('tanh')`. After `keras.layers.Activation`. */
export class Activation extends Layer {
  static override readonly configArguments = ['activation'];

  readonly activation: activations.ActivationFunction;

  constructor(activation: activations.ActivationLike, options: LayerOptions = {}) {
    super(options);
    this.activation = activations.get(activation);
    this.supportsMasking = true;
  }

  override call(x: Tensor): Tensor {
    return this.activation(x);
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), activation: activations.serialize(this.activation) };
  }
}

export interface ReLUOptions extends LayerOptions, activations.ReluOptions {}

/** `x` where positive, else 0; with options for a slope below, a ceiling and a threshold. After `keras.layers.ReLU`. */
export class ReLU extends Layer {
  readonly maxValue: number | null;
  readonly negativeSlope: number;
  readonly threshold: number;

  constructor(options: ReLUOptions = {}) {
    super(options);
    const { maxValue = null, negativeSlope = 0, threshold = 0 } = options;
    for (const [name, value] of Object.entries({ maxValue: maxValue ?? 0, negativeSlope, threshold })) {
      if (!(value >= 0))
        throw new ValueError(`${name} must be a number of at least 0, got ${String(value)}.`);
    }
    this.maxValue = maxValue;
    this.negativeSlope = negativeSlope;
    this.threshold = threshold;
    this.supportsMasking = true;
  }

  override call(x: Tensor): Tensor {
    const { maxValue, negativeSlope, threshold } = this;
    return activations.relu(x, { maxValue, negativeSlope, threshold });
  }

  override getConfig(): Record<string, unknown> {
    const { maxValue, negativeSlope, threshold } = this;
    return { ...super.getConfig(), maxValue, negativeSlope, threshold };
  }
}

export interface LeakyReLUOptions extends LayerOptions {
  /** The slope of negative values. Default 0.3. */
  readonly negativeSlope?: number | undefined;
}

/** `x` where positive, else `negativeSlope · x`. After `keras.layers.LeakyReLU`. */
export class LeakyReLU extends Layer {
  readonly negativeSlope: number;

  constructor(options: LeakyReLUOptions = {}) {
    super(options);
    this.negativeSlope = options.negativeSlope ?? 0.3;
    if (!(this.negativeSlope >= 0)) {
      throw new ValueError(
        `negativeSlope must be a number of at least 0, got ${String(options.negativeSlope)}.`,
      );
    }
    this.supportsMasking = true;
  }

  override call(x: Tensor): Tensor {
    return ops.leakyRelu(x, { negativeSlope: this.negativeSlope });
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), negativeSlope: this.negativeSlope };
  }
}

export interface PReLUOptions extends LayerOptions, WeightSettingsOptions<'alpha'> {
  /** Axes along which slopes are the same: `[1, 2]` for one slope a channel of images. */
  readonly sharedAxes?: number | readonly number[] | null | undefined;
}

/** `x` where positive, else `alpha · x` with slopes that are learned. After `keras.layers.PReLU`. */
export class PReLU extends Layer {
  readonly sharedAxes: readonly number[] | null;
  readonly #settings: WeightSettings;
  #alpha: Variable | null = null;

  constructor(options: PReLUOptions = {}) {
    super(options);
    const { sharedAxes = null } = options;
    this.sharedAxes = typeof sharedAxes === 'number' ? [sharedAxes] : sharedAxes;
    this.#settings = new WeightSettings('alpha', options, 'zeros');
    this.supportsMasking = true;
  }

  /** One slope for each element of a sample, but for shared axes. Throws `NotBuiltError` before the layer is built. */
  get alpha(): Variable {
    return requireWeight(this, this.#alpha, 'alpha');
  }

  override build(inputShape: SymbolicShape): void {
    const shared = this.sharedAxes ?? [];
    const shape = inputShape.slice(1).map((extent, i) => (shared.includes(i + 1) ? 1 : extent));
    this.#alpha = this.addWeight({ name: 'alpha', shape, ...this.#settings });
    const own = inputShape
      .map((extent, axis) => [axis, extent] as const)
      .filter(([axis]) => axis > 0 && !shared.includes(axis));
    this.inputSpec = new InputSpec({
      ndim: inputShape.length,
      axes: shared.length > 0 ? Object.fromEntries(own) : {},
    });
  }

  override call(x: Tensor): Tensor {
    return ops.relu(x).sub(ops.multiply(this.alpha, ops.relu(x.neg())));
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), ...this.#settings.getConfig(), sharedAxes: this.sharedAxes };
  }
}

export interface ELUOptions extends LayerOptions {
  /** What large negative values come to, negated. Default 1. */
  readonly alpha?: number | undefined;
}

/** `x` where positive, else `alpha · (e^x - 1)`. After `keras.layers.ELU`. */
export class ELU extends Layer {
  readonly alpha: number;

  constructor(options: ELUOptions = {}) {
    super(options);
    this.alpha = options.alpha ?? 1;
    this.supportsMasking = true;
  }

  override call(x: Tensor): Tensor {
    return ops.elu(x, { alpha: this.alpha });
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), alpha: this.alpha };
  }
}

export interface SoftmaxOptions extends LayerOptions {
  /** Over which axis, or axes together. Default -1. */
  readonly axis?: number | readonly number[] | undefined;
}

/** Probabilities that sum to 1 over an axis; what a mask leaves out gets 0. After `keras.layers.Softmax`. */
export class Softmax extends Layer {
  readonly axis: number | readonly number[];

  constructor(options: SoftmaxOptions = {}) {
    super(options);
    this.axis = options.axis ?? -1;
    this.supportsMasking = true;
  }

  override call(x: Tensor, { mask }: CallOptions): Tensor {
    if (mask === null) return ops.softmax(x, this.axis);
    if (mask.rank > x.rank) {
      throw new ShapeError(
        `Layer '${this.name}': the mask must broadcast to the input, but it has rank ${mask.rank} and the input ${x.rank}.`,
      );
    }
    const counted = ops.cast(mask, 'bool');
    const low = x.dtype === 'float16' ? -3e4 : -1e9;
    return ops.where(counted, ops.softmax(ops.where(counted, x, low), this.axis), 0);
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), axis: this.axis };
  }
}
