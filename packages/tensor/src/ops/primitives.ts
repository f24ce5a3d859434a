// The primitives as functions of tensors, with attributes spelled out: what gradients and composed functions are
// written with. Axes are counted from the front and indices are not below 0; the public functions see to that.
import { apply, apply1, toTensors } from '../core/apply.js';
import { scalar } from '../core/create.js';
import type { DType } from '../core/dtype.js';
import type { Tensor } from '../core/tensor.js';
import {
  type AttentionAttrs,
  type ConvAttrs,
  type CumulativeAttrs,
  type PoolAttrs,
  type RnnAttrs,
  SCATTER_MODES,
  type ScatterMode,
} from './defs/attrs.js';
import * as defs from './defs/index.js';
import { sameShape } from './defs/rules.js';

export type Shape = readonly number[];

/** 0, 1, 2, … along `axis`, the same for all other positions. */
export function iota(shape: Shape, axis: number, dtype: DType): Tensor {
  return apply1(defs.iotaOp, [], { axis, shape, dtype });
}

export function randomBits(key: Tensor, shape: Shape): Tensor {
  return apply1(defs.randomBitsOp, [key], { shape });
}

export function castTo(x: Tensor, dtype: DType): Tensor {
  return x.dtype === dtype ? x : apply1(defs.castOp, [x], { dtype });
}

export function select(condition: Tensor, a: Tensor, b: Tensor): Tensor {
  return apply1(defs.selectOp, [condition, a, b], {});
}

export function reshapeTo(x: Tensor, shape: Shape): Tensor {
  return sameShape(x.shape, shape) ? x : apply1(defs.reshapeOp, [x], { shape });
}

export function broadcastGeneral(x: Tensor, shape: Shape): Tensor {
  return sameShape(x.shape, shape) ? x : apply1(defs.broadcastOp, [x], { shape });
}

export function permute(x: Tensor, perm: readonly number[]): Tensor {
  return perm.every((axis, i) => axis === i) && perm.length === x.rank
    ? x
    : apply1(defs.transposeOp, [x], { perm });
}

export function sliceGeneral(
  x: Tensor,
  starts: readonly number[],
  limits: readonly number[],
  strides: readonly number[] = starts.map(() => 1),
): Tensor {
  const whole =
    starts.every((s) => s === 0) && strides.every((s) => s === 1) && limits.every((n, i) => n === x.shape[i]);
  return whole && starts.length === x.rank ? x : apply1(defs.sliceOp, [x], { starts, limits, strides });
}

export function reverseAxes(x: Tensor, axes: readonly number[]): Tensor {
  return axes.length === 0 ? x : apply1(defs.reverseOp, [x], { axes });
}

/** Pads (or crops, where negative) at both ends of each axis, with `interior` elements between neighbours. */
export function padGeneral(
  x: Tensor,
  low: readonly number[],
  high: readonly number[],
  interior: readonly number[] = low.map(() => 0),
  value = 0,
): Tensor {
  if ([...low, ...high, ...interior].every((n) => n === 0)) return x;
  return apply1(defs.padOp, [x], { low, high, interior, value });
}

export function concatAlong(xs: readonly Tensor[], axis: number): Tensor {
  const [first] = xs;
  return xs.length === 1 && first ? first : apply1(defs.concatOp, xs, { axis });
}

/** Tensors of one shape along a new first axis. */
export function stackTensors(xs: readonly Tensor[]): Tensor {
  return concatAlong(
    toTensors(xs).map((x) => reshapeTo(x, [1, ...x.shape])),
    0,
  );
}

/** A vector of `size` that is 1 at `index` and else 0. */
export function oneHotOf(index: number, size: number, dtype: DType): Tensor {
  return castTo(defs.equal(iota([size], 0, 'int32'), scalar(index, 'int32')), dtype);
}

/** A window of `sizes` at run-time positions `starts` (int32, one an axis), clamped so that it fits. */
export function dynamicSlice(x: Tensor, starts: Tensor, sizes: readonly number[]): Tensor {
  return apply1(defs.dynamicSliceOp, [x, starts], { sizes });
}

export function dynamicUpdateSlice(x: Tensor, update: Tensor, starts: Tensor): Tensor {
  return apply1(defs.dynamicUpdateSliceOp, [x, update, starts], {});
}

export function gatherAlong(x: Tensor, indices: Tensor, axis: number): Tensor {
  return apply1(defs.gatherOp, [x, indices], { axis });
}

export function gatherElements(x: Tensor, indices: Tensor, axis: number): Tensor {
  return apply1(defs.gatherElementsOp, [x, indices], { axis });
}

export function gatherNd(x: Tensor, indices: Tensor): Tensor {
  return apply1(defs.gatherNdOp, [x, indices], {});
}

/** `x` with `x[…, indices, …]` (at `axis`) set to, or combined with, `updates`. */
export function scatterAlong(
  x: Tensor,
  indices: Tensor,
  updates: Tensor,
  axis: number,
  mode: ScatterMode,
): Tensor {
  return apply1(defs.scatterOp, [x, indices, updates], { axis, mode: SCATTER_MODES[mode] });
}

export function scatterElements(
  x: Tensor,
  indices: Tensor,
  updates: Tensor,
  axis: number,
  mode: ScatterMode,
): Tensor {
  return apply1(defs.scatterElementsOp, [x, indices, updates], { axis, mode: SCATTER_MODES[mode] });
}

export function scatterNd(x: Tensor, indices: Tensor, updates: Tensor, mode: ScatterMode): Tensor {
  return apply1(defs.scatterNdOp, [x, indices, updates], { axis: 0, mode: SCATTER_MODES[mode] });
}

export function reduceSum(x: Tensor, axes: readonly number[], keepdims: boolean): Tensor {
  return axes.length === 0 ? x : apply1(defs.reduceSumOp, [x], { axes, keepdims });
}

export function reduceProd(x: Tensor, axes: readonly number[], keepdims: boolean): Tensor {
  return axes.length === 0 ? x : apply1(defs.reduceProdOp, [x], { axes, keepdims });
}

export function reduceMax(x: Tensor, axes: readonly number[], keepdims: boolean): Tensor {
  return axes.length === 0 ? x : apply1(defs.reduceMaxOp, [x], { axes, keepdims });
}

export function reduceMin(x: Tensor, axes: readonly number[], keepdims: boolean): Tensor {
  return axes.length === 0 ? x : apply1(defs.reduceMinOp, [x], { axes, keepdims });
}

/** `x` summed over the axes along which `shape` was broadcast to x's shape: the gradient of broadcasting. */
export function sumTo(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  const extra = x.rank - shape.length;
  const axes: number[] = [];
  x.shape.forEach((n, i) => {
    if (i < extra || (shape[i - extra] === 1 && n !== 1)) axes.push(i);
  });
  return reshapeTo(reduceSum(x, axes, false), shape);
}

export function argMax(x: Tensor, axis: number, keepdims: boolean): Tensor {
  return apply1(defs.argMaxOp, [x], { axis, keepdims });
}

export function argMin(x: Tensor, axis: number, keepdims: boolean): Tensor {
  return apply1(defs.argMinOp, [x], { axis, keepdims });
}

export function cumulativeSum(x: Tensor, attrs: CumulativeAttrs): Tensor {
  return apply1(defs.cumsumOp, [x], attrs);
}

export function cumulativeProd(x: Tensor, attrs: CumulativeAttrs): Tensor {
  return apply1(defs.cumprodOp, [x], attrs);
}

export function cumulativeMax(x: Tensor, attrs: CumulativeAttrs): Tensor {
  return apply1(defs.cummaxOp, [x], attrs);
}

export function cumulativeMin(x: Tensor, attrs: CumulativeAttrs): Tensor {
  return apply1(defs.cumminOp, [x], attrs);
}

export function sortAlong(x: Tensor, axis: number, descending: boolean): Tensor {
  return apply1(defs.sortOp, [x], { axis, descending });
}

export function argsortAlong(x: Tensor, axis: number, descending: boolean): Tensor {
  return apply1(defs.argsortOp, [x], { axis, descending });
}

/** The `k` largest of the last axis, sorted, and where they are. */
export function topKLast(x: Tensor, k: number): [Tensor, Tensor] {
  return apply(defs.topKOp, [x], { k }) as [Tensor, Tensor];
}

export function matmulGeneral(a: Tensor, b: Tensor, transposeA: boolean, transposeB: boolean): Tensor {
  return apply1(defs.matmulOp, [a, b], { transposeA, transposeB });
}

export function convGeneral(x: Tensor, kernel: Tensor, attrs: ConvAttrs): Tensor {
  return apply1(defs.convOp, [x, kernel], attrs);
}

export function convInputGrad(dy: Tensor, kernel: Tensor, attrs: ConvAttrs): Tensor {
  return apply1(defs.convInputGradOp, [dy, kernel], attrs);
}

export function convFilterGrad(x: Tensor, dy: Tensor, attrs: ConvAttrs): Tensor {
  return apply1(defs.convFilterGradOp, [x, dy], attrs);
}

/** The maxima of windows, and where in its window each was found. */
export function maxPoolGeneral(x: Tensor, attrs: PoolAttrs): [Tensor, Tensor] {
  return apply(defs.maxPoolOp, [x], attrs) as [Tensor, Tensor];
}

export function maxPoolGrad(dy: Tensor, at: Tensor, attrs: PoolAttrs): Tensor {
  return apply1(defs.maxPoolGradOp, [dy, at], attrs);
}

export function maxPoolGather(x: Tensor, at: Tensor, attrs: PoolAttrs): Tensor {
  return apply1(defs.maxPoolGatherOp, [x, at], attrs);
}

export function avgPoolGeneral(x: Tensor, attrs: PoolAttrs): Tensor {
  return apply1(defs.avgPoolOp, [x], attrs);
}

export function avgPoolGrad(dy: Tensor, attrs: PoolAttrs): Tensor {
  return apply1(defs.avgPoolGradOp, [dy], attrs);
}

export function softmaxLast(x: Tensor): Tensor {
  return apply1(defs.softmaxOp, [x], {});
}

export function softmaxGrad(dy: Tensor, y: Tensor): Tensor {
  return apply1(defs.softmaxGradOp, [dy, y], {});
}

export function logSoftmaxLast(x: Tensor): Tensor {
  return apply1(defs.logSoftmaxOp, [x], {});
}

export function logSoftmaxGrad(dy: Tensor, y: Tensor): Tensor {
  return apply1(defs.logSoftmaxGradOp, [dy, y], {});
}

type Three = [Tensor, Tensor, Tensor];

/** The normalised `x[…, C]`, and mean and biased variance `[C]` over all but the last axis. */
export function batchNorm(x: Tensor, gamma: Tensor, beta: Tensor, epsilon: number): Three {
  return apply(defs.batchNormOp, [x, gamma, beta], { epsilon }) as Three;
}

export function batchNormGrad(
  dy: Tensor,
  x: Tensor,
  gamma: Tensor,
  mean: Tensor,
  variance: Tensor,
  epsilon: number,
): Three {
  return apply(defs.batchNormGradOp, [dy, x, gamma, mean, variance], { epsilon }) as Three;
}

/** The normalised `x[…, C]`, and mean and reciprocal deviation of each row. */
export function layerNorm(x: Tensor, gamma: Tensor, beta: Tensor, epsilon: number): Three {
  return apply(defs.layerNormOp, [x, gamma, beta], { epsilon }) as Three;
}

export function layerNormGrad(
  dy: Tensor,
  x: Tensor,
  gamma: Tensor,
  mean: Tensor,
  rstd: Tensor,
  epsilon: number,
): Three {
  return apply(defs.layerNormGradOp, [dy, x, gamma, mean, rstd], { epsilon }) as Three;
}

const withMask = (xs: Tensor[], mask: Tensor | undefined): Tensor[] => (mask ? [...xs, mask] : xs);

/**
 * An LSTM over `xw[N, T, 4H] = x·W + b` (gates i, f, c, o), from initial states `[N, H]`. A step whose mask is false
 * keeps the states. Returns hidden states, cell states and gates of every step.
 */
export function lstm(
  xw: Tensor,
  kernel: Tensor,
  h0: Tensor,
  c0: Tensor,
  mask: Tensor | undefined,
  options: { readonly reverse: boolean },
): Three {
  const attrs = { reverse: options.reverse, mask: mask !== undefined };
  return apply(defs.lstmOp, withMask([xw, kernel, h0, c0], mask), attrs) as Three;
}

export function lstmGrad(
  dhs: Tensor,
  dcs: Tensor,
  kernel: Tensor,
  h0: Tensor,
  c0: Tensor,
  hs: Tensor,
  cs: Tensor,
  gates: Tensor,
  mask: Tensor | undefined,
  attrs: RnnAttrs,
): Three {
  return apply(defs.lstmGradOp, withMask([dhs, dcs, kernel, h0, c0, hs, cs, gates], mask), attrs) as Three;
}

/**
 * A GRU (reset after the product) over `xw[N, T, 3H] = x·W + b` (gates z, r, h) with the recurrent bias `[3H]`. A step
 * whose mask is false keeps the state. Returns the states and gates of every step.
 */
export function gru(
  xw: Tensor,
  kernel: Tensor,
  recurrentBias: Tensor,
  h0: Tensor,
  mask: Tensor | undefined,
  options: { readonly reverse: boolean },
): [Tensor, Tensor] {
  const attrs = { reverse: options.reverse, mask: mask !== undefined };
  return apply(defs.gruOp, withMask([xw, kernel, recurrentBias, h0], mask), attrs) as [Tensor, Tensor];
}

export function gruGrad(
  dhs: Tensor,
  kernel: Tensor,
  h0: Tensor,
  hs: Tensor,
  gates: Tensor,
  mask: Tensor | undefined,
  attrs: RnnAttrs,
): [Tensor, Tensor, Tensor, Tensor] {
  return apply(defs.gruGradOp, withMask([dhs, kernel, h0, hs, gates], mask), attrs) as [
    Tensor,
    Tensor,
    Tensor,
    Tensor,
  ];
}

/**
 * Attention of queries `[B, T, N, H]` to keys `[B, S, K, H]` and values `[B, S, K, V]`, which N / K heads share, with a
 * bool mask `[B or 1, N or 1, T or 1, S]`. Returns the result `[B, T, N, V]` and the logarithms of the sums of
 * exponentials `[B, N, T]`. A query that sees no key gets the mean of the values.
 */
export function attention(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  mask: Tensor | undefined,
  options: { readonly scale: number; readonly causal: boolean },
): [Tensor, Tensor] {
  const attrs: AttentionAttrs = { ...options, mask: mask !== undefined };
  return apply(defs.attentionOp, withMask([q, k, v], mask), attrs) as [Tensor, Tensor];
}

export function attentionGrad(
  dout: Tensor,
  q: Tensor,
  k: Tensor,
  v: Tensor,
  out: Tensor,
  logSum: Tensor,
  mask: Tensor | undefined,
  attrs: AttentionAttrs,
): Three {
  return apply(defs.attentionGradOp, withMask([dout, q, k, v, out, logSum], mask), attrs) as Three;
}

/**
 * The cross-entropy between each row of `logits[…, C]` and the class `labels[…]`, the row's maximum, and the logarithm
 * of the sum of the exponentials under it.
 */
export function sparseCrossentropy(logits: Tensor, labels: Tensor): Three {
  return apply(defs.sparseCrossentropyOp, [logits, labels], {}) as Three;
}

export function sparseCrossentropyGrad(
  dloss: Tensor,
  logits: Tensor,
  labels: Tensor,
  maximum: Tensor,
  logSum: Tensor,
): Tensor {
  return apply1(defs.sparseCrossentropyGradOp, [dloss, logits, labels, maximum, logSum], {});
}
