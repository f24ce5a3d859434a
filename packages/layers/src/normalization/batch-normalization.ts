import {
  formatShape,
  ops,
  resultType,
  ShapeError,
  type SymbolicShape,
  type Tensor,
  ValueError,
  type Variable,
} from '@ibex/tensor';
import { InputSpec } from '../core/input-spec.js';
import { Layer } from '../core/layer.js';
import type { LayerOptions } from '../core/layer-options.js';
import type { CallOptions } from '../core/types.js';
import {
  type InitializerOption,
  WeightSettings,
  type WeightSettingsOptions,
} from '../core/weight-settings.js';
import { knownExtent, requireWeight } from '../core/weights.js';

export interface BatchNormalizationOptions
  extends LayerOptions,
    WeightSettingsOptions<'beta'>,
    WeightSettingsOptions<'gamma'>,
    InitializerOption<'movingMean'>,
    InitializerOption<'movingVariance'> {
  /** The axis of the features: 1 for channels first. Default -1. */
  readonly axis?: number | undefined;
  /** How much of the moving statistics stays at each step. Default 0.99. */
  readonly momentum?: number | undefined;
  /** Added to the variance. Default 1e-3. */
  readonly epsilon?: number | undefined;
  /** Whether features are shifted by a learned `beta`. Default true. */
  readonly center?: boolean | undefined;
  /** Whether features are scaled by a learned `gamma`. Default true. */
  readonly scale?: boolean | undefined;
  /** Batch renormalisation, which is not supported: it can only be false. */
  readonly renorm?: false | undefined;
}

interface Statistics {
  readonly mean: Tensor;
  readonly variance: Tensor;
}

/**
 * Normalises each feature: in training by the batch's mean and variance, which moving averages are kept of; else by those
 * averages. A layer that is not trainable uses the averages in training too. After `keras.layers.BatchNormalization`.
 */
export class BatchNormalization extends Layer {
  readonly axis: number;
  readonly momentum: number;
  readonly epsilon: number;
  readonly center: boolean;
  readonly scale: boolean;
  readonly #betaSettings: WeightSettings;
  readonly #gammaSettings: WeightSettings;
  readonly #meanSettings: WeightSettings;
  readonly #varianceSettings: WeightSettings;
  gamma: Variable | null = null;
  beta: Variable | null = null;
  #movingMean: Variable | null = null;
  #movingVariance: Variable | null = null;

  constructor(options: BatchNormalizationOptions = {}) {
    super(options);
    const { axis = -1, momentum = 0.99, epsilon = 1e-3, center = true, scale = true } = options;
    if (!Number.isInteger(axis)) throw new ValueError(`axis must be a whole number, got ${String(axis)}.`);
    if (options.renorm) throw new ValueError('BatchNormalization does not support renorm.');
    this.axis = axis;
    this.momentum = momentum;
    this.epsilon = epsilon;
    this.center = center;
    this.scale = scale;
    this.#betaSettings = new WeightSettings('beta', options, 'zeros');
    this.#gammaSettings = new WeightSettings('gamma', options, 'ones');
    this.#meanSettings = new WeightSettings('movingMean', options, 'zeros');
    this.#varianceSettings = new WeightSettings('movingVariance', options, 'ones');
    this.supportsMasking = true;
  }

  /** `[features]`. Throws `NotBuiltError` before the layer is built. */
  get movingMean(): Variable {
    return requireWeight(this, this.#movingMean, 'movingMean');
  }

  /** `[features]`. Throws `NotBuiltError` before the layer is built. */
  get movingVariance(): Variable {
    return requireWeight(this, this.#movingVariance, 'movingVariance');
  }

  override build(inputShape: SymbolicShape): void {
    const features = knownExtent(this, inputShape, this.axis);
    const common = { shape: [features], autocast: false };
    if (this.scale) this.gamma = this.addWeight({ name: 'gamma', ...common, ...this.#gammaSettings });
    if (this.center) this.beta = this.addWeight({ name: 'beta', ...common, ...this.#betaSettings });
    const moving = { ...common, trainable: false };
    this.#movingMean = this.addWeight({
      name: 'moving_mean',
      ...moving,
      initializer: this.#meanSettings.initializer,
    });
    this.#movingVariance = this.addWeight({
      name: 'moving_variance',
      ...moving,
      initializer: this.#varianceSettings.initializer,
    });
    this.inputSpec = new InputSpec({ ndim: inputShape.length, axes: { [this.axis]: features } });
  }

  override call(x: Tensor, { training, mask }: CallOptions): Tensor {
    const weights = { scale: this.gamma, offset: this.beta, epsilon: this.epsilon };
    if (!training || !this.trainable) {
      const [mean, variance] = [this.movingMean.value, this.movingVariance.value];
      return ops.cast(ops.batchNormalization(x, mean, variance, this.axis, weights), this.computeDtype);
    }
    if (mask === null) {
      const [y, mean, variance] = ops.batchNormalizationTraining(x, this.axis, weights);
      this.#updateMoving({ mean, variance });
      return ops.cast(y, this.computeDtype);
    }
    const statistics = this.#maskedStatistics(x, mask);
    this.#updateMoving(statistics);
    const y = ops.batchNormalization(x, statistics.mean, statistics.variance, this.axis, weights);
    return ops.cast(y, this.computeDtype);
  }

  #updateMoving({ mean, variance }: Statistics): void {
    const blend = (moving: Variable, now: Tensor): void => {
      moving.assign(moving.value.mul(this.momentum).add(ops.stopGradient(now).mul(1 - this.momentum)));
    };
    blend(this.movingMean, mean);
    blend(this.movingVariance, variance);
  }

  /** Mean and variance of each feature over the entries that the mask leaves, in float32 at least. */
  #maskedStatistics(x: Tensor, mask: Tensor): Statistics {
    if (mask.rank !== x.rank - 1) {
      throw new ShapeError(
        `Layer '${this.name}': the mask must have one axis less than the input, got ${formatShape(mask.shape)} for ${formatShape(x.shape)}.`,
      );
    }
    const wide = ops.cast(x, resultType([x.dtype, 'float32']));
    const counted = ops.broadcastTo(ops.expandDims(ops.cast(mask, 'bool'), -1), x.shape);
    const feature = this.axis < 0 ? this.axis + x.rank : this.axis;
    const axes = x.shape.map((_, i) => i).filter((i) => i !== feature);
    const keepdims = { keepdims: true };
    const count = ops.sum(ops.cast(counted, wide.dtype), axes, keepdims).add(1e-7);
    const mean = ops.sum(ops.where(counted, wide, 0), axes, keepdims).div(count);
    const squares = ops.square(ops.where(counted, wide.sub(mean), 0));
    const variance = ops.sum(squares, axes, keepdims).div(count);
    return { mean: ops.squeeze(mean, axes), variance: ops.squeeze(variance, axes) };
  }

  override getConfig(): Record<string, unknown> {
    const { axis, momentum, epsilon, center, scale } = this;
    return {
      ...super.getConfig(),
      axis,
      momentum,
      epsilon,
      center,
      scale,
      ...this.#betaSettings.getConfig(),
      ...this.#gammaSettings.getConfig(),
      movingMeanInitializer: this.#meanSettings.initializer,
      movingVarianceInitializer: this.#varianceSettings.initializer,
      synchronized: false,
      renorm: false,
      renormClipping: null,
      renormMomentum: 0.99,
    };
  }
}
