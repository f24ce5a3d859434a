import { ops, resultType, type SymbolicShape, type Tensor, type Variable } from '@ibex/tensor';
import { Layer } from '../core/layer.js';
import type { LayerOptions } from '../core/layer-options.js';
import { WeightSettings, type WeightSettingsOptions } from '../core/weight-settings.js';
import { knownExtent, requireWeight } from '../core/weights.js';

type Axis = number | readonly number[];

/** Axes in order. */
function listOf(axis: Axis): number[] {
  return typeof axis === 'number' ? [axis] : [...axis].sort((a, b) => a - b);
}

export interface LayerNormalizationLayerOptions
  extends LayerOptions,
    WeightSettingsOptions<'beta'>,
    WeightSettingsOptions<'gamma'> {
  /** The axes that are normalised together. Default -1. */
  readonly axis?: Axis | undefined;
  /** Added to the variance. Default 1e-3. */
  readonly epsilon?: number | undefined;
  /** Whether there is a learned shift `beta`. Default true. */
  readonly center?: boolean | undefined;
  /** Whether there is a learned factor `gamma`. Default true. */
  readonly scale?: boolean | undefined;
  /** Only divide by the deviation, without taking away the mean. Superseded by `RMSNormalization`. Default false. */
  readonly rmsScaling?: boolean | undefined;
}

/** Normalises each sample's features to mean 0 and variance 1. After `keras.layers.LayerNormalization`. */
export class LayerNormalization extends Layer {
  readonly axis: Axis;
  readonly epsilon: number;
  readonly center: boolean;
  readonly scale: boolean;
  readonly rmsScaling: boolean;
  readonly #betaSettings: WeightSettings;
  readonly #gammaSettings: WeightSettings;
  gamma: Variable | null = null;
  beta: Variable | null = null;

  constructor(options: LayerNormalizationLayerOptions = {}) {
    super({ ...options, autocast: false });
    const { axis = -1, epsilon = 1e-3, center = true, scale = true, rmsScaling = false } = options;
    this.axis = axis;
    this.epsilon = epsilon;
    this.center = center;
    this.scale = scale;
    this.rmsScaling = rmsScaling;
    this.#betaSettings = new WeightSettings('beta', options, 'zeros');
    this.#gammaSettings = new WeightSettings('gamma', options, 'ones');
    this.supportsMasking = true;
  }

  override build(inputShape: SymbolicShape): void {
    const shape = listOf(this.axis).map((axis) => knownExtent(this, inputShape, axis));
    const common = { shape, autocast: false };
    if (this.scale || this.rmsScaling)
      this.gamma = this.addWeight({ name: 'gamma', ...common, ...this.#gammaSettings });
    if (this.center && !this.rmsScaling)
      this.beta = this.addWeight({ name: 'beta', ...common, ...this.#betaSettings });
  }

  override call(x: Tensor): Tensor {
    const axis = listOf(this.axis);
    const { gamma, beta, epsilon } = this;
    if (!this.rmsScaling)
      return ops.cast(ops.layerNormalization(x, { gamma, beta, axis, epsilon }), this.computeDtype);
    const wide = ops.cast(x, resultType([x.dtype, 'float32']));
    const factor = ops.rsqrt(ops.var(wide, axis, { keepdims: true }).add(epsilon));
    const kept = x.shape.map((extent, i) => (axis.some((a) => (a < 0 ? a + x.rank : a) === i) ? extent : 1));
    const y = wide.mul(factor).mul(ops.reshape(ops.cast(gamma!, wide.dtype), kept));
    return ops.cast(y, this.computeDtype);
  }

  override getConfig(): Record<string, unknown> {
    const { epsilon, center, scale, rmsScaling } = this;
    return {
      ...super.getConfig(),
      axis: this.built ? listOf(this.axis) : this.axis,
      epsilon,
      center,
      scale,
      rmsScaling,
      ...this.#betaSettings.getConfig(),
      ...this.#gammaSettings.getConfig(),
    };
  }
}

export interface RMSNormalizationOptions extends LayerOptions {
  /** Default -1. */
  readonly axis?: Axis | undefined;
  /** Added to the mean square. Default 1e-6. */
  readonly epsilon?: number | undefined;
}

/** `x / √(mean(x²) + epsilon) · scale` over axes. After `keras.layers.RMSNormalization`. */
export class RMSNormalization extends Layer {
  readonly axis: Axis;
  readonly epsilon: number;
  #scale: Variable | null = null;

  constructor(options: RMSNormalizationOptions = {}) {
    super(options);
    this.axis = options.axis ?? -1;
    this.epsilon = options.epsilon ?? 1e-6;
  }

  /** Throws `NotBuiltError` before the layer is built. */
  get scale(): Variable {
    return requireWeight(this, this.#scale, 'scale');
  }

  override build(inputShape: SymbolicShape): void {
    const shape = listOf(this.axis).map((axis) => knownExtent(this, inputShape, axis));
    this.#scale = this.addWeight({ name: 'scale', shape, initializer: 'ones' });
  }

  override call(x: Tensor): Tensor {
    return ops.rmsNormalization(x, { scale: this.scale, axis: listOf(this.axis), epsilon: this.epsilon });
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), axis: this.built ? listOf(this.axis) : this.axis, epsilon: this.epsilon };
  }
}

export interface UnitNormalizationOptions extends LayerOptions {
  /** Default -1. */
  readonly axis?: Axis | undefined;
}

/** Brings vectors along axes to length 1. After `keras.layers.UnitNormalization`. */
export class UnitNormalization extends Layer {
  readonly axis: Axis;

  constructor(options: UnitNormalizationOptions = {}) {
    super(options);
    this.axis = options.axis ?? -1;
    this.supportsMasking = true;
  }

  override call(x: Tensor): Tensor {
    return ops.normalize(x, this.axis, { order: 2, epsilon: 1e-12 });
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), axis: this.axis };
  }
}
