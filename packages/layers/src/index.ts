export * from './core/dense.js';
export * from './core/embedding.js';
export * from './core/layer.js';
