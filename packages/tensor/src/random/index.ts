// Random numbers: counter-based, so that the same seed gives the same numbers on every device, compiled or not.
export {
  type CategoricalOptions,
  categorical,
  type DropoutOptions,
  dropout,
  permutation,
  type ShuffleOptions,
  shuffle,
} from './choice.js';
export { beta, binomial, gamma } from './gamma.js';
export { type NormalOptions, normal, truncatedNormal } from './normal.js';
export { getRandomSeed, makeDefaultSeed, setRandomSeed } from './seed.js';
export {
  globalSeedGenerator,
  type Seed,
  SeedGenerator,
  type SeedGeneratorOptions,
} from './seed-generator.js';
export {
  type BernoulliOptions,
  bernoulli,
  type RandintOptions,
  type RandomOptions,
  randint,
  type UniformOptions,
  uniform,
} from './uniform.js';
