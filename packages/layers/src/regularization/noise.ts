import { ops, random, type SeedGenerator, type SymbolicShape, type Tensor } from '@ibex/tensor';
import { rateOf } from '../arguments.js';
import { Layer } from '../core/layer.js';
import type { LayerOptions } from '../core/layer-options.js';
import { L1L2 } from '../regularizers/index.js';
import { type DropoutOptions, NoiseLayer, type NoiseOptions } from './dropout.js';

/** Adds normally distributed noise in training. After `keras.layers.GaussianNoise`. */
export class GaussianNoise extends NoiseLayer {
  static override readonly configArguments = ['stddev'];

  readonly stddev: number;

  /** @param stddev - from 0 to 1 */
  constructor(stddev: number, options: NoiseOptions = {}) {
    super(rateOf('stddev', stddev), options);
    this.stddev = stddev;
  }

  protected override disturb(x: Tensor, seed: SeedGenerator): Tensor {
    return x.add(random.normal(x.shape, { stddev: this.stddev, dtype: x.dtype, seed }));
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), stddev: this.stddev, seed: this.seed };
  }
}

/** Multiplies by noise around 1 in training, with a deviation of `√(rate / (1 - rate))`. After `keras.layers.GaussianDropout`. */
export class GaussianDropout extends NoiseLayer {
  static override readonly configArguments = ['rate'];

  readonly rate: number;

  constructor(rate: number, options: NoiseOptions = {}) {
    super(rateOf('rate', rate), options);
    this.rate = rate;
  }

  protected override disturb(x: Tensor, seed: SeedGenerator): Tensor {
    const stddev = Math.sqrt(this.rate / (1 - this.rate));
    return x.mul(random.normal(x.shape, { mean: 1, stddev, dtype: x.dtype, seed }));
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), rate: this.rate, seed: this.seed };
  }
}

/** What SELU gives for large negative values, negated. */
const SELU_LIMIT = 1.6732632423543772 * 1.0507009873554805;

/** Dropout that keeps mean and variance after SELU: what is dropped becomes SELU's limit. After `keras.layers.AlphaDropout`. */
export class AlphaDropout extends NoiseLayer {
  static override readonly configArguments = ['rate'];

  readonly rate: number;
  readonly noiseShape: SymbolicShape | null;

  constructor(rate: number, options: DropoutOptions = {}) {
    super(rateOf('rate', rate), options);
    this.rate = rate;
    this.noiseShape = options.noiseShape ?? null;
  }

  protected override disturb(x: Tensor, seed: SeedGenerator): Tensor {
    const shape = (this.noiseShape ?? x.shape).map((extent, axis) => extent ?? x.shape[axis] ?? 1);
    const keep = random.bernoulli(shape, { p: 1 - this.rate, dtype: 'bool', seed });
    const a = ((1 - this.rate) * (1 + this.rate * SELU_LIMIT ** 2)) ** -0.5;
    const b = a * SELU_LIMIT * this.rate;
    return ops.where(keep, x, -SELU_LIMIT).mul(a).add(b);
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), rate: this.rate, seed: this.seed, noiseShape: this.noiseShape };
  }
}

export interface ActivityRegularizationOptions extends Omit<LayerOptions, 'activityRegularizer'> {
  readonly l1?: number | undefined;
  readonly l2?: number | undefined;
}

/** Gives its input, and adds a penalty of it to the loss. After `keras.layers.ActivityRegularization`. */
export class ActivityRegularization extends Layer {
  readonly l1: number;
  readonly l2: number;

  constructor(options: ActivityRegularizationOptions = {}) {
    const { l1 = 0, l2 = 0 } = options;
    super({ ...options, activityRegularizer: new L1L2({ l1, l2 }) });
    this.l1 = l1;
    this.l2 = l2;
    this.supportsMasking = true;
  }

  override call(x: Tensor): Tensor {
    return x;
  }

  override getConfig(): Record<string, unknown> {
    const { activityRegularizer: _, ...config } = super.getConfig();
    return { ...config, l1: this.l1, l2: this.l2 };
  }
}
