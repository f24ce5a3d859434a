// Loss functions, and losses with a reduction.
export * from './hinge.js';
export * from './hinge-losses.js';
export { getLoss, type LossIdentifier, lossNames } from './identifiers.js';
export { Loss, type LossFunction, LossFunctionWrapper, type LossOptions } from './loss.js';
export * from './probabilistic.js';
export * from './probabilistic-losses.js';
export { matchRanks, type Reduction, reduceWeighted, type WeightedReduction } from './reduction.js';
export * from './regression.js';
export * from './regression-losses.js';
export * from './segmentation.js';
export * from './segmentation-losses.js';
