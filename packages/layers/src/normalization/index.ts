export * from './batch-normalization.js';
export * from './group-normalization.js';
export * from './layer-normalization.js';
