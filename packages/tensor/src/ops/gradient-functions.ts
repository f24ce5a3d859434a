// Everything that a gradient may call: the primitives with their attributes, and some public functions.
export { arange, full, zeros, zerosLike } from './creation.js';
export * from './defs/binary.js';
export * from './defs/unary.js';
export { power, where } from './elementwise.js';
export * from './primitives.js';
export { broadcastTo, expandDims, flip, transpose } from './shaping.js';
export { trigamma } from './special.js';
