import { floatx, makeDefaultSeed, ops, random, SeedGenerator, type Tensor, ValueError } from '@ibex/tensor';
import { type InitializeOptions, Initializer } from './initializer.js';
import { orthonormalColumns } from './orthonormal.js';

export interface RandomInitializerOptions {
  /** A number, or a generator, which gives other values at every call. Default: a number drawn once. */
  readonly seed?: number | SeedGenerator | null | undefined;
}

/** What is common to initializers that draw: with a number for a seed, every call gives the same values. */
export abstract class RandomInitializer extends Initializer {
  readonly seed: number | SeedGenerator;
  readonly #given: number | SeedGenerator | null;

  constructor({ seed = null }: RandomInitializerOptions = {}) {
    super();
    if (seed !== null && typeof seed !== 'number' && !(seed instanceof SeedGenerator)) {
      throw new ValueError(`seed must be a number or a SeedGenerator, got ${typeof seed}.`);
    }
    this.#given = seed;
    this.seed = seed ?? makeDefaultSeed();
  }

  override getConfig(): Record<string, unknown> {
    return { seed: this.#given };
  }
}

/** Normally distributed values. After `keras.initializers.RandomNormal`. */
export class RandomNormal extends RandomInitializer {
  readonly mean: number;
  readonly stddev: number;

  constructor({
    mean = 0,
    stddev = 0.05,
    ...options
  }: RandomInitializerOptions & { mean?: number; stddev?: number } = {}) {
    super(options);
    this.mean = mean;
    this.stddev = stddev;
  }

  override call(shape: readonly number[], { dtype = floatx() }: InitializeOptions): Tensor {
    return random.normal(shape, { mean: this.mean, stddev: this.stddev, seed: this.seed, dtype });
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), mean: this.mean, stddev: this.stddev };
  }
}

/** As `RandomNormal`, but values beyond two deviations are drawn again. After `keras.initializers.TruncatedNormal`. */
export class TruncatedNormal extends RandomInitializer {
  readonly mean: number;
  readonly stddev: number;

  constructor({
    mean = 0,
    stddev = 0.05,
    ...options
  }: RandomInitializerOptions & { mean?: number; stddev?: number } = {}) {
    super(options);
    this.mean = mean;
    this.stddev = stddev;
  }

  override call(shape: readonly number[], { dtype = floatx() }: InitializeOptions): Tensor {
    return random.truncatedNormal(shape, { mean: this.mean, stddev: this.stddev, seed: this.seed, dtype });
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), mean: this.mean, stddev: this.stddev };
  }
}

/** Values spread evenly over `[minval, maxval)`. After `keras.initializers.RandomUniform`. */
export class RandomUniform extends RandomInitializer {
  readonly minval: number;
  readonly maxval: number;

  constructor({
    minval = -0.05,
    maxval = 0.05,
    ...options
  }: RandomInitializerOptions & { minval?: number; maxval?: number } = {}) {
    super(options);
    this.minval = minval;
    this.maxval = maxval;
  }

  override call(shape: readonly number[], { dtype = floatx() }: InitializeOptions): Tensor {
    return random.uniform(shape, { minval: this.minval, maxval: this.maxval, seed: this.seed, dtype });
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), minval: this.minval, maxval: this.maxval };
  }
}

/** An orthogonal matrix times `gain`; axes before the last are taken together. After `keras.initializers.Orthogonal`. */
export class Orthogonal extends RandomInitializer {
  readonly gain: number;

  constructor({ gain = 1, ...options }: RandomInitializerOptions & { gain?: number } = {}) {
    super(options);
    this.gain = gain;
  }

  override call(shape: readonly number[], { dtype = floatx() }: InitializeOptions): Tensor {
    if (shape.length < 2) {
      throw new ValueError(
        `The Orthogonal initializer needs a shape of rank 2 or more, got [${shape.join(', ')}].`,
      );
    }
    const columns = shape.at(-1) ?? 1;
    const rows = shape.slice(0, -1).reduce((size, n) => size * n, 1);
    const long = Math.max(rows, columns);
    const short = Math.min(rows, columns);
    const drawn = random.normal([short, long], { seed: this.seed, dtype: 'float32' });
    // Each row of `basis` is one of the orthonormal vectors.
    const basis = ops.reshape(ops.convertToTensor(orthonormalColumns(drawn.dataSync(), short, long)), [
      short,
      long,
    ]);
    const matrix = rows < columns ? basis : ops.transpose(basis);
    return ops.cast(ops.multiply(ops.reshape(matrix, shape), this.gain), dtype);
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), gain: this.gain };
  }
}
