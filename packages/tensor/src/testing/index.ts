// For the tests of operations and layers: comparison of values, and of gradients with finite differences.
export { checkGradient, type CheckGradientOptions } from './check-gradient.js';
export { expectClose, type Tolerance } from './expect-close.js';
