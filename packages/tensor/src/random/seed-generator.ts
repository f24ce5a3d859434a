import { tensor } from '../core/create.js';
import { ValueError } from '../core/errors.js';
import { autoName } from '../core/names.js';
import { nameScope } from '../core/scope.js';
import type { Tensor } from '../core/tensor.js';
import { Variable } from '../core/variable.js';
import { checkSeed, getRandomSeed, makeDefaultSeed, onSeedChange } from './seed.js';

export interface SeedGeneratorOptions {
  readonly name?: string | undefined;
}

/**
 * A sequence of keys for the random functions. Its state is a variable of two numbers, the seed and how often it was
 * drawn from, so that a compiled function draws new numbers at each call. After `keras.random.SeedGenerator`.
 */
export class SeedGenerator {
  readonly name: string;
  /** uint32 `[2]`. */
  readonly state: Variable;
  readonly #initialSeed: number;

  /** @param seed - default: one that follows from `setRandomSeed`, or an arbitrary one */
  constructor(seed?: number | null, options: SeedGeneratorOptions = {}) {
    const { name = autoName('SeedGenerator') } = options;
    this.name = name;
    this.#initialSeed = checkSeed(seed ?? makeDefaultSeed());
    const first = this.#initialSeed;
    this.state = nameScope(
      name,
      () =>
        new Variable(() => tensor([first, 0], { dtype: 'uint32' }), {
          shape: [2],
          dtype: 'uint32',
          trainable: false,
          name: 'seed_generator_state',
        }),
    );
  }

  /** The key for one draw, uint32 `[2]`; the next call gives another. */
  next(): Tensor {
    const key = this.state.value;
    this.state.assign(key.add(ONE_DRAW));
    return key;
  }

  getConfig(): { seed: number; name: string } {
    return { seed: this.#initialSeed, name: this.name };
  }

  static fromConfig(config: { readonly seed: number; readonly name?: string }): SeedGenerator {
    return new SeedGenerator(config.seed, { name: config.name });
  }
}

const ONE_DRAW = tensor([0, 1], { dtype: 'uint32' });

/** What random functions take as `seed`: a number gives the same numbers at each call, none the next of a global sequence. */
export type Seed = number | SeedGenerator | null | undefined;

let globalGenerator: SeedGenerator | undefined;

onSeedChange(() => {
  globalGenerator = undefined;
});

/** The generator that is drawn from where no seed is given. */
export function globalSeedGenerator(): SeedGenerator {
  globalGenerator ??= new SeedGenerator(getRandomSeed() ?? makeDefaultSeed(), {
    name: 'global_seed_generator',
  });
  return globalGenerator;
}

/** The key of a draw, uint32 `[2]`. Throws `ValueError` for what is no seed. */
export function drawKey(seed: Seed): Tensor {
  if (seed instanceof SeedGenerator) return seed.next();
  if (seed === null || seed === undefined) return globalSeedGenerator().next();
  if (typeof seed !== 'number')
    throw new ValueError(`seed must be a number or a SeedGenerator, got ${typeof seed}.`);
  return tensor([checkSeed(seed), 0], { dtype: 'uint32' });
}
