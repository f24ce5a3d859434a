// Random numbers: counter-based, so that the same seed gives the same numbers on every device, compiled or not.
export { categorical, type CategoricalOptions, dropout, type DropoutOptions, permutation, shuffle, type ShuffleOptions } from './choice.js';
export { beta, binomial, gamma } from './gamma.js';
export { normal, type NormalOptions, truncatedNormal } from './normal.js';
export { getRandomSeed, makeDefaultSeed, setRandomSeed } from './seed.js';
export { globalSeedGenerator, type Seed, SeedGenerator, type SeedGeneratorOptions } from './seed-generator.js';
export {
  bernoulli,
  type BernoulliOptions,
  randint,
  type RandintOptions,
  type RandomOptions,
  uniform,
  type UniformOptions,
} from './uniform.js';
