// biome-ignore-all assist/source/organizeImports: the order is the numbering
// Every primitive, in the order of the op table: the order of these modules, and of the definitions in each, is the
// numbering that the core knows.
export * from './source.js';
export * from './unary.js';
export * from './conversion.js';
export * from './binary.js';
export * from './choice.js';
export * from './movement.js';
export * from './indexing.js';
export * from './reduction.js';
export * from './scan.js';
export * from './sorting.js';
export * from './matmul.js';
export * from './conv.js';
export * from './pool.js';
export * from './softmax.js';
export * from './normalization.js';
export * from './recurrent.js';
export * from './fused.js';
export * from './attention.js';
export * from './crossentropy.js';
export * from './epilogue.js';
