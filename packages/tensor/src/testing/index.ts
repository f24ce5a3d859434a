// For the tests of operations and layers: values, gradients against finite differences, and memory.
export { type CheckGradientOptions, checkGradient } from './check-gradient.js';
export { expectClose, type Tolerance } from './expect-close.js';
export { expectNoLeak, type LeakOptions } from './expect-no-leak.js';
