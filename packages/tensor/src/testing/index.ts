// For the tests of operations and layers: comparison of values, and of gradients with finite differences.
export { type CheckGradientOptions, checkGradient } from './check-gradient.js';
export { expectClose, type Tolerance } from './expect-close.js';
