// The methods of Tensor: functions of the same names with the tensor as their first argument.
import type { SymbolicForm } from '../core/public-op.js';
import { KerasTensor } from '../core/symbolic/keras-tensor.js';
import { Tensor, type TensorLike } from '../core/tensor.js';
import * as activations from './activations.js';
import type { Axes, KeepdimsOption } from './base.js';
import * as elementwise from './elementwise.js';
import { type Index, index, oneHot, take, takeAlongAxis } from './indexing.js';
import { matmul } from './linalg.js';
import * as reductions from './reductions.js';
import { type CumulativeOptions, cumprod, cumsum } from './scans.js';
import * as shaping from './shaping.js';
import { argsort, type SortOptions, sort } from './sorting.js';

type Unary = () => Tensor;
type Binary = (other: TensorLike) => Tensor;
type Reduction = (axis?: Axes, options?: KeepdimsOption) => Tensor;

/** What every tensor can do: `x.add(y)` is `ops.add(x, y)`. */
export interface TensorMethods {
  add: Binary;
  sub: Binary;
  subtract: Binary;
  mul: Binary;
  multiply: Binary;
  div: Binary;
  divide: Binary;
  floorDivide: Binary;
  mod: Binary;
  pow: Binary;
  power: Binary;
  maximum: Binary;
  minimum: Binary;
  equal: Binary;
  notEqual: Binary;
  less: Binary;
  lessEqual: Binary;
  greater: Binary;
  greaterEqual: Binary;
  logicalAnd: Binary;
  logicalOr: Binary;
  logicalXor: Binary;
  logicalNot: Unary;
  neg: Unary;
  abs: Unary;
  sign: Unary;
  exp: Unary;
  expm1: Unary;
  log: Unary;
  log1p: Unary;
  sqrt: Unary;
  rsqrt: Unary;
  square: Unary;
  reciprocal: Unary;
  sin: Unary;
  cos: Unary;
  tan: Unary;
  tanh: Unary;
  erf: Unary;
  floor: Unary;
  ceil: Unary;
  round(decimals?: number): Tensor;
  sigmoid: Unary;
  softplus: Unary;
  relu: Unary;
  softmax(axis?: number | readonly number[] | null): Tensor;
  logSoftmax(axis?: number | readonly number[] | null): Tensor;
  isnan: Unary;
  isinf: Unary;
  isfinite: Unary;
  clip(min: TensorLike | null, max: TensorLike | null): Tensor;
  cast(dtype: string): Tensor;
  sum: Reduction;
  prod: Reduction;
  mean: Reduction;
  var: Reduction;
  std: Reduction;
  max: Reduction;
  min: Reduction;
  any: Reduction;
  all: Reduction;
  logsumexp: Reduction;
  argmax(axis?: number | null, options?: KeepdimsOption): Tensor;
  argmin(axis?: number | null, options?: KeepdimsOption): Tensor;
  cumsum(axis?: number | null, options?: CumulativeOptions): Tensor;
  cumprod(axis?: number | null, options?: CumulativeOptions): Tensor;
  sort(axis?: number | null, options?: SortOptions): Tensor;
  argsort(axis?: number | null, options?: SortOptions): Tensor;
  matmul: Binary;
  reshape(shape: readonly (number | null)[]): Tensor;
  flatten: Unary;
  transpose(axes?: readonly number[] | null): Tensor;
  moveaxis(source: number | readonly number[], destination: number | readonly number[]): Tensor;
  swapaxes(axis1: number, axis2: number): Tensor;
  expandDims(axis: number | readonly number[]): Tensor;
  squeeze(axis?: Axes): Tensor;
  broadcastTo(shape: readonly number[]): Tensor;
  tile(repeats: number | readonly number[]): Tensor;
  repeat(repeats: number | readonly number[], axis?: number | null): Tensor;
  flip(axis?: Axes): Tensor;
  split(indicesOrSections: number | readonly number[], axis?: number): Tensor[];
  take(indices: TensorLike, axis?: number | null): Tensor;
  takeAlongAxis(indices: TensorLike, axis?: number | null): Tensor;
  oneHot(numClasses: number, options?: Parameters<typeof oneHot>[2]): Tensor;
  /** Python's indexing: `x[0, 1:4]` is `x.at(0, [1, 4])`. See `ops.index`. */
  at(...steps: Index[]): Tensor;
}

declare module '../core/tensor.js' {
  interface Tensor extends TensorMethods {}
}

/** The methods as symbolic tensors have them, which extend a model's graph. */
type SymbolicMethods = { [K in keyof TensorMethods]: SymbolicForm<TensorMethods[K]> };

declare module '../core/symbolic/keras-tensor.js' {
  interface KerasTensor extends SymbolicMethods {}
}

type WithTensor<F> = F extends (...args: infer A) => infer R ? (x: Tensor, ...args: A) => R : never;

const METHODS: { [K in keyof TensorMethods]: WithTensor<TensorMethods[K]> } = {
  add: elementwise.add,
  sub: elementwise.subtract,
  subtract: elementwise.subtract,
  mul: elementwise.multiply,
  multiply: elementwise.multiply,
  div: elementwise.divide,
  divide: elementwise.divide,
  floorDivide: elementwise.floorDivide,
  mod: elementwise.mod,
  pow: elementwise.power,
  power: elementwise.power,
  maximum: elementwise.maximum,
  minimum: elementwise.minimum,
  equal: elementwise.equal,
  notEqual: elementwise.notEqual,
  less: elementwise.less,
  lessEqual: elementwise.lessEqual,
  greater: elementwise.greater,
  greaterEqual: elementwise.greaterEqual,
  logicalAnd: elementwise.logicalAnd,
  logicalOr: elementwise.logicalOr,
  logicalXor: elementwise.logicalXor,
  logicalNot: elementwise.logicalNot,
  neg: elementwise.negative,
  abs: elementwise.absolute,
  sign: elementwise.sign,
  exp: elementwise.exp,
  expm1: elementwise.expm1,
  log: elementwise.log,
  log1p: elementwise.log1p,
  sqrt: elementwise.sqrt,
  rsqrt: elementwise.rsqrt,
  square: elementwise.square,
  reciprocal: elementwise.reciprocal,
  sin: elementwise.sin,
  cos: elementwise.cos,
  tan: elementwise.tan,
  tanh: elementwise.tanh,
  erf: elementwise.erf,
  floor: elementwise.floor,
  ceil: elementwise.ceil,
  round: elementwise.round,
  sigmoid: elementwise.sigmoid,
  softplus: elementwise.softplus,
  relu: activations.relu,
  softmax: activations.softmax,
  logSoftmax: activations.logSoftmax,
  isnan: elementwise.isnan,
  isinf: elementwise.isinf,
  isfinite: elementwise.isfinite,
  clip: elementwise.clip,
  cast: elementwise.cast,
  sum: reductions.sum,
  prod: reductions.prod,
  mean: reductions.mean,
  var: reductions.var,
  std: reductions.std,
  max: reductions.max,
  min: reductions.min,
  any: reductions.any,
  all: reductions.all,
  logsumexp: reductions.logsumexp,
  argmax: reductions.argmax,
  argmin: reductions.argmin,
  cumsum,
  cumprod,
  sort,
  argsort,
  matmul,
  reshape: shaping.reshape,
  flatten: shaping.ravel,
  transpose: shaping.transpose,
  moveaxis: shaping.moveaxis,
  swapaxes: shaping.swapaxes,
  expandDims: shaping.expandDims,
  squeeze: shaping.squeeze,
  broadcastTo: shaping.broadcastTo,
  tile: shaping.tile,
  repeat: shaping.repeat,
  flip: shaping.flip,
  split: shaping.split,
  take,
  takeAlongAxis,
  oneHot,
  at: index,
};

for (const [name, fn] of Object.entries(METHODS)) {
  const call = fn as (x: unknown, ...args: unknown[]) => unknown;
  const method = {
    value(this: unknown, ...args: unknown[]): unknown {
      return call(this, ...args);
    },
    writable: true,
    configurable: true,
  };
  Object.defineProperty(Tensor.prototype, name, method);
  Object.defineProperty(KerasTensor.prototype, name, method);
}
