export * from './borders.js';
export * from './shape-layers.js';
export * from './up-sampling.js';
