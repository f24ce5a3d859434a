import {
  type ImageDataFormat,
  ops,
  random,
  SeedGenerator,
  type SymbolicShape,
  type Tensor,
  ValueError,
} from '@ibex/tensor';
import { dataFormatOf, rateOf } from '../arguments.js';
import { InputSpec } from '../core/input-spec.js';
import { Layer } from '../core/layer.js';
import type { LayerOptions } from '../core/layer-options.js';
import type { CallOptions } from '../core/types.js';

export interface NoiseOptions extends LayerOptions {
  /** Default: one that follows from `setRandomSeed`. */
  readonly seed?: number | null | undefined;
}

export interface DropoutOptions extends NoiseOptions {
  /** The shape of the noise, which is spread over the input's: 1 where it is to be the same along an axis. */
  readonly noiseShape?: SymbolicShape | null | undefined;
}

/** What layers have in common that add randomness in training, and only then. */
export abstract class NoiseLayer extends Layer {
  readonly seed: number | null;
  readonly seedGenerator: SeedGenerator | null;

  constructor(strength: number, options: NoiseOptions) {
    super(options);
    this.seed = options.seed ?? null;
    this.seedGenerator = strength > 0 ? new SeedGenerator(this.seed) : null;
    this.supportsMasking = true;
  }

  override call(x: Tensor, { training }: CallOptions): Tensor {
    return training && this.seedGenerator ? this.disturb(x, this.seedGenerator) : x;
  }

  protected abstract disturb(x: Tensor, seed: SeedGenerator): Tensor;
}

/**
 * Sets a share of the input to 0 in training, and scales what stays so that sums are the same on average.
 * After `keras.layers.Dropout`.
 */
export class Dropout extends NoiseLayer {
  static override readonly configArguments = ['rate'];

  readonly rate: number;
  readonly noiseShape: SymbolicShape | null;

  /** Throws `ValueError` unless the rate is from 0 to 1. */
  constructor(rate: number, options: DropoutOptions = {}) {
    super(rateOf('rate', rate), options);
    const { noiseShape = null } = options;
    if (noiseShape?.some((extent) => extent !== null && !(Number.isInteger(extent) && extent > 0))) {
      throw new ValueError(
        `noiseShape must hold positive whole numbers or null, got ${JSON.stringify(noiseShape)}.`,
      );
    }
    this.rate = rate;
    this.noiseShape = noiseShape;
  }

  protected override disturb(x: Tensor, seed: SeedGenerator): Tensor {
    if (this.rate === 1) return ops.zerosLike(x);
    const noiseShape = this.noiseShapeFor(x);
    return random.dropout(x, this.rate, { seed, ...(noiseShape && { noiseShape }) });
  }

  protected noiseShapeFor(_x: Tensor): SymbolicShape | null {
    return this.noiseShape;
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), rate: this.rate, seed: this.seed, noiseShape: this.noiseShape };
  }
}

abstract class BaseSpatialDropout extends Dropout {
  protected readonly dataFormat: ImageDataFormat;

  constructor(rank: number, rate: number, options: NoiseOptions, dataFormat: ImageDataFormat) {
    super(rate, options);
    this.dataFormat = dataFormat;
    this.inputSpec = new InputSpec({ ndim: rank + 2 });
  }

  protected override noiseShapeFor(x: Tensor): SymbolicShape {
    const channels = this.dataFormat === 'channels_last' ? x.rank - 1 : 1;
    return x.shape.map((extent, axis) => (axis === 0 || axis === channels ? extent : 1));
  }

  override getConfig(): Record<string, unknown> {
    return { rate: this.rate, seed: this.seed, name: this.name, dtype: this.dtype };
  }
}

/** Drops whole channels of `[batch, steps, channels]`. After `keras.layers.SpatialDropout1D`. */
export class SpatialDropout1D extends BaseSpatialDropout {
  constructor(rate: number, options: NoiseOptions = {}) {
    super(1, rate, options, 'channels_last');
  }
}

export interface SpatialDropoutOptions extends NoiseOptions {
  readonly dataFormat?: ImageDataFormat | null | undefined;
}

/** Drops whole channels of `[batch, height, width, channels]`. After `keras.layers.SpatialDropout2D`. */
export class SpatialDropout2D extends BaseSpatialDropout {
  constructor(rate: number, options: SpatialDropoutOptions = {}) {
    super(2, rate, options, dataFormatOf(options.dataFormat));
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), dataFormat: this.dataFormat };
  }
}

/** Drops whole channels of `[batch, depth, height, width, channels]`. After `keras.layers.SpatialDropout3D`. */
export class SpatialDropout3D extends BaseSpatialDropout {
  constructor(rate: number, options: SpatialDropoutOptions = {}) {
    super(3, rate, options, dataFormatOf(options.dataFormat));
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), dataFormat: this.dataFormat };
  }
}
