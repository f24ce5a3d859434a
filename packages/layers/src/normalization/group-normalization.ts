import { ops, resultType, type SymbolicShape, type Tensor, ValueError, type Variable } from '@ibex/tensor';
import { InputSpec } from '../core/input-spec.js';
import { Layer } from '../core/layer.js';
import type { LayerOptions } from '../core/layer-options.js';
import { WeightSettings, type WeightSettingsOptions } from '../core/weight-settings.js';
import { knownExtent } from '../core/weights.js';

export interface GroupNormalizationOptions
  extends LayerOptions,
    WeightSettingsOptions<'beta'>,
    WeightSettingsOptions<'gamma'> {
  /** How many groups channels are divided into; -1 for one a channel. Default 32. */
  readonly groups?: number | undefined;
  /** The axis of the channels. Default -1. */
  readonly axis?: number | undefined;
  /** Added to the variance. Default 1e-3. */
  readonly epsilon?: number | undefined;
  /** Whether there is a learned shift `beta`. Default true. */
  readonly center?: boolean | undefined;
  /** Whether there is a learned factor `gamma`. Default true. */
  readonly scale?: boolean | undefined;
}

/** Normalises groups of channels of each sample to mean 0 and variance 1. After `keras.layers.GroupNormalization`. */
export class GroupNormalization extends Layer {
  readonly axis: number;
  readonly epsilon: number;
  readonly center: boolean;
  readonly scale: boolean;
  readonly #betaSettings: WeightSettings;
  readonly #gammaSettings: WeightSettings;
  #groups: number;
  gamma: Variable | null = null;
  beta: Variable | null = null;

  constructor(options: GroupNormalizationOptions = {}) {
    super({ ...options, autocast: false });
    const { groups = 32, axis = -1, epsilon = 1e-3, center = true, scale = true } = options;
    if (!Number.isInteger(groups) || (groups <= 0 && groups !== -1)) {
      throw new ValueError(
        `groups must be a positive whole number, or -1 for one group a channel, got ${String(groups)}.`,
      );
    }
    this.#groups = groups;
    this.axis = axis;
    this.epsilon = epsilon;
    this.center = center;
    this.scale = scale;
    this.#betaSettings = new WeightSettings('beta', options, 'zeros');
    this.#gammaSettings = new WeightSettings('gamma', options, 'ones');
    this.supportsMasking = true;
  }

  get groups(): number {
    return this.#groups;
  }

  override build(inputShape: SymbolicShape): void {
    const channels = knownExtent(this, inputShape, this.axis);
    if (this.#groups === -1) this.#groups = channels;
    if (channels % this.#groups !== 0) {
      throw new ValueError(
        `Layer '${this.name}' can't divide ${channels} channels into ${this.#groups} groups.`,
      );
    }
    this.inputSpec = new InputSpec({ ndim: inputShape.length, axes: { [this.axis]: channels } });
    const common = { shape: [channels], autocast: false };
    if (this.scale) this.gamma = this.addWeight({ name: 'gamma', ...common, ...this.#gammaSettings });
    if (this.center) this.beta = this.addWeight({ name: 'beta', ...common, ...this.#betaSettings });
  }

  override call(x: Tensor): Tensor {
    const axis = this.axis < 0 ? this.axis + x.rank : this.axis;
    const size = (x.shape[axis] ?? 1) / this.#groups;
    const divided = (shape: readonly number[]): number[] => [
      ...shape.slice(0, axis),
      this.#groups,
      size,
      ...shape.slice(axis + 1),
    ];
    const wide = ops.reshape(ops.cast(x, resultType([x.dtype, 'float32'])), divided(x.shape));
    const axes = wide.shape.map((_, i) => i).filter((i) => i > 0 && i !== axis);
    const [mean, variance] = ops.moments(wide, axes, { keepdims: true });
    const along = divided(x.shape.map(() => 1));
    const weight = (variable: Variable): Tensor => ops.reshape(ops.cast(variable, wide.dtype), along);
    let factor = ops.rsqrt(variance.add(this.epsilon));
    if (this.gamma) factor = factor.mul(weight(this.gamma));
    let y = wide.sub(mean).mul(factor);
    if (this.beta) y = y.add(weight(this.beta));
    return ops.cast(ops.reshape(y, x.shape), this.computeDtype);
  }

  override getConfig(): Record<string, unknown> {
    const { groups, axis, epsilon, center, scale } = this;
    return {
      ...super.getConfig(),
      groups,
      axis,
      epsilon,
      center,
      scale,
      ...this.#betaSettings.getConfig(),
      ...this.#gammaSettings.getConfig(),
    };
  }
}
