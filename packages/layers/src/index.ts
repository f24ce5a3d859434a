// Layers, and what their options name: initializers, regularizers, constraints and activations.
export * from './activation/index.js';
export * as activations from './activations/index.js';
export * from './attention/index.js';
export * as constraints from './constraints/index.js';
export * from './convolutional/index.js';
export * from './core/index.js';
export * as initializers from './initializers/index.js';
export * from './merging/index.js';
export * from './normalization/index.js';
export * from './pooling/index.js';
export * from './preprocessing/index.js';
export * from './recurrent/index.js';
export { layerClasses } from './registration.js';
export * from './regularization/index.js';
export * as regularizers from './regularizers/index.js';
export * from './reshaping/index.js';
export { deserialize, serialize } from './serialization.js';
