export { Concatenate, type ConcatenateOptions, concatenate } from './concatenate.js';
export { Dot, type DotFunctionOptions, type DotOptions, dot } from './dot.js';
export {
  Add,
  Average,
  add,
  average,
  Maximum,
  Minimum,
  Multiply,
  maximum,
  minimum,
  multiply,
  Subtract,
  subtract,
} from './elementwise.js';
export { ElementwiseMerge, Merge } from './merge.js';
