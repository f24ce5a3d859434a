export { Concatenate, type ConcatenateOptions, concatenate } from './concatenate.js';
export { Dot, type DotFunctionOptions, type DotOptions, dot } from './dot.js';
export {
  Add,
  add,
  Average,
  average,
  Maximum,
  maximum,
  Minimum,
  minimum,
  Multiply,
  multiply,
  Subtract,
  subtract,
} from './elementwise.js';
export { Merge } from './merge.js';
