import { floatx, random, type Tensor, ValueError } from '@ibex/tensor';
import { computeFans } from './fans.js';
import type { InitializeOptions } from './initializer.js';
import { RandomInitializer, type RandomInitializerOptions } from './random.js';

export type FanMode = 'fan_in' | 'fan_out' | 'fan_avg';
export type Distribution = 'uniform' | 'truncated_normal' | 'untruncated_normal';

/** The deviation of a normal distribution that is cut off at two deviations. */
const TRUNCATED_DEVIATION = 0.87962566103423978;

export interface FanOptions extends RandomInitializerOptions {
  /** The axes that count as inputs, and as outputs; both or none. Default: as in kernels of Dense and Conv. */
  readonly inputAxes?: readonly number[] | null | undefined;
  readonly outputAxes?: readonly number[] | null | undefined;
}

export interface VarianceScalingOptions extends FanOptions {
  readonly scale?: number | undefined;
  readonly mode?: FanMode | undefined;
  readonly distribution?: Distribution | 'normal' | undefined;
}

/**
 * Values whose variance is `scale` over the number of units that feed in (`fan_in`), are fed (`fan_out`), or their mean
 * (`fan_avg`). After `keras.initializers.VarianceScaling`.
 */
export class VarianceScaling extends RandomInitializer {
  readonly scale: number;
  readonly mode: FanMode;
  readonly distribution: Distribution;
  readonly inputAxes: readonly number[] | null;
  readonly outputAxes: readonly number[] | null;

  /** Throws `ValueError` for an unknown mode or distribution, or a scale that is not positive. */
  constructor(options: VarianceScalingOptions = {}) {
    super(options);
    const {
      scale = 1,
      mode = 'fan_in',
      distribution = 'truncated_normal',
      inputAxes = null,
      outputAxes = null,
    } = options;
    if (!(scale > 0)) throw new ValueError(`scale must be positive, got ${scale}.`);
    if (!['fan_in', 'fan_out', 'fan_avg'].includes(mode)) {
      throw new ValueError(`mode must be 'fan_in', 'fan_out' or 'fan_avg', got '${String(mode)}'.`);
    }
    const named = distribution === 'normal' ? 'truncated_normal' : distribution;
    if (!['uniform', 'truncated_normal', 'untruncated_normal'].includes(named)) {
      throw new ValueError(
        `distribution must be 'uniform', 'truncated_normal' or 'untruncated_normal', got '${String(distribution)}'.`,
      );
    }
    this.scale = scale;
    this.mode = mode;
    this.distribution = named;
    this.inputAxes = inputAxes;
    this.outputAxes = outputAxes;
  }

  override call(shape: readonly number[], { dtype = floatx() }: InitializeOptions): Tensor {
    const { fanIn, fanOut } = computeFans(shape, this.inputAxes, this.outputAxes);
    const fan = this.mode === 'fan_in' ? fanIn : this.mode === 'fan_out' ? fanOut : (fanIn + fanOut) / 2;
    const variance = this.scale / Math.max(1, fan);
    const { seed } = this;
    if (this.distribution === 'uniform') {
      const limit = Math.sqrt(3 * variance);
      return random.uniform(shape, { minval: -limit, maxval: limit, seed, dtype });
    }
    const stddev = Math.sqrt(variance);
    if (this.distribution === 'untruncated_normal') return random.normal(shape, { stddev, seed, dtype });
    return random.truncatedNormal(shape, { stddev: stddev / TRUNCATED_DEVIATION, seed, dtype });
  }

  override getConfig(): Record<string, unknown> {
    return {
      ...super.getConfig(),
      scale: this.scale,
      mode: this.mode,
      distribution: this.distribution,
      inputAxes: this.inputAxes,
      outputAxes: this.outputAxes,
    };
  }
}

/** The named special cases of `VarianceScaling`, which are configured by the seed and the axes alone. */
abstract class NamedScaling extends VarianceScaling {
  override getConfig(): Record<string, unknown> {
    const { seed, inputAxes, outputAxes } = super.getConfig();
    return { seed, inputAxes, outputAxes };
  }
}

/** Uniform over ±√(6 / (fan in + fan out)). After `keras.initializers.GlorotUniform`. */
export class GlorotUniform extends NamedScaling {
  constructor(options: FanOptions = {}) {
    super({ ...options, scale: 1, mode: 'fan_avg', distribution: 'uniform' });
  }
}

/** Truncated normal with deviation √(2 / (fan in + fan out)). After `keras.initializers.GlorotNormal`. */
export class GlorotNormal extends NamedScaling {
  constructor(options: FanOptions = {}) {
    super({ ...options, scale: 1, mode: 'fan_avg', distribution: 'truncated_normal' });
  }
}

/** Truncated normal with deviation √(1 / fan in). After `keras.initializers.LecunNormal`. */
export class LecunNormal extends NamedScaling {
  constructor(options: FanOptions = {}) {
    super({ ...options, scale: 1, mode: 'fan_in', distribution: 'truncated_normal' });
  }
}

/** Uniform over ±√(3 / fan in). After `keras.initializers.LecunUniform`. */
export class LecunUniform extends NamedScaling {
  constructor(options: FanOptions = {}) {
    super({ ...options, scale: 1, mode: 'fan_in', distribution: 'uniform' });
  }
}

/** Truncated normal with deviation √(2 / fan in). After `keras.initializers.HeNormal`. */
export class HeNormal extends NamedScaling {
  constructor(options: FanOptions = {}) {
    super({ ...options, scale: 2, mode: 'fan_in', distribution: 'truncated_normal' });
  }
}

/** Uniform over ±√(6 / fan in). After `keras.initializers.HeUniform`. */
export class HeUniform extends NamedScaling {
  constructor(options: FanOptions = {}) {
    super({ ...options, scale: 2, mode: 'fan_in', distribution: 'uniform' });
  }
}
